"""The built-in detector: planes of luma and chroma in; maps of centres and of distances to the edges of a box out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Net
from stream_engine.backends.arrays import planes_into, run_batch
from stream_engine.boxes import without_doubles
from stream_engine.engines import EngineError, Model, TensorSpec
from stream_engine.messages import Detection, Role
from stream_engine.models.detectors.common import ROLES, Placed, detections, least_of

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]

CLASSES: tuple[Role, ...] = ("player", "goalkeeper", "referee", "other", "ball")
IN_ROLES = np.array([ROLES.index(name) for name in CLASSES])  # the place of each among the roles
PERSONS = 4  # the first classes; one person is of one of them
STRIDE = 4  # pixels of the input's luma to a cell
SAME = 0.7  # two boxes of persons that overlap so much are one person
LARGE, SAME_LARGE = 0.3, 0.45  # share of the picture's height from which on less is enough: close-ups show few people
MOST_CANDIDATES = 400


class Planes(NamedTuple):
    """A picture as the net takes it, and how it lies in there."""

    luma: NDArray[np.uint8]
    chroma: NDArray[np.uint8]
    placed: Placed


class NanoDetector:
    """Shrinks pictures to the net's planes and reads its maps."""

    def __init__(self, net: Net, model: Model, thresholds: Mapping[str, float], most: int) -> None:
        self._net, self._most = net, most
        self._batch, self._rows, self._columns = _sides_of(model)
        self._thresholds = least_of(model, IN_ROLES, thresholds)[IN_ROLES].astype(np.float32)

    def take(self, nv12: NDArray[np.uint8]) -> Planes:
        """The picture's planes, shrunk."""
        luma = np.empty((self._rows, self._columns), np.uint8)
        chroma = np.empty((self._rows // 2, self._columns // 2, 2), np.uint8)
        fit = planes_into(nv12, luma, chroma)
        size = nv12.shape[1], nv12.shape[0] * 2 // 3
        return Planes(luma, chroma, Placed((0, 0), (fit.width, fit.height), size))

    def answer(self, taken: Sequence[Planes]) -> list[tuple[Detection, ...] | None]:
        """One batch of the net."""
        if not taken:
            return []
        luma, chroma = np.stack([planes.luma for planes in taken]), np.stack([planes.chroma for planes in taken])
        maps = run_batch(self._net, {"luma": luma[:, None], "chroma": chroma}, self._batch)["maps"]
        return [self._detections(each, planes.placed) for each, planes in zip(maps, taken, strict=True)]

    def _detections(self, maps: Floats, placed: Placed) -> tuple[Detection, ...] | None:
        if not np.isfinite(maps).all():
            return None
        seen = found(maps, self._thresholds)
        boxes = placed.on_picture(seen.boxes.astype(np.float64))
        return detections(IN_ROLES[seen.classes], seen.scores, boxes, self._most)


def _sides_of(model: Model) -> tuple[int | str, int, int]:
    """The batch, and rows and columns of the luma; every other side follows from these."""
    luma = model.inputs.get("luma")
    batch, _, rows, columns = luma.shape if luma and len(luma.shape) == 4 else ("batch", 1, 0, 0)
    if isinstance(rows, int) and isinstance(columns, int) and rows > 0 and columns > 0:
        inputs = {
            "luma": TensorSpec("uint8", (batch, 1, rows, columns)),
            "chroma": TensorSpec("uint8", (batch, rows // 2, columns // 2, 2)),
        }
        maps = TensorSpec("float32", (batch, len(CLASSES) + 4, rows // STRIDE, columns // STRIDE))
        if (model.inputs, model.outputs, rows % STRIDE, columns % STRIDE) == (inputs, {"maps": maps}, 0, 0):
            return batch, rows, columns
    raise EngineError(
        f"{model.name}: {model.family} takes luma, uint8 [batch, 1, rows, columns] with rows and columns fixed, and "
        "chroma, uint8 [batch, rows / 2, columns / 2, 2], and gives "
        f"maps, float32 [batch, {len(CLASSES) + 4}, rows / {STRIDE}, columns / {STRIDE}]; the manifest says otherwise"
    )


class Found(NamedTuple):
    """What a picture shows, best first; boxes in pixels of the input's luma."""

    boxes: Floats  # N, 4
    classes: NDArray[np.int64]  # N
    scores: Floats  # N


def found(output: Floats, thresholds: Floats) -> Found:
    """The peaks of one picture's maps that reach their class's threshold: `output` is classes + 4, rows, columns."""
    heat = output[: len(CLASSES)]
    with np.errstate(divide="ignore"):
        least = np.log(thresholds) - np.log1p(-thresholds)  # the maps hold logits
    kind, row, column = np.nonzero(heat > least[:, None, None])
    if len(kind) > MOST_CANDIDATES:
        best = np.argpartition(-heat[kind, row, column], MOST_CANDIDATES)[:MOST_CANDIDATES]
        kind, row, column = kind[best], row[best], column[best]
    peak = _is_peak(heat, kind, row, column)
    kind, row, column = kind[peak], row[peak], column[peak]
    scores = 1 / (1 + np.exp(-heat[kind, row, column]))
    edges = np.exp(np.clip(output[len(CLASSES) :, row, column], -4, 6))
    x, y = column + 0.5, row + 0.5
    boxes = np.stack((x - edges[0], y - edges[1], x + edges[2], y + edges[3]), 1) * STRIDE
    order = np.argsort(-scores, kind="stable")
    order = order[without_doubles(boxes[order], (kind[order] < PERSONS).astype(np.int64), SAME)]
    large = (kind[order] < PERSONS) & (boxes[order, 3] - boxes[order, 1] > LARGE * heat.shape[1] * STRIDE)
    apart = np.where(large, -1, np.arange(len(order)))  # everybody else is a group of their own
    order = order[without_doubles(boxes[order], apart, SAME_LARGE)]
    return Found(boxes[order].astype(np.float32), kind[order], scores[order].astype(np.float32))


def _is_peak(
    heat: Floats, kind: NDArray[np.int64], row: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """No neighbour of the same class is higher; of equal ones the first is the peak."""
    rows, columns = heat.shape[1:]
    own = heat[kind, row, column]
    peak = np.ones(len(kind), bool)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            if not (down or across):
                continue
            r, c = row + down, column + across
            inside = (r >= 0) & (r < rows) & (c >= 0) & (c < columns)
            other = heat[kind, r.clip(0, rows - 1), c.clip(0, columns - 1)]
            first = down < 0 or (down == 0 and across < 0)
            peak &= ~inside | (own > other if first else own >= other)
    return peak
