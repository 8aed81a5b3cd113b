"""What people look like: a gallery of those who are known, and the first looks at those of whom nobody knows yet."""

from collections import deque
from typing import Any

import numpy as np

from stream_engine.tracking.appearance import Appearance, joined
from stream_engine.tracking.gallery import Gallery
from stream_engine.tracking.meetings import covered
from stream_engine.tracking.people import LONG_AGO, People
from stream_engine.tracking.seen import Array, Seen, Whole
from stream_engine.tracking.settings import TrackerSettings

AGAIN = 2  # frames after which another look at somebody tells something new
ANEW = 6  # frames after which distances of first looks are taken anew
FIRST_LOOKS = 6  # of somebody of whom it is not decided who it is


class Looks:
    """Of one stream."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self._first: dict[int, deque[Appearance]] = {}
        self._told: dict[int, tuple[int, dict[int, float]]] = {}  # what is known of how far they are, and for how long

    def resume(self, state: Any) -> None:
        """Go on with what another has seen; ValueError if that cannot be."""
        mine = self.gallery
        self.gallery = Gallery.restored(state, mine.capacity, mine.prototypes, mine.parts, mine.size)

    def note(self, ids: Whole, appearance: Appearance, sure: Any, here: set[int]) -> None:
        """How some people look now; who they are is sure, or it waits until it is."""
        for row in np.flatnonzero(~sure & appearance.usable).tolist():
            self._first.setdefault(int(ids[row]), deque(maxlen=FIRST_LOOKS)).append(appearance.rows([row]))
            self._told.pop(int(ids[row]), None)
        if np.any(sure):
            self.gallery.add(ids[sure].tolist(), appearance.rows(sure), keep=here)

    def unlike(self, ids: Whole, known: Whole) -> Array:
        """How far those of the first looks are from those who are known; no number where nobody can say."""
        table = np.full((len(ids), len(known)), np.nan)
        for row, track_id in enumerate(ids.tolist()):
            if looks := self._first.get(track_id):
                far = self._far(track_id, looks)
                table[row] = [far.get(other, np.nan) for other in known.tolist()]
        return table

    def _far(self, track_id: int, looks: deque[Appearance]) -> dict[int, float]:
        """The mean over looks; taken anew when there is another, and now and then, for galleries change."""
        left, far = self._told.get(track_id, (0, {}))
        if left <= 0:
            theirs, each = self.gallery.distances(joined(list(looks)))
            known = np.isfinite(each)
            sums, counts = np.where(known, each, 0.0).sum(axis=0), known.sum(axis=0)
            far = dict(zip(theirs[counts > 0].tolist(), (sums[counts > 0] / counts[counts > 0]).tolist(), strict=True))
            left = ANEW
        self._told[track_id] = (left - 1, far)
        return far

    def settle(self, track_id: int, as_: int, here: set[int]) -> None:
        """It is decided who this is: the first looks are theirs."""
        self._told.pop(track_id, None)
        for look in self._first.pop(track_id, ()):
            self.gallery.add([as_], look, keep=here)

    def keep(self, ids: set[int]) -> None:
        """Nobody else will be asked for."""
        self.gallery.forget([one for one in self.gallery.ids.tolist() if one not in ids])
        self._first = {one: looks for one, looks in self._first.items() if one in ids}
        self._told = {one: told for one, told in self._told.items() if one in ids}

    def swap(self, first: int, second: int) -> None:
        """Each has the other's first looks."""
        self._told.pop(first, None)
        self._told.pop(second, None)
        found = {second: self._first.pop(first, None), first: self._first.pop(second, None)}
        self._first |= {one: looks for one, looks in found.items() if looks is not None}


def wanted(seen: Seen, people: People, asked: set[int], settings: TrackerSettings) -> Whole:
    """Rows of those who are seen well, those first whose looks decide most; `people` are theirs, row by row."""
    tall = seen.boxes[:, 3] - seen.boxes[:, 1] >= settings.least_px
    inside = (seen.boxes[:, :2] >= 0).all(axis=1) & (seen.boxes[:, 2:] <= seen.size).all(axis=1)
    good = (covered(seen.boxes) <= settings.clear) & tall & seen.fresh & inside
    undecided = (people.open > 0) & (people.unlooked >= AGAIN)
    met = np.isin(people.ids, list(asked)) & (people.unlooked >= AGAIN)
    never, stale = people.unlooked >= LONG_AGO, people.unlooked >= settings.stale
    urgency = 8.0 * undecided + 4.0 * met + 2.0 * never + np.minimum(people.unlooked / LONG_AGO, 1.0)
    best = np.argsort(-urgency, kind="stable")
    return np.asarray(best[(good & (undecided | met | never | stale))[best]])
