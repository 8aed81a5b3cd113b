"""Crossings: whether a track is still on its person after somebody has stood before him.

An encounter of A begins when A, followed so far, becomes less than half visible in a live shot because B is before him.
Followed: of the last 10 frames of the shot in which A was clear, the same track was paired with him in at least 3. It
ends when A has been clear again for 5 frames, at most 3 s after it began and in the same shot; else it is not judged,
nor is who leaves the picture meanwhile. B is he whose body box covers most of A's, at least a quarter of it, and ends
as low in the picture or lower, so that he is the nearer one; and more of A has to be hidden than lies outside.

Judged are the last 5 frames, those of them in which the track is on somebody or A is found. Mostly on A, the track was
held; mostly on somebody else, it is wrong, which is the worst; else it is lost. A mask is on whom most of it lies on,
if a quarter does; where the result or A's truth has no mask, the pairs say whom the track is on.
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from stream_engine.messages import Box, TrackedObject
from stream_engine.scoring.endurance import live_shots
from stream_engine.scoring.people import People, claimed
from stream_engine.scoring.read import Truth
from stream_engine.scoring.shapes import share_on
from stream_engine.scoring.truth import TruthHeader, TruthObject

CLEAR, HIDDEN = 0.7, 0.5  # visible: at least, less than
RECENT, FOLLOWED = 10, 3  # clear frames that are looked at, and how many of them have to have the track
BACK_FRAMES, LONGEST_S = 5, 3.0
LEAST_COVER = 0.25  # of A's body box; less is a neighbour beside whom a graphic or a goalpost hides him
LEAST_ON = 0.25  # of a mask

Verdict = Literal["held", "wrong", "lost"]


class Verdicts(NamedTuple):
    """How many encounters came to which end."""

    held: int = 0
    wrong: int = 0
    lost: int = 0

    @property
    def judged(self) -> int:
        return sum(self)

    @property
    def wrong_share(self) -> float | None:
        return self.wrong / self.judged if self.judged else None

    @property
    def lost_share(self) -> float | None:
        return self.lost / self.judged if self.judged else None


class Crossings(NamedTuple):
    """Of two who wear the same, and of others."""

    same: Verdicts
    other: Verdicts


class Moment(NamedTuple):
    """One frame, by person."""

    frame: People
    seen: dict[int, TruthObject]
    tracks: dict[int, int]  # of each person who was paired


class Encounter(NamedTuple):
    """Who was hidden by whom, the track he had, and the frames in which he was back."""

    person: int
    other: int
    track: int
    back: list[Moment]


def crossings(truth: Truth, passes: Sequence[list[People]]) -> Crossings:
    """Over all passes; nobody is judged where nobody has a track."""
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for people in passes if claimed(passes) else ():
        for shot in live_shots(people):
            for met in _encounters(truth.header, [_moment(frame) for frame in shot]):
                counts[_same_kit(truth, met.person, met.other)][_verdict(truth.header, met)] += 1
    return Crossings(*(Verdicts(*(counts[same][name] for name in Verdicts._fields)) for same in (True, False)))


def _same_kit(truth: Truth, one: int, other: int) -> bool:
    ours, theirs = truth.people[one], truth.people[other]
    return (ours.team, ours.role) == (theirs.team, theirs.role)


# --- encounters ---------------------------------------------------------------------------------


def _moment(frame: People) -> Moment:
    seen = {item.id: item for item in frame.truth}
    return Moment(frame, seen, {pair.truth.id: pair.track for pair in frame.pairs})


def _encounters(header: TruthHeader, shot: list[Moment]) -> Iterator[Encounter]:
    for person in sorted({person for moment in shot for person in moment.seen}):
        yield from _encounters_of(header, shot, person)


def _encounters_of(header: TruthHeader, shot: list[Moment], person: int) -> Iterator[Encounter]:
    recent: deque[int | None] = deque(maxlen=RECENT)
    resumed = 0  # the frames in which he was back may begin the next encounter
    for at, moment in enumerate(shot):
        seen = moment.seen.get(person)
        if at < resumed:
            continue
        if seen is None:
            recent.clear()
        elif seen.visible >= CLEAR:
            recent.append(moment.tracks.get(person))
        elif seen.visible < HIDDEN and recent:
            track, other, end = _followed(recent), _before(header, moment, seen), _end(header, shot, person, at)
            recent.clear()
            if track is not None and other is not None and end is not None:
                resumed = end + 1 - BACK_FRAMES
                yield Encounter(person, other, track, shot[resumed : end + 1])


def _followed(recent: deque[int | None]) -> int | None:
    """The track that he mostly had, of two the later one."""
    tracks = Counter(track for track in reversed(recent) if track is not None)
    return next((track for track, times in tracks.most_common(1) if times >= FOLLOWED), None)


def _before(header: TruthHeader, moment: Moment, hidden: TruthObject) -> int | None:
    """Who hides him, if somebody does rather than the picture's edge."""
    inside = _covered(hidden.body_px, (0.0, 0.0, float(header.width), float(header.height)))
    if inside - hidden.visible <= 1 - inside:
        return None
    nearer = [item for item in moment.seen.values() if item.id != hidden.id and item.body_px[3] >= hidden.body_px[3]]
    share, who = max(((_covered(hidden.body_px, item.body_px), item.id) for item in nearer), default=(0.0, -1))
    return who if share >= LEAST_COVER else None


def _covered(box: Box, by: Box) -> float:
    """The share of a box that lies in another."""
    width, height = min(box[2], by[2]) - max(box[0], by[0]), min(box[3], by[3]) - max(box[1], by[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return max(width, 0.0) * max(height, 0.0) / area if area else 0.0


def _end(header: TruthHeader, shot: list[Moment], person: int, begin: int) -> int | None:
    """The last of the frames in which he was clear again."""
    clear = 0
    for at in range(begin + 1, min(begin + round(LONGEST_S * header.fps) + 1, len(shot))):
        seen = shot[at].seen.get(person)
        if seen is None:
            return None
        clear = clear + 1 if seen.visible >= CLEAR else 0
        if clear == BACK_FRAMES:
            return at
    return None


# --- verdicts -----------------------------------------------------------------------------------


def _verdict(header: TruthHeader, met: Encounter) -> Verdict:
    on = [_lies_on(header, moment, met) for moment in met.back]
    asked = sum(who is not None or met.person in moment.tracks for who, moment in zip(on, met.back, strict=True))
    held = on.count(met.person)
    elsewhere = len(on) - on.count(None) - held
    if 2 * held > asked:
        return "held"
    return "wrong" if 2 * elsewhere > asked else "lost"


def _lies_on(header: TruthHeader, moment: Moment, met: Encounter) -> int | None:
    """Whom the track is on in this frame."""
    places = np.flatnonzero(moment.frame.tracks == met.track)
    if not places.size:
        return None
    found = moment.frame.results[int(places[0])]
    if found.mask is None or not min(moment.seen[met.person].mask.size):
        return next((person for person, track in moment.tracks.items() if track == met.track), None)
    return _by_mask(header, moment, found)


def _by_mask(header: TruthHeader, moment: Moment, found: TrackedObject) -> int | None:
    size = (header.width, header.height)
    shares = ((share_on(moment.frame, found, item, size), item.id) for item in moment.seen.values())
    share, who = max(shares)
    return who if share >= LEAST_ON else None
