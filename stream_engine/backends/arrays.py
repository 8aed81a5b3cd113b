"""Array work around the nets, on the CPU: parts of NV12 pictures in the sizes that models take, and batches of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Arrays, Net

Bytes = NDArray[np.uint8]
BLACK, GREY = 16, 128  # of luma and of chroma
AROUND = np.ones((3, 3), np.uint8)


class Colours(NamedTuple):
    """What a net wants taken from red, green and blue, which are from 0 to 1, and what that is divided by."""

    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    spread: tuple[float, float, float] = (1.0, 1.0, 1.0)


AS_THEY_ARE = Colours()
IMAGENET = Colours((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALVES = Colours((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))  # what SigLIP's networks take, and SOLIDER's


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
    light, colours = planes_of(nv12)
    placed = fit((light.shape[1], light.shape[0]), (luma.shape[1], luma.shape[0]))
    width, height = placed.width, placed.height
    cv2.resize(light, (width, height), luma[:height, :width], interpolation=cv2.INTER_AREA)
    cv2.resize(colours, (width // 2, height // 2), chroma[: height // 2, : width // 2], interpolation=cv2.INTER_AREA)
    luma[height:], luma[:height, width:] = BLACK, BLACK
    chroma[height // 2 :], chroma[: height // 2, width // 2 :] = GREY, GREY
    return placed


def planes_of(nv12: Bytes) -> tuple[Bytes, Bytes]:
    """Luma and, half as large, chroma of an NV12 picture; nothing is copied."""
    if nv12.ndim != 2 or not nv12.size or nv12.shape[0] % 3 or nv12.shape[1] % 2:
        raise ValueError(
            f"an NV12 picture has 3 rows for 2 of the picture and even columns; this array is {nv12.shape}"
        )
    rows, columns = nv12.shape[0] * 2 // 3, nv12.shape[1]
    return nv12[:rows], nv12[rows:].reshape(rows // 2, columns // 2, 2)


def window(plane: Bytes, place: tuple[int, int, int, int], outside: int) -> Bytes:
    """The part of a plane at left, top, width, height; what is not in the plane has one value."""
    left, top, width, height = place
    rows, columns = plane.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, columns), min(top + height, rows)
    if (x1 - x0, y1 - y0) == (width, height):
        return plane[y0:y1, x0:x1]
    part = np.full((height, width, *plane.shape[2:]), outside, np.uint8)
    if x1 > x0 and y1 > y0:
        part[y0 - top : y1 - top, x0 - left : x1 - left] = plane[y0:y1, x0:x1]
    return part


def shrunk_into(plane: Bytes, out: Bytes) -> None:
    """A plane at the size of `out`; each of its pixels is the mean of those it stands for."""
    cv2.resize(plane, (out.shape[1], out.shape[0]), out, interpolation=cv2.INTER_AREA)


def eroded(pixels: Bytes) -> Bytes:
    """Without what lies at an edge of what is set; the array's own edges are none."""
    return np.asarray(cv2.erode(pixels, AROUND), np.uint8)


def shares_in(pixels: NDArray[Any], side: int) -> NDArray[np.float32]:
    """The share of each of so many cells a side that is set."""
    return np.asarray(cv2.resize(pixels.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA), np.float32)


def redrawn(values: NDArray[Any], matrix: NDArray[np.float64], out: NDArray[np.float32], empty: float) -> None:
    """Values at other places: `matrix` takes a place of `out` (x, y, 1) to one of `values`; `empty` is around them."""
    cv2.warpAffine(
        np.asarray(values, np.float32), matrix, (out.shape[1], out.shape[0]), out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT, borderValue=empty,
    )  # fmt: skip


