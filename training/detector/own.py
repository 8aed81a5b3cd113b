"""Frames that a user has labelled, as frames to learn from."""

from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from footage.picture.lens import TO_UV, TO_Y
from stream_engine.backends.arrays import BLACK, GREY, Fit, fit
from stream_engine.messages import Role
from training.detector.frames import CHROMA, LUMA, SIZE, FrameSet, Label, Labelled
from training.detector.own_labels import Picture, coco, yolo

Bytes = NDArray[np.uint8]
Progress = Callable[[int, int], None]  # pictures read, of how many

NAMES: dict[str, Role] = {  # what people call them, in small letters
    "player": "player",
    "person": "player",
    "goalkeeper": "goalkeeper",
    "keeper": "goalkeeper",
    "referee": "referee",
    "ball": "ball",
    "sports ball": "ball",
    "other": "other",
    "coach": "other",
    "staff": "other",
}
MOST = 20_000  # pictures: 16 GB of memory
KEPT = 10  # every so manieth picture is not learned from


class Own(NamedTuple):
    """Frames of the user's; those held back are the last."""

    frames: FrameSet
    learned: int  # how many come before those held back
    left_out: dict[str, int]  # boxes of names that were to be ignored


def _silent(_done: int, _count: int) -> None: ...


def read_coco(folder: Path, ignore: Collection[str] = (), progress: Progress = _silent) -> Own:
    """Pictures with a COCO annotation file."""
    return _read(folder, coco(folder), ignore, progress)


def read_yolo(folder: Path, ignore: Collection[str] = (), progress: Progress = _silent) -> Own:
    """Pictures with a file of YOLO labels for each."""
    return _read(folder, yolo(folder), ignore, progress)


def _read(folder: Path, pictures: list[Picture], ignore: Collection[str], progress: Progress) -> Own:
    """All pictures, those held back last."""
    if len(pictures) < 2:
        raise ValueError(f"{folder} has {len(pictures) or 'no'} picture(s); two are needed to learn and to judge")
    if len(pictures) > MOST:
        raise ValueError(f"{folder} has {len(pictures)} pictures; {MOST} is the most, which takes 16 GB of memory")
    roles, left_out = _roles(folder, pictures, ignore)
    order = sorted(range(len(pictures)), key=lambda at: at % KEPT == 0)
    luma = np.full((len(order), LUMA[1], LUMA[0]), BLACK, np.uint8)
    chroma = np.full((len(order), CHROMA[1], CHROMA[0], 2), GREY, np.uint8)
    labels = []
    for place, at in enumerate(order):
        picture = pictures[at]
        bgr = _opened(picture)
        placed = _put(bgr, luma[place], chroma[place])
        sides = np.tile(bgr.shape[1::-1], 2) * placed.scale * (SIZE[0] / LUMA[0])
        items = tuple(
            Label(roles[name], tuple((np.array(box) * sides).tolist()), visible)
            for name, box, visible in picture.things
            if name in roles
        )
        labels.append(Labelled("own", 0, at, False, items))
        progress(place + 1, len(order))
    return Own(FrameSet(luma, chroma, tuple(labels)), sum(at % KEPT > 0 for at in order), left_out)


def _roles(folder: Path, pictures: list[Picture], ignore: Collection[str]) -> tuple[dict[str, Role], dict[str, int]]:
    """What the names that occur are to us, and how many boxes have a name that is to be ignored."""
    counts = Counter(thing.name for picture in pictures for thing in picture.things)
    left_out = {name: count for name, count in counts.items() if name in ignore}
    known = {
        name: " ".join(name.lower().replace("_", " ").replace("-", " ").split())
        for name in counts
        if name not in left_out
    }
    if unknown := sorted(name for name, plain in known.items() if plain not in NAMES):
        raise ValueError(
            f"{folder}: no role is known for {', '.join(map(repr, unknown))}; rename to one of "
            f"{', '.join(NAMES)}, or ignore (--ignore NAME)"
        )
    if not known:
        raise ValueError(f"{folder}: nothing is labelled in its {len(pictures)} pictures")
    return {name: NAMES[plain] for name, plain in known.items()}, left_out


def _opened(picture: Picture) -> Bytes:
    try:
        bgr = cv2.imread(str(picture.path), cv2.IMREAD_COLOR)
    except cv2.error:
        bgr = None
    if bgr is None:
        raise ValueError(f"{picture.path} is no picture that can be read")
    if picture.size and picture.size != bgr.shape[1::-1]:
        found, said = (f"{size[0]} x {size[1]}" for size in (bgr.shape[1::-1], picture.size))
        raise ValueError(f"{picture.path} is {found}; its labels are for {said}")
    return np.asarray(bgr, np.uint8)


def _put(bgr: Bytes, luma: Bytes, chroma: Bytes) -> Fit:
    """The picture into the upper left of the planes, as large as it goes; shrunk first, so that little is coloured."""
    placed = fit((bgr.shape[1], bgr.shape[0]), LUMA)
    width, height = placed.width, placed.height
    small = cv2.resize(bgr, (width, height), interpolation=cv2.INTER_AREA)
    luma[:height, :width] = cv2.transform(small, TO_Y)
    half = cv2.resize(small, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    chroma[: height // 2, : width // 2] = cv2.transform(half, TO_UV)
    return placed
