"""Pictures of a made-up place, seen by a camera that can turn, zoom and cut away."""

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

SIZE = (960, 540)  # columns, rows
MARGIN = 400


def place(seed: int) -> Bytes:
    """A wide, still picture with corners everywhere."""
    rng = np.random.default_rng(seed)
    height, width = SIZE[1] + 2 * MARGIN, SIZE[0] + 2 * MARGIN
    rough = rng.integers(30, 220, (height // 24, width // 24), np.uint8)
    picture = cv2.resize(rough, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.uint8)


def movement(shift: tuple[float, float] = (0.0, 0.0), zoom: float = 1.0, turn: float = 0.0) -> Floats:
    """Of the picture about its middle: two rows of three."""
    x, y = SIZE[0] / 2, SIZE[1] / 2
    across, down = zoom * np.cos(turn), zoom * np.sin(turn)
    matrix = np.array(((across, -down, 0.0), (down, across, 0.0)))
    matrix[:, 2] = np.array((x, y)) - matrix[:, :2] @ (x, y) + shift
    return matrix


def luma(of: Bytes, matrix: Floats | None = None) -> Bytes:
    """What the camera sees after a movement; pixels are counted from the corner of the first one."""
    whole = np.vstack((movement() if matrix is None else matrix, (0.0, 0.0, 1.0)))
    half = np.array(((1.0, 0.0, 0.5), (0.0, 1.0, 0.5), (0.0, 0.0, 1.0)))
    away = np.array(((1.0, 0.0, -MARGIN), (0.0, 1.0, -MARGIN), (0.0, 0.0, 1.0)))
    mapped = np.linalg.inv(half) @ whole @ half @ away
    return np.asarray(cv2.warpAffine(of, mapped[:2], SIZE, flags=cv2.INTER_LINEAR), np.uint8)


def nv12(grey: Bytes) -> Bytes:
    """A picture without colour."""
    return np.vstack((grey, np.full((grey.shape[0] // 2, grey.shape[1]), 128, np.uint8)))


def at_corners(matrix: Floats) -> Floats:
    """Where a movement takes the four corners of the picture."""
    corners = np.array([(x, y, 1.0) for x in (0, SIZE[0]) for y in (0, SIZE[1])])
    return np.asarray(corners @ matrix.T, np.float64)
