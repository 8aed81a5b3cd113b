"""Whether identities endure: over cuts, and over the absence of a person.

Over cuts: two live shots (main, wide) that follow each other, with close-ups or replays between them or without.
Judged are the persons who were matched in at least 5 frames of the last 2 s before and were to be found in at least 5
of the first 3 s after; kept is who has the same track on both sides, the one that he mostly had. Who is not matched
in 5 frames after was not kept: silence is no way out. After absence: a person who within one live shot is not to be
found for a while, because he is out of the picture or hidden; judged by the 2 s before and after in the same way, for
absences of at least 10 s and of 1 to 10 s apart. Frames with a wipe are left out, as if they were not there. Results
without a track_id are all different; nobody is judged when no result of the match has one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from stream_engine.scoring.care import LIVE
from stream_engine.scoring.people import People, claimed
from stream_engine.scoring.read import Truth
from stream_engine.scoring.truth import TruthObject

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
    if not claimed(passes):
        return Endurance(Kept(), Kept(), Kept())
    shots = [live_shots(people) for people in passes]
    cuts = [kept for live in shots for before, after in pairwise(live) for kept in _over_cut(truth, before, after)]
    absences = [absence for live in shots for shot in live for absence in _absences(truth, shot, short_s)]
    return Endurance(
        _sum(cuts),
        _sum([kept for absent_s, kept in absences if absent_s >= long_s]),
        _sum([kept for absent_s, kept in absences if absent_s < long_s]),
    )


def live_shots(people: list[People]) -> list[list[People]]:
    """The frames of each live shot, less those with a wipe."""
    clear = [frame for frame in people if not frame.aligned.truth.wipe]
    shots = groupby(clear, key=lambda frame: (frame.aligned.truth.shot_no, frame.aligned.truth.shot))
    return [list(frames) for (_, kind), frames in shots if kind in LIVE]


def _over_cut(truth: Truth, before: list[People], after: list[People]) -> list[Kept]:
    fps = truth.header.fps
    then, window = _tracks(before[-_frames(BEFORE_S, fps) :]), after[: _frames(AFTER_CUT_S, fps)]
    now, wanted = _tracks(window), _wanted(window)
    return [_kept(person, then, now, wanted) for person in then]


def _absences(truth: Truth, shot: list[People], least_s: float) -> list[tuple[float, Kept]]:
    """How long each absence of at least so long was, and what became of the identity."""
    fps = truth.header.fps
    last: dict[int, int] = {}
    found = []
    for at, frame in enumerate(shot):
        for seen in _to_be_found(frame):
            left = last.get(seen.id, at)
            absent_s = (at - left - 1) / fps
            if absent_s >= least_s:
                then = _tracks(shot[max(0, left + 1 - _frames(BEFORE_S, fps)) : left + 1])
                window = shot[at : at + _frames(AFTER_ABSENCE_S, fps)]
                found.append((absent_s, _kept(seen.id, then, _tracks(window), _wanted(window))))
            last[seen.id] = at
    return found


def _frames(span_s: float, fps: float) -> int:
    return max(1, round(span_s * fps))


def _to_be_found(frame: People) -> Iterator[TruthObject]:
    return (seen for seen, counts in zip(frame.truth, frame.counts, strict=True) if counts)


def _wanted(frames: list[People]) -> Counter[int]:
    """In how many frames each person was to be found."""
    return Counter(seen.id for frame in frames for seen in _to_be_found(frame))


def _tracks(frames: list[People]) -> dict[int, int]:
    """The track that each person mostly had, of those who were matched often enough."""
    had: dict[int, Counter[int]] = {}
    for frame in frames:
        for pair in frame.pairs:
            had.setdefault(pair.truth.id, Counter())[pair.track] += 1
    return {person: tracks.most_common(1)[0][0] for person, tracks in had.items() if tracks.total() >= LEAST_FRAMES}


def _kept(person: int, then: dict[int, int], now: dict[int, int], wanted: Counter[int]) -> Kept:
    if person not in then or wanted[person] < LEAST_FRAMES:
        return Kept()
    return Kept(int(then[person] == now.get(person)), 1)


def _sum(parts: list[Kept]) -> Kept:
    return Kept(sum(part.kept for part in parts), sum(part.judged for part in parts))
