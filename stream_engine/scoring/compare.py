"""Truth and events brought together once: what every figure and every report is made from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stream_engine.boxes import Floats
from stream_engine.scoring.align import Aligned, line_up
from stream_engine.scoring.care import LIVE
from stream_engine.scoring.people import People, claimed, people_of, scopes_of
from stream_engine.scoring.read import Scored, Truth
from stream_engine.scoring.sequence import Sequence, sequence_of
from stream_engine.scoring.shapes import Shape, shapes_of


class Scope(NamedTuple):
    """Frames in which an identity is one, and where they are among all frames."""

    live: bool
    places: list[int]
    sequence: Sequence


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pass by pass: the frames, the scopes of identities, and the masks of each frame."""

    truth: Truth
    stream: str
    passes: tuple[list[People], ...]
    scopes: tuple[Scope, ...]
    shapes: tuple[list[list[Shape]], ...]

    @property
    def people(self) -> list[People]:
        """All frames, pass after pass."""
        return [frame for people in self.passes for frame in people]

    @property
    def claimed(self) -> bool:
        """Whether any result of the match has a track_id."""
        return claimed(self.passes)

    @property
    def frames(self) -> list[Aligned]:
        """All frames of truth with their events."""
        return [frame.aligned for frame in self.people]


def compare(truth: Truth, events: list[Scored], whole: bool = False) -> Comparison:
    """Everything that takes time. `whole`: also the frames before the first event and after the last are missing."""
    passes = tuple(people_of(truth, frames) for frames in line_up(truth, events, whole))
    return Comparison(
        truth,
        events[0].stream,
        passes,
        tuple(_scopes(passes)),
        tuple([shapes_of(truth, frame) for frame in people] for people in passes),
    )


def _scopes(passes: tuple[list[People], ...]) -> Iterator[Scope]:
    before = 0
    for people in passes:
        for places in scopes_of(people):
            live = people[places[0]].aligned.truth.shot in LIVE
            yield Scope(live, [before + at for at in places], sequence_of(people[at].step() for at in places))
        before += len(people)


def ages_ms(frames: list[Aligned]) -> Floats:
    """Of each frame the age of its event; NaN where there is none."""
    return np.array([frame.event.age_ns / 1e6 if frame.event else np.nan for frame in frames], np.float64)
