"""Truth and events brought together once: what every figure and every report is made from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stream_engine.scoring.align import Moment, line_up
from stream_engine.scoring.boxes import Floats
from stream_engine.scoring.people import People, flows_of, people_of
from stream_engine.scoring.read import Scored, Truth
from stream_engine.scoring.sequence import Sequence, sequence_of
from stream_engine.scoring.shapes import Shape, shapes_of


class Flow(NamedTuple):
    """Frames in which identities go on, and where they are among all frames."""

    places: list[int]
    sequence: Sequence


@dataclass(frozen=True, slots=True)
class Judgement:
    """Pass by pass: the frames, the flows of identities, and the masks of each frame."""

    truth: Truth
    stream: str
    passes: tuple[list[People], ...]
    flows: tuple[Flow, ...]
    shapes: tuple[list[list[Shape]], ...]

    @property
    def people(self) -> list[People]:
        """All frames, pass after pass."""
        return [frame for people in self.passes for frame in people]

    @property
    def moments(self) -> list[Moment]:
        return [frame.moment for frame in self.people]


def judge(truth: Truth, events: list[Scored]) -> Judgement:
    """Everything that takes time."""
    passes = tuple(people_of(truth, moments) for moments in line_up(truth, events))
    return Judgement(
        truth,
        events[0].stream,
        passes,
        tuple(_flows(passes)),
        tuple([shapes_of(truth, frame) for frame in people] for people in passes),
    )


def _flows(passes: tuple[list[People], ...]) -> Iterator[Flow]:
    before = 0
    for people in passes:
        for places in flows_of(people):
            yield Flow([before + at for at in places], sequence_of(people[at].step() for at in places))
        before += len(people)


def ages_ms(moments: list[Moment]) -> Floats:
    """Of each frame the age of its event; NaN where there is none."""
    return np.array([moment.event.age_ns / 1e6 if moment.event else np.nan for moment in moments], np.float64)
