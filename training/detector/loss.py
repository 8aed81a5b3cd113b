"""What the nano detector is taught: where centres are, and how far the edges of a box are from a cell."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from stream_engine.models.detectors.nano import CLASSES, STRIDE

Floats = NDArray[np.float32]

BALL = CLASSES.index("ball")
NEAR = 1.5  # cells around a centre that learn its box
SPREAD = 7.0  # a box's side over the width of its peak
LEAST_SPREAD = 0.6  # cells
WORTH = torch.tensor([1.0, 2.0, 1.5, 1.5, 2.0])[:, None, None]  # of a centre, by class: there are few of some


class Objects(NamedTuple):
    """The labels of one picture, boxes in luma pixels of the model's input."""

    boxes: Floats  # N, 4
    classes: NDArray[np.int64]  # N
    counts: NDArray[np.bool_]  # N; the others are neither to be found nor wrong


class Targets(NamedTuple):
    """What the maps should be: B first."""

    heat: Tensor  # classes, rows, columns
    care: Tensor  # 1, rows, columns; 0 where nobody judges
    edges: Tensor  # 4, rows, columns; distances in cells
    weight: Tensor  # 1, rows, columns; how much a cell's box counts


def targets(objects: Objects, rows: int, columns: int) -> tuple[Floats, Floats, Floats, Floats]:
    """The maps of one picture."""
    heat = np.zeros((len(CLASSES), rows, columns), np.float32)
    care = np.ones((1, rows, columns), np.float32)
    edges = np.zeros((4, rows, columns), np.float32)
    weight = np.zeros((1, rows, columns), np.float32)
    x, y = np.arange(columns) + 0.5, np.arange(rows) + 0.5
    boxes = objects.boxes / STRIDE
    sizes = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    for place in np.argsort(-sizes):  # small ones last: a cell that two claim belongs to the smaller
        left, top, right, bottom = boxes[place]
        if not objects.counts[place]:
            care[0, _span(top, bottom, rows), _span(left, right, columns)] = 0
            continue
        middle = (left + right) / 2, (top + bottom) / 2
        spread = [max(side / SPREAD, LEAST_SPREAD) for side in (right - left, bottom - top)]
        peak = (
            np.exp(-(((x - middle[0]) / spread[0]) ** 2) / 2)[None]
            * np.exp(-(((y - middle[1]) / spread[1]) ** 2) / 2)[:, None]
        )
        row, column = min(int(middle[1]), rows - 1), min(int(middle[0]), columns - 1)
        own = heat[objects.classes[place]]
        np.maximum(own, peak, out=own)
        own[row, column] = 1.0
        near = (np.abs(x - middle[0]) < NEAR)[None] & (np.abs(y - middle[1]) < NEAR)[:, None]
        distances = np.broadcast_arrays(x[None] - left, y[:, None] - top, right - x[None], bottom - y[:, None])
        taken = near & (np.min(distances, 0) > 0.05)
        edges[:, taken] = np.array(distances)[:, taken]
        weight[0, taken] = peak[taken]
    return heat, care, edges, weight


def _span(low: float, high: float, count: int) -> slice:
    return slice(max(int(low), 0), min(int(high) + 1, count))


def loss(output: Tensor, wanted: Targets) -> tuple[Tensor, dict[str, float]]:
    """Focal loss of the centres, GIoU of the boxes; and both as figures."""
    count = max(float((wanted.heat == 1).sum()), 1.0)
    centres = _focal(output[:, : len(CLASSES)], wanted.heat, wanted.care) / count
    overlap = _giou(output[:, len(CLASSES) :].clamp(-4, 6).exp(), wanted.edges)
    total = wanted.weight.sum().clamp(min=1.0)
    boxes = ((1 - overlap) * wanted.weight[:, 0]).sum() / total
    return centres + 2 * boxes, {"centres": float(centres.detach()), "boxes": float(boxes.detach())}


def _focal(logits: Tensor, heat: Tensor, care: Tensor) -> Tensor:
    """Of CornerNet (Law and Deng 2018): cells near a centre are forgiven the more the nearer they are."""
    chance = logits.sigmoid().clamp(1e-4, 1 - 1e-4)
    found = (1 - chance) ** 2 * functional.logsigmoid(logits) * (heat == 1) * WORTH.to(heat.device)
    empty = chance**2 * functional.logsigmoid(-logits) * (1 - heat) ** 4 * (heat < 1) * care
    return -(found + empty).sum()


def _giou(ours: Tensor, theirs: Tensor) -> Tensor:
    """Of boxes given by the distances of their edges from the same cell: B, rows, columns."""
    width = torch.minimum(ours[:, 0], theirs[:, 0]) + torch.minimum(ours[:, 2], theirs[:, 2])
    height = torch.minimum(ours[:, 1], theirs[:, 1]) + torch.minimum(ours[:, 3], theirs[:, 3])
    both = width.clamp(min=0) * height.clamp(min=0)
    areas = [(e[:, 0] + e[:, 2]).clamp(min=0) * (e[:, 1] + e[:, 3]).clamp(min=0) for e in (ours, theirs)]
    union = areas[0] + areas[1] - both
    hull = (torch.maximum(ours[:, 0], theirs[:, 0]) + torch.maximum(ours[:, 2], theirs[:, 2])) * (
        torch.maximum(ours[:, 1], theirs[:, 1]) + torch.maximum(ours[:, 3], theirs[:, 3])
    )
    return both / union.clamp(min=1e-6) - (hull - union) / hull.clamp(min=1e-6)
