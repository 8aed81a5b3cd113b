"""From metres to pixels: the boxes around bodies, around what stands on the pitch, and around shadows."""

import numpy as np
from numpy.typing import NDArray

from footage.picture.stadium import GOAL_M, HALF_L, HALF_W

Array = NDArray[np.float64]

CORNERS = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
NEAREST_M = 0.1
NOWHERE_PX = (-2.0, -2.0, -1.0, -1.0)


def boxes_of(matrix: NDArray[np.float32], points: Array, size: tuple[int, int]) -> Array:
    """Extents in pixels (left, top, right, bottom) of P, V, 3 points; whoever is behind the camera is nowhere."""
    clip = points @ matrix[:, :3].T.astype(float) + matrix[:, 3].astype(float)
    depth = clip[..., 3]
    safe = np.where(depth > NEAREST_M, depth, np.nan)
    x = (clip[..., 0] / safe * 0.5 + 0.5) * size[0]
    y = (0.5 - clip[..., 1] / safe * 0.5) * size[1]
    boxes = np.stack((x.min(1), y.min(1), x.max(1), y.max(1)), 1)
    boxes[(depth <= NEAREST_M).any(1)] = NOWHERE_PX
    return boxes


def around(points: Array) -> Array:
    """Corners of the boxes around P, V, 3 points, with some air: P, 8, 3."""
    low, high = points.min(1, keepdims=True) - 0.15, points.max(1, keepdims=True) + 0.15
    return np.asarray((low + high) / 2 + CORNERS * (high - low) / 2)


def thrown(points: Array, lamp_m: tuple[float, float, float]) -> Array:
    """Where a lamp throws the shadow of P, V, 3 points."""
    z = np.maximum(points[..., 2:], 0.0)
    ground = points[..., :2] + (points[..., :2] - lamp_m[:2]) * (z / np.maximum(lamp_m[2] - z, 0.1))
    return np.concatenate((ground, np.zeros_like(z)), -1)


def goals_and_flags() -> Array:
    """Corners of the boxes around both goals and the four corner flags: 6, 8, 3."""
    width, high, depth = GOAL_M
    boxes = []
    for sign in (-1, 1):
        middle = np.array((sign * (HALF_L + depth / 2), 0, high / 2))
        boxes.append(middle + CORNERS * (np.array((depth, width, high)) / 2 + 0.15))
        boxes += [np.array((sign * HALF_L, y, 0.75)) + CORNERS * (0.5, 0.3, 0.8) for y in (-HALF_W, HALF_W)]
    return np.array(boxes)
