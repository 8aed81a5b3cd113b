"""Array work around the nets, on the CPU: parts of NV12 pictures in the sizes that models take."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
BLACK, GREY = 16, 128  # of luma and of chroma


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture lies in a model's input: shrunk by `scale`, in the upper left corner."""

    scale: float  # input pixels for one of the picture
    width: int  # of what it fills
    height: int


def fit(picture: tuple[int, int], size: tuple[int, int]) -> Fit:
    """The largest even size at which a picture of this width and height lies in an input."""
    scale = min(size[0] / picture[0], size[1] / picture[1])
    width, height = (int(side * scale + 0.5) // 2 * 2 for side in picture)
    return Fit(scale, min(max(width, 2), size[0]), min(max(height, 2), size[1]))


def planes_into(nv12: Bytes, luma: Bytes, chroma: Bytes) -> Fit:
    """Shrink an NV12 picture into a model's planes, `luma` and, half as large, `chroma`; what is left over is black."""
    rows, columns = nv12.shape[0] * 2 // 3, nv12.shape[1]
    placed = fit((columns, rows), (luma.shape[1], luma.shape[0]))
    width, height = placed.width, placed.height
    cv2.resize(nv12[:rows], (width, height), luma[:height, :width], interpolation=cv2.INTER_AREA)
    colours = nv12[rows:].reshape(rows // 2, columns // 2, 2)
    cv2.resize(colours, (width // 2, height // 2), chroma[: height // 2, : width // 2], interpolation=cv2.INTER_AREA)
    luma[height:], luma[:height, width:] = BLACK, BLACK
    chroma[height // 2 :], chroma[: height // 2, width // 2 :] = GREY, GREY
    return placed
