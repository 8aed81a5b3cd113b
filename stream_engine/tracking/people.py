"""Everybody who is or was in one shot, a row each."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from stream_engine.tracking.motion import Motion
from stream_engine.tracking.seen import FARTHEST_PX, Array, Flags, Seen, Whole

LONG_AGO = 1 << 30
FARTHEST = 10 * FARTHEST_PX
SMALLEST_PX = 0.01


@dataclass(frozen=True, slots=True)
class People:
    """N of them; every part has N rows."""

    ids: Whole
    motion: Motion
    objects: Whole  # what propagate calls them; -1: nothing, or not any more
    seen: Whole  # in how many frames
    unseen: Whole  # frames since then
    unlooked: Whole  # frames since their looks were taken
    open: Whole  # frames for which it may still turn out that this is somebody known; 0: it is decided
    told: Flags  # somebody has been told the id

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def nobody(cls) -> "People":
        """No rows."""
        return cls.of(np.zeros(0, np.int64), Motion.of(np.zeros((0, 4))), np.zeros(0, np.int64))

    @classmethod
    def of(cls, ids: Whole, motion: Motion, objects: Whole) -> "People":
        """People who have just been found."""
        none = np.zeros(len(ids), np.int64)
        return cls(ids, motion, objects, none, none, none + LONG_AGO, none, none > 0)

    def rows(self, which: Any) -> "People":
        """Some of them."""
        parts: Any = (getattr(self, part.name) for part in fields(self))
        chosen: Any = (part.rows(which) if isinstance(part, Motion) else part[which] for part in parts)
        return People(*chosen)

    def joined(self, others: "People") -> "People":
        """These and those."""
        both: Any = ((getattr(self, part.name), getattr(others, part.name)) for part in fields(self))
        joined: Any = (a.joined(b) if isinstance(a, Motion) else np.concatenate((a, b)) for a, b in both)
        return People(*joined)

    def changed(self, **parts: Any) -> "People":
        """The same, some parts of it replaced."""
        return replace(self, **parts)

    @property
    def somewhere(self) -> Flags:
        """Who can be followed on: camera movements may have taken those who are unseen anywhere."""
        numbers = np.hstack([self.motion.boxes, self.motion.velocity])
        return np.asarray((np.abs(numbers) < FARTHEST).all(axis=1) & (self.motion.size > SMALLEST_PX).all(axis=1))

    def places(self, ids: Whole) -> Whole:
        """The rows of ids that are there."""
        order = np.argsort(self.ids, kind="stable")
        return np.asarray(order[np.searchsorted(self.ids, ids, sorter=order)])

    # --- what happens to them ---------------------------------------------------------------------

    def found(self, rows: Whole, seen: Seen) -> "People":
        """Some of them, each where a row of what is seen says; boxes that are held over say nothing of where."""
        unseen, hits, objects = (part.copy() for part in (self.unseen, self.seen, self.objects))
        unseen[rows] = 0
        hits[rows] += 1
        objects[rows] = np.where(seen.objects >= 0, seen.objects, objects[rows])
        motion = self.motion.seen(rows[seen.fresh], seen.boxes[seen.fresh])
        return replace(self, motion=motion, unseen=unseen, seen=hits, objects=objects)

    def looked_at(self, rows: Whole) -> "People":
        """The looks of some have just been taken."""
        unlooked = self.unlooked.copy()
        unlooked[rows] = 0
        return replace(self, unlooked=unlooked)

    def swapped(self, a: int, b: int) -> "People":
        """Each of two is the other; one of them may not be here."""
        ids = np.where(self.ids == a, b, np.where(self.ids == b, a, self.ids))
        return replace(self, ids=ids)

    def decided(self, ids: Sequence[int]) -> "People":
        """It is known who some are."""
        return replace(self, open=np.where(np.isin(self.ids, ids), 0, self.open))

    def merged(self, first: int, second: int) -> "People":
        """The second is the first; who of them is not here, or was not seen, gives way."""
        both = np.flatnonzero(np.isin(self.ids, (first, second)))
        stays = both[np.argsort(self.unseen[both], kind="stable")][:1]
        keep = ~np.isin(np.arange(len(self)), np.setdiff1d(both, stays))
        opened = self.open.copy()
        opened[stays] = 0
        return replace(self, ids=np.where(self.ids == second, first, self.ids), open=opened).rows(keep)

    def renamed(self, old: int, new: int) -> "People":
        """Whoever had one id has another, and that is decided."""
        row = self.ids == old
        return replace(self, ids=np.where(row, new, self.ids), open=np.where(row, 0, self.open), told=self.told | row)

    def resumed(self, new: int, old: int) -> "People":
        """Somebody who has come up is somebody who was known, here or elsewhere."""
        row, before = self.ids == new, self.ids == old
        seen = self.seen + np.where(row, self.seen[before].sum(), 0)
        none = np.where(row, 0, 1)
        now = replace(
            self, ids=np.where(row, old, self.ids), seen=seen, open=self.open * none,
            told=self.told | row,
        )  # fmt: skip
        return now.rows(~before)

    def ahead(self, move: Array, frames: int) -> "People":
        """So many frames later, after a movement of the camera; who is unseen goes as the others do on the whole."""
        lately = self.unseen <= 1
        common = self.motion.velocity[lately].mean(axis=0) if lately.any() else np.zeros(2)
        carried = self.motion.carried(move)
        turn = move[:, :2]
        return replace(
            self, motion=carried.ahead(frames, (self.unseen > 0).astype(np.float64), turn @ common),
            unseen=self.unseen + frames, unlooked=np.minimum(self.unlooked + frames, LONG_AGO),
            open=np.maximum(self.open - frames, 0),
        )  # fmt: skip
