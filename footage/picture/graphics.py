"""What the studio lays over the picture: the score and the wipe around a replay. What they cover is not seen."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.picture.looks import COLOURS, Wardrobe
from footage.world import Happening

Bytes = NDArray[np.uint8]
NAMES = ["ARD", "BEL", "COR", "DUN", "ELM", "FAL", "GRE", "HAV", "ILK", "KEL", "LOC", "MOR", "NOR", "OAK", "PEN", "QUA"]


def _write(picture: Bytes, text: str, middle: tuple[float, float], high: float, ink: tuple[int, int, int]) -> None:
    """Text around a middle, capitals `high` pixels high."""
    font, thick = cv2.FONT_HERSHEY_DUPLEX, max(1, round(high / 9))
    (_, tall), _ = cv2.getTextSize(text, font, 1.0, thick)
    scale = high / tall
    (wide, tall), _ = cv2.getTextSize(text, font, scale, thick)
    place = (round(middle[0] - wide / 2), round(middle[1] + tall / 2))
    cv2.putText(picture, text, place, font, scale, ink, thick, cv2.LINE_AA)


@dataclass(frozen=True, slots=True)
class Score:
    """The graphic at one second."""

    second: int
    home: int
    away: int


class Graphics:
    """The graphics of one match at one size."""

    def __init__(self, size: tuple[int, int], kits: Wardrobe, goals: tuple[Happening, ...], rng: Generator) -> None:
        self._size, self._kits = size, kits
        self._goals = [(goal.at_s, goal.x_m > 0) for goal in goals]  # home attacks towards +x
        first, second = rng.choice(len(NAMES), 2, replace=False)
        self._names = (NAMES[first], NAMES[second])
        self._start_s = int(rng.integers(60, 40 * 60))
        self._before = tuple(int(v) for v in rng.integers(0, 3, 2))
        self._made: tuple[Score, Bytes] | None = None

    def lay_over(self, bgr: Bytes, identity: Bytes, play_s: float) -> None:
        """Draw the score into the picture and take what it covers from the identities."""
        patch = self._patch(play_s)
        height, width = patch.shape[:2]
        left, top = round(self._size[0] * 0.047), round(self._size[1] * 0.062)
        bgr[top : top + height, left : left + width] = patch
        identity[top : top + height, left : left + width] = 0

    def _patch(self, play_s: float) -> Bytes:
        home = self._before[0] + sum(at <= play_s and right for at, right in self._goals)
        away = self._before[1] + sum(at <= play_s and not right for at, right in self._goals)
        score = Score(self._start_s + int(play_s), home, away)
        if not self._made or self._made[0] != score:
            self._made = (score, self._draw(score))
        return self._made[1]

    def _draw(self, score: Score) -> Bytes:
        high = max(8, round(self._size[1] * 0.042))
        patch = np.full((high, round(high * 7.6), 3), (40, 22, 18), np.uint8)
        shirts = [tuple(int(v * 255) for v in COLOURS[kit.shirt][::-1]) for kit in (self._kits.home, self._kits.away)]
        patch[:, round(high * 5.5) :] = (235, 235, 235)
        for colour, x in zip(shirts, (0.0, 5.33), strict=True):
            patch[:, round(high * x) : round(high * (x + 0.17))] = colour
        clock = f"{score.second // 60:02d}:{score.second % 60:02d}"
        white, black = (245, 245, 245), (30, 20, 20)
        for text, middle, ink in (
            (self._names[0], 1.05, white), (f"{score.home} - {score.away}", 2.75, white), (self._names[1], 4.45, white),
            (clock, 6.55, black),
        ):  # fmt: skip
            _write(patch, text, (middle * high, high * 0.5), high * 0.46, ink)
        return patch

    def mark_replay(self, bgr: Bytes, identity: Bytes) -> None:
        """Say that what is seen is not live."""
        high = max(8, round(self._size[1] * 0.034))
        left, top = round(self._size[0] * 0.88), round(self._size[1] * 0.062)
        area = (slice(top, top + high), slice(left, left + round(high * 2.6)))
        bgr[area] = (50, 40, 190)
        identity[area] = 0
        _write(bgr[area], "REPLAY", (high * 1.3, high * 0.5), high * 0.34, (255, 255, 255))

    def wipe(self, bgr: Bytes, identity: Bytes, progress: float) -> None:
        """A slanted band that crosses the picture and covers it in its middle."""
        width, height = self._size
        slant = height * 0.5
        band = width + slant + 2  # wide enough to cover every corner in the middle
        head = progress * (width + band + slant)
        colours = [tuple(int(v * 235) for v in COLOURS[kit.shirt][::-1]) for kit in (self._kits.home, self._kits.away)]
        cover = np.zeros((height, width), np.uint8)
        for start, end, colour in (
            (head - band, head, colours[0]), (head - band * 0.97, head - band * 0.03, (30, 24, 20)),
            (head - band * 0.62, head - band * 0.38, colours[1]),
        ):  # fmt: skip
            shape = np.array([(start, 0), (end, 0), (end - slant, height), (start - slant, height)])
            cv2.fillConvexPoly(bgr, np.round(shape).astype(np.int32), colour, cv2.LINE_AA)
            cv2.fillConvexPoly(cover, np.round(shape).astype(np.int32), 255)
        identity[cover > 0] = 0
