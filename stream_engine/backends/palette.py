"""Colours that people write down, and those of pictures in files, as luma and chroma."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import TO_RGB

Array = NDArray[np.float64]

FROM_RGB = np.linalg.inv(np.vstack([TO_RGB, [0, 0, 0, 1]]))[:3]
MOST_PICTURE_BYTES = 32 << 20
SMALL = 64  # pixels a side, of a picture of which only the colours are wanted
MAIN, LEAST_SHARE = 3, 0.15  # colours of a picture, and what share of it one has to have


def yuv_of(colours: Sequence[str]) -> Array:
    """Limited-range luma and chroma, N, 3, of colours that are written as #rrggbb."""
    rgb = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in colours], np.float64)
    return _yuv(rgb.reshape(-1, 3))


def picture_colours(path: str) -> Array:
    """The main colours of the middle of a picture in a file, as `yuv_of`; OSError or ValueError if there are none."""
    with Path(path).open("rb") as file:
        raw = file.read(MOST_PICTURE_BYTES + 1)
    if len(raw) > MOST_PICTURE_BYTES:
        raise ValueError(f"more than {MOST_PICTURE_BYTES >> 20} MiB are no picture of a shirt")
    found = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR_RGB) if raw else None
    if found is None:
        raise ValueError("no picture that can be read")
    rows, columns = found.shape[:2]
    middle = found[rows // 5 : rows - rows // 5, columns // 5 : columns - columns // 5]
    small = cv2.resize(middle, (SMALL, SMALL), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0)
    cv2.setRNGSeed(0)
    start = np.zeros((len(small), 1), np.int32)
    _, groups, middles = cv2.kmeans(small.astype(np.float32), MAIN, start, ends, 3, cv2.KMEANS_PP_CENTERS)
    often = np.bincount(np.asarray(groups).ravel(), minlength=MAIN) >= LEAST_SHARE * len(small)
    return _yuv(np.asarray(middles, np.float64)[often])


def _yuv(rgb: Array) -> Array:
    return np.asarray(rgb @ FROM_RGB[:, :3].T + FROM_RGB[:, 3])
