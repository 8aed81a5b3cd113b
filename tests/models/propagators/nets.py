"""Rows of a SAM 2 and nets for them, without files."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.engines import Model
from stream_engine.models.propagators.sam2_tensors import OBJECTS, Sizes, tensors_of

Arrays = Mapping[str, NDArray[Any]]
SIZES = Sizes(whole=False, side=32, finest=4, finer=8, hidden=32, slots=8, memory=16, pointers=16)


def rows_of(sizes: Sizes) -> dict[str, Model]:
    """As an export would write them."""
    return {
        part: Model(
            name=f"small.{part}", task="propagate", family="sam2", file=f"small.{part}.onnx", source="here",
            licence="none", sha256="0" * 64, precision="fp32", thresholds={},
            inputs=dict(tensors.inputs), outputs=dict(tensors.outputs),
        )
        for part, tensors in tensors_of(sizes).items()
    }  # fmt: skip


class Told:
    """A net that is a function, and what it was asked."""

    def __init__(self, run: Callable[[Arrays], Arrays]) -> None:
        self._run = run
        self.asked: list[dict[str, NDArray[Any]]] = []

    def run(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        self.asked.append(dict(arrays))
        return dict(self._run(arrays))


def plain(sizes: Sizes, part: str, **outputs: Any) -> Told:
    """A net that says the same of every object: rows of what is given here, and ones of all else."""
    specs = tensors_of(sizes)[part].outputs

    def run(arrays: Arrays) -> Arrays:
        count = max(map(len, arrays.values()))
        shapes = {
            name: [count if side == OBJECTS else int(side) for side in spec.shape] for name, spec in specs.items()
        }
        return {name: np.full(shape, outputs.get(name, 1), np.float32) for name, shape in shapes.items()}

    return Told(run)


def plain_nets(sizes: Sizes, **changed: Told) -> dict[str, Told]:
    return {part: plain(sizes, part) for part in tensors_of(sizes)} | changed
