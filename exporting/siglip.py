"""Makes one graph of a SigLIP's vision tower: pictures in, the mean of what it says of their patches out."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from huggingface_hub.errors import StrictDataclassError
from torch import nn
from transformers import SiglipVisionConfig, SiglipVisionModel

from exporting.checkpoints import CheckpointError, first_line, load_weights, preparation, read_json
from exporting.graphs import WORST, Signature, difference, trace
from exporting.rows import Told, file_row
from stream_engine.backends.arrays import HALVES
from stream_engine.models.tensors import floats

# `model_type` of a configuration: where in it the vision tower's is.
KINDS = {"siglip": "vision_config", "siglip_vision_model": None}
UNREAD = ("text_config",)  # SigLIP 2 knows more words than any other number of a network may be
TRACED, COMPARED = 2, 3  # pictures: two different counts, so that one that was written down would be noticed


class Tower(nn.Module):
    """The vision tower; its own head, which pools for comparing pictures with words, is left out."""

    def __init__(self, net: Any, side: int) -> None:
        super().__init__()
        self.net, self.side, self.size = net, side, int(net.config.hidden_size)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        told: torch.Tensor = self.net(pixels).last_hidden_state
        return told.mean(dim=1)


class Written(NamedTuple):
    """A file that says what its network says."""

    path: Path
    signature: Signature
    worst: float  # how far its answers were from the network's, in shares of the greatest number


def open_siglip(folder: Path, size: int | None) -> Tower:
    """The vision tower in a folder of save_pretrained, for squares of this side or of its own."""
    config = _config(folder)
    own, patch = config.image_size, config.patch_size
    if not (isinstance(own, int) and isinstance(patch, int) and 0 < patch <= own and config.num_channels == 3):
        raise CheckpointError(f"{folder / 'config.json'}: it does not take squares of RGB in square patches")
    side = size or own
    if side != own and side % patch:
        raise CheckpointError(f"--size {side}: this model takes multiples of {patch}, or the {own} it was made for")
    preparation(folder, "siglip", HALVES)
    # Plain attention: what it becomes in a graph does not depend on the kernels of this machine.
    net = load_weights(SiglipVisionModel, folder, config=config, attn_implementation="eager").eval()
    if side != own:
        _stretch_positions(net.embeddings, side)
    return Tower(net, side).eval().requires_grad_(False)


def _config(folder: Path) -> Any:
    said = read_json(folder / "config.json", UNREAD)
    kind = said.get("model_type")
    if kind == "siglip2":
        raise CheckpointError(
            f"{folder} holds a SigLIP 2 that takes pictures of any shape (NaFlex), for which there is no graph here; "
            "take one of a fixed size"
        )
    if kind not in tuple(KINDS):
        raise CheckpointError(
            f"{folder} holds a model of type {kind!r}; what can be exported as siglip: {', '.join(KINDS)}"
        )
    try:
        return SiglipVisionConfig.from_dict(said[within] if (within := KINDS[kind]) else said)
    except (StrictDataclassError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / 'config.json'} is of no SigLIP: {first_line(error)}") from None


def _stretch_positions(embeddings: Any, side: int) -> None:
    """Bring its positions to this side once, here: not every runtime has the filter that does it."""
    patches = (side // embeddings.patch_size) ** 2
    with torch.no_grad():
        nothing = torch.zeros(1, patches, embeddings.embed_dim)
        positions = embeddings.interpolate_pos_encoding(nothing, side, side)[0]
    embeddings.position_embedding = nn.Embedding.from_pretrained(positions.contiguous())
    embeddings.position_ids = torch.arange(patches).expand(1, -1)


def write(tower: Tower, path: Path) -> Written:
    """Write the file; an error if it does not say what the network says."""
    signature = Signature(
        {"pixels": floats("batch", 3, tower.side, tower.side)}, {"embeddings": floats("batch", tower.size)}
    )
    pictures = torch.rand(COMPARED, 3, tower.side, tower.side, generator=torch.Generator().manual_seed(1)) * 2 - 1
    trace(tower, signature, {"pixels": pictures[:TRACED]}, path)
    worst = difference(tower, signature, {"pixels": pictures}, path)
    if not worst <= WORST:
        raise CheckpointError(f"the file differs from the network by {worst:.1e}; {WORST:g} is allowed: not written")
    return Written(path, signature, worst)


def row_of(told: Told, written: Written) -> dict[str, Any]:
    """The row, as the manifest holds it."""
    return file_row(told, written.path) | {
        "task": "tag",
        "family": "siglip",
        "inputs": msgspec.to_builtins(written.signature.inputs),
        "outputs": msgspec.to_builtins(written.signature.outputs),
        "thresholds": {},
    }
