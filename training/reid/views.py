"""What the net sees of people who were cut out: around a box, hidden by others, in other light, under poor masks."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from stream_engine.backends.arrays import BLACK, GREY
from stream_engine.models.reid.windows import boxed, windows
from training.reid.crops import Crops
from training.reid.net import CELL, COLUMNS, PARTS, ROWS

Bytes = NDArray[np.uint8]
Array = NDArray[np.float64]
Floats = NDArray[np.float32]

SIZE = (ROWS, COLUMNS)
BANDS = (0.16, 0.47, 0.75)  # of the body's box: below the chin, the hem, the knees
USUAL = (0.10, 0.42, 0.28, 0.20)  # each part's share of a body's pixels
ENOUGH = 0.6  # of the usual pixels: turned or bent, a part shows fewer of them
COVERED = 100  # a cell is a part's from so many of 255
WHOLE_BODY, SHIFT, GROWTH = 0.3, 0.05, 0.1  # boxes: how often of the hidden parts, too; how far off
LEFT = 0.35  # of what is seen of somebody, when somebody else is put before them
HIDDEN, COARSE, UNMASKED, CLUMSY = 0.3, 0.35, 0.2, 0.5  # how often


class View(NamedTuple):
    """Somebody as the net sees them, and what is true."""

    luma: Bytes  # ROWS, COLUMNS
    chroma: Bytes  # ROWS / 2, COLUMNS / 2, 2
    mask: Bytes  # ROWS, COLUMNS: what the net is told
    parts: NDArray[np.int64]  # ROWS / CELL, COLUMNS / CELL: whose a cell is; PARTS is nobody
    visible: Floats  # 1 + PARTS: share that is seen


@dataclass(frozen=True, slots=True)
class Light:
    """How a camera shows a match."""

    gain: float
    lift: float
    mix: Array  # 2, 2
    shift: Array  # 2


def plain(crops: Crops, at: int, masked: bool = True) -> View:
    """Around the visible part's box, as it is."""
    left, top, width, height = windows(crops.box[at][None])[0].tolist()
    place = np.array((left, top, width, height), np.float64)
    luma, chroma, own = _seen(crops, at, place)
    mask = own if masked else boxed(crops.box[at], place.tolist(), SIZE)
    return _judged(crops, at, place, (luma, chroma, mask, own))


def varied(crops: Crops, at: int, rival: int | None, rng: Generator) -> View:
    """Around a box that is not exact; somebody else may be in front."""
    box = crops.body[at] if rng.random() < WHOLE_BODY else crops.box[at]
    box = _moved(box, rng)
    place = windows(box[None])[0].astype(np.float64)
    luma, chroma, own = _seen(crops, at, place)
    if rival is not None and rng.random() < HIDDEN:
        _hide((luma, chroma, own), crops, rival, rng)
    if rng.random() < COARSE:
        luma, chroma = _coarse(luma, chroma, float(rng.uniform(0.35, 0.9)))
    mask = boxed(box, place.tolist(), SIZE) if rng.random() < UNMASKED else _clumsy(own, rng)
    return _judged(crops, at, place, (luma, chroma, mask, own))


