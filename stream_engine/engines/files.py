"""The files of models: whether they are there, and are those that the manifest means."""

import hashlib
from pathlib import Path
from typing import Literal

from stream_engine.engines.manifests import Checksum, EngineError, Model, Weights, regular
from stream_engine.engines.outside import outside

BLOCK = 1 << 20

State = Literal["built in", "there", "missing", "damaged", "not the manifest's file"]


def verify(row: Model | Weights) -> None:
    """The file is there, and is the one that the manifest means."""
    if wrong := look(row)[1]:
        remedy = f"; run: stream-engine engines pull {row.name}" if row.url else ""
        raise EngineError(f"{row.name}: {wrong}{remedy}")
    if wrong := not_whole(row):
        raise EngineError(f"{row.name}: {wrong}")


def not_whole(row: Model | Weights) -> str:
    """That the file of a model needs another one, if it does; the checksum says nothing about that."""
    if not isinstance(row, Model) or not (other := outside(row.path)):
        return ""
    return (
        f"{row.path} takes weights from another file, {other!r}, which its checksum does not cover; save it as one, "
        f"with onnx.save(onnx.load(FILE), FILE), and correct sha256 in its row"
    )


def look(row: Model | Weights) -> tuple[State, str]:
    """How the file of a row is, and what is wrong with it, if anything."""
    try:
        other = unlike(row, row.path)
    except (FileNotFoundError, NotADirectoryError):
        return "missing", f"its file {row.path} is missing"
    except OSError as error:
        return "damaged", f"{row.path} cannot be read: {error.strerror}"
    if not other:
        return "there" if row.own else "built in", ""
    size = row.path.stat().st_size
    if size < (row.bytes or 1):
        return "damaged", f"{row.path} is cut off: {size} bytes" + (f" of {row.bytes}" if row.bytes else "")
    return "not the manifest's file", f"{row.path} is another file than the manifest's: {other}"


def missing(row: Model | Weights) -> bool:
    """Whether nothing is where its file belongs."""
    try:
        row.path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:  # something is there, or what is cannot be known: `look` says why
        return False
    return False


def unlike(row: Model | Weights, path: Path) -> str:
    """What tells this file from the one that the row means; nothing if it is that one."""
    kind, wanted = row.checksum
    found = digest(path, kind)
    return "" if found == wanted else f"{kind} {found[:12]}… instead of {wanted[:12]}…"


def digest(path: Path, kind: Checksum = "sha256") -> str:
    """The checksum of a file."""
    hashed = hashlib.new(kind, usedforsecurity=kind != "md5")
    with regular(path).open("rb") as file:
        while block := file.read(BLOCK):
            hashed.update(block)
    return hashed.hexdigest()
