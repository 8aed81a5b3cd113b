"""One stream's tracker: frame by frame, who of those who are known is where, who is new, and who is back."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from stream_engine.messages import Change, Correction
from stream_engine.tracking import deciding
from stream_engine.tracking.appearance import Appearance, Floats
from stream_engine.tracking.camera import FEWEST, STILL, move_of, one_of, possible, several
from stream_engine.tracking.corrections import corrected
from stream_engine.tracking.known import LAST_ID, Known
from stream_engine.tracking.lives import Lives
from stream_engine.tracking.looks import Looks, wanted
from stream_engine.tracking.matching import match
from stream_engine.tracking.meetings import Meetings
from stream_engine.tracking.motion import Motion
from stream_engine.tracking.people import People
from stream_engine.tracking.seen import BALL, Array, Seen, Whole, completed, usable
from stream_engine.tracking.settings import TrackerSettings
from stream_engine.tracking.shapes import Shape
from stream_engine.tracking.shots import SETTLED, is_close
from stream_engine.tracking.state import table, whole

FIRST_IDS, IDS_A_FRAME = 1000, 4  # more people do not begin in the first frame, and in each later one
IDS_AN_EPOCH = 10_000_000  # nor in all the frames of a day
LONGEST = 60  # frames that may be missing; after more of them nobody knows where the camera looks


class Told(NamedTuple):
    """Of each row that was seen: its track, -1 for none, its name, its role by looks; what became of identities."""

    ids: Whole
    names: tuple[str | None, ...]
    changes: tuple[Change, ...]
    chances: Floats | None = None  # N, 5: of each of NET_ROLES, NaN where nobody can say


@dataclass(slots=True)
class Turn:
    """One frame in hand."""

    seen: Seen  # those who can be followed
    count: int  # of all who came
    names: tuple[str | None, ...] = ()  # of all who came, if any of them may have one
    camera: Array | None = None  # how it moved since the frame before, if that is told
    rows: Whole = field(default_factory=lambda: np.zeros(0, np.int64))  # of people, for each who is seen
    wanted: Whole = field(default_factory=lambda: np.zeros(0, np.int64))  # whose looks would help most, best first
    before: People | None = None  # as they were in the frame before, if they are the same rows
    frames: int = 1  # since then
    stale: bool = False  # it comes too late


class Tracker:
    """A frame is begun, looks are taken of whom it wants, and it is finished."""

    def __init__(self, settings: TrackerSettings | None = None, looks: Looks | None = None) -> None:
        self._settings, self._looks = settings or TrackerSettings(), looks
        self._known, self._meetings = Known(), Meetings()
        self._lives = Lives(self._known, self._meetings, looks, self._settings)
        self._shapes: dict[int, Shape] = {}  # of those who were seen in the last frame
        self._move = STILL
        self._counted = False  # somebody said which ids were given before
        self._resumed = False  # and no frame has come since
        self.counts = self._lives.counts

    @property
    def last_id(self) -> int:
        """The last that was given to anybody."""
        return self._known.last_id

    def follow(self, seen: Seen) -> Told:
        """One frame of which nobody takes looks."""
        return self.finish(self.begin(seen))

    # --- a frame is begun -------------------------------------------------------------------------

    def begin(self, seen: Seen) -> Turn:
        """Everybody goes on to this frame; who is found where, and of whom looks are wanted."""
        balls = seen.roles == BALL
        good = np.flatnonzero(usable(seen) & ~balls)
        self.counts["unusable boxes"] += len(seen) - len(good) - int(balls.sum())
        turn = Turn(completed(seen.rows(good)), len(seen), seen.names)
        if self._resumed and self._known.at and (seen.epoch, seen.seq) <= self._known.at:
            # The number of this epoch was forgotten, and given again: it is another one.
            self._known.at = (seen.epoch - 1, self._known.at[1])
        self._resumed = False
        if self._known.at and seen.epoch == self._known.at[0] and seen.seq <= self._known.at[1]:
            self.counts["frames back in time"] += 1
            turn.seen, turn.stale = seen.rows(good[:0]), True
            return turn
        if self._known.at is None and not self._counted:
            self._known.last_id = max(self._known.last_id, first_id(seen.epoch, seen.seq))
        self._go_on(turn)
        matched = match(self._known.people, turn.seen, self._shapes, self._settings)
        if turn.camera is None and turn.before is not None:
            matched = self._by_people(turn, turn.before, matched)
        self._take(turn, matched)
        if self._looks and not self._known.close:
            people = self._known.people.rows(turn.rows)
            turn.wanted = wanted(turn.seen, people, self._meetings.waiting(), self._settings)
        return turn

    def _go_on(self, turn: Turn) -> None:
        seen = turn.seen
        frames = min(seen.seq - self._known.at[1], LONGEST) if self._known.at else 1
        turn.camera = self._camera(seen)
        if self._known.at and (why := self._over(seen, self._known.at)):
            self._leave(seen, self._known.at, why)
        elif len(self._known.people):
            turn.before, turn.frames = self._known.people, frames
            move = several(self._move, frames) if turn.camera is None else turn.camera
            self._known.people = self._known.people.ahead(move, frames)
            self._move = self._move if turn.camera is None else one_of(turn.camera, frames)
        self._known.at, self._known.size = (seen.epoch, seen.seq), seen.size
        believed = seen.back is not None and possible(seen.back.matrix)
        back = self._known.shots.expected(seen.back, self._known.at) if seen.back and believed else None
        if back is not None:
            self._known.recognised = True
            self._known.people = back.rows(~np.isin(back.ids, self._known.people.ids)).joined(self._known.people)
            turn.before = None

    def _camera(self, seen: Seen) -> Array | None:
        """How it moved since the last frame; nothing where only a part of the way is told, or of none at all."""
        if seen.camera is None or seen.cut:
            return None
        if not possible(seen.camera):
            self.counts["impossible movements"] += 1
            return None
        last = self._known.at[1] if self._known.at else None
        return seen.camera if seen.since_seq in (None, last) else None

    def _over(self, seen: Seen, at: tuple[int, int]) -> str:
        """Why the shot has ended; not where propagate still follows those who were there: it has looked."""
        if seen.epoch != at[0]:
            return "the feed began anew"
        if seen.size != self._known.size:
            return "the picture has another size"
        people = self._known.people
        still = np.isin(seen.objects[seen.objects >= 0], people.objects[people.unseen <= self._settings.lost]).sum()
        if seen.cut:
            return "" if still >= FEWEST else "the camera was changed"
        missing = seen.seq - at[1] - 1
        return f"{missing} frames are missing" if missing >= LONGEST and not still else ""

    def _leave(self, seen: Seen, at: tuple[int, int], why: str) -> None:
        """The shot has ended before this frame."""
        people = self._settled_people()
        first = not len(self._known.shots.ids())
        if not (self._known.recognised or first or at[1] - self._known.first_seq > SETTLED) or self._known.close:
            people = people.rows(np.isin(people.ids, self._known.shots.ids()))
        if not self._known.close:
            self._known.shots.leave(at[0], (self._known.first_seq, at[1]), people)
        for track_id in self._known.people.ids[self._known.people.told].tolist():
            self._lives.part(track_id, track_id in people.ids, why)
        self._meetings.clear()
        self._known.people, self._move = People.nobody(), STILL
        self._known.first_seq, self._known.recognised, self._known.close = seen.seq, False, is_close(seen)
        if seen.epoch != at[0]:
            self._known.pointed.clear()  # propagate may count anew

    def _settled_people(self) -> People:
        """Everybody but those who have just come up; the others are whoever they were taken to be."""
        people = self._known.people
        people = people.rows((people.open == 0) | (people.seen >= self._settings.brief))
        if self._looks:
            for track_id in people.ids[people.open > 0].tolist():
                self._looks.settle(track_id, track_id, {track_id})
        return people.changed(open=np.zeros_like(people.open))

    def _by_people(self, turn: Turn, before: People, matched: Whole) -> Whole:
        """Who is found where, after the camera has been taken to move as people do on the whole."""
        both = np.flatnonzero(matched >= 0)
        both = both[before.unseen[both] == 0]
        move = move_of(before.motion.at[both], Motion.of(turn.seen.boxes[matched[both]]).at)
        self._move = one_of(move, turn.frames)
        self._known.people = before.ahead(move, turn.frames)
        if len(both) == len(turn.seen) == int((before.unseen == 0).sum()):
            return matched  # everybody has gone on, and nobody has come
        return match(self._known.people, turn.seen, self._shapes, self._settings)

    def _take(self, turn: Turn, matched: Whole) -> None:
        """People are where they were found; who is nobody's is new."""
        seen, people = turn.seen, self._known.people
        turn.rows = np.full(len(seen), -1, np.int64)
        both = np.flatnonzero(matched >= 0)
        turn.rows[matched[both]] = both
        self._known.people = people.found(both, seen.rows(matched[both]))
        certain = (seen.scores >= self._settings.sure) | (seen.objects >= 0)
        new = np.flatnonzero((turn.rows < 0) & certain)
        if len(new):
            turn.rows[new] = len(people) + np.arange(len(new))
            self._known.people = self._known.people.joined(self._begun(seen.rows(new)))
        nobody = turn.rows < 0
        if nobody.any():
            turn.seen, turn.rows = seen.rows(~nobody), turn.rows[~nobody]
        masks = zip(turn.rows.tolist(), turn.seen.masks, strict=False)
        now = self._known.people
        self._shapes = {int(now.ids[row]): Shape(mask, now.motion.at[row]) for row, mask in masks if mask is not None}

    def _begun(self, seen: Seen) -> People:
        ids = self._known.last_id + 1 + np.arange(len(seen))
        self._known.last_id += len(seen)
        begun = People.of(ids, Motion.of(seen.boxes), seen.objects)
        missing = bool((self._known.people.unseen > 0).any()) or bool(len(self._absent()))
        wait = 1 if self._known.close or not missing else self._settings.open
        return begun.changed(open=begun.open + wait)

    def _absent(self) -> Whole:
        """Whom the shots before knew, and nobody expects anywhere in this one."""
        known = self._known.shots.ids()
        return known[~np.isin(known, self._known.people.ids)]

    # --- a frame is finished ----------------------------------------------------------------------

    def finish(self, turn: Turn, looked: Whole | None = None, appearance: Appearance | None = None) -> Told:
        """What is told of this frame, with the looks of some of those who are seen."""
        seen = turn.seen
        if turn.stale:
            return Told(np.full(turn.count, -1, np.int64), turn.names or (None,) * turn.count, ())
        if self._looks:
            self._meetings.go_on(seen.seq, self._known.people.ids[turn.rows], seen.boxes)
        if self._looks and looked is not None and appearance is not None:
            self._note(self._looks, turn.rows[looked], appearance)
            self._judge()
        self._decide(turn)
        return self._told(turn)

    def _note(self, looks: Looks, rows: Whole, appearance: Appearance) -> None:
        """What people look like now; those who met somebody lately may not be who they seem."""
        ids, opened = self._known.people.ids[rows], self._known.people.open[rows] > 0
        self._known.people = self._known.people.looked_at(rows)
        self._meetings.hear(ids, *looks.gallery.distances(appearance))
        met = np.array([bool(self._meetings.of(track_id)) for track_id in ids.tolist()], bool)
        here = set(self._known.people.ids[self._known.people.unseen == 0].tolist())
        use = opened | ~met
        looks.note(ids[use], appearance.rows(use), ~opened[use], here)

    def _judge(self) -> None:
        """Who met, and are apart again: whether they are who they seem."""
        for (a, b), swap in self._meetings.judged(self._settings.swaps):
            self._known.swap(a, b)
            self._lives.say("swapped", (a, b), f"after they met each looks like the other, by {swap:.2f}")

    def _decide(self, turn: Turn) -> None:
        """Whether some of those who have just come up are somebody who was missing."""
        people, s = self._known.people, self._settings
        ours = np.flatnonzero((people.open > 0) & (people.unseen == 0))
        if not len(ours):
            return
        missing = np.flatnonzero((people.open == 0) & (people.unseen > 0))
        known = np.concatenate([people.ids[missing], self._absent() if self._looks else np.zeros(0, np.int64)])
        said = np.zeros((len(ours), len(known)))
        boxes = people.motion.rows(ours).boxes
        said[:, : len(missing)] = deciding.of_place(people.motion.rows(missing), boxes)
        if self._looks:
            said = deciding.both(said, self._looks.unlike(people.ids[ours], known))
        mine, theirs = deciding.chosen(said, *((s.least, s.margin) if self._looks else (0.0, 0.0)))
        self._resume(turn, people.ids[ours[mine]].tolist(), known[theirs].tolist())

    def _resume(self, turn: Turn, ids: list[int], known: list[int]) -> None:
        for new, old in zip(ids, known, strict=True):
            told = bool(self._known.people.told[self._known.people.ids == new].any())
            expected = bool((self._known.people.ids == old).any())
            missed = told or old in self._known.lost  # else nobody knows that it was away
            before = self._known.people.ids[turn.rows]
            self._known.people = self._known.people.resumed(new, old)
            turn.rows = self._known.people.places(np.where(before == new, old, before))
            self._known.lost.discard(old)
            self._known.one_name(old, new, newer=True)
            self._meetings.forget(new)
            if self._looks:
                self._looks.settle(new, old, {old})
            if missed:
                self._lives.say("resumed", (old, new) if told else (old,), "by place" if expected else "by looks")

    # --- beside the frames ------------------------------------------------------------------------

    def correct(self, said: Correction) -> None:
        """Put identities right from the next frame on; CorrectionError if that cannot be."""
        kind, ids = corrected(self._known, said, self._looks)
        self._lives.say(kind, ids, "", by="operator")
        for track_id in said.track_ids:
            self._meetings.forget(track_id)  # whatever their looks would have said
            self._shapes.pop(track_id, None)
            if kind != "merged":
                self._lives.misses(track_id, f"after the correction: {kind}")

    def state(self) -> dict[str, Any]:
        """What a successor has to know, in numbers, bytes and text."""
        return self._known.state() | {"gallery": self._looks.gallery.state() if self._looks else None}

    def resume(self, given: Any, identities: bool) -> str:
        """Go on where another ended, or without identities only not give its numbers again; why looks are forgotten.

        ValueError: it cannot be what another has left.
        """
        self._known.last_id = whole(table(given, "tracker"), "last_id", LAST_ID)  # whatever else is wrong
        known = Known.of(given)
        self._counted = True
        if not identities:
            return ""
        self._known, self._resumed = known, True
        self._lives.known = known
        try:
            if self._looks:
                self._looks.resume(given.get("gallery"))
        except ValueError as error:
            return f"looks of people are forgotten: another network or setting left them ({error})"
        return ""

    # --- it is told -------------------------------------------------------------------------------

    def _told(self, turn: Turn) -> Told:
        ids = np.full(turn.count, -1, np.int64)
        people = self._known.people.rows(turn.rows)
        ids[turn.seen.places] = people.ids
        self._lives.found(turn.seen, people)
        self._lives.tidy()
        given = turn.names or (None,) * turn.count
        names = (
            self._known.names.get(who) if who >= 0 else name for who, name in zip(ids.tolist(), given, strict=True)
        )
        chances = self._looks.gallery.roles(ids.tolist()) if self._looks else None
        return Told(ids, tuple(names), self._lives.told(turn.seen.seq), chances)


def first_id(epoch: int, seq: int) -> int:
    """What no id has reached by a frame: somebody else may have given some before, and left nothing."""
    return FIRST_IDS + IDS_A_FRAME * seq + IDS_AN_EPOCH * max(epoch - 1, 0) if seq else 0
