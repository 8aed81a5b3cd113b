"""Pictures to look at."""

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from stream_engine.messages import FrameRef


def smooth_nv12(size: tuple[int, int], seed: int = 0) -> NDArray[np.uint8]:
    """Slopes of light and colour, within the limited range."""
    width, height = size
    chance = np.random.default_rng(seed)

    def plane(columns: int, rows: int) -> NDArray[np.uint8]:
        coarse = chance.integers(60, 190, (4, 4)).astype(np.float32)
        return cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC).clip(30, 220).astype(np.uint8)

    colours = np.stack([plane(width // 2, height // 2) // 2 + 64 for _ in range(2)], axis=-1)
    return np.vstack([plane(width, height), colours.reshape(height // 2, width)])


class Rings:
    """Every frame is this picture."""

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        self._picture = picture

    @contextmanager
    def view(self, _: FrameRef) -> Iterator[NDArray[np.uint8]]:
        yield self._picture
