"""What msgspec complains of, in words for whoever wrote the file."""

import difflib
import re
from collections.abc import Collection
from typing import Any, Literal, get_args, get_origin

import msgspec

PLACE = re.compile(r" - at (?:`key` in )?`\$(.*)`$")  # the end of a complaint: where in the file
INDEX = re.compile(r"\[[^]]*\]")


def readable(complaint: str, table: type[msgspec.Struct], place: str = "", unsaid: Collection[str] = ()) -> str:
    """The complaint with its key as it stands in the file, and what may have been meant.

    `place`: where the table stands; `unsaid`: its fields that no file may give.
    """
    found = PLACE.search(complaint)
    what, path = (complaint[: found.start()], found[1]) if found else (complaint, "")
    path = path.replace("[...]", "").lstrip(".")
    key = ".".join(filter(None, (place, path)))
    holder, kind = _at(table, path)
    unknown = re.search(r"unknown field `(.*)`", what)
    if unknown or path in unsaid:
        name = unknown[1] if unknown else path
        where = ".".join(filter(None, (key, name))) if unknown else key
        return f"{where}: unknown key; {meant(name, [each for each in holder.__struct_fields__ if each not in unsaid])}"
    allowed = f"; there are: {', '.join(_choices(kind))}" if what.startswith("Invalid enum value") else ""
    said = f"{what[:1].lower()}{what[1:]}{allowed}"
    return f"{key}: {said}" if key else said


def meant(name: str, known: Collection[str]) -> str:
    """Which of those that there are was probably meant; all of them if none is like it."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known) or 'none'}"


def _at(table: type[msgspec.Struct], path: str) -> tuple[type[msgspec.Struct], Any]:
    """The struct of the table that a path leads to, and the type of the last key on the way."""
    kind: Any = table
    for part in INDEX.sub("", path).split("."):
        kind = next((field.type for field in msgspec.structs.fields(table) if field.name == part), kind)
        inner = [each for each in (kind, *get_args(kind)) if hasattr(each, "__struct_fields__")]
        table = inner[0] if inner else table
    return table, kind


def _choices(kind: Any) -> list[str]:
    """The words that a value of this type may be."""
    if get_origin(kind) is Literal:
        return [str(word) for word in get_args(kind)]
    return [word for part in get_args(kind) for word in _choices(part)]
