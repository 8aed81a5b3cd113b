"""Whether identities endure: over cuts, and over the absence of a person.

Over cuts: two live shots (main, wide) that follow each other, with close-ups or replays between them or without. Of
the persons who were matched in at least 5 frames both of the last 2 s before and of the first 3 s after, the share
that kept the track it mostly had. After absence: a person who is out of the picture within one live shot; judged by
the 2 s before and after in the same way, for absences of at least 10 s and of 1 to 10 s apart.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from stream_engine.scoring.people import LIVE, People
from stream_engine.scoring.read import Truth

BEFORE_S, AFTER_CUT_S, AFTER_ABSENCE_S = 2.0, 3.0, 2.0
LONG_S, SHORT_S = 10.0, 1.0
LEAST_FRAMES = 5


class Kept(NamedTuple):
    """How many persons could be judged, and how many kept their track."""

    kept: int = 0
    judged: int = 0

    @property
    def share(self) -> float | None:
        return self.kept / self.judged if self.judged else None


class Endurance(NamedTuple):
    """Over cuts, after long absence, and after short."""

    cuts: Kept
    reentry: Kept
    reentry_short: Kept


def endurance(
    truth: Truth, passes: Sequence[list[People]], long_s: float = LONG_S, short_s: float = SHORT_S
) -> Endurance:
    """Over all passes; what lies between two passes is no cut."""
    shots = [live_shots(people) for people in passes]
    cuts = [kept for live in shots for before, after in pairwise(live) for kept in _over_cut(truth, before, after)]
    absences = [absence for live in shots for shot in live for absence in _absences(truth, shot, short_s)]
    return Endurance(
        _sum(cuts),
        _sum([kept for absent_s, kept in absences if absent_s >= long_s]),
        _sum([kept for absent_s, kept in absences if absent_s < long_s]),
    )


def live_shots(people: list[People]) -> list[list[People]]:
    """The frames of each live shot."""
    shots = groupby(people, key=lambda frame: (frame.moment.truth.shot_no, frame.moment.truth.shot))
    return [list(frames) for (_, kind), frames in shots if kind in LIVE]


def _over_cut(truth: Truth, before: list[People], after: list[People]) -> list[Kept]:
    fps = truth.header.fps
    then, now = _tracks(before[-round(BEFORE_S * fps) :]), _tracks(after[: round(AFTER_CUT_S * fps)])
    return [_compare(then.get(person), now.get(person)) for person in then]


def _absences(truth: Truth, shot: list[People], least_s: float) -> list[tuple[float, Kept]]:
    """How long each absence of at least so long was, and what became of the identity."""
    fps = truth.header.fps
    last: dict[int, int] = {}
    found = []
    for at, frame in enumerate(shot):
        for seen in frame.truth:
            left = last.get(seen.id, at)
            absent_s = (at - left - 1) / fps
            if absent_s >= least_s:
                then = _tracks(shot[max(0, left + 1 - round(BEFORE_S * fps)) : left + 1])
                now = _tracks(shot[at : at + round(AFTER_ABSENCE_S * fps)])
                found.append((absent_s, _compare(then.get(seen.id), now.get(seen.id))))
            last[seen.id] = at
    return found


def _tracks(frames: list[People]) -> dict[int, int]:
    """The track that each person mostly had, of those who were matched often enough."""
    had: dict[int, Counter[int]] = {}
    for frame in frames:
        for match in frame.matches:
            had.setdefault(match.truth.id, Counter())[match.found.track_id] += 1
    return {person: tracks.most_common(1)[0][0] for person, tracks in had.items() if tracks.total() >= LEAST_FRAMES}


def _compare(then: int | None, now: int | None) -> Kept:
    if then is None or now is None:
        return Kept()
    return Kept(int(then == now), 1)


def _sum(parts: list[Kept]) -> Kept:
    return Kept(sum(part.kept for part in parts), sum(part.judged for part in parts))
