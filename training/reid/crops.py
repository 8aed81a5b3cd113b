"""People to tell apart: everybody at some moments of many rendered matches, cut out, in a file for each match."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.film import VERSION, Film, Order
from footage.presets import preset
from footage.world import Person
from stream_engine.backends.arrays import BLACK, GREY, window
from stream_engine.masks import decode
from stream_engine.models.reid.windows import windows
from stream_engine.scoring.truth import TruthObject
from training.filmed import SIZE, coded, matches, planes, quality

Bytes = NDArray[np.uint8]
Array = NDArray[np.float64]

SPAN_S = 90.0
EACH = 30  # moments of a match
ROWS, COLUMNS = 144, 72  # of what is kept of somebody
AROUND = 1.2  # sides of what is kept to those of the window around the whole body: room for boxes that are not exact
LEAST_VISIBLE, LEAST_PX = 0.25, 20
QUALITIES = (30, 92)  # of a lossy coder, from and to before
SHARES = {"league": 7, "similar-kits": 3, "floodlight": 3, "fast-pan": 2, "corner-crowd": 2, "cuts": 3}
ROLES = ("ball", "goalkeeper", "other", "player", "referee")


@dataclass(frozen=True, slots=True)
class Crops:
    """Everybody who was cut out of a match; boxes are in pixels of the picture."""

    luma: Bytes  # N, ROWS, COLUMNS
    chroma: Bytes  # N, ROWS / 2, COLUMNS / 2, 2
    bits: Bytes  # N, ROWS, COLUMNS / 8: the pixels that show the person
    place: Array  # N, 4: left, top, width and height of what was cut out
    box: Array  # N, 4: left, top, right, bottom of what is visible
    body: Array  # N, 4: of the whole body
    visible: Array  # N: share of the body's pixels
    frame: NDArray[np.int64]  # N
    person: NDArray[np.int64]  # N
    kit: NDArray[np.int64]  # N: people of one number wear the same
    role: NDArray[np.int64]  # N: in ROLES

    def __len__(self) -> int:
        return len(self.person)

    def mask(self, at: int) -> Bytes:
        """255 where the person is seen."""
        return np.unpackbits(self.bits[at], axis=1) * np.uint8(255)


class One(NamedTuple):
    """Somebody at a moment, in the order of Crops."""

    luma: Bytes
    chroma: Bytes
    bits: Bytes
    place: tuple[int, ...]
    box: tuple[float, ...]
    body: tuple[float, ...]
    visible: float
    frame: int
    person: int
    kit: int
    role: int


def render(folder: Path, count: int, first_seed: int, progress: Callable[[int], None]) -> list[Path]:
    """Files of so many matches; those that are there are not rendered again."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, (name, seed) in enumerate(matches(SHARES, count, first_seed)):
        path = folder / f"{VERSION}-{EACH}-{name}-{seed}.npz"
        if not path.exists():
            crops = film(name, seed, SPAN_S, EACH)
            fresh = path.with_suffix(".new.npz")
            np.savez_compressed(fresh, **{part: getattr(crops, part) for part in One._fields})
            fresh.replace(path)
        paths.append(path)
        progress(number + 1)
    return paths


def load(path: Path) -> Crops:
    """The crops of a file."""
    with np.load(path) as held:
        return Crops(*(held[name] for name in One._fields))


def film(name: str, seed: int, span_s: float, moments: int) -> Crops:
    """Everybody who can be seen at so many moments, spread over a match."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), 6])
    match = Film(Order(preset(name), seed, span_s, SIZE))
    people = {person.id: person for person in match.play.people}
    found = []
    for number in _moments(match, moments, rng):
        frame = match.frame(number)
        light, colours = planes(coded(match.lens.develop(frame.bgr, number), quality(rng, *QUALITIES)))
        found += [_cut(light, colours, seen, people[seen.id], number) for seen in frame.truth.objects if _fit(seen)]
    match.close()
    return Crops(*(np.array(part) for part in zip(*found, strict=True)))


def _moments(film: Film, count: int, rng: Generator) -> list[int]:
    """One of each of so many stretches, none under a wipe."""
    edges = np.linspace(0, film.order.frames, count + 1).astype(int)
    chosen = []
    for first, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        usable = [number for number in range(first, end) if film.views[number].wipe is None]
        if usable:
            chosen.append(usable[int(rng.integers(len(usable)))])
    return chosen


def _fit(seen: TruthObject) -> bool:
    return seen.visible >= LEAST_VISIBLE and seen.box_px[3] - seen.box_px[1] >= LEAST_PX


def _cut(light: Bytes, colours: Bytes, seen: TruthObject, who: Person, number: int) -> One:
    left, top, width, height = windows(np.array([seen.body_px]))[0].tolist()
    more_x, more_y = round((AROUND - 1) / 2 * width), round((AROUND - 1) / 2 * height)
    left, top, width, height = (
        (left - more_x) // 2 * 2,
        (top - more_y) // 2 * 2,
        width + 2 * more_x,
        height + 2 * more_y,
    )
    place = left, top, (width + 1) // 2 * 2, (height + 1) // 2 * 2
    halves = tuple(side // 2 for side in place)
    luma = cv2.resize(window(light, place, BLACK), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    part = window(colours, (halves[0], halves[1], halves[2], halves[3]), GREY)
    chroma = cv2.resize(part, (COLUMNS // 2, ROWS // 2), interpolation=cv2.INTER_AREA)
    own = decode(seen.mask).astype(np.uint8)
    around = left - seen.mask.x, top - seen.mask.y, place[2], place[3]
    share = cv2.resize(window(own * np.uint8(255), around, 0), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    return One(
        np.asarray(luma, np.uint8), np.asarray(chroma, np.uint8), np.packbits(share >= 128, axis=1), place,
        seen.box_px, seen.body_px, seen.visible, number, who.id, zlib.crc32(f"{who.role} {who.side}".encode()),
        ROLES.index(who.role),
    )  # fmt: skip
