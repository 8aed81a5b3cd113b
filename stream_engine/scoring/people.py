"""The persons of each frame: truth beside results, and who was paired with whom.

Persons are all roles but the ball. In a frame with a wipe there is nobody on either side: the truth lacks whoever the
wipe covers, and a system that holds him through must not lose by it. Elsewhere truth that `care.py` does not count is
"don't care": a result that is paired with it is taken away, and nobody misses it. Such a person may be answered as
what is seen of him or as his whole body, so the overlap with either is good. Pairing is one to one, by overlaps of at
least 0.5, for the most persons who count and then for the greatest sum: nobody loses the person in front to the one
who is hidden behind.

A result without a track_id is judged like any other, but nobody says that it goes on: for the tracking measures it is
an identity of its own, numbered below 0, which no event's track_id is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.boxes import EPS, Floats, overlap
from stream_engine.messages import TrackedObject, TrackEvent
from stream_engine.scoring import ScoreError
from stream_engine.scoring.align import Aligned, Pass
from stream_engine.scoring.boxes import HALF, Ints, assign, boxes_of
from stream_engine.scoring.care import LIVE, cares
from stream_engine.scoring.read import Truth
from stream_engine.scoring.sequence import Step
from stream_engine.scoring.truth import TruthObject

FIRST = 1000.0  # outweighs the overlaps of a whole frame: who counts comes first


class Pair(NamedTuple):
    """A truth object that counts, and the result that found it."""

    truth: TruthObject
    found: TrackedObject
    track: int  # the identity of the result
    overlap: float


@dataclass(frozen=True, slots=True)
class People:
    """One frame of persons; none on either side under a wipe."""

    aligned: Aligned
    truth: tuple[TruthObject, ...]
    counts: NDArray[np.bool_]  # of each truth object: it is no "don't care"
    results: tuple[TrackedObject, ...]
    tracks: Ints  # of each result the identity: its track_id, or a number of its own below 0
    similarity: Floats
    pairs: tuple[Pair, ...]
    stays: NDArray[np.bool_]  # of each result: it was not paired with a "don't care"

    def step(self) -> Step:
        """The frame as the tracking measures take it."""
        ids = np.array([seen.id for seen in self.truth], np.int64)
        return Step(ids[self.counts], self.tracks[self.stays], self.similarity[np.ix_(self.counts, self.stays)])


def people_of(truth: Truth, frames: Pass) -> list[People]:
    """Every frame of a pass."""
    strangers = count(-1, -1)
    return [_people(truth, aligned, strangers) for aligned in frames]


def scopes_of(people: list[People]) -> list[list[int]]:
    """Places of the frames in which an identity is one: all live shots, and each close-up or replay by itself."""
    scopes: dict[int | None, list[int]] = {}
    for at, frame in enumerate(people):
        live = frame.aligned.truth.shot in LIVE
        scopes.setdefault(None if live else frame.aligned.truth.shot_no, []).append(at)
    return list(scopes.values())


def claimed(passes: Iterable[list[People]]) -> bool:
    """Whether any result of the match has a track_id: else nobody said who is who, and nobody is judged by it."""
    return any(found.track_id is not None for people in passes for frame in people for found in frame.results)


def pairs_of(people: list[People]) -> Iterator[Pair]:
    """All pairs of a pass."""
    for frame in people:
        yield from frame.pairs


def _people(truth: Truth, aligned: Aligned, strangers: Iterator[int]) -> People:
    frame, event = aligned.truth, None if aligned.truth.wipe else aligned.event
    seen = () if frame.wipe else tuple(item for item in frame.objects if truth.people[item.id].role != "ball")
    results = _persons_in(event) if event else ()
    tracks = [next(strangers) if item.track_id is None else item.track_id for item in results]
    counts = np.array([cares(frame, item, truth.header.height) for item in seen], bool)
    stays = np.ones(len(results), bool)
    similarity = _similarity(truth, seen, counts, results)
    rows, columns = _pairs(similarity, counts)
    stays[columns[~counts[rows]]] = False
    pairs = tuple(
        Pair(seen[row], results[column], tracks[column], float(similarity[row, column]))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if counts[row]
    )
    return People(aligned, seen, counts, results, np.array(tracks, np.int64), similarity, pairs, stays)


def _similarity(
    truth: Truth, seen: tuple[TruthObject, ...], counts: NDArray[np.bool_], results: tuple[TrackedObject, ...]
) -> Floats:
    """Overlap with what is seen; for a "don't care" with that or with the whole body, whichever is more."""
    found = boxes_of([item.box_px for item in results])
    similarity = overlap(boxes_of([item.box_px for item in seen]), found)
    picture = [truth.header.width, truth.header.height] * 2
    bodies = np.clip(boxes_of([item.body_px for item in seen])[~counts], 0, picture)
    similarity[~counts] = np.maximum(similarity[~counts], overlap(bodies, found))
    return similarity


def _pairs(similarity: Floats, counts: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    enough = similarity >= HALF - EPS
    rows, columns = assign(np.where(enough, similarity + FIRST * counts[:, None], 0.0))
    real = enough[rows, columns]
    return rows[real], columns[real]


def _persons_in(event: TrackEvent) -> tuple[TrackedObject, ...]:
    persons = tuple(item for item in event.objects if item.role != "ball")
    tracks = [item.track_id for item in persons if item.track_id is not None]
    if len(set(tracks)) != len(tracks):
        raise ScoreError(f"event {event.epoch}/{event.seq} has a track_id twice; a track is one object in a frame")
    return persons
