"""SigLIP's vision tower: shirts as RGB pictures, and the mean of what it says of their patches."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stream_engine.backends import Net
from stream_engine.backends.arrays import HALVES, colours_of, crop_into, cubic_into, neutral, run_batch
from stream_engine.engines import EngineError, Model
from stream_engine.models.embeddings import Bytes, Floats, Jersey
from stream_engine.models.tensors import floats, said_by


class Crops(NamedTuple):
    """Shirts as the net takes them, but for the colours."""

    rgb: Bytes  # N, rows, columns, 3


class Siglip:
    """The place of each shirt stretched over the input, as SigLIP takes pictures; what is not the shirt is grey."""

    def __init__(self, net: Net, row: Model) -> None:
        self._net = net
        self._input, self._output = _names_of(row)
        self._batch, _, self._rows, self._columns = row.inputs[self._input].shape
        self.size = int(row.outputs[self._output].shape[1])

    def take(self, picture: Bytes, jerseys: Sequence[Jersey]) -> Crops:
        """The shirts, without what is around them."""
        rgb = np.empty((len(jerseys), int(self._rows), int(self._columns), 3), np.uint8)
        for jersey, crop in zip(jerseys, rgb, strict=True):
            part = np.empty((*jersey.mask.shape, 3), np.uint8)
            crop_into(picture, jersey.place, jersey.mask, neutral(HALVES), part)
            cubic_into(part, crop)
        return Crops(rgb)

    def answer(self, taken: Crops) -> Floats:
        """One batch of them all."""
        return run_batch(self._net, {self._input: colours_of(taken.rgb, HALVES)}, self._batch)[self._output]


def _names_of(row: Model) -> tuple[str, str]:
    """Of the input and the output; what the row says of them has to be what the family takes and gives."""
    if len(row.inputs) == len(row.outputs) == 1:
        ((given, pictures),), ((told, vectors),) = row.inputs.items(), row.outputs.items()
        batch, *sides = pictures.shape or ("",)
        fixed = [side for side in (*sides[1:], *vectors.shape[1:]) if isinstance(side, int)]
        if len(fixed) == 3 and pictures == floats(batch, 3, fixed[0], fixed[1]) and vectors == floats(batch, fixed[2]):
            return given, told
    raise EngineError(
        f"{row.name}: {row.family} takes one input, float32 [batch, 3, rows, columns], and gives one output, float32 "
        f"[batch, numbers]; sides but the batch are fixed; {said_by(row)}"
    )
