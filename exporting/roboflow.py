"""Opens the `.pth` files that RF-DETR's own package writes; transformers knows how its names of weights differ."""

import argparse
import math
import pickle
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn
from transformers import RfDetrConfig, RfDetrForObjectDetection

from exporting.checkpoints import CheckpointError, Opened, complete, first_line, step_of

COCO_COLUMNS = 91
COCO = {1: "person", 37: "sports ball"}  # of its category numbers those that we have a role for; 0 is not used
ENCODER = "backbone.0.encoder.encoder."
PROJECTOR_EPS = 1e-6  # as RF-DETR's package has it; transformers takes 1e-5 there
HEAD = 32  # channels of one head of the decoder's self-attention, or of two of its cross-attention


class Build(NamedTuple):
    """What the weights' shapes do not tell; RF-DETR's releases differ in it by the size of their patches."""

    windows: int
    read_after: tuple[int, ...]  # layers of the encoder
    side: int | None  # of the input; None: that of its positions


BUILDS = {14: Build(4, (2, 5, 8, 11), 560), 16: Build(2, (3, 6, 9, 12), None)}


def open_checkpoint(path: Path) -> Opened:
    """A detector of RF-DETR's package, trained on COCO or fine-tuned."""
    held = _load(path)
    weights = held.get("model")
    if not isinstance(weights, dict) or "class_embed.weight" not in weights:
        raise CheckpointError(f"{path} is no checkpoint of RF-DETR: it has no `model` with a class_embed.weight")
    if any(name.startswith("segmentation_head") for name in weights):
        raise CheckpointError(f"{path} is of an RF-DETR that also draws masks; only detectors can be exported")
    config, side = _config(path, weights)
    try:
        net, loaded = RfDetrForObjectDetection.from_pretrained(
            None, config=config, state_dict=weights, output_loading_info=True, dtype=torch.float32
        )
    except (ValueError, RuntimeError, KeyError) as error:
        raise CheckpointError(f"{path} cannot be loaded: {first_line(error)}") from None
    complete(path, loaded)
    for part in net.model.backbone.projector.modules():
        if isinstance(part, nn.LayerNorm):
            part.eps = PROJECTOR_EPS
    classes, background = _classes(path, held.get("args"), len(weights["class_embed.weight"]))
    return Opened(net, "rfdetr", side, step_of(config), classes, background)


def _load(path: Path) -> dict[str, Any]:
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):  # older releases keep their settings in one
            held = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, KeyError, ValueError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f"{path} cannot be opened without running code from it: {first_line(error)}; "
            "load it with RF-DETR's package and export it there, or save it as a folder of transformers"
        ) from None
    return held if isinstance(held, dict) else {}


def _config(path: Path, weights: dict[str, torch.Tensor]) -> tuple[RfDetrConfig, int]:
    try:
        columns, width = weights["class_embed.weight"].shape
        hidden, _, patch, _ = weights[f"{ENCODER}embeddings.patch_embeddings.projection.weight"].shape
        positions = math.isqrt(weights[f"{ENCODER}embeddings.position_embeddings"].shape[1] - 1)
        groups = _count(weights, "transformer.enc_output.")
        queries = len(weights["query_feat.weight"]) // groups
        offsets = len(weights["transformer.decoder.layers.0.cross_attn.sampling_offsets.weight"])
        build = BUILDS[patch]
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise CheckpointError(f"{path} is of a kind of RF-DETR that is not known here ({error!r})") from None
    heads = width // HEAD
    config = RfDetrConfig(
        backbone_config={
            "model_type": "rf_detr_dinov2", "hidden_size": hidden, "num_attention_heads": hidden // 64,
            "num_hidden_layers": _count(weights, f"{ENCODER}encoder.layer."), "patch_size": patch,
            "image_size": positions * patch, "num_windows": build.windows,
            "out_features": [f"stage{layer}" for layer in build.read_after],
        },
        d_model=width, num_labels=columns, num_queries=queries, group_detr=groups,
        decoder_layers=_count(weights, "transformer.decoder.layers."), decoder_self_attention_heads=heads,
        decoder_cross_attention_heads=2 * heads, decoder_n_points=offsets // (2 * heads * 2),
        decoder_ffn_dim=len(weights["transformer.decoder.layers.0.linear1.weight"]),
    )  # fmt: skip
    return config, build.side or positions * patch


def _count(weights: dict[str, torch.Tensor], prefix: str) -> int:
    return len({name[len(prefix) :].partition(".")[0] for name in weights if name.startswith(prefix)})


def _classes(path: Path, args: Any, columns: int) -> tuple[tuple[str, ...], int | None]:
    """The names that it was trained with; the column after them is for what is none of them."""
    said = args if isinstance(args, dict) else vars(args) if isinstance(args, argparse.Namespace) else {}
    names = said.get("class_names") or []
    if columns == COCO_COLUMNS and len(names) not in (columns - 1, columns):
        return tuple(COCO.get(column, str(column)) for column in range(columns)), None
    if len(names) == columns:
        return tuple(map(str, names)), None
    if len(names) == columns - 1:
        return (*map(str, names), "background"), columns - 1
    raise CheckpointError(f"{path} names {len(names)} classes, and its scores have {columns} columns")
