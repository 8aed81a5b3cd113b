"""What people of one stream have looked like, in arrays that are allocated once."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.tracking.appearance import NET_ROLES, Appearance, Floats, apart

MOST = 9  # looks that a prototype counts for: a further one has a tenth, BPBReID-StrongSORT's moving average of 0.9
FADES = 0.99  # of a part's visibility with each look that does not show it: after 70 it counts half
NEAR = 0.3  # so near is the same side of somebody in the same light: a cosine of 0.82
SHORT = 1e-3  # a mean of two that is no longer is one of opposites
VERSION = 1
LAST_ID, LAST_COUNT = 1 << 62, 1 << 48
KEPT = {  # of each id in a state: the type, which is the same on every machine
    "ids": "<i8",
    "added": "<i8",
    "looks": "<i8",
    "heard": "<i8",
    "roles": "<f2",
    "uses": "<i8",
    "visibility": "<f4",  # in half precision what is hardly visible would not be so at all
    "vectors": "<f2",
}
ROUNDED = 2e-3  # how far float16 and what it was made of lie apart, at most, in the length of a vector


class Look(NamedTuple):
    """What somebody looked like, once or several times."""

    vectors: Floats  # 1 + K, D
    visibility: Floats  # 1 + K
    times: int


class Gallery:
    """Some prototypes of each id, because people look different from the front and the back, near and far."""

    def __init__(self, capacity: int, prototypes: int, parts: int, size: int) -> None:
        self.capacity, self.prototypes, self.parts, self.size = capacity, prototypes, parts, size
        self._slots: dict[int, int] = {}  # of each id; the first so many slots are in use
        self._rows: dict[str, NDArray[Any]] = {
            name: np.zeros((capacity, *sides), np.int64 if kind == "<i8" else np.float32)
            for (name, kind), sides in zip(KEPT.items(), self._sides(), strict=True)
        }
        self._turn = 0
        self.refused = 0  # looks that were no numbers, or for which there was no room
        self.forgotten = 0  # ids, for want of room

    def _sides(self) -> list[tuple[int, ...]]:
        """Of one slot's part of each array, in the order of KEPT."""
        each = (self.prototypes, self.parts)
        return [(), (), (), (), (len(NET_ROLES),), (self.prototypes,), each, (*each, self.size)]

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, one: int) -> bool:
        return one in self._slots

    @property
    def ids(self) -> NDArray[np.int64]:
        """Who is in it, in the order of the columns of `distances`."""
        return np.array(self._rows["ids"][: len(self)], np.int64)

    # --- looks ------------------------------------------------------------------------------------

    def add(self, ids: Sequence[int], appearance: Appearance, keep: Collection[int] = ()) -> None:
        """A look of each; where there is no room the id longest not added to is forgotten, but for those to keep."""
        self._check(appearance)
        for row, (one, usable) in enumerate(zip(ids, appearance.usable.tolist(), strict=True)):
            slot = self._slot_for(one, keep) if usable else None
            if slot is None:
                self.refused += 1
                continue
            self._turn += 1
            self._rows["added"][slot] = self._turn
            self._rows["looks"][slot] += 1
            self._put(slot, Look(appearance.vectors[row], appearance.visibility[row], 1))
            if appearance.roles is not None:
                self._hear(slot, appearance.roles[row], 1)

    def distances(self, appearance: Appearance) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Ids, and from each look to each of them the least distance to a prototype; NaN: no opinion."""
        self._check(appearance)
        count, seen = len(self), appearance.visibility * appearance.usable[:, None]
        known = (self._rows[name][:count] for name in ("vectors", "visibility"))
        others, visible = (rows.reshape(count * self.prototypes, *rows.shape[2:]) for rows in known)
        each = apart(appearance.vectors, seen, others, visible).reshape(len(seen), count, self.prototypes)
        return self.ids, np.fmin.reduce(each, axis=2)

    def looks(self, ids: Iterable[int]) -> NDArray[np.int64]:
        """How many there were of each."""
        return np.array([self._rows["looks"][self._slots[one]] if one in self else 0 for one in ids], np.int64)

    def roles(self, ids: Iterable[int]) -> Floats:
        """Mean probabilities of each, in the order of NET_ROLES; NaN where nothing is known."""
        slots = np.array([self._slots.get(one, -1) for one in ids], np.int64)
        known = (slots >= 0) & (self._rows["heard"][slots] > 0)
        return np.where(known[:, None], self._rows["roles"][slots], np.float32(np.nan))

    def _check(self, appearance: Appearance) -> None:
        if appearance.vectors.shape[1:] != (self.parts, self.size):
            raise ValueError(
                f"looks of {list(appearance.vectors.shape[1:])} do not go into a gallery of {[self.parts, self.size]}"
            )

    # --- prototypes -------------------------------------------------------------------------------

    def _put(self, slot: int, look: Look) -> None:
        """Into the nearest prototype if it is near, else into one that is free, else into the nearest all the same.

        None gives way: where looks of one side are no nearer than NEAR to each other, each would push out the one
        before, while what goes into the nearest averages out. What is only once in it is soon outvoted.
        """
        rows = self._rows
        mine, used = rows["uses"][slot], rows["uses"][slot] > 0
        far = apart(look.vectors[None], look.visibility[None], rows["vectors"][slot], rows["visibility"][slot])[0]
        far = np.where(used & ~np.isnan(far), far, np.inf)
        best = int(far.argmin())
        if far[best] > NEAR and not used.all():
            best = int(used.argmin())
        elif np.isinf(far[best]):
            best = int(mine.argmax())  # no part in common with any: the look adds parts to the best known
        blended(Look(rows["vectors"][slot, best], rows["visibility"][slot, best], int(mine[best])), look)
        mine[best] += look.times

    def _hear(self, slot: int, role: Floats, times: int) -> None:
        """Into the mean, if it is a probability of each role."""
        if np.isfinite(role).all() and (role >= 0).all() and abs(float(role.sum()) - 1) < 0.1:
            heard = self._rows["heard"]
            heard[slot] += times
            self._rows["roles"][slot] += (role - self._rows["roles"][slot]) * (times / heard[slot])

    # --- ids --------------------------------------------------------------------------------------

    def _slot_for(self, one: int, keep: Collection[int] = ()) -> int | None:
        """Of a new id the next free slot; None if everybody is to be kept."""
        if one in self._slots:
            return self._slots[one]
        if len(self) == self.capacity:
            added = self._rows["added"]
            given = [(added[slot], other) for other, slot in self._slots.items() if other not in keep]
            if not given:
                return None
            self.forget([min(given)[1]])
            self.forgotten += 1
        slot = self._slots[one] = len(self)
        self._rows["ids"][slot] = one
        return slot

    def forget(self, ids: Iterable[int]) -> None:
        """Whoever is in it of these; the last slot goes into the hole."""
        for one in ids:
            hole = self._slots.pop(one, None)
            if hole is None:
                continue
            last = len(self)
            for rows in self._rows.values():
                rows[hole] = rows[last]
                rows[last] = 0
            if hole != last:
                self._slots[int(self._rows["ids"][hole])] = hole

    def merge(self, into: int, other: int) -> None:
        """The second was the first all along: it has the looks of both."""
        if into == other or other not in self:
            return
        if into not in self:
            self.rename(other, into)
            return
        rows, slot, theirs = self._rows, self._slots[into], self._slots[other]
        for best in np.argsort(-rows["uses"][theirs], kind="stable").tolist():
            if uses := int(rows["uses"][theirs, best]):
                self._put(slot, Look(rows["vectors"][theirs, best], rows["visibility"][theirs, best], uses))
        if rows["heard"][theirs]:
            self._hear(slot, rows["roles"][theirs], int(rows["heard"][theirs]))
        rows["looks"][slot] += rows["looks"][theirs]
        rows["added"][slot] = max(rows["added"][slot], rows["added"][theirs])
        self.forget([other])

    def swap(self, first: int, second: int) -> None:
        """Each has the other's looks."""
        if first == second:
            return
        slots = {second: self._slots.pop(first, None), first: self._slots.pop(second, None)}
        for one, slot in slots.items():
            if slot is not None:
                self._slots[one] = slot
                self._rows["ids"][slot] = one

    def rename(self, old: int, new: int) -> None:
        """The looks of one are those of a new id; there may be none."""
        if new in self and new != old:
            raise ValueError(f"{old} cannot be called {new}: the gallery has looks of both; merge them")
        self.swap(old, new)

    # --- from one process to the next -------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What is to be known after a restart, in numbers and bytes; vectors in half precision."""
        kept = {name: self._rows[name][: len(self)].astype(kind).tobytes() for name, kind in KEPT.items()}
        sides = {"prototypes": self.prototypes, "parts": self.parts, "size": self.size}
        return {"version": VERSION, "count": len(self), "turn": self._turn, **sides, **kept}

    @classmethod
    def restored(cls, state: Mapping[str, Any], capacity: int, prototypes: int, parts: int, size: int) -> "Gallery":
        """A gallery as it was; ValueError if this is no state of one of these sides."""
        if not isinstance(state, Mapping):
            raise ValueError("a gallery is no table")
        gallery = cls(capacity, prototypes, parts, size)
        wanted = {"version": VERSION, "prototypes": prototypes, "parts": parts, "size": size}
        for name, value in wanted.items():
            if _whole(state, name) != value:
                raise ValueError(f"{name} of a gallery is {state[name]}, not {value}")
        count = _whole(state, "count")
        if not 0 <= count <= capacity:
            raise ValueError(f"count of a gallery is {count}; there is room for {capacity}")
        for (name, kind), sides in zip(KEPT.items(), gallery._sides(), strict=True):
            gallery._rows[name][:count] = _read(state, name, kind, (count, *sides))
        gallery._turn = _whole(state, "turn")
        gallery._slots = {one: slot for slot, one in enumerate(gallery._rows["ids"][:count].tolist())}
        gallery._check_restored(count)
        return gallery

    def _check_restored(self, count: int) -> None:
        """What the others rely on; vectors are of length 1 again."""
        rows = {name: rows[:count] for name, rows in self._rows.items()}
        lengths = np.sqrt(np.einsum("spkd,spkd->spk", rows["vectors"], rows["vectors"]))
        seen, used, roles = rows["visibility"], rows["uses"] > 0, rows["roles"]
        right = {
            "ids": len(self) == count and ((rows["ids"] >= 0) & (rows["ids"] < LAST_ID)).all(),
            "turn": 0 <= self._turn < LAST_COUNT,
            "added": ((rows["added"] > 0) & (rows["added"] <= self._turn)).all(),
            "looks": ((rows["looks"] > 0) & (rows["looks"] < LAST_COUNT)).all(),
            "uses": ((rows["uses"] >= 0) & (rows["uses"] < LAST_COUNT)).all() and used.any(1).all(),
            "heard": ((rows["heard"] >= 0) & (rows["heard"] < LAST_COUNT)).all(),
            "roles": ((roles >= 0) & (roles <= 1)).all(),
            "visibility": ((seen >= 0) & (seen <= 1)).all() and (used == (seen > 0).any(2)).all(),
            "vectors": ((seen == 0) | (np.abs(lengths - 1) < ROUNDED)).all(),
        }
        for name, is_right in right.items():
            if not is_right:
                raise ValueError(f"{name} of a gallery cannot be what they are in this state")
        rows["vectors"] /= np.where(lengths > SHORT, lengths, 1)[..., None]


