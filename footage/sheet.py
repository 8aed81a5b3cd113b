"""Contact sheets: pictures of several presets side by side, with the truth drawn in on demand."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from footage.encode import BT709, LIMITED
from footage.film import Film, Frame, Order
from footage.presets import Preset
from stream_engine.masks import decode

SPAN_S = 24.0
SINGLES = 3
WHITE, YELLOW, RED = (255, 255, 255), (0, 255, 255), (0, 0, 255)
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Row:
    """The pictures of one preset."""

    seed: int
    count: int
    truth: bool  # is drawn in
    width: int  # of one picture


def contact_sheet(presets: list[Preset], row: Row, out: Path) -> None:
    """Write one row of pictures for each preset; with one picture of each, several presets to a row."""
    pictures = [one for preset in presets for one in _pictures(preset, row)]
    columns = row.count if row.count > 1 else min(SINGLES, len(pictures))
    pictures += [np.zeros_like(pictures[0])] * (-len(pictures) % columns)
    sheet = np.vstack([np.hstack(pictures[at : at + columns]) for at in range(0, len(pictures), columns)])
    if not cv2.imwrite(str(out), sheet):
        raise ValueError(f"{out} cannot be written: is its folder there?")


def _pictures(preset: Preset, row: Row) -> list[Bytes]:
    order = Order(preset, row.seed, SPAN_S)
    film = Film(order)
    numbers = [round((i + 0.5) * order.frames / row.count) for i in range(row.count)]
    size = (row.width, round(row.width * order.size[1] / order.size[0]))
    made = []
    for number in numbers:
        seen = picture(film, film.frame(number), row.truth)
        made.append(np.asarray(cv2.resize(seen, size, interpolation=cv2.INTER_AREA), np.uint8))
    film.close()
    cv2.putText(made[0], preset.name, (8, size[1] - 10), cv2.FONT_HERSHEY_DUPLEX, 0.6, WHITE, 1, cv2.LINE_AA)
    return made


def picture(film: Film, frame: Frame, truth: bool) -> Bytes:
    """A frame as it is seen, in BGR."""
    developed = VideoFrame.from_ndarray(film.lens.develop(frame.bgr, frame.number), format="yuv420p")
    developed.colorspace, developed.color_range = BT709, LIMITED
    seen = np.asarray(developed.to_ndarray(format="bgr24"), np.uint8)
    if truth:
        draw_truth(seen, frame)
    return seen


def draw_truth(bgr: Bytes, frame: Frame) -> None:
    """Outlines of masks, boxes of visible part and whole body, and identities."""
    for thing in frame.truth.objects:
        left, top, right, bottom = (round(v) for v in thing.box_px)
        if not thing.visible:
            continue
        pixels = decode(thing.mask)
        area = bgr[top:bottom, left:right]
        area[pixels] = area[pixels] // 2 + np.array((0, 90, 127), np.uint8)
        cv2.rectangle(bgr, (left, top), (right - 1, bottom - 1), YELLOW, 1)
        a, b, c, d = (round(v) for v in thing.body_px)
        cv2.rectangle(bgr, (a, b), (c, d), WHITE, 1)
        cv2.putText(bgr, str(thing.id), (left, top - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.5, WHITE, 1, cv2.LINE_AA)
    if frame.truth.ball.box_px:
        left, top, right, bottom = (round(v) for v in frame.truth.ball.box_px)
        cv2.rectangle(bgr, (left - 2, top - 2), (right + 1, bottom + 1), RED, 1)
