"""The manifest of models: what each is, where its file is, what goes in and what comes out."""

import difflib
import hashlib
import os
import re
import tomllib
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from stream_engine.messages import Role

HERE = Path(__file__).parent
MANIFEST = HERE / "models.toml"
OWN = "models.toml"  # the user's manifest, in the engines folder
VARIABLE = "STREAM_ENGINE_ENGINES"
WEIGHTS = "weights"  # the folder for them, in the engines folder
BLOCK = 1 << 20

Task = Literal["detect"]
Family = Literal["nano", "rfdetr", "dfine", "rtdetr", "yolo"]
Kind = Literal["uint8", "float32", "int64"]
Checksum = Literal["sha256", "md5"]
State = Literal["built in", "there", "missing", "damaged", "not the manifest's file"]

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/?#]+[^\s]*\Z")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Md5 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
Size = Annotated[int, msgspec.Meta(ge=1)]


class EngineError(Exception):
    """A model cannot be used: which, why, and what to do."""


class TensorSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input or output: its element type and its sides; a name stands for a side that may vary."""

    dtype: Kind
    shape: tuple[int | str, ...]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What models and weights have in common: a file, where it can be had, and how it is known to be the right one."""

    name: Name
    file: str  # below the folder
    source: str
    licence: str
    sha256: Sha256 | None = None
    url: Url | None = None  # where the file can be had, if it is not built in
    bytes: Size | None = None  # how long the file is
    folder: Path = HERE  # filled in when the manifest is read: TOML has no paths, so no row can say it

    @property
    def path(self) -> Path:
        return self.folder / self.file

    @property
    def own(self) -> bool:
        """Whether it does not come with the package."""
        return self.folder != HERE

    @property
    def checksum(self) -> tuple[Checksum, str]:
        return "sha256", self.sha256 or ""


class Model(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A network that runs."""

    task: Task
    family: Family
    sha256: Sha256
    precision: Literal["fp32", "int8"]
    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]
    thresholds: dict[str, float]  # of the roles, where the configuration names none
    classes: tuple[str, ...] = ()  # what the columns of its scores are, in their order, as its maker calls them
    roles: dict[str, Role] = {}  # which of those classes are what to us; the others are not looked for
    background: int | None = None  # the column that means "nothing", where there is one


class Weights(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a publisher gives, from which a model is exported."""

    then: str  # what to do with them
    md5: Md5 | None = None  # where the publisher gives only that

    def __post_init__(self) -> None:
        if not (self.sha256 or self.md5):
            raise ValueError("sha256 or md5 is missing")

    @property
    def checksum(self) -> tuple[Checksum, str]:
        return ("sha256", self.sha256) if self.sha256 else ("md5", self.md5 or "")


class Manifest(msgspec.Struct, frozen=True):
    """What is built in and what is the user's."""

    models: tuple[Model, ...]
    weights: tuple[Weights, ...]

    @property
    def rows(self) -> tuple[Model | Weights, ...]:
        return (*self.models, *self.weights)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: tuple[dict[str, Any], ...] = ()
    weights: tuple[dict[str, Any], ...] = ()


def engines_folder() -> Path:
    """Where the user's models are, whether it exists or not."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser().absolute()
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(data).absolute() / "stream_engine/engines"


def manifest() -> Manifest:
    """Both manifests as one, checked."""
    home = engines_folder()
    built_in, own = read(MANIFEST, home), read(home / OWN, home)
    of_built_in = {row.name for row in built_in.rows}
    if both := [row.name for row in own.rows if row.name in of_built_in]:
        raise EngineError(f"{home / OWN}: {both[0]!r} is the name of one that is built in; give yours another")
    return Manifest(built_in.models + own.models, built_in.weights + own.weights)


def read(path: Path, home: Path) -> Manifest:
    """One manifest, checked; the user's need not be there."""
    try:
        raw = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    except (FileNotFoundError, NotADirectoryError) as error:
        if path == MANIFEST:
            raise EngineError(f"{path}: {error.strerror}; install stream-engine again") from None
        return Manifest((), ())
    except OSError as error:
        raise EngineError(f"{path}: cannot be read: {error.strerror}; {VARIABLE} names another folder") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EngineError(f"{path}: not valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise EngineError(f"{path}: {error}; its tables are [[models]] and [[weights]]") from None
    models = tuple(read_row(Model, table, path, path.parent) for table in raw.models)
    weights = tuple(read_row(Weights, table, path, home / WEIGHTS) for table in raw.weights)
    names = Counter(row.name for row in (*models, *weights))
    if doubled := [name for name, count in names.items() if count > 1]:
        raise EngineError(f"{path}: two rows are named {doubled[0]!r}")
    return Manifest(models, weights)


R = TypeVar("R", Model, Weights)


def read_row(kind: type[R], table: dict[str, Any], path: Path, folder: Path) -> R:
    """One row of the manifest at `path`, whose file lies below the folder."""
    place = f"{path}: {table['name']!r}" if "name" in table else f"{path}: a row without a name"
    try:
        row = msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise EngineError(f"{place}: {_readable(str(error), kind)}") from None
    file = PurePosixPath(row.file)
    if file.is_absolute() or ".." in file.parts or "\0" in row.file or str(file) in (".", OWN):
        raise EngineError(f"{place}: file = {row.file!r} must be a path below {folder}")
    return msgspec.structs.replace(row, folder=folder)


def _readable(complaint: str, kind: type[Row]) -> str:
    what, _, key = complaint.partition(" - at `$")
    key = key.strip(".`")
    unknown = re.search(r"unknown field `(.*)`", what)
    if not unknown and key != "folder":
        return f"{key}: {what}" if key else what
    name, keys = unknown[1] if unknown else key, [field for field in kind.__struct_fields__ if field != "folder"]
    near = difflib.get_close_matches(name, keys, n=1)
    return f"unknown key {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(keys)}")


def model(name: str, task: Task) -> Model:
    """The model of this name for this task, its file checked."""
    fitting = {row.name: row for row in manifest().models if row.task == task}
    if name not in fitting:
        raise EngineError(f"there is no model {name!r} for {task}; there are: {', '.join(sorted(fitting)) or 'none'}")
    verify(fitting[name])
    return fitting[name]


def weights(name: str) -> Weights:
    """The weights of this name, their file checked."""
    known = {row.name: row for row in manifest().weights}
    if name not in known:
        raise EngineError(f"there are no weights {name!r}; there are: {', '.join(sorted(known)) or 'none'}")
    verify(known[name])
    return known[name]


def verify(row: Model | Weights) -> None:
    """The file is there, and is the one that the manifest means."""
    if wrong := look(row)[1]:
        remedy = f"; run: stream-engine engines pull {row.name}" if row.url else ""
        raise EngineError(f"{row.name}: {wrong}{remedy}")


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


def unlike(row: Model | Weights, path: Path) -> str:
    """What tells this file from the one that the row means; nothing if it is that one."""
    kind, wanted = row.checksum
    found = digest(path, kind)
    return "" if found == wanted else f"{kind} {found[:12]}… instead of {wanted[:12]}…"


def digest(path: Path, kind: Checksum = "sha256") -> str:
    """The checksum of a file."""
    hashed = hashlib.new(kind, usedforsecurity=kind != "md5")
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            hashed.update(block)
    return hashed.hexdigest()
