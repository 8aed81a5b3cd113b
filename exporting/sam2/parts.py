"""The four graphs: what goes into each, what comes out, and examples to try them with."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from exporting.graphs import Signature
from exporting.sam2 import Mode
from exporting.sam2.attention import Memory
from exporting.sam2.checkpoint import PATCH
from exporting.sam2.encoder import Encode
from exporting.sam2.heads import Features, Prompt, PromptHead, TrackHead
from exporting.sam2.memory import Memorize
from stream_engine.engines import Kind, TensorSpec

OBJECTS, POINTS = "objects", "points"
CANDIDATES = 4
DTYPES: dict[Kind, Any] = {"float32": torch.float32, "int32": torch.int32, "bool": torch.bool}
LABELS, AGES, FURTHEST = (-1, 4), (0, 7), 20  # of examples: labels of points, places in time, frames back to a pointer


class Sizes(NamedTuple):
    """What the graphs are made for."""

    side: int  # of the square picture: a region around an object, or the whole frame
    slots: int
    pointers: int
    mode: Mode
    hidden: int = 256
    memory: int = 64

    @property
    def cells(self) -> int:
        return self.side // PATCH


def sizes_of(net: Any, slots: int, pointers: int, mode: Mode) -> Sizes:
    """The sizes of the graphs of a network."""
    return Sizes(net.config.image_size, slots, pointers, mode, net.hidden_dim, net.mem_dim)


def modules(net: Any, slots: int) -> dict[str, nn.Module]:
    """The four as modules; both modes are the same code, because one frame's features spread over its objects."""
    made = {
        "encode": Encode(net),
        "prompt_head": PromptHead(net),
        "track_head": TrackHead(net, slots),
        "memorize": Memorize(net),
    }
    return {name: module.eval().requires_grad_(False) for name, module in made.items()}


def signatures(sizes: Sizes) -> dict[str, Signature]:
    """Of each part."""
    pictures = OBJECTS if sizes.mode == "region" else 1
    cells, hidden = sizes.cells, sizes.hidden
    mask = TensorSpec("float32", (OBJECTS, 1, 4 * cells, 4 * cells))
    logit, flag = TensorSpec("float32", (OBJECTS, 1)), TensorSpec("bool", (OBJECTS, 1))
    feat = {"feat": TensorSpec("float32", (pictures, hidden, cells, cells))}
    features = {
        "s0": TensorSpec("float32", (pictures, hidden // 8, 4 * cells, 4 * cells)),
        "s1": TensorSpec("float32", (pictures, hidden // 4, 2 * cells, 2 * cells)),
    } | feat
    candidates = {
        "masks": TensorSpec("float32", (OBJECTS, CANDIDATES, 4 * cells, 4 * cells)),
        "iou": TensorSpec("float32", (OBJECTS, CANDIDATES)),
        "object_logit": logit,
        "pointers": TensorSpec("float32", (OBJECTS, CANDIDATES, hidden)),
    }
    prompt = {
        "points": TensorSpec("float32", (OBJECTS, POINTS, 2)),
        "labels": TensorSpec("int32", (OBJECTS, POINTS)),
        "mask": mask,
        "mask_given": flag,
    }
    memorized = feat | {"mask": mask, "object_logit": logit, "binarize": flag}
    return {
        "encode": Signature({"pixels": TensorSpec("float32", (pictures, 3, sizes.side, sizes.side))}, features),
        "prompt_head": Signature(features | prompt, candidates, (Features, Prompt)),
        "track_head": Signature(features | _memory(sizes), candidates, (Features, Memory)),
        "memorize": Signature(memorized, {"mem": TensorSpec("float32", (OBJECTS, sizes.memory, cells, cells))}),
    }


def _memory(sizes: Sizes) -> dict[str, TensorSpec]:
    slots, pointers = (OBJECTS, sizes.slots), (OBJECTS, sizes.pointers)
    return {
        "bank": TensorSpec("float32", (*slots, sizes.memory, sizes.cells, sizes.cells)),
        "slot_valid": TensorSpec("bool", slots),
        "slot_tpos": TensorSpec("int32", slots),
        "ptr": TensorSpec("float32", (*pointers, sizes.hidden)),
        "ptr_valid": TensorSpec("bool", pointers),
        "ptr_dist": TensorSpec("float32", pointers),
    }


def example(inputs: Mapping[str, TensorSpec], counts: Mapping[str, int], seed: int = 1) -> dict[str, torch.Tensor]:
    """Random inputs, for as many objects and points as are said."""
    chance = torch.Generator().manual_seed(seed)
    return dict(_drawn(inputs, counts, chance))


def _drawn(
    inputs: Mapping[str, TensorSpec], counts: Mapping[str, int], chance: torch.Generator
) -> Iterator[tuple[str, torch.Tensor]]:
    ranges = {"labels": LABELS, "slot_tpos": AGES, "ptr_dist": (1, FURTHEST)}
    for name, spec in inputs.items():
        shape = [counts[side] if isinstance(side, str) else side for side in spec.shape]
        if spec.dtype == "bool":
            yield name, torch.rand(shape, generator=chance) < 0.5
        elif name in ranges:
            yield name, torch.randint(*ranges[name], shape, generator=chance).to(DTYPES[spec.dtype])
        elif name == "points":
            yield name, torch.rand(shape, generator=chance) * 32
        else:
            yield name, torch.randn(shape, generator=chance)
