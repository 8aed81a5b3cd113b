"""Writes the four graphs as ONNX files, each compared with its module."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from exporting import graphs
from exporting.checkpoints import CheckpointError
from exporting.graphs import WORST, Signature
from exporting.sam2.parts import OBJECTS, POINTS, Sizes, example, modules, signatures

# Two different counts of each, so that one that was written down would be noticed; one object would be taken for fixed.
TRACED, COMPARED = {OBJECTS: 2, POINTS: 3}, {OBJECTS: 3, POINTS: 2}


class Written(NamedTuple):
    """A file that says what its module says."""

    part: str
    path: Path
    signature: Signature
    worst: float  # how far its answers were from the module's, in shares of an output's greatest number


def write(net: Any, sizes: Sizes, beside: Path, name: str) -> list[Written]:
    """Write the files NAME.PART.onnx into a folder from which they are taken when all of them are right."""
    made, written = modules(net, sizes.slots), []
    for part, signature in signatures(sizes).items():
        path = beside / f"{name}.{part}.onnx"
        trace(made[part], signature, path)
        worst = difference(made[part], signature, path)
        if not worst <= WORST:
            raise CheckpointError(
                f"the file of {part} differs from its module by {worst:.1e}; {WORST:g} is allowed: not written"
            )
        written.append(Written(part, path, signature, worst))
    return written


def trace(module: nn.Module, signature: Signature, path: Path) -> None:
    """Write a module as ONNX, its objects and points as many as they will be."""
    graphs.trace(module, signature, example(signature.inputs, TRACED), path)


def difference(module: nn.Module, signature: Signature, path: Path, counts: Mapping[str, int] = COMPARED) -> float:
    """How far the file lies from the module with so many objects and points."""
    return graphs.difference(module, signature, example(signature.inputs, counts), path)
