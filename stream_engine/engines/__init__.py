"""The manifest of models: what each is, where its file is, what goes in and what comes out."""

import hashlib
import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from stream_engine.messages import Role

HERE = Path(__file__).parent
MANIFEST = HERE / "models.toml"
BLOCK = 1 << 20

Task = Literal["detect"]
Family = Literal["nano", "rfdetr", "dfine", "rtdetr", "yolo"]
Kind = Literal["uint8", "float32", "int64"]


class EngineError(Exception):
    """A model cannot be used: which, why, and what to do."""


class TensorSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input or output: its element type and its sides; a name stands for a side that may vary."""

    dtype: Kind
    shape: tuple[int | str, ...]


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of the manifest."""

    name: str
    task: Task
    family: Family
    file: str  # below the folder of the manifest
    source: str
    licence: str
    sha256: str
    precision: Literal["fp32", "int8"]
    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]
    thresholds: dict[str, float]  # of the roles, where the configuration names none
    classes: tuple[str, ...] = ()  # what the columns of its scores are, in their order, as its maker calls them
    roles: dict[str, Role] = {}  # which of those classes are what to us; the others are not looked for
    background: int | None = None  # the column that means "nothing", where there is one
    url: str | None = None  # where the file can be had, if it is not built in

    @property
    def path(self) -> Path:
        return HERE / self.file


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    models: tuple[Model, ...]


def manifest(path: Path = MANIFEST) -> Manifest:
    """The manifest, checked."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Manifest)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise EngineError(f"{path}: {error}") from None


def model(name: str, task: Task) -> Model:
    """The model of this name for this task, its file checked."""
    fitting = {row.name: row for row in manifest().models if row.task == task}
    if name not in fitting:
        raise EngineError(f"there is no model {name!r} for {task}; there are: {', '.join(sorted(fitting)) or 'none'}")
    verify(fitting[name])
    return fitting[name]


def verify(row: Model) -> None:
    """The file is there, and is the one that the manifest means."""
    if not row.path.is_file():
        raise EngineError(f"{row.name}: its file {row.path} is missing")
    found = digest(row.path)
    if found != row.sha256:
        raise EngineError(f"{row.name}: {row.path} is another file than the manifest's: sha256 {found[:12]}…")


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            hashed.update(block)
    return hashed.hexdigest()
