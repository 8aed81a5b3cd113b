"""The persons of each frame: truth beside results, and who was matched with whom.

Persons are all roles but the ball. Truth of which less than 15 % is seen, or that is lower than 8 px, or that is in a
frame with a wipe, is "don't care": a result that is matched with it is taken away, and nobody misses it. Matching is
one to one, for the greatest sum of overlaps of at least 0.5, truth that nobody cares about included.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.messages import TrackedObject, TrackEvent
from stream_engine.scoring import ScoreError
from stream_engine.scoring.align import Moment, Pass
from stream_engine.scoring.boxes import Floats, boxes_of, overlap, pairs_from
from stream_engine.scoring.read import Truth
from stream_engine.scoring.sequence import Step
from stream_engine.scoring.truth import TruthFrame, TruthObject

LEAST_VISIBLE = 0.15
LEAST_HEIGHT_PX = 8.0
LIVE = ("main", "wide")


class Match(NamedTuple):
    """A truth object that counts, and the result that found it."""

    truth: TruthObject
    found: TrackedObject
    overlap: float


@dataclass(frozen=True, slots=True)
class People:
    """One frame of persons."""

    moment: Moment
    truth: tuple[TruthObject, ...]
    counts: NDArray[np.bool_]  # of each truth object: it is no "don't care"
    results: tuple[TrackedObject, ...]
    similarity: Floats
    matches: tuple[Match, ...]
    stays: NDArray[np.bool_]  # of each result: it was not matched with a "don't care"

    def step(self) -> Step:
        """The frame as the tracking measures take it."""
        ids = np.array([seen.id for seen in self.truth], np.int64)
        tracks = np.array([found.track_id for found in self.results], np.int64)
        return Step(ids[self.counts], tracks[self.stays], self.similarity[np.ix_(self.counts, self.stays)])


def people_of(truth: Truth, moments: Pass) -> list[People]:
    """Every frame of a pass."""
    return [_people(truth, moment) for moment in moments]


def flows_of(people: list[People]) -> list[list[int]]:
    """Places of the frames in which identities are one flow: all live shots, and each close-up or replay by itself."""
    flows: dict[int | None, list[int]] = {}
    for at, frame in enumerate(people):
        live = frame.moment.truth.shot in LIVE
        flows.setdefault(None if live else frame.moment.truth.shot_no, []).append(at)
    return list(flows.values())


def matches_of(people: list[People]) -> Iterator[Match]:
    """All matches of a pass."""
    for frame in people:
        yield from frame.matches


def cares(frame: TruthFrame, seen: TruthObject) -> bool:
    """Whether somebody has to be found."""
    height = seen.box_px[3] - seen.box_px[1]
    return not frame.wipe and seen.visible >= LEAST_VISIBLE and height >= LEAST_HEIGHT_PX


def _people(truth: Truth, moment: Moment) -> People:
    frame = moment.truth
    seen = tuple(item for item in frame.objects if truth.people[item.id].role != "ball")
    results = _persons_in(moment.event) if moment.event else ()
    counts = np.array([cares(frame, item) for item in seen], bool)
    stays = np.ones(len(results), bool)
    similarity = overlap(boxes_of([item.box_px for item in seen]), boxes_of([item.box_px for item in results]))
    rows, columns = pairs_from(similarity)
    stays[columns[~counts[rows]]] = False
    matches = tuple(
        Match(seen[row], results[column], float(similarity[row, column]))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if counts[row]
    )
    return People(moment, seen, counts, results, similarity, matches, stays)


def _persons_in(event: TrackEvent) -> tuple[TrackedObject, ...]:
    persons = tuple(item for item in event.objects if item.role != "ball")
    if len({item.track_id for item in persons}) != len(persons):
        raise ScoreError(f"event {event.epoch}/{event.seq} has a track_id twice; a track is one object in a frame")
    return persons