def largest_piece(pixels: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of the largest connected piece; None if nothing is set."""
    _, _, pieces, _ = cv2.connectedComponentsWithStats(pixels.astype(np.uint8), connectivity=8)
    if len(pieces) < 2:  # the first is what is not set
        return None
    left, top, width, height, _ = pieces[1 + pieces[1:, cv2.CC_STAT_AREA].argmax()].tolist()
    return left, top, left + width, top + height


def _limited_bt709() -> NDArray[np.float64]:
    """From limited-range Y, U, V and 1 to full-range R, G, B (ITU-R BT.709-6, sections 3 and 4)."""
    red, blue = 0.2126, 0.0722
    light = 255 / 219
    from_v, from_u = 2 * (1 - red) * 255 / 224, 2 * (1 - blue) * 255 / 224
    green = 1 - red - blue
    slopes = np.array(
        [[light, 0, from_v], [light, -from_u * blue / green, -from_v * red / green], [light, from_u, 0]], np.float64
    )
    return np.hstack([slopes, -slopes @ [[BLACK], [GREY], [GREY]]])


TO_RGB = _limited_bt709()


def rgb_into(nv12: Bytes, rgb: Bytes, averaged: bool) -> None:
    """Stretch an NV12 picture over `rgb` (rows, columns, 3); its planes are resized, colours come after that.

    `averaged`: each pixel is the mean of those it stands for; otherwise it lies between the four next to its middle.
    """
    _coloured(*planes_of(nv12), rgb, averaged)


def window_rgb_into(nv12: Bytes, place: tuple[int, int, int, int], rgb: Bytes, averaged: bool) -> None:
    """The same of the part at left, top, width, height, all of them even; outside of the picture is black."""
    luma, chroma = planes_of(nv12)
    left, top, width, height = place
    halves = left // 2, top // 2, width // 2, height // 2
    _coloured(window(luma, place, BLACK), window(chroma, halves, GREY), rgb, averaged)


def crop_into(
    nv12: Bytes, place: tuple[int, int, int, int], shown: Bytes | None, around: tuple[int, int, int], rgb: Bytes
) -> None:
    """Stretch what is at left, top, width, height over `rgb`; what is not shown or not in the picture is `around`."""
    left, top, width, height = place
    x, y = left % 2, top % 2  # colours come for two pixels together
    even = left - x, top - y, (width + x + 1) // 2 * 2, (height + y + 1) // 2 * 2
    pixels = np.empty((even[3], even[2], 3), np.uint8)
    window_rgb_into(nv12, even, pixels, averaged=False)
    part = pixels[y : y + height, x : x + width]
    rows, columns = nv12.shape[0] * 2 // 3, nv12.shape[1]
    hidden = np.ones((height, width), np.bool_)
    hidden[max(-top, 0) : max(rows - top, 0), max(-left, 0) : max(columns - left, 0)] = False
    if shown is not None:
        hidden |= shown == 0
    part[hidden] = around
    rgb[:] = _resized(part, (rgb.shape[1], rgb.shape[0]), averaged=True)


def stretched_into(plane: Bytes, out: Bytes) -> None:
    """A plane at the size of `out`, smaller or larger."""
    out[:] = _resized(plane, (out.shape[1], out.shape[0]), averaged=True)


def cubic_into(rgb: Bytes, out: Bytes) -> None:
    """An RGB picture at the size of `out` by the cubic filter of PIL and torchvision, which OpenCV does not have."""
    rows, columns = _cubic(rgb.shape[0], out.shape[0]), _cubic(rgb.shape[1], out.shape[1])
    tall = (rows @ rgb.reshape(len(rgb), -1).astype(np.float32)).reshape(len(rows), rgb.shape[1], 3)
    out[:] = np.matmul(columns, tall).round().clip(0, 255)


def _cubic(before: int, after: int) -> NDArray[np.float32]:
    """What each of so many pixels takes of those before; Keys' filter at -0.5, wider where pixels become fewer."""
    scale = before / after
    middles = (np.arange(after) + 0.5) * scale
    away = np.abs(np.arange(before) + 0.5 - middles[:, None]) / max(scale, 1)
    near, far = (1.5 * away - 2.5) * away**2 + 1, ((2.5 - 0.5 * away) * away - 4) * away + 2
    weights = np.where(away < 1, near, np.where(away < 2, far, 0))
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


def _coloured(luma: Bytes, chroma: Bytes, rgb: Bytes, averaged: bool) -> None:
    size = rgb.shape[1], rgb.shape[0]
    yuv = np.empty((*rgb.shape[:2], 3), np.uint8)
    yuv[..., 0] = _resized(luma, size, averaged)
    yuv[..., 1:] = _resized(chroma, size, averaged)
    cv2.transform(yuv, TO_RGB, rgb)


def _resized(plane: Bytes, size: tuple[int, int], averaged: bool) -> Bytes:
    if averaged:  # only along the sides that shrink: OpenCV averages along both or none
        least = min(size[0], plane.shape[1]), min(size[1], plane.shape[0])
        plane = np.asarray(cv2.resize(plane, least, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def colours_into(rgb: Bytes, colours: Colours, planes: NDArray[np.float32]) -> None:
    """An RGB picture (rows, columns, 3) as the three planes that a net takes."""
    for colour, (mean, spread) in enumerate(zip(*colours, strict=True)):
        np.multiply(rgb[..., colour], np.float32(1 / 255 / spread), out=planes[colour])
        planes[colour] -= np.float32(mean / spread)


def colours_of(rgb: Bytes, colours: Colours) -> NDArray[np.float32]:
    """The same of many pictures (N, rows, columns, 3), as one batch."""
    count, rows, columns, _ = rgb.shape
    batch = np.empty((count, 3, rows, columns), np.float32)
    for picture, planes in zip(rgb, batch, strict=True):
        colours_into(picture, colours, planes)
    return batch


def neutral(colours: Colours) -> tuple[int, int, int]:
    """Red, green and blue of the mean of all pictures, which is 0 as the net sees it."""
    red, green, blue = (round(255 * mean) for mean in colours.mean)
    return red, green, blue


def run_batch(net: Net, arrays: Mapping[str, NDArray[Any]], side: int | str) -> Arrays:
    """The outputs for any number of pictures; a net whose batch has a fixed side is run as often as that takes."""
    count = len(next(iter(arrays.values())))
    if isinstance(side, str):
        return _for_all(net.run(arrays), count)
    parts = [
        _for_all(net.run({name: _filled(array[start : start + side], side) for name, array in arrays.items()}), side)
        for start in range(0, count, side)
    ]
    return {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}


def _for_all(outputs: Arrays, count: int) -> Arrays:
    """The same, which have an answer for each of so many pictures."""
    for name, array in outputs.items():
        if len(array) != count:
            raise ValueError(f"{name} has {len(array)} answer(s) for {count} pictures")
    return outputs


def _filled(array: NDArray[Any], side: int) -> NDArray[Any]:
    """The same, with zeros after it up to `side`."""
    if len(array) == side:
        return array
    return np.concatenate([array, np.zeros((side - len(array), *array.shape[1:]), array.dtype)])


def limit_threads(threads: int) -> None:
    """So many threads for the array work of this process; by itself it would take every core."""
    cv2.setNumThreads(threads)
