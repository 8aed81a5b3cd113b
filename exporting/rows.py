"""From an exported file to its row of the manifest."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from exporting.checkpoints import CheckpointError, Opened
from exporting.onnx_file import INPUT, Written
from stream_engine.engines import digest
from stream_engine.messages import Role

# What makers call them, in small letters.
NAMES: dict[str, Role] = {
    "person": "player",
    "player": "player",
    "goalkeeper": "goalkeeper",
    "keeper": "goalkeeper",
    "referee": "referee",
    "ball": "ball",
    "sports ball": "ball",
}
THRESHOLDS: dict[Role, float] = {"player": 0.35, "goalkeeper": 0.35, "referee": 0.35, "other": 0.35, "ball": 0.3}


class Told(NamedTuple):
    """What only a person knows about a model."""

    source: str
    licence: str


def roles_of(classes: Sequence[str], asked: Sequence[str]) -> dict[str, Role]:
    """Which classes are what to us: those with a usual name, and CLASS=ROLE where that is asked for."""
    roles = {name: NAMES[name.lower()] for name in classes if name.lower() in NAMES}
    for pair in asked:
        name, _, role = pair.rpartition("=")
        if name not in classes or role not in get_args(Role):
            raise CheckpointError(
                f"--role {pair}: CLASS=ROLE with one of the classes {', '.join(sorted(set(classes)))} "
                f"and one of the roles {', '.join(get_args(Role))} is needed"
            )
        roles[name] = role  # type: ignore[assignment]  # just checked
    if not roles:
        raise CheckpointError(
            f"none of the classes {', '.join(sorted(set(classes)))} has a name that is known; say --role CLASS=ROLE"
        )
    return roles


def row_of(told: Told, opened: Opened, roles: Mapping[str, Role], written: Written) -> dict[str, Any]:
    """The row, as the manifest holds it."""
    row = file_row(told, written.path) | {
        "task": "detect",
        "family": opened.family,
        "inputs": {INPUT: {"dtype": "float32", "shape": ["batch", 3, written.side, written.side]}},
        "outputs": {name: {"dtype": "float32", "shape": ["batch", *sides]} for name, sides in written.outputs.items()},
        "thresholds": {role: THRESHOLDS[role] for role in dict.fromkeys(roles.values())},
        "classes": list(opened.classes),
        "roles": dict(roles),
    }
    return row if opened.background is None else row | {"background": opened.background}


def file_row(told: Told, path: Path) -> dict[str, Any]:
    """What a row says of its file; the file's name without its ending is the model's."""
    return {
        "name": path.stem,
        "file": path.name,
        "source": told.source,
        "licence": told.licence,
        "sha256": digest(path),
        "bytes": path.stat().st_size,
        "precision": "fp32",
    }
