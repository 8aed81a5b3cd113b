"""Plots over time, as small pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from stream_engine.boxes import Floats
from stream_engine.draw import Colour, Picture
from stream_engine.scoring import ScoreError

WIDTH, HEIGHT = 1200, 230
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 38, 32
INK, FAINT, BAND, PAPER = (60, 55, 50), (225, 222, 218), (243, 240, 236), (255, 255, 255)
BLUE, RED, GREEN, ORANGE = (190, 110, 30), (60, 60, 215), (90, 150, 40), (30, 130, 235)
FONT = cv2.FONT_HERSHEY_SIMPLEX
SHIFT = 4  # binary places of coordinates
TICKS = 4
SHORTEST = 0.1  # what an axis shows at least


@dataclass(frozen=True, slots=True)
class Line:
    """Values over time; NaN breaks the line."""

    name: str
    values: Floats
    colour: Colour


@dataclass(frozen=True, slots=True)
class Axes:
    """From moments (seconds, or steps of a training) and values to pixels."""

    end: float
    most: float
    unit: str

    def x(self, moment: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * moment / self.end

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.most


def plot(
    title: str, moments: Floats, lines: Sequence[Line], bands: Sequence[tuple[float, float]] = (), unit: str = "s"
) -> Picture:
    """Lines from 0 up, over bands of time that are set apart (close-ups, replays)."""
    picture = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    finite = [line.values[np.isfinite(line.values)] for line in lines]
    most = max((float(part.max()) for part in finite if part.size), default=1.0)
    axes = Axes(max(float(moments[-1]), SHORTEST), _round_up(most), unit)
    for start, end in bands:
        corners = ((round(axes.x(start)), TOP), (round(axes.x(end)), HEIGHT - BOTTOM))
        cv2.rectangle(picture, *corners, BAND, -1)
    _draw_grid(picture, axes)
    for line in lines:
        _draw_line(picture, axes, moments, line)
    _draw_legend(picture, title, lines)
    return picture


def write_picture(path: Path, picture: Picture) -> None:
    """As the name of the file says, PNG or JPEG."""
    if not cv2.imwrite(str(path), picture):
        raise ScoreError(f"{path} cannot be written; choose another folder with --report")


def smoothed(values: Floats, frames: int) -> Floats:
    """Means over so many frames around each, of the values that are there."""
    window = np.ones(max(1, frames))
    there = np.isfinite(values)
    total = np.convolve(np.where(there, values, 0.0), window, "same")[: len(values)]
    count = np.convolve(there.astype(np.float64), window, "same")[: len(values)]
    return np.where(there, total / np.maximum(count, 1), np.nan)


def _round_up(value: float) -> float:
    """The next number whose quarters are short to read."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** np.floor(np.log10(value))
    return float(
        next(step * unit for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10) if step * unit >= value * (1 - 1e-9))
    )


def _draw_grid(picture: Picture, axes: Axes) -> None:
    for tick in range(TICKS + 1):
        value = axes.most * tick / TICKS
        y = round(axes.y(value))
        cv2.line(picture, (LEFT, y), (WIDTH - RIGHT, y), FAINT if tick else INK, 1, cv2.LINE_AA)
        text = f"{value:.3g}"
        _write(picture, text, LEFT - 8 - _width(text, 0.4), y + 4, 0.4)
    step = max(1.0, _round_up(axes.end / 12))
    for moment in np.arange(0, axes.end + 1e-9, step):
        text = f"{moment:g} {axes.unit}"
        x = round(axes.x(moment))
        cv2.line(picture, (x, HEIGHT - BOTTOM), (x, HEIGHT - BOTTOM + 4), INK, 1)
        _write(picture, text, min(x - _width(text, 0.4) // 2, WIDTH - 4 - _width(text, 0.4)), HEIGHT - 10, 0.4)


def _draw_line(picture: Picture, axes: Axes, moments: Floats, line: Line) -> None:
    xs = axes.x(0) + (axes.x(1) - axes.x(0)) * moments
    ys = axes.y(0) + (axes.y(1) - axes.y(0)) * line.values
    points = np.stack([xs, ys], axis=1)
    there = np.flatnonzero(np.isfinite(line.values))
    for run in np.split(there, np.flatnonzero(np.diff(there) > 1) + 1):
        if run.size:
            fixed = np.round(points[run] * (1 << SHIFT)).astype(np.int32)
            if run.size == 1:
                fixed = fixed + np.array([[-(1 << SHIFT), 0], [1 << SHIFT, 0]], np.int32)  # a value alone is a dash
            cv2.polylines(picture, [fixed], False, line.colour, 1, cv2.LINE_AA, SHIFT)


def _draw_legend(picture: Picture, title: str, lines: Sequence[Line]) -> None:
    _write(picture, title, LEFT, 24, 0.55)
    x = WIDTH - RIGHT
    for line in reversed(lines):
        x -= _width(line.name, 0.45)
        _write(picture, line.name, x, 24, 0.45)
        cv2.line(picture, (x - 26, 19), (x - 8, 19), line.colour, 2, cv2.LINE_AA)
        x -= 46


def _write(picture: Picture, text: str, x: int, y: int, scale: float) -> None:
    cv2.putText(picture, text, (x, y), FONT, scale, INK, 1, cv2.LINE_AA)


def _width(text: str, scale: float) -> int:
    return int(cv2.getTextSize(text, FONT, scale, 1)[0][0])
