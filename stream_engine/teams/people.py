"""Who is known of a stream, by the numbers of their tracks, as these change."""

from collections.abc import Sequence

from stream_engine.messages import Change
from stream_engine.teams.person import Person


class People(dict[int, Person]):
    """At most so many; whoever has been out of sight for longest is forgotten for somebody new."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self.forgotten = 0

    def seen(self, ids: Sequence[int], now: int) -> list[Person]:
        """Those in a frame; where more are there at once than can be known, the last of them are of that frame only."""
        for track_id in ids:
            if track_id in self:
                self[track_id].seen = now
        return [self._one(track_id, now) for track_id in ids]

    def _one(self, track_id: int, now: int) -> Person:
        if track_id in self:
            return self[track_id]
        person = Person()
        if len(self) >= self._most:
            self.forgotten += 1
            oldest = min(self, key=lambda one: self[one].seen)
            if self[oldest].seen == now:
                return person
            del self[oldest]
        person.seen = now
        self[track_id] = person
        return person

    def follow(self, change: Change, now: int) -> None:
        """Identities have changed.

        Two whom the tracker swapped have their own ids again after moments, and what is known of these holds. Somebody
        who says so does it later: what is known of two who are there is of who they have been taken for.
        """
        ids = change.track_ids
        if not ids:
            return
        if change.kind in ("started", "ended"):  # who begins is nobody who had this number before
            self.pop(ids[0], None)
        elif change.kind in ("merged", "resumed") and len(ids) > 1 and (other := self.pop(ids[1], None)):
            self.setdefault(ids[0], Person()).joins(other)
        elif change.kind == "swapped" and change.by == "operator" and len(ids) > 1:
            one, other = self.get(ids[0]), self.get(ids[1])
            if one and other and min(one.seen, other.seen) >= now - 1:
                self[ids[0]], self[ids[1]] = other, one
