"""Sequences of boxes in MOTChallenge's folders, as a tracker takes them: det/det.txt, or gt/gt.txt without its ids."""

import configparser
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from stream_engine.boxes import Floats
from stream_engine.scoring import ScoreError
from stream_engine.scoring.motchallenge import MOST_FRAMES, NO_CLASS, PEDESTRIAN, plain_text, read_truth

Source = Literal["det", "gt"]
INI, DET, GT, CAMERA = "seqinfo.ini", "det/det.txt", "gt/gt.txt", "camera.txt"
FORM = "frame,-1,left,top,width,height,score"
MOVE = "frame,a,b,x,c,d,y"
COLUMNS = 6
UNTOLD = -1.0  # the score of detectors that have none
DEFAULT_FPS = 25.0
LARGEST_SIDE = 32768


class Found(NamedTuple):
    """The boxes of one frame."""

    boxes: Floats  # N, 4: left, top, right, bottom
    scores: Floats  # N


@dataclass(frozen=True, slots=True)
class Clip:
    """One sequence."""

    name: str
    folder: Path
    size: tuple[int, int]
    fps: float
    frames: tuple[Found, ...]
    rejected: int  # boxes that are none: not finite, or without an area
    moves: tuple[Floats | None, ...] = ()  # of each frame, how the picture moved since the one before: 2, 3

    def move(self, number: int) -> Floats | None:
        return self.moves[number] if self.moves else None

    @property
    def has_truth(self) -> bool:
        return (self.folder / GT).is_file()


def find_clips(root: Path) -> list[Path]:
    """The folders of the sequences; a folder with seqinfo.ini in it is one sequence itself."""
    if (root / INI).is_file():
        return [root]
    if found := sorted(path.parent for path in root.glob(f"*/{INI}")):
        return found
    raise ScoreError(f"{root}: there is no <sequence>/{INI} in it; name the folder that holds the sequences")


def read_clip(folder: Path, source: Source = "det", *, camera: bool = False) -> Clip:
    """One sequence; lines that are not as they should be are errors, boxes that are none are counted."""
    size, fps, length = _info(folder / INI)
    rows, rejected = _truth_rows(folder) if source == "gt" else _det_rows(folder / DET, length)
    order = np.argsort(rows[:, 0], kind="stable")
    ends = np.searchsorted(rows[order, 0], np.arange(1, length + 2))
    frames = tuple(_found(rows[order[a:b]]) for a, b in pairwise(ends))
    moves = _moves(folder / CAMERA, length) if camera else ()
    return Clip(folder.resolve().name, folder, size, fps, frames, rejected, moves)


def _found(rows: Floats) -> Found:
    return Found(np.hstack([rows[:, 1:3], rows[:, 1:3] + rows[:, 3:5]]), rows[:, 5])


def _info(path: Path) -> tuple[tuple[int, int], float, int]:
    """Size of the picture, frames per second and how many frames there are."""
    ini = configparser.ConfigParser()
    try:
        ini.read_string(plain_text(path) if path.exists() else "")
        part = ini["Sequence"]
        width, height, length = (int(part[name]) for name in ("imWidth", "imHeight", "seqLength"))
        fps = float(part.get("frameRate", str(DEFAULT_FPS)))
    except (configparser.Error, OSError, KeyError, ValueError) as error:
        why = str(error).partition("\n")[0]
        raise ScoreError(
            f"{path}: [Sequence] lacks a number ({why}); it needs imWidth, imHeight, seqLength and frameRate"
        ) from None
    if not (0 < min(width, height) <= max(width, height) <= LARGEST_SIDE and 0 <= length <= MOST_FRAMES):
        raise ScoreError(f"{path}: {length} frames of {width}x{height}; that is no sequence")
    if not 0 < fps < 1000:
        raise ScoreError(f"{path}: frameRate={fps:g}; frames per second are above 0")
    return (width, height), fps, length


def _moves(path: Path, length: int) -> tuple[Floats | None, ...]:
    """Of each frame that is listed the two rows of its movement; of the others nobody knows."""
    try:
        rows = np.loadtxt(plain_text(path).splitlines(), delimiter=",", ndmin=2)
    except (OSError, ValueError) as error:
        raise ScoreError(f"{path} cannot be read ({str(error).partition(chr(10))[0]}); a line is {MOVE}") from None
    if rows.size and (rows.shape[1] != 7 or not np.isfinite(rows).all()):
        raise ScoreError(f"{path}: a line is {MOVE}, all of them numbers")
    known = {int(row[0]): row[1:].reshape(2, 3) for row in rows if len(row)}
    return tuple(known.get(number) for number in range(1, length + 1))


def _truth_rows(folder: Path) -> tuple[Floats, int]:
    """The pedestrians that count."""
    truth, _ = read_truth(folder)
    rows = [np.insert(each[:, 1:6], 0, frame, axis=1) for frame, table in truth.rows.items() for each in [_real(table)]]
    return _kept(np.concatenate([np.zeros((0, 6)), *rows]))


def _real(table: Floats) -> Floats:
    return np.asarray(table[(table[:, 5] != 0) & np.isin(table[:, 6], (PEDESTRIAN, NO_CLASS))])


def _det_rows(path: Path, length: int) -> tuple[Floats, int]:
    try:
        text = plain_text(path)
    except FileNotFoundError:
        raise ScoreError(f"{path} is not there; write a detector's boxes into it, or take those of gt.txt") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScoreError(f"{path} cannot be read: {error}") from None
    rows = np.array(list(_parsed(text, path, length)), np.float64).reshape(-1, 6)
    rows[rows[:, 5] == UNTOLD, 5] = 1.0
    with np.errstate(invalid="ignore"):
        strange = rows[(rows[:, 5] < 0) | (rows[:, 5] > 1), 5]
    if len(strange):
        raise ScoreError(f"{path}: a score of {strange[0]:g}; scores go from 0 to 1, or are -1 where there are none")
    return _kept(rows)


def _parsed(text: str, path: Path, length: int) -> Iterator[tuple[float, ...]]:
    """Frame, left, top, width, height and score of each line; frames may come in any order."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        words = line.replace(",", " ").split()
        try:
            frame, _, *rest = (float(word) for word in words[: COLUMNS + 1])
        except ValueError as error:
            raise ScoreError(f"{path}:{number}: {error}; a line is {FORM}") from None
        if len(words) < COLUMNS:
            raise ScoreError(f"{path}:{number}: {len(words)} columns; a line is {FORM}")
        if not (frame.is_integer() and 1 <= frame <= length):
            raise ScoreError(f"{path}:{number}: frame {frame:g}; the sequence has 1 to {length}")
        yield (frame, *rest) if len(rest) == 5 else (frame, *rest, 1.0)


def _kept(rows: Floats) -> tuple[Floats, int]:
    """Those that are boxes, and how many are none."""
    good = np.isfinite(rows).all(axis=1) & (rows[:, 3:5] > 0).all(axis=1)
    return rows[good], int((~good).sum())
