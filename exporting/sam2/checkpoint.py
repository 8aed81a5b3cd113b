"""Opens a SAM 2.1 that transformers has saved, for squares of a side of one's own."""

from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from transformers import Sam2VideoConfig, Sam2VideoModel

from exporting.checkpoints import CheckpointError, first_line, load_weights, preparation, read_json

KIND = "sam2_video"
STRIDE = 32  # of the encoder's coarsest cells; its windows of eight cells of four pixels give the same number
PATCH = 16  # pixels of one cell of the features
# What the graphs take for granted; SAM 2 of July 2024 has neither of the first two.
NEEDED = {
    "enable_occlusion_spatial_embedding": True,
    "enable_temporal_pos_encoding_for_object_pointers": True,
    "memory_attention_num_attention_heads": 1,
    "memory_attention_downsample_rate": 1,
    "mask_downsampler_total_stride": PATCH,
}


def open_sam2(folder: Path, side: int) -> Any:
    """The network for squares of this side; its weights do not depend on the side."""
    if side % STRIDE:
        raise CheckpointError(f"--side {side}: SAM 2.1 takes multiples of {STRIDE}")
    said = read_json(folder / "config.json")
    kind = said.get("model_type")
    if kind == "edgetam_video":
        raise CheckpointError(
            f"{folder} holds an EdgeTAM: it compresses its memories, for which there are no graphs here; take a SAM 2.1"
        )
    if kind != KIND:
        raise CheckpointError(f"{folder} holds a model of type {kind!r}; what can be exported as sam2: {KIND}")
    try:
        config = at_side(Sam2VideoConfig.from_dict(said), side)
    except (StrictDataclassError, AttributeError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / 'config.json'} is of no SAM 2.1: {first_line(error)}") from None
    if others := [name for name, value in NEEDED.items() if getattr(config, name) != value]:
        raise CheckpointError(
            f"{folder} is no SAM 2.1: its {others[0]} is {getattr(config, others[0])}, not {NEEDED[others[0]]}"
        )
    preparation(folder, "sam2")
    # Plain attention: what it becomes in a graph does not depend on the kernels of this machine.
    return load_weights(Sam2VideoModel, folder, config=config, attn_implementation="eager").eval()


def at_side(config: Any, side: int) -> Any:
    """The configuration for pictures of this side."""
    cells = side // PATCH
    config.image_size = config.prompt_encoder_config.image_size = side
    config.memory_attention_rope_feat_sizes = [cells, cells]
    config.vision_config.backbone_feature_sizes = [[finer * cells] * 2 for finer in (4, 2, 1)]
    return config


def frozen(*weights: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """What was computed once, as constants of a graph."""
    return tuple(each.detach().clone().contiguous() for each in weights)
