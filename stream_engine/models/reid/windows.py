"""Which part of a picture a network that tells people apart looks at, and where a box is in it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MARGIN = 1.1  # height of a window to that of its box
LEAST_HEIGHT, LEAST_WIDTH = 8, 4


def windows(boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Left, top, width and height around boxes N, 4; twice as high as wide, perhaps beyond the picture's edges."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    sides = boxes[:, 2:] - boxes[:, :2]
    height = MARGIN * np.maximum(sides[:, 1], 2 * sides[:, 0])
    wide = np.stack((np.maximum(height / 2, LEAST_WIDTH), np.maximum(height, LEAST_HEIGHT)), 1)
    return np.asarray(np.rint(np.hstack((middles - wide / 2, wide))), np.int64)


def boxed(box: NDArray[np.float64], place: Sequence[float], size: tuple[int, int]) -> NDArray[np.uint8]:
    """255 where a box is in the window at `place`, in so many rows and columns."""
    left, top, width, height = place
    rows, columns = size
    mask = np.zeros(size, np.uint8)
    x0, x1 = np.rint((box[0::2] - left) * columns / width).clip(0, columns).astype(int).tolist()
    y0, y1 = np.rint((box[1::2] - top) * rows / height).clip(0, rows).astype(int).tolist()
    mask[y0:y1, x0:x1] = 255
    return mask
