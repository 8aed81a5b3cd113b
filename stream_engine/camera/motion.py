"""How the camera moved between two pictures: corners are followed, and most of them must agree on one movement."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stream_engine.messages import Box

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Points = NDArray[np.float32]

CELLS = (16, 9)  # across, down: corners are taken from all over the picture
MOST_IN_CELL = 3
CORNERS = 500
QUALITY = 0.01  # of a corner, as a share of the best one's
APART = 5  # pixels of the half picture
WINDOW, LEVELS, ROUNDS = 13, 3, 12
AGREES = 0.6  # pixels between where a corner went and where the movement says
FEWEST = 8  # corners that a movement needs
STILL = np.array(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))


class Move(NamedTuple):
    """Points (x, y, 1) of the picture before, times `matrix`, are where they lie now; in pixels of small pictures."""

    matrix: Floats  # 2, 3: turned, scaled alike in both directions, shifted
    confidence: float  # share of the corners that moved so


def move_between(before: Bytes, now: Bytes, avoid: Sequence[Box]) -> Move:
    """The camera's movement; `avoid` are boxes in the picture before whose insides move on their own."""
    corners = _corners(before, avoid)
    if len(corners) < FEWEST:
        return Move(STILL, 0.0)
    found, state, _ = cv2.calcOpticalFlowPyrLK(
        before, now, corners, np.empty_like(corners), winSize=(WINDOW, WINDOW), maxLevel=LEVELS,
        criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, ROUNDS, 0.02),
    )  # fmt: skip
    height, width = now.shape
    kept = (state[:, 0] == 1) & (found >= 0).all(1) & (found[:, 0] < width) & (found[:, 1] < height)
    if kept.sum() < FEWEST:
        return Move(STILL, 0.0)
    matrix, agreeing = cv2.estimateAffinePartial2D(
        corners[kept], found[kept], method=cv2.RANSAC, ransacReprojThreshold=AGREES, maxIters=300, confidence=0.99
    )
    if matrix is None or not np.isfinite(matrix).all() or agreeing.sum() < FEWEST:
        return Move(STILL, 0.0)
    return Move(matrix, float(agreeing.sum()) / len(corners))


def _corners(picture: Bytes, avoid: Sequence[Box]) -> Points:
    """The best corners of each cell, outside the boxes; those of the half picture are fewer, and easier to follow."""
    half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    height, width = half.shape
    allowed = np.full(half.shape, 255, np.uint8)
    for left, top, right, bottom in avoid:
        allowed[_span(top, bottom), _span(left, right)] = 0
    found = cv2.goodFeaturesToTrack(half, CORNERS, QUALITY, APART, mask=allowed, blockSize=5)
    if found is None:
        return np.empty((0, 2), np.float32)
    corners = np.asarray(found, np.float32).reshape(-1, 2)  # best first
    cell = (corners[:, 1] * CELLS[1] / height).astype(int) * CELLS[0] + (corners[:, 0] * CELLS[0] / width).astype(int)
    order = np.argsort(cell, kind="stable")
    within = np.empty(len(cell), int)
    within[order] = np.arange(len(cell)) - np.searchsorted(cell[order], cell[order])
    return corners[within < MOST_IN_CELL] * 2 + np.float32(0.5)


def _span(low: float, high: float) -> slice:
    """Pixels of the half picture between two edges of the whole."""
    return slice(max(int(low / 2), 0), max(int(high / 2) + 1, 0))
