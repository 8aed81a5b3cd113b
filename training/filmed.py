"""Matches to learn from: which ones, and their pictures as a broadcast would bring them."""

from collections.abc import Iterator, Mapping

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.presets import JUDGING_SEEDS

Bytes = NDArray[np.uint8]

SIZE = (1920, 1080)
CODED = 0.6  # share of what has been through a lossy coder


def matches(shares: Mapping[str, int], count: int, first_seed: int) -> Iterator[tuple[str, int]]:
    """Preset and seed of so many matches, in the shares of the presets; of which there are 20 in all."""
    names = [name for name, share in shares.items() for _ in range(share)]
    for number in range(count):
        seed = first_seed + number
        if seed >= JUDGING_SEEDS[0]:
            raise ValueError(f"seed {seed} is kept for judging")
        yield names[number * 7 % len(names)], seed  # 7 and 20 have no common divisor: every name in its share


def quality(rng: Generator, least: int, most: int) -> int | None:
    """Of a lossy coder; None is as it was filmed."""
    return None if rng.random() > CODED else int(rng.integers(least, most))


def coded(yuv: Bytes, quality: int | None) -> Bytes:
    """Planar YUV after a lossy coder, or as it was."""
    if quality is None:
        return yuv
    _, data = cv2.imencode(".jpg", yuv, [cv2.IMWRITE_JPEG_QUALITY, quality])  # planes below one another, as grey
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def planes(yuv: Bytes) -> tuple[Bytes, Bytes]:
    """Luma, and chroma as rows, columns, 2."""
    width, height = SIZE
    halves = yuv[height:].reshape(2, height // 2, width // 2)
    return yuv[:height], np.dstack((halves[0], halves[1]))
