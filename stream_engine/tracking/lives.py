"""What becomes of identities: they start, are lost, are resumed and end, and each of it is told once."""

from collections import Counter

import numpy as np

from stream_engine.messages import Change, ChangeKind, Who
from stream_engine.tracking.known import Known
from stream_engine.tracking.looks import Looks
from stream_engine.tracking.meetings import Meetings
from stream_engine.tracking.people import People
from stream_engine.tracking.seen import Flags, Seen
from stream_engine.tracking.settings import TrackerSettings


class Lives:
    """Of one stream."""

    def __init__(self, known: Known, meetings: Meetings, looks: Looks | None, settings: TrackerSettings) -> None:
        self.known, self._meetings, self._looks, self._settings = known, meetings, looks, settings
        self.counts: Counter[str] = Counter()
        self._changes: list[tuple[ChangeKind, tuple[int, ...], str, Who]] = []  # that are to be told
        self._parted = False  # there may be some who will not come back

    def say(self, kind: ChangeKind, ids: tuple[int, ...], detail: str, by: Who = "tracker") -> None:
        """Something that is told with the next frame."""
        self.counts[kind] += 1
        self._parted |= by == "operator"
        self._changes.append((kind, ids, detail, by))

    def told(self, seq: int) -> tuple[Change, ...]:
        """What is told with this frame."""
        names = self.known.names
        changes = tuple(Change(kind, seq, ids, names.get(ids[0]), by, why) for kind, ids, why, by in self._changes)
        self._changes.clear()
        return changes

    def found(self, seen: Seen, people: People) -> None:
        """Those who are in the picture: who is new, who is back where they were expected, who has a name."""
        for track_id in people.ids[~people.told].tolist():
            self.say("started", (track_id,), "")
        rows = zip(people.ids.tolist(), seen.objects.tolist(), seen.names, strict=False)
        for track_id, object_id, name in rows:
            if name and object_id >= 0 and self.known.point(track_id, object_id, name):
                self.say("named", (track_id,), "somebody pointed at it")
        for track_id in people.ids.tolist() if self.known.lost else ():
            if track_id in self.known.lost:
                self.known.lost.discard(track_id)
                self.say("resumed", (track_id,), "found where it was expected")

    def tidy(self) -> None:
        """Who was told, who has been open for long enough to be new, who is lost, and who is forgotten."""
        people, s = self.known.people, self._settings
        self.known.people = people = people.changed(told=people.told | (people.unseen == 0))
        if self._looks:
            for track_id in people.ids[people.open <= 1].tolist():
                self._looks.settle(track_id, track_id, {track_id})
        away = people.unseen > s.lost
        brief = away & ((people.open > 0) | (people.seen < s.brief))
        many = np.zeros(len(people), bool)
        if len(people) > s.most_people:
            many = people.unseen > np.sort(people.unseen)[s.most_people - 1]
        far = ~people.somewhere
        for track_id in people.ids[away & people.told & ~(brief | many | far)].tolist():
            self.part(track_id, True, f"not seen for {s.lost} frames")
        for gone, why in ((far, "out of any picture"), (many & ~far, "too many"), (brief & ~far & ~many, "too brief")):
            if gone.any():
                self._end(people, gone, why)
        if (brief | many | far).any():
            self.known.people = people.rows(~(brief | many | far))
        if self._parted:
            self._forget()

    def _end(self, people: People, gone: Flags, why: str) -> None:
        """Some are expected nowhere any more; the shots before may know them."""
        before, self._parted = set(self.known.shots.ids().tolist()), True
        for track_id in people.ids[gone & people.told].tolist():
            self.part(track_id, track_id in before, why)

    def part(self, track_id: int, kept: bool, why: str, by: Who = "tracker") -> None:
        """Somebody is not seen any more, and may come back or not; each is told once."""
        self._parted = True
        if not kept:
            self.known.lost.discard(track_id)
            self.say("ended", (track_id,), why, by)
        elif track_id not in self.known.lost:
            self.known.lost.add(track_id)
            self.say("lost", (track_id,), why, by)

    def misses(self, track_id: int, why: str) -> None:
        """An operator has taken an id away from whoever was seen under it."""
        if track_id not in self.known.people.ids and track_id not in self.known.lost:
            self.part(track_id, track_id in self.known.alive(), why, by="operator")

    def _forget(self) -> None:
        """Who is neither here nor in a shot that is remembered will not come back."""
        self._parted, alive = False, self.known.alive()
        for track_id in sorted(self.known.lost - alive):
            self.say("ended", (track_id,), "no camera has shown it for long")
        self.known.forget(alive)
        if self._looks:
            self._looks.keep(alive)
        for track_id in self._meetings.ids() - alive:
            self._meetings.forget(track_id)
