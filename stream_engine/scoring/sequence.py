"""One sequence as the tracking measures see it: who is in each frame, and how alike truth and results are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stream_engine.boxes import Floats
from stream_engine.scoring import ScoreError
from stream_engine.scoring.boxes import Ints


class Step(NamedTuple):
    """One frame: the ids of truth (rows) and of tracks (columns), and their similarities."""

    truth: Ints
    tracks: Ints
    similarity: Floats


@dataclass(frozen=True, slots=True)
class Sequence:
    """Frames whose ids count from 0 without holes."""

    steps: tuple[Step, ...]
    truth_counts: Ints  # of each truth id, in how many frames it is
    track_counts: Ints

    @property
    def truth_boxes(self) -> int:
        return int(self.truth_counts.sum())

    @property
    def track_boxes(self) -> int:
        return int(self.track_counts.sum())


def sequence_of(frames: Iterable[Step]) -> Sequence:
    """Number the ids anew; one id twice in a frame is an error."""
    frames = tuple(frames)
    truth, truth_counts = _renumber([step.truth for step in frames], "truth")
    tracks, track_counts = _renumber([step.tracks for step in frames], "results")
    steps = tuple(
        Step(ours, theirs, np.asarray(step.similarity, np.float64).reshape(len(ours), len(theirs)))
        for ours, theirs, step in zip(truth, tracks, frames, strict=True)
    )
    return Sequence(steps, truth_counts, track_counts)


def _renumber(ids: list[Ints], of: str) -> tuple[list[Ints], Ints]:
    for at, present in enumerate(ids):
        if len(np.unique(present)) != len(present):
            raise ScoreError(f"the {of} have an id twice in frame {at}; an id is one object in a frame")
    joined = np.concatenate([np.zeros(0, np.int64), *ids])
    _, anew, counts = np.unique(joined, return_inverse=True, return_counts=True)
    ends = np.cumsum([len(present) for present in ids])
    return np.split(anew, ends)[: len(ids)], counts
