"""A tracker over sequences of boxes: what it says, how fast, and how good that is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.boxes import Floats
from stream_engine.mot.clips import Clip, Found
from stream_engine.scoring.mot import Tracking, pool, tracking
from stream_engine.scoring.motchallenge import NO_CLASS, Listing, compared, read_truth

Ints = NDArray[np.int64]


class Named(NamedTuple):
    """Boxes of one frame with their ids, as a tracker tells them."""

    boxes: Floats  # N, 4
    ids: Ints  # N; below 0 where it says nothing
    scores: Floats  # N


Follow = Callable[[int, Found], Named]  # number of the frame, from 0
Maker = Callable[[Clip], Follow]  # a fresh tracker for a sequence


@dataclass(frozen=True, slots=True)
class Trial:
    """What a tracker said of one sequence."""

    clip: Clip
    named: tuple[Named, ...]
    cpu_s: float

    @property
    def fps(self) -> float:
        """Frames for each second on a core."""
        return len(self.named) / max(self.cpu_s, 1e-9)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of several sequences; those without truth are not measured."""

    each: dict[str, Tracking]
    fps: float

    @property
    def pooled(self) -> Tracking:
        return pool(list(self.each.values()))


def outcome(clips: Sequence[Clip], make: Maker) -> Outcome:
    """Try a tracker on all of them."""
    trials = [try_on(clip, make) for clip in clips]
    cpu_s = sum(trial.cpu_s for trial in trials)
    frames = sum(len(trial.named) for trial in trials)
    each = {trial.clip.name: measured(trial) for trial in trials if trial.clip.has_truth}
    return Outcome(each, frames / max(cpu_s, 1e-9))


def try_on(clip: Clip, make: Maker) -> Trial:
    """Every frame in turn; the time is this process's on a core, whatever else runs on the machine."""
    follow = make(clip)
    start = time.process_time()
    named = tuple(follow(number, found) for number, found in enumerate(clip.frames))
    return Trial(clip, named, time.process_time() - start)


def measured(trial: Trial) -> Tracking:
    """Beside the sequence's truth."""
    truth, frames = read_truth(trial.clip.folder)
    rows = {number: _rows(named) for number, named in enumerate(trial.named, 1)}
    return tracking(compared(truth, Listing(trial.clip.folder, rows), frames))


def _rows(named: Named) -> Floats:
    """As a result file would have them."""
    told = named.ids >= 0
    sides = named.boxes[told, 2:] - named.boxes[told, :2]
    rest = np.tile([1.0, NO_CLASS], (int(told.sum()), 1))
    return np.hstack([named.ids[told, None].astype(np.float64), named.boxes[told, :2], sides, rest])


def write_result(trial: Trial, folder: Path) -> Path:
    """MOTChallenge's result file of one sequence; boxes without an id are left out."""
    lines = []
    for number, named in enumerate(trial.named, 1):
        for who, box, score in zip(named.ids.tolist(), named.boxes.tolist(), named.scores.tolist(), strict=True):
            if who >= 0:
                left, top, right, bottom = box
                sides = f"{left:.2f},{top:.2f},{right - left:.2f},{bottom - top:.2f}"
                lines.append(f"{number},{who},{sides},{score:.3g},-1,-1,-1\n")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{trial.clip.name}.txt"
    path.write_text("".join(lines))
    return path
