"""From a mask over a window to the run lengths of the picture's pixels."""

import math

import numpy as np

from stream_engine.backends.arrays import redrawn
from stream_engine.following.windows import EMPTY, Array, Floats
from stream_engine.masks import MaskRle, encode


def drawn(logits: Floats, window: Array, size: tuple[int, int]) -> MaskRle | None:
    """The mask's pixels in a picture of this width and height; None if there are none."""
    rows, columns = np.flatnonzero((logits > 0).any(axis=1)), np.flatnonzero((logits > 0).any(axis=0))
    if not rows.size:
        return None
    left, top, width, height = window.tolist()
    across, down = width / logits.shape[1], height / logits.shape[0]
    x0, x1 = _pixels(left + (columns[0] - 1) * across, left + (columns[-1] + 2) * across, size[0])
    y0, y1 = _pixels(top + (rows[0] - 1) * down, top + (rows[-1] + 2) * down, size[1])
    if x1 <= x0 or y1 <= y0:
        return None
    # From the middle of a pixel to the middle of a cell.
    matrix = np.array([[1 / across, 0, (x0 + 0.5 - left) / across - 0.5], [0, 1 / down, (y0 + 0.5 - top) / down - 0.5]])
    values = np.empty((y1 - y0, x1 - x0), np.float32)
    redrawn(logits, matrix, values, EMPTY)
    pixels = values > 0
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not rows.size:
        return None
    pixels = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return encode(pixels, x0 + int(columns[0]), y0 + int(rows[0]))


def _pixels(low: float, high: float, end: int) -> tuple[int, int]:
    """The pixels that lie between two places, inside the picture."""
    return max(math.floor(low), 0), min(math.ceil(high), end)
