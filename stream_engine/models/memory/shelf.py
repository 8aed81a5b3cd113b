"""A fixed number of slots for every object, filled and emptied by place: anchor, distractors, recent ones."""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]
Codes = NDArray[np.int8]

FAR = np.iinfo(np.int64).max
ANCHOR_SLOT = 0  # nothing else is ever put there, so nothing can push the anchor out


class Place(IntEnum):
    """Where a frame goes, and what a slot holds."""

    NOWHERE = 0
    ANCHOR = 1  # the prompt that the object goes back to; replaced only by another prompt
    DISTRACTOR = 2  # a frame in which it was told from somebody like it
    RECENT = 3


class Limits(NamedTuple):
    """How the slots beside the anchor's are shared: recent ones take what distractors leave."""

    distractors: int
    recents: int
    every: int  # frames for which the newest recent one is written over, before the next is begun


class Contents(NamedTuple):
    """What the slots of N objects hold."""

    items: Floats  # N, slots, ...; zero where nothing is
    kinds: Codes  # N, slots: a Place each
    frames: Whole  # N, slots

    @property
    def there(self) -> Flags:
        return np.asarray(self.kinds != Place.NOWHERE, np.bool_)

    def ranks(self) -> Whole:
        """How many younger recent ones each recent one has; 0 for all else."""
        recent = self.kinds == Place.RECENT
        younger = recent[:, None, :] & (self.frames[:, None, :] > self.frames[:, :, None])
        return np.where(recent, younger.sum(axis=2), 0)


class Shelf:
    """Slots of `capacity` objects; whoever calls knows which rows are whose."""

    def __init__(self, capacity: int, slots: int, item: tuple[int, ...], dtype: DTypeLike, limits: Limits) -> None:
        self._limits = limits
        # Filled, not np.zeros, which takes the pages later: what is not enough memory shows at the start.
        self._items: Floats = np.full((capacity, slots, *item), 0, dtype)
        self._kinds: Codes = np.zeros((capacity, slots), np.int8)
        self._frames: Whole = np.zeros((capacity, slots), np.int64)
        self._begun: Whole = np.zeros((capacity, slots), np.int64)

    @property
    def nbytes(self) -> int:
        return self._items.nbytes + self._kinds.nbytes + self._frames.nbytes + self._begun.nbytes

    def at(self, rows: Whole) -> Contents:
        """A copy of what these objects have."""
        return Contents(self._items[rows], self._kinds[rows], self._frames[rows])

    def put(self, rows: Whole, places: Codes, frames: Whole, items: Floats) -> None:
        """Write one item for each of these objects, no object twice, newer than all they have, none of them nowhere."""
        slots, begins = self._slots_for(rows, places, frames)
        self._items[rows, slots] = items
        self._kinds[rows, slots] = places
        self._frames[rows, slots] = frames
        self._begun[rows, slots] = np.where(begins, frames, self._begun[rows, slots])

    def clear(self, rows: Whole) -> None:
        """Nothing is left of these objects, whatever was there."""
        self._items[rows], self._kinds[rows] = 0, Place.NOWHERE

    def drop_recent(self, rows: Whole) -> None:
        """Anchor and distractors stay."""
        which, slots = np.nonzero(self._kinds[rows] == Place.RECENT)
        self._items[rows[which], slots], self._kinds[rows[which], slots] = 0, Place.NOWHERE

    def _slots_for(self, rows: Whole, places: Codes, frames: Whole) -> tuple[Whole, Flags]:
        """The slot that each object's item goes to, and whether it begins a new memory there."""
        kinds, held = self._kinds[rows], self._frames[rows]
        recent, distractor, free = kinds == Place.RECENT, kinds == Place.DISTRACTOR, kinds == Place.NOWHERE
        free[:, ANCHOR_SLOT] = False
        newest = np.where(recent, held, -1).argmax(axis=1)
        stays = recent.any(axis=1) & (frames - self._begun[rows, newest] < self._limits.every)
        oldest_recent = np.where(recent, held, FAR).argmin(axis=1)
        oldest_distractor = np.where(distractor, held, FAR).argmin(axis=1)
        first_free = np.where(free.any(axis=1), free.argmax(axis=1), oldest_recent)
        crowded = recent.sum(axis=1) >= self._limits.recents
        full = distractor.sum(axis=1) >= self._limits.distractors
        for_recent = np.where(stays, newest, np.where(crowded, oldest_recent, first_free))
        for_distractor = np.where(full, oldest_distractor, first_free)
        slots = np.where(places == Place.RECENT, for_recent, for_distractor)
        slots[places == Place.ANCHOR] = ANCHOR_SLOT
        return slots, (places != Place.RECENT) | ~stays