def blended(ours: Look, theirs: Look) -> None:
    """Put looks into a prototype, part by part; each counts by how often and how well it was seen."""
    old, new = (look.visibility * min(look.times, MOST) for look in (ours, theirs))
    share = np.divide(new, old + new, out=np.zeros_like(new), where=new > 0)[:, None]
    mean = ours.vectors + (theirs.vectors - ours.vectors) * share
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    mean = np.where(length > SHORT, mean / np.maximum(length, SHORT), theirs.vectors)
    ours.vectors[:] = np.where(new[:, None] > 0, mean, ours.vectors)
    ours.visibility[:] = np.maximum(ours.visibility * FADES**theirs.times, theirs.visibility)


def _whole(state: Mapping[str, Any], name: str) -> int:
    number = state.get(name)
    if not isinstance(number, int) or isinstance(number, bool):
        raise ValueError(f"{name} of a gallery is no whole number")
    return number


def _read(state: Mapping[str, Any], name: str, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """The numbers of one array."""
    raw, numbers = state.get(name), math.prod(shape)
    if not isinstance(raw, bytes) or len(raw) != numbers * np.dtype(kind).itemsize:
        raise ValueError(f"{name} of a gallery are not the bytes of {list(shape)} numbers")
    read = np.frombuffer(raw, kind).reshape(shape)
    if not np.isfinite(read).all():
        raise ValueError(f"{name} of a gallery are not all finite numbers")
    return read
