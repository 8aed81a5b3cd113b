"""Boxes against boxes: overlap, and who belongs to whom."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from stream_engine.messages import Box

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
EPS = float(np.finfo(np.float64).eps)
HALF = 0.5  # the overlap from which two boxes are the same thing, in every measure here


def boxes_of(boxes: Sequence[Box]) -> Floats:
    """One row a box: left, top, right, bottom."""
    return np.array(boxes, np.float64).reshape(-1, 4)


def overlap(ours: Floats, theirs: Floats) -> Floats:
    """Intersection over union of each with each; a box without area overlaps nothing."""
    near = np.minimum(ours[:, None, 2:], theirs[None, :, 2:])
    far = np.maximum(ours[:, None, :2], theirs[None, :, :2])
    shared = np.prod(np.maximum(near - far, 0), axis=2)
    our_area = (ours[:, 2] - ours[:, 0]) * (ours[:, 3] - ours[:, 1])
    their_area = (theirs[:, 2] - theirs[:, 0]) * (theirs[:, 3] - theirs[:, 1])
    either = our_area[:, None] + their_area[None, :] - shared
    real = (our_area[:, None] > EPS) & (their_area[None, :] > EPS) & (either > EPS)
    shares: Floats = np.divide(shared, either, out=np.zeros_like(shared), where=real)
    return shares


def assign(gain: Floats) -> tuple[Ints, Ints]:
    """The one-to-one pairs of rows and columns with the greatest sum."""
    rows, columns = linear_sum_assignment(-gain)
    return rows, columns


def pairs_from(similarity: Floats, least: float = HALF) -> tuple[Ints, Ints]:
    """The one-to-one pairs that are at least so similar and together most similar."""
    enough = np.where(similarity < least - EPS, 0.0, similarity)
    rows, columns = assign(enough)
    real = enough[rows, columns] > EPS
    return rows[real], columns[real]
