"""The bank: memories of so many objects of any streams, gathered for a net by one index and written by rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.models.memory.evidence import Flags, Floats, Whole
from stream_engine.models.memory.rules import Decisions, Past, Reason
from stream_engine.models.memory.settings import MemoryConfig
from stream_engine.models.memory.shelf import Limits, Place, Shelf
from stream_engine.models.memory.spec import MemorySpec

Handles = Sequence[int] | Whole
NEVER = -(2**62)  # before any frame, by more than any gap
AREAS = 10  # that the usual one is the median of; DAM4SAM


class Gathered(NamedTuple):
    """What a net takes of N objects; a net without pointers has none of them."""

    features: Floats  # N, slots, sides of one memory
    slot_valid: Flags  # N, slots; where False, features are zero
    slot_tpos: NDArray[np.int32]  # N, slots
    pointers: Floats  # N, pointers, width
    pointer_valid: Flags  # N, pointers
    pointer_dist: NDArray[np.float32]  # N, pointers: frames back, in spans


class Bank:
    """All space is taken at the start; an object has a row of it from `open` to `close`.

    handles → gather → net → evidence → decide(evidence, past, settings) → write
    """

    def __init__(self, spec: MemorySpec, capacity: int, settings: MemoryConfig) -> None:
        if capacity < 1:
            raise ValueError(f"capacity: {capacity} objects; at least 1 is needed")
        self._spec, self._capacity, self._most_distractors = spec, capacity, _distractors(spec, settings)
        every = 1 if settings.mode == "recall" else settings.recent_every
        limits = Limits(self._most_distractors, spec.recents, every)
        self._memories = Shelf(capacity, spec.slots, spec.features, spec.dtype, limits)
        # A pointer of every written frame: what comes beyond the last slot pushes out the oldest recent one.
        limits = limits._replace(recents=max(spec.pointers - 1, 1), every=1)
        self._pointers = Shelf(capacity, spec.pointers, (spec.pointer_width,), spec.dtype, limits)
        self._latest: Whole = np.full(capacity, NEVER, np.int64)
        self._distractor_frame: Whole = np.full(capacity, NEVER, np.int64)
        self._areas: NDArray[np.float64] = np.full((capacity, AREAS), np.nan)  # newest first
        self._generation: Whole = np.zeros(capacity, np.int64)
        self._is_open: Flags = np.zeros(capacity, np.bool_)
        self._free = list(range(capacity))[::-1]

    def __len__(self) -> int:
        """How many objects are open."""
        return self._capacity - len(self._free)

    @property
    def memory_bytes(self) -> int:
        """What the bank takes; it stays the same from start to end."""
        small = (self._latest, self._distractor_frame, self._areas, self._generation, self._is_open)
        return self._memories.nbytes + self._pointers.nbytes + sum(array.nbytes for array in small)

    # --- the life of an object ------------------------------------------------------------------

    def open(self) -> int | None:
        """The handle of a new object without memories; None if the bank is full, which is for the caller to count."""
        if not self._free:
            return None
        row = self._free.pop()
        self._is_open[row] = True
        self._clear(np.array([row]))
        return int(self._generation[row]) * self._capacity + row

    def close(self, handle: int) -> None:
        """The object is gone; its handle is never given out again."""
        (row,) = self._rows([handle]).tolist()
        self._is_open[row] = False
        self._generation[row] += 1
        self._free.append(row)

    def cut(self, handles: Handles) -> None:
        """The camera changed: what was recent is dropped; anchor and distractors wait for the object's return."""
        rows = self._rows(handles)
        self._memories.drop_recent(rows)
        self._pointers.drop_recent(rows)
        self._areas[rows] = np.nan

    # --- frame by frame -------------------------------------------------------------------------

    def gather(self, handles: Handles, frames: int | Whole) -> Gathered:
        """What the net takes of these objects, on frame `frames` of their streams."""
        rows = self._rows(handles)
        now = self._frames(rows, frames)
        if len(early := np.flatnonzero(now < self._latest[rows])):
            raise ValueError(f"frame {now[early[0]]}: the object has been written up to {self._latest[rows][early[0]]}")
        memories, pointers = self._memories.at(rows), self._pointers.at(rows)
        tpos = memories.ranks()
        tpos[memories.kinds == Place.ANCHOR] = self._spec.anchor_index
        tpos[memories.kinds == Place.DISTRACTOR] = self._spec.distractor_index
        back = np.where(pointers.there, now[:, None] - pointers.frames, 0) / self._spec.pointer_span
        return Gathered(
            memories.items,
            memories.there,
            tpos.astype(np.int32),
            pointers.items,
            pointers.there,
            back.astype(np.float32),
        )

    def past(self, handles: Handles) -> Past:
        """What the rules need to know of these objects."""
        rows = self._rows(handles)
        areas = np.sort(self._areas[rows], axis=1)  # what is no number goes last
        known = AREAS - np.isnan(areas).sum(axis=1)
        each = np.arange(len(rows))
        usual = (areas[each, np.maximum(known - 1, 0) // 2] + areas[each, np.minimum(known // 2, AREAS - 1)]) / 2
        return Past(self._distractor_frame[rows], usual)

    def write(
        self, handles: Handles, decisions: Decisions, features: Floats, pointers: Floats | None = None
    ) -> Decisions:
        """Remember what was decided; `features` and `pointers` are of `decisions.rows`, in their order.

        Answers with what was done: a memory that is not finite is refused.
        """
        rows = self._rows(handles)
        self._check(rows, decisions)
        wanted = decisions.rows
        if (pointers is None) == (self._spec.pointers > 0):
            told = "there are none" if pointers is None else "there are some"
            raise ValueError(f"pointers: {told}, but the bank has {self._spec.pointers} slots for them")
        if pointers is None:
            pointers = np.zeros((len(wanted), self._spec.pointer_width))
        memories = _as_kept(features, (len(wanted), *self._spec.features), self._spec.dtype, "features")
        summaries = _as_kept(pointers, (len(wanted), self._spec.pointer_width), self._spec.dtype, "pointers")
        sound = _finite(memories) & _finite(summaries)
        done = decisions.refused(wanted[~sound], Reason.NOT_FINITE)
        self._latest[rows] = decisions.frame
        self._put(rows, done, memories[sound], summaries[sound])
        return done

    def _put(self, rows: Whole, done: Decisions, memories: Floats, summaries: Floats) -> None:
        written = rows[done.rows]
        places, frames, areas = done.place[done.rows], done.frame[done.rows], done.area[done.rows]
        self._memories.put(written, places, frames, memories)
        if self._spec.pointers:
            self._pointers.put(written, places, frames, summaries)
        apart = places == Place.DISTRACTOR
        self._distractor_frame[written[apart]] = frames[apart]
        seen = np.isfinite(areas) & (areas > 0)
        self._areas[written[seen], 1:] = self._areas[written[seen], :-1]
        self._areas[written[seen], 0] = areas[seen]

    def _clear(self, rows: Whole) -> None:
        self._memories.clear(rows)
        self._pointers.clear(rows)
        self._latest[rows], self._distractor_frame[rows], self._areas[rows] = NEVER, NEVER, np.nan

    # --- what is refused ------------------------------------------------------------------------

    def _rows(self, handles: Handles) -> Whole:
        given = np.asarray(handles)
        if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
            raise ValueError(f"handles: a list of whole numbers is needed, not {given.dtype} {list(given.shape)}")
        generations, rows = np.divmod(given.astype(np.int64), self._capacity)
        bad = ~self._is_open[rows] | (generations != self._generation[rows])
        if len(which := np.flatnonzero(bad)):
            closed = 0 <= generations[which[0]] < self._generation[rows[which[0]]]
            raise ValueError(f"handle {given[which[0]]}: {'its object was closed' if closed else 'it is unknown'}")
        return rows

    def _frames(self, rows: Whole, frames: int | Whole) -> Whole:
        given = np.asarray(frames)
        if given.dtype.kind not in "iu" or given.shape not in ((), rows.shape) or (given.size and given.min() < 0):
            raise ValueError(f"frames: a number from 0 on is needed, or one for each of {len(rows)} objects")
        return np.broadcast_to(given.astype(np.int64), rows.shape)

    def _check(self, rows: Whole, decisions: Decisions) -> None:
        for name, array in decisions._asdict().items():
            if array.shape != rows.shape:
                raise ValueError(f"decisions: {name} is {list(array.shape)}, but there are {len(rows)} handles")
        if len(np.unique(rows)) < len(rows):
            raise ValueError("handles: one is there twice; an object is written once a frame")
        now = self._frames(rows, decisions.frame)
        if len(early := np.flatnonzero(now <= self._latest[rows])):
            raise ValueError(f"frame {now[early[0]]}: the object has been written up to {self._latest[rows][early[0]]}")
        if not self._most_distractors and (decisions.place == Place.DISTRACTOR).any():
            raise ValueError("decisions: a distractor's frame, but the bank's settings keep none")


def _distractors(spec: MemorySpec, settings: MemoryConfig) -> int:
    """How many such frames there may be; an anchor and a recent one have to find room beside them."""
    most = settings.distractors if settings.mode == "selective" else 0
    for name, slots in (("slots", spec.slots), ("pointers", spec.pointers)):
        if slots and slots < most + 2:
            raise ValueError(f"{name}: {slots} leave no recent one beside an anchor and {most} distractors")
    return most


def _as_kept(given: Floats, shape: tuple[int, ...], dtype: str, name: str) -> Floats:
    if given.shape != shape:
        raise ValueError(
            f"{name} are {list(given.shape)}, but {list(shape)} are needed: one for each row to be written"
        )
    with np.errstate(over="ignore"):  # too large for half precision becomes infinite, which is refused by name
        kept: Floats = given.astype(dtype, copy=False)
    return kept


def _finite(items: Floats) -> Flags:
    return np.asarray(np.isfinite(items).all(axis=tuple(range(1, items.ndim))), np.bool_)
