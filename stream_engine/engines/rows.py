"""Writes a row into the user's manifest and leaves everything else in it as it is."""

import contextlib
import fcntl
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from stream_engine.engines import MANIFEST, OFF, OWN, EngineError, Model, read, read_row

HEADER = re.compile(r"\s*\[")
MODEL = re.compile(r"\s*\[\[\s*models\s*\]\]")
PART_OF_MODEL = re.compile(r"\s*\[\s*models\s*\.")
BARE = re.compile(r"[A-Za-z0-9_-]+")


def add_row(row: Mapping[str, Any], folder: Path, made: Path | None = None) -> Path:
    """Put one [[models]] row into the user's manifest in this folder, in the place of the one of its name.

    `made`: its file, on the same disk, which goes to its place together with the row.
    """
    path = folder / OWN
    model = read_row(Model, dict(row), path, folder)
    in_the_way(model.name, model.file, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            fresh = _written(model, path, folder)
            if made:
                made.replace(model.path)
            fresh.replace(path)
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}") from None
    return path


def in_the_way(name: str, file: str, folder: Path) -> str:
    """What a model of this name with this file would replace; an error where there can be none in this folder."""
    path, place = folder / OWN, folder / file
    known = read(path, folder)
    if name == OFF:
        raise EngineError(f"{path}: {OFF!r} is what a stage without a model says; give yours another name")
    if name in {row.name for row in read(MANIFEST, folder).rows}:
        raise EngineError(f"{path}: {name!r} is the name of one that is built in; give yours another")
    if name in {row.name for row in known.weights}:
        raise EngineError(f"{path}: {name!r} is the name of [[weights]] there; give the model another")
    if others := [row.name for row in known.rows if row.path == place and row.name != name]:
        raise EngineError(f"{path}: {place} is the file of {others[0]!r}; give the model another name")
    if name in {row.name for row in known.models}:
        return f"the row {name!r} of {path}"
    return str(place) if place.exists() else ""


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _written(model: Model, path: Path, folder: Path) -> Path:
    """The manifest with the row, beside the one that there is."""
    others = [row for row in read(path, folder).rows if row.name != model.name]
    before = path.read_text("utf-8") if path.exists() else "# Models of your own; see docs/engines.md.\n"
    fresh = path.with_name(f"{OWN}.new")
    fresh.write_text(_with_row(before, model), "utf-8")
    after = read(fresh, folder).rows
    if {row.name: row for row in after} != {row.name: row for row in (*others, model)}:
        raise EngineError(f"{path}: the row could not be put in without touching others; it is in {fresh}")
    return fresh


def _with_row(before: str, model: Model) -> str:
    lines = before.split("\n")
    start, end = _block(lines, model.name)
    head, tail = "\n".join(lines[:start]).rstrip("\n"), "\n".join(lines[end:]).strip("\n")
    return "\n\n".join(filter(None, (head, written(model), tail))) + "\n"


def _block(lines: list[str], name: str) -> tuple[int, int]:
    """From where to where the row of this name goes; the end of the file, twice, if there is none."""
    starts = [at for at, line in enumerate(lines) if MODEL.match(line)]
    for start in starts:
        rest = range(start + 1, len(lines))
        end = next((at for at in rest if HEADER.match(lines[at]) and not PART_OF_MODEL.match(lines[at])), len(lines))
        while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
            end -= 1  # a comment above the next row belongs to that
        if _name("\n".join(lines[start:end])) == name:
            return start, end
    return len(lines), len(lines)


def _name(block: str) -> object:
    try:
        return tomllib.loads(block)["models"][0].get("name")
    except tomllib.TOMLDecodeError:
        return None  # not a row by itself; what is written is compared with what was there


def written(model: Model) -> str:
    """The row as TOML."""
    said = _builtins(model)
    tables = {key: value for key, value in said.items() if isinstance(value, dict)}
    lines = ["[[models]]", *(f"{key} = {_value(value)}" for key, value in said.items() if key not in tables)]
    for name, table in tables.items():
        lines += ["", f"[models.{name}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines)


def _builtins(model: Model) -> dict[str, Any]:
    """What the row says, without what it says by leaving it out."""
    needed = {field.name for field in msgspec.structs.fields(Model) if field.required}
    said = msgspec.to_builtins(model, enc_hook=str)
    return {
        key: value
        for key, value in said.items()
        if key in needed or (value not in (None, (), [], {}) and key != "folder")
    }


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _value(key)
