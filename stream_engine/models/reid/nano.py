"""The built-in network that tells people apart: small crops of luma, chroma and masks."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Net
from stream_engine.backends.arrays import BLACK, GREY, planes_of, run_batch, shrunk_into, window
from stream_engine.engines import EngineError, Model, TensorSpec
from stream_engine.masks import MaskRle, decode
from stream_engine.models.reid.pixels import chances
from stream_engine.models.reid.windows import boxed, windows
from stream_engine.tracking.appearance import Appearance

Bytes = NDArray[np.uint8]
Array = NDArray[np.float64]
ROLES = 5  # ball, goalkeeper, other, player, referee


class Crops(NamedTuple):
    """People as the net takes them."""

    luma: Bytes  # N, rows, columns
    chroma: Bytes  # N, rows / 2, columns / 2, 2
    mask: Bytes  # N, rows, columns: 255 on the person


class NanoReid:
    """One graph: crops in, an embedding of each part out."""

    def __init__(self, net: Net, row: Model) -> None:
        self._net = net
        self._batch, self._rows, self._columns, self.parts, self.size = _sides_of(row)

    def take(self, picture: Bytes, boxes: Array, masks: Sequence[MaskRle | None]) -> Crops:
        """What lies around each box, shrunk; where no mask is known, everything in the box is the person."""
        light, colours = planes_of(picture)
        count, rows, columns = len(boxes), self._rows, self._columns
        luma, mask = np.empty((count, rows, columns), np.uint8), np.empty((count, rows, columns), np.uint8)
        chroma = np.empty((count, rows // 2, columns // 2, 2), np.uint8)
        places = windows(np.asarray(boxes, np.float64).reshape(-1, 4)).tolist()
        for at, ((left, top, width, height), known) in enumerate(zip(places, masks, strict=True)):
            shrunk_into(window(light, (left, top, width, height), BLACK), luma[at])
            shrunk_into(window(colours, (left // 2, top // 2, width // 2, height // 2), GREY), chroma[at])
            if known is None:
                mask[at] = boxed(boxes[at], (left, top, width, height), (rows, columns))
            else:
                own = decode(known).astype(np.uint8) * np.uint8(255)
                shrunk_into(window(own, (left - known.x, top - known.y, width, height), 0), mask[at])
        return Crops(luma, chroma, mask)

    def answer(self, taken: Any) -> Appearance:
        """One batch of all crops."""
        count = len(taken.luma)
        if not count:
            empty = np.zeros((0, self.parts, self.size), np.float32)
            return Appearance(empty, empty[..., 0], np.zeros((0, ROLES), np.float32))
        given = {"luma": taken.luma, "chroma": taken.chroma, "mask": taken.mask}
        told = run_batch(self._net, given, self._batch)
        return Appearance(told["embeddings"], told["visibility"], chances(told["roles"]))


def _sides_of(row: Model) -> tuple[int | str, int, int, int, int]:
    """Batch, rows and columns of luma, parts and size of what it says; every other side follows from these."""
    luma, told = row.inputs.get("luma"), row.outputs.get("embeddings")
    batch, rows, columns = luma.shape if luma and len(luma.shape) == 3 else ("", 0, 0)
    _, parts, size = told.shape if told and len(told.shape) == 3 else ("", 0, 0)
    sides = (rows, columns, parts, size)
    if all(isinstance(side, int) and side > 0 for side in sides):
        rows, columns, parts, size = (int(side) for side in sides)
        plane = TensorSpec("uint8", (batch, rows, columns))
        inputs = {"luma": plane, "chroma": TensorSpec("uint8", (batch, rows // 2, columns // 2, 2)), "mask": plane}
        outputs = {
            "embeddings": TensorSpec("float32", (batch, parts, size)),
            "visibility": TensorSpec("float32", (batch, parts)),
            "roles": TensorSpec("float32", (batch, ROLES)),
        }
        if (row.inputs, row.outputs) == (inputs, outputs):
            return batch, rows, columns, parts, size
    raise EngineError(
        f"{row.name}: its row is not that of a nano ReID network as tools/train reid writes it: sides of luma, chroma,"
        " mask, embeddings, visibility and roles have to go together"
    )
