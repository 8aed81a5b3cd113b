"""A tracker in bytes and numbers, for whoever takes it up; and back, if they are what they should be."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from stream_engine.tracking.motion import Motion
from stream_engine.tracking.people import People

MOST_ROWS = 20_000
LAST = 1 << 62
MOST_COUNT = 1 << 48
MOST_DOUBT = 1e3  # no place is that unsure
KINDS = {"b": "|b1", "i": "<i8", "f": "<f8"}
SIDES: dict[str, tuple[int, ...]] = {"at": (2,), "size": (2,), "velocity": (2,), "doubt": (3,)}


class StateError(ValueError):
    """What of a state cannot be."""


def of_people(people: People) -> dict[str, Any]:
    """Every array by its name."""
    parts = {part.name: getattr(people, part.name) for part in fields(People) if part.name != "motion"}
    parts |= {part.name: getattr(people.motion, part.name) for part in fields(Motion)}
    return {"count": len(people)} | {name: array.astype(_kind(array)).tobytes() for name, array in parts.items()}


def people_of(state: Any) -> People:
    """People as they were; StateError if the bytes cannot be any."""
    given = table(state, "people")
    count = whole(given, "count", MOST_ROWS)
    nobody = People.nobody()
    parts = {
        p.name: _array(given, p.name, getattr(nobody, p.name), count) for p in fields(People) if p.name != "motion"
    }
    motion = Motion(*(_array(given, p.name, getattr(nobody.motion, p.name), count) for p in fields(Motion)))
    if len(set(parts["ids"].tolist())) != count or (parts["ids"] < 0).any():
        raise StateError("ids: one is there twice, or below 0")
    people = People(motion=motion, **parts)
    _check(people)
    return people


def _check(people: People) -> None:
    """What the others rely on."""
    place, both, speed = people.motion.doubt.T
    if not people.somewhere.all():
        raise StateError("motion: somebody is nowhere")
    if (np.abs(people.motion.doubt) > MOST_DOUBT).any() or (place < 0).any() or (speed < 0).any():
        raise StateError("doubt: one is below 0, or beyond all bounds")
    if (both**2 > 1.01 * place * speed + 1e-9).any():
        raise StateError("doubt: of place and velocity together more than of each")
    for name in ("seen", "unseen", "unlooked", "open"):
        numbers = getattr(people, name)
        if ((numbers < 0) | (numbers > MOST_COUNT)).any():
            raise StateError(f"{name}: a number is below 0, or beyond all bounds")
    if (people.objects < -1).any():
        raise StateError("objects: a number is below -1")


def table(given: Any, name: str) -> Mapping[str, Any]:
    """A table of a state."""
    if not isinstance(given, Mapping):
        raise StateError(f"{name}: not a table")
    return given


def whole(given: Mapping[str, Any], name: str, most: int = LAST) -> int:
    """A number of a table, from 0."""
    number = given.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= most:
        raise StateError(f"{name}: {number!r} is no whole number from 0 to {most}")
    return number


def wholes(given: Mapping[str, Any], name: str, counts: Collection[int] = ()) -> list[int]:
    """Numbers of a table, each from 0; as many as one of these counts says, or any."""
    numbers = given.get(name)
    if not isinstance(numbers, list | tuple) or (counts and len(numbers) not in counts):
        raise StateError(f"{name}: not a list of so many numbers")
    return [whole({name: number}, name) for number in numbers]


def _kind(array: Any) -> str:
    return KINDS[array.dtype.kind]


def _array(given: Mapping[str, Any], name: str, like: Any, count: int) -> Any:
    raw, sides, kind = given.get(name), (count, *SIDES.get(name, ())), _kind(like)
    if not isinstance(raw, bytes) or len(raw) != int(np.prod(sides)) * np.dtype(kind).itemsize:
        raise StateError(f"{name}: not the bytes of {list(sides)} numbers")
    if kind == KINDS["b"] and max(raw, default=0) > 1:
        raise StateError(f"{name}: neither yes nor no")
    array = np.frombuffer(raw, kind).reshape(sides)
    if not np.isfinite(array).all():
        raise StateError(f"{name}: not all are numbers")
    return array.astype(like.dtype)
