"""The built-in detector's outputs: maps of centres and of distances to the four edges of a box."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.messages import Role

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]

CLASSES: tuple[Role, ...] = ("player", "goalkeeper", "referee", "other", "ball")
PERSONS = 4  # the first classes; one person is of one of them
STRIDE = 4  # pixels of the input's luma to a cell
SAME = 0.7  # two boxes of persons that overlap so much are one person
MOST_CANDIDATES = 400


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
    kept = _one_each(boxes[order], kind[order])
    order = order[kept]
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


def _one_each(boxes: NDArray[np.float64], kind: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of boxes, best first, without a second one of the same person."""
    low, high = np.maximum(boxes[:, None, :2], boxes[None, :, :2]), np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    both = (high - low).clip(0).prod(2)
    area = (boxes[:, 2:] - boxes[:, :2]).clip(0).prod(1)
    overlap = both / np.maximum(area[:, None] + area[None] - both, 1e-6)
    person = kind < PERSONS
    rival = (overlap > SAME) & (person[:, None] == person[None])
    kept: list[int] = []
    for place in range(len(boxes)):
        if not rival[place, kept].any():
            kept.append(place)
    return np.array(kept, np.int64)
