"""Colours that people write down, and those of pictures in files, as luma and chroma."""

import os
import stat
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import TO_RGB

Array = NDArray[np.float64]
Bytes = NDArray[np.uint8]

FROM_RGB = np.linalg.inv(np.vstack([TO_RGB, [0, 0, 0, 1]]))[:3]
MOST_PICTURE_BYTES = 32 << 20
SMALL = 64  # pixels a side, of a picture of which only the colours are wanted
WHOLE = 128  # of 255: what is more transparent is not seen
MAIN, LEAST_SHARE = 3, 0.15  # colours of a picture, and what share of it one has to have


def yuv_of(colours: Sequence[str]) -> Array:
    """Limited-range luma and chroma, N, 3, of colours that are written as #rrggbb."""
    rgb = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in colours], np.float64)
    return _yuv(rgb.reshape(-1, 3))


def picture_colours(path: str) -> Array:
    """The main colours of the middle of a picture in a file, as `yuv_of`; OSError or ValueError if there are none."""
    raw = _read(path)
    if len(raw) > MOST_PICTURE_BYTES:
        raise ValueError(f"more than {MOST_PICTURE_BYTES >> 20} MiB are no picture of a shirt")
    found, shown = _decoded(raw)
    rows, columns = found.shape[:2]
    middle = slice(rows // 5, rows - rows // 5), slice(columns // 5, columns - columns // 5)
    small = cv2.resize(found[middle], (SMALL, SMALL), interpolation=cv2.INTER_AREA).reshape(-1, 3)
    seen = cv2.resize(shown[middle], (SMALL, SMALL), interpolation=cv2.INTER_AREA).ravel() >= WHOLE
    small = small[seen] if np.count_nonzero(seen) >= MAIN else small
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0)
    cv2.setRNGSeed(0)
    start = np.zeros((len(small), 1), np.int32)
    _, groups, middles = cv2.kmeans(small.astype(np.float32), MAIN, start, ends, 3, cv2.KMEANS_PP_CENTERS)
    often = np.bincount(np.asarray(groups).ravel(), minlength=MAIN) >= LEAST_SHARE * len(small)
    return _yuv(np.asarray(middles, np.float64)[often])


def _read(path: str) -> bytes:
    """A file that is one: a pipe would be waited at for ever."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("no plain file")
        return file.read(MOST_PICTURE_BYTES + 1)


def _decoded(raw: bytes) -> tuple[Bytes, Bytes]:
    """Red, green and blue of a picture, cut to what can be seen of it, and how much of each pixel can, to 255."""
    try:
        found = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR_RGB) if raw else None
        whole = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED) if raw else None
    except cv2.error as error:  # more pixels than anybody decodes
        raise ValueError(f"no picture that can be read: {error.err}") from None
    if found is None:
        raise ValueError("no picture that can be read")
    shown = np.full(found.shape[:2], 255, np.uint8)
    if whole is not None and whole.ndim == 3 and whole.shape[2] == 4 and whole.shape[:2] == shown.shape:
        shown = np.asarray(whole[..., 3] * (255.0 / (255 if whole.dtype == np.uint8 else 65535)), np.uint8)
    rows, columns = (np.flatnonzero((shown >= WHOLE).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise ValueError("no picture of a shirt: it is transparent")
    seen = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return np.asarray(found[seen], np.uint8), shown[seen]


def _yuv(rgb: Array) -> Array:
    return np.asarray(rgb @ FROM_RGB[:, :3].T + FROM_RGB[:, 3])