def _seen(crops: Crops, at: int, place: Array) -> tuple[Bytes, Bytes, Bytes]:
    """Luma, chroma and the person's pixels in a place of the picture."""
    kept = crops.place[at]
    rows, columns = crops.luma.shape[1:]
    scale = kept[2:] / (columns, rows)  # picture pixels to one that is kept
    step = place[2:] / (COLUMNS, ROWS) / scale
    start = (place[:2] - kept[:2]) / scale
    luma = _taken(crops.luma[at], step, start, (COLUMNS, ROWS), BLACK)
    chroma = _taken(crops.chroma[at], step, start / 2, (COLUMNS // 2, ROWS // 2), GREY)
    return luma, chroma, _taken(crops.mask(at), step, start, (COLUMNS, ROWS), 0)


def _taken(plane: Bytes, step: Array, start: Array, size: tuple[int, int], outside: int) -> Bytes:
    matrix = np.array([(step[0], 0, start[0] + step[0] / 2 - 0.5), (0, step[1], start[1] + step[1] / 2 - 0.5)])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    border = (outside, outside, outside, outside)
    taken = cv2.warpAffine(plane, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=border)
    return np.asarray(taken, np.uint8)


def _judged(crops: Crops, at: int, place: Array, planes: tuple[Bytes, Bytes, Bytes, Bytes]) -> View:
    """With the truth about its parts."""
    luma, chroma, mask, own = planes
    body, scale = crops.body[at], ROWS / place[3]
    rows = (np.arange(ROWS) + 0.5) / scale + place[1]
    band = np.searchsorted(BANDS, (rows - body[1]) / max(body[3] - body[1], 1.0))
    area = scale * scale * _area(crops, at) * 255
    share = own.sum(1, dtype=np.int64)
    counts = np.array([share[band == part].sum() for part in range(PARTS)]) / max(area, 1.0)
    visible = np.concatenate(([counts.sum()], counts / (ENOUGH * np.array(USUAL))))
    cells = cv2.resize(own, (COLUMNS // CELL, ROWS // CELL), interpolation=cv2.INTER_AREA)
    parts = np.where(cells >= COVERED, band[CELL // 2 :: CELL, None], PARTS).astype(np.int64)
    return View(luma, chroma, mask, parts, np.clip(visible, 0, 1).astype(np.float32))


def _area(crops: Crops, at: int) -> float:
    """Pixels of the picture that the whole body would have."""
    _, _, width, height = crops.place[at]
    kept = float(np.unpackbits(crops.bits[at]).sum()) * width * height / (crops.luma.shape[1] * crops.luma.shape[2])
    return float(kept / max(float(crops.visible[at]), 0.05))


def _moved(box: Array, rng: Generator) -> Array:
    middle, sides = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    middle = middle + rng.normal(0, SHIFT, 2) * sides
    sides = sides * np.exp(rng.normal(0, GROWTH, 2))
    return np.concatenate((middle - sides / 2, middle + sides / 2))


def _hide(planes: tuple[Bytes, Bytes, Bytes], crops: Crops, rival: int, rng: Generator) -> None:
    """Somebody else is pasted over them, a little aside."""
    luma, chroma, own = planes
    place = windows(crops.box[rival][None])[0].astype(np.float64)
    aside = np.array((rng.choice((-1, 1)) * rng.uniform(0.2, 0.6), rng.uniform(-0.5, 0.3)))
    other, colours, cover = _seen(crops, rival, place + np.concatenate((aside * place[2:], (0, 0))))
    front = cover > 127
    if own[~front].sum(dtype=np.int64) < LEFT * own.sum(dtype=np.int64):
        return
    halves = front[::2, ::2]
    luma[front], chroma[halves], own[front] = other[front], colours[halves], 0


def _coarse(luma: Bytes, chroma: Bytes, share: float) -> tuple[Bytes, Bytes]:
    """As from farther away."""
    planes = []
    for plane in (luma, chroma):
        rows, columns = plane.shape[:2]
        small = cv2.resize(plane, (round(columns * share), round(rows * share)), interpolation=cv2.INTER_AREA)
        planes.append(np.asarray(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR), np.uint8))
    return planes[0], planes[1]


def _clumsy(own: Bytes, rng: Generator) -> Bytes:
    """A mask as a net would draw it: too thin, too fat, or of a few cells."""
    if rng.random() > CLUMSY:
        return own
    way = int(rng.integers(3))
    if way == 2:
        small = cv2.resize(own, (COLUMNS // 3, ROWS // 3), interpolation=cv2.INTER_AREA)
        blown = cv2.resize(small, (COLUMNS, ROWS), interpolation=cv2.INTER_LINEAR)
        return (np.asarray(blown) >= 128).astype(np.uint8) * np.uint8(255)
    kernel = np.ones((3, 3), np.uint8)
    return np.asarray((cv2.erode if way else cv2.dilate)(own, kernel), np.uint8)


def light(rng: Generator) -> Light:
    """Another exposure, contrast, saturation and white balance."""
    turn, saturation = rng.normal(0, 0.06), rng.uniform(0.7, 1.3)
    mix = saturation * np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    return Light(float(rng.uniform(0.75, 1.25)), float(rng.uniform(-14, 14)), mix, rng.normal(0, 4, 2))


def drifted(lit: Light, rng: Generator) -> Light:
    """The same camera at another moment."""
    return Light(
        lit.gain * float(rng.normal(1, 0.03)), lit.lift + float(rng.normal(0, 2)), lit.mix,
        lit.shift + rng.normal(0, 1, 2),
    )  # fmt: skip
