"""A family with the tensors of the built-in network, and no more code than that takes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stream_engine.backends import Net
from stream_engine.backends.arrays import BLACK, GREY, planes_of, shrunk_into, window
from stream_engine.engines import Model
from stream_engine.masks import MaskRle
from stream_engine.models.reid import Boxes, Bytes
from stream_engine.models.reid.pixels import chances
from stream_engine.tracking.appearance import Appearance


class Crops(NamedTuple):
    luma: Bytes
    chroma: Bytes
    mask: Bytes


class FakeNano:
    """Answers for the crops of one take."""

    def __init__(self, net: Net, row: Model) -> None:
        self._net = net
        _, self._rows, self._columns = row.inputs["luma"].shape
        _, parts, size = row.outputs["embeddings"].shape
        self.parts, self.size = int(parts), int(size)

    def take(self, picture: Bytes, boxes: Boxes, masks: Sequence[MaskRle | None]) -> Crops:
        light, colours = planes_of(picture)
        rows, columns = int(self._rows), int(self._columns)
        luma, mask = (np.full((len(boxes), rows, columns), 255, np.uint8) for _ in range(2))
        chroma = np.empty((len(boxes), rows // 2, columns // 2, 2), np.uint8)
        for row, box in enumerate(boxes.astype(int).tolist()):
            left, top, width, height = box[0], box[1], max(box[2] - box[0], 2), max(box[3] - box[1], 2)
            shrunk_into(window(light, (left, top, width, height), BLACK), luma[row])
            shrunk_into(window(colours, (left // 2, top // 2, width // 2, height // 2), GREY), chroma[row])
        return Crops(luma, chroma, mask)

    def answer(self, taken: Crops) -> Appearance:
        told = self._net.run(taken._asdict())
        return Appearance(told["embeddings"], told["visibility"], chances(told["roles"]))
