"""Pictures to learn from: frames of many rendered matches, small, with their labels, in a file for each match."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from footage.film import VERSION, Film, Order
from footage.presets import preset
from stream_engine.messages import Box, Role
from training.filmed import SIZE, coded, matches, planes, quality

Bytes = NDArray[np.uint8]

LUMA = (960, 540)  # columns, rows
CHROMA = (480, 270)
SPAN_S = 40.0
EACH = 28  # frames of a match
QUALITIES = (30, 92)  # of a lossy coder, from and to before
SHARES = {  # of the presets among the matches
    "cuts": 5,
    "corner-crowd": 4,
    "league": 4,
    "floodlight": 3,
    "similar-kits": 2,
    "fast-pan": 2,
}


class Label(msgspec.Struct, frozen=True):
    """Somebody, or the ball, in full-picture pixels."""

    role: Role
    box_px: Box
    visible: float


class Labelled(msgspec.Struct, frozen=True):
    """The labels of a frame, and where it is from."""

    preset: str
    seed: int
    frame: int
    wipe: bool
    items: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class FrameSet:
    """A folder of frames: luma N, 540, 960; chroma N, 270, 480, 2."""

    luma: Bytes
    chroma: Bytes
    labels: tuple[Labelled, ...]

    def __len__(self) -> int:
        return len(self.labels)


def render(folder: Path, count: int, first_seed: int, progress: Callable[[int], None]) -> FrameSet:
    """Frames of so many matches; matches that are there already are not rendered again."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, seed) in enumerate(matches(SHARES, count, first_seed)):
        path = _path(folder, name, seed)
        if not path.exists():
            _render_match(path, name, seed)
        progress(number + 1)
    return load(folder, count, first_seed)


def load(folder: Path, count: int, first_seed: int) -> FrameSet:
    """The frames of matches that are there."""
    luma = np.empty((count * EACH, LUMA[1], LUMA[0]), np.uint8)
    chroma = np.empty((count * EACH, CHROMA[1], CHROMA[0], 2), np.uint8)
    labels: list[Labelled] = []
    for number, (name, seed) in enumerate(matches(SHARES, count, first_seed)):
        with np.load(_path(folder, name, seed)) as held:
            place = slice(number * EACH, (number + 1) * EACH)
            luma[place], chroma[place] = held["luma"], held["chroma"]
            labels += msgspec.json.decode(held["labels"].tobytes(), type=list[Labelled])
    return FrameSet(luma, chroma, tuple(labels))


def _path(folder: Path, name: str, seed: int) -> Path:
    return folder / f"{VERSION}-{EACH}-{name}-{seed}.npz"


def _render_match(path: Path, name: str, seed: int) -> None:
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    film = Film(Order(preset(name), seed, SPAN_S, SIZE))
    numbers = np.sort(rng.choice(film.order.frames, EACH, replace=False))
    luma, chroma, labels = [], [], []
    for number in numbers.tolist():
        frame = film.frame(number)
        y, uv = small(coded(film.lens.develop(frame.bgr, number), quality(rng, *QUALITIES)))
        luma.append(y)
        chroma.append(uv)
        roles = {person.id: person.role for person in film.play.people}
        items = [Label(roles[thing.id], thing.box_px, thing.visible) for thing in frame.truth.objects]
        if frame.truth.ball.box_px:
            items.append(Label("ball", frame.truth.ball.box_px, frame.truth.ball.visible))
        labels.append(Labelled(name, seed, number, frame.truth.wipe, tuple(items)))
    film.close()
    fresh = path.with_suffix(".new.npz")
    text = np.frombuffer(msgspec.json.encode(labels), np.uint8)
    np.savez(fresh, luma=np.array(luma), chroma=np.array(chroma), labels=text)
    fresh.replace(path)


def small(yuv: Bytes) -> tuple[Bytes, Bytes]:
    """Luma at half and chroma at a quarter of 1080p, as the detector sees them."""
    light, colours = planes(yuv)
    y, uv = (
        cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane, size in ((light, LUMA), (colours, CHROMA))
    )
    return np.asarray(y, np.uint8), np.asarray(uv, np.uint8)
