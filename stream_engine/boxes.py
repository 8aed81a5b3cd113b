"""Boxes against boxes: left, top, right, bottom."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)


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


def grown(boxes: Floats, least: float) -> Floats:
    """The same boxes about their middles, at least so long on every side."""
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, np.maximum(boxes[:, 2:] - boxes[:, :2], least) / 2
    return np.hstack([middle - half, middle + half])


def moved(matrix: Floats, boxes: Floats) -> Floats:
    """Boxes where a movement of the picture (2 rows of 3) takes them: N, 4; they stay upright."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * np.hypot(matrix[0, 0], matrix[1, 0])
    middle = middle @ matrix[:, :2].T + matrix[:, 2]
    return np.concatenate((middle - half, middle + half), 1)


def without_doubles(boxes: Floats, groups: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """Places of boxes, best first, without those that overlap a better one of their group by more than this share."""
    left, kept = np.arange(len(boxes)), []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        shares = overlap(boxes[best][None], boxes[left])[0]
        left = left[(shares <= share) | (groups[left] != groups[best])]
    return np.array(kept, np.int64)
