"""The manifests, built in and the user's: what each model is, where its file is, what goes in and what comes out."""

import errno
import math
import os
import stat
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from stream_engine.complaints import meant, readable
from stream_engine.messages import Role

HERE = Path(__file__).parent
MANIFEST = HERE / "models.toml"
OWN = "models.toml"  # the user's manifest, in the engines folder
VARIABLE = "STREAM_ENGINE_ENGINES"
WEIGHTS = "weights"  # the folder for them, in the engines folder
OFF = "none"  # instead of a model's name: a stage without one
BOXES = "boxes"  # of propagate: no model either, the detector's boxes are followed
MOST_NUMBERS = 1 << 28  # in one tensor: a gigabyte of float32
MOST_SIDES = 8
LONGEST_PART, LONGEST = 240, 1000  # bytes of a file's name, which Linux ends at 255, and of its path below the folder
KEPT = (".part", ".part.version", ".new")  # endings of files that are not yet whole

MOTION = "motion"  # of associate: no model either, people are told by where they are
COLOURS = "colours"  # of tag: no model either, kits are told by their colours
WITHOUT_MODEL: dict[str, tuple[str, ...]] = {"propagate": (BOXES,), "associate": (MOTION,), "tag": (COLOURS,)}
Task = Literal["detect", "propagate", "associate", "tag"]
Kind = Literal["uint8", "int32", "int64", "float32", "bool"]
Checksum = Literal["sha256", "md5"]

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/?#]+[^\s]*\Z")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Md5 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
Size = Annotated[int, msgspec.Meta(ge=1, le=1 << 50)]
Threshold = Annotated[float, msgspec.Meta(gt=0, lt=1)]


class EngineError(Exception):
    """A model cannot be used: which, why, and what to do."""


class TensorSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input or output: its element type and its sides; a name stands for a side that may vary."""

    dtype: Kind
    shape: tuple[int | str, ...]

    def __post_init__(self) -> None:
        sides = [side for side in self.shape if isinstance(side, int)]
        if min(sides, default=1) < 1 or math.prod(sides) > MOST_NUMBERS or len(self.shape) > MOST_SIDES:
            raise ValueError(
                f"a shape has at most {MOST_SIDES} sides, each 1 or more, and {MOST_NUMBERS} numbers in all"
            )


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
    family: str  # one of those that the task's stage knows
    sha256: Sha256
    precision: Literal["fp32", "int8"]
    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]
    thresholds: dict[Role, Threshold]  # where the configuration names none
    classes: tuple[str, ...] = ()  # what the columns of its scores are, in their order, as its maker calls them
    roles: dict[str, Role] = {}  # which of those classes are what to us; the others are not looked for
    background: int | None = None  # the column that means "nothing", where there is one

    def __post_init__(self) -> None:
        if self.name in (OFF, BOXES, MOTION, COLOURS) or self.name.startswith(f"{BOXES}."):
            raise ValueError(f"name: {self.name!r} is what a stage without a model says; give it another")
        if unknown := sorted(set(self.roles) - set(self.classes)):
            raise ValueError(f"roles: {unknown[0]!r} is none of its classes; {meant(unknown[0], self.classes)}")
        if self.background is not None and not 0 <= self.background < len(self.classes):
            raise ValueError(f"background: {self.background} is none of the columns of its {len(self.classes)} classes")


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
    _check_apart((*built_in.rows, *own.rows), home / OWN)
    return Manifest(built_in.models + own.models, built_in.weights + own.weights)


def read(path: Path, home: Path) -> Manifest:
    """One manifest, checked; the user's need not be there."""
    try:
        raw = msgspec.convert(tomllib.loads(regular(path).read_text("utf-8")), _File)
    except (FileNotFoundError, NotADirectoryError) as error:
        if path == MANIFEST:
            raise EngineError(f"{path}: {error.strerror}; install stream-engine again") from None
        return Manifest((), ())
    except OSError as error:
        raise EngineError(f"{path}: cannot be read: {error.strerror}; {VARIABLE} names another folder") from None
    except msgspec.ValidationError as error:
        raise EngineError(f"{path}: {error}; its tables are [[models]] and [[weights]]") from None
    except (ValueError, RecursionError) as error:  # the latter of brackets in brackets
        raise EngineError(f"{path}: not valid TOML: {error}") from None
    models = tuple(read_row(Model, table, path, path.parent) for table in raw.models)
    weights = tuple(read_row(Weights, table, path, home / WEIGHTS) for table in raw.weights)
    _check_apart((*models, *weights), path)
    return Manifest(models, weights)


def regular(path: Path) -> Path:
    """The same, if it is no pipe, whose opening would wait, and no device, whose reading may have no end."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return path


def _check_apart(rows: Sequence[Model | Weights], path: Path) -> None:
    """No two rows of the manifest at `path` have a name or a file in common."""
    names, files = Counter(row.name for row in rows), Counter(row.path for row in rows)
    if doubled := [name for name, count in names.items() if count > 1]:
        raise EngineError(f"{path}: two rows are named {doubled[0]!r}")
    for file in (file for file, count in files.items() if count > 1):
        who = " and ".join(repr(row.name) for row in rows if row.path == file)
        raise EngineError(f"{path}: {who} have the same file, {file}; give each its own")


R = TypeVar("R", Model, Weights)


def read_row(kind: type[R], table: dict[str, Any], path: Path, folder: Path) -> R:
    """One row of the manifest at `path`, whose file lies below the folder."""
    place = f"{path}: {table['name']!r}" if "name" in table else f"{path}: a row without a name"
    try:
        row = msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise EngineError(f"{place}: {readable(str(error), kind, unsaid=('folder',))}") from None
    file = PurePosixPath(row.file)
    if file.is_absolute() or ".." in file.parts or "\0" in row.file or str(file) == ".":
        raise EngineError(f"{place}: file = {row.file!r} must be a path below {folder}")
    if len(row.file.encode()) > LONGEST or any(len(part.encode()) > LONGEST_PART for part in file.parts):
        raise EngineError(
            f"{place}: file = {row.file[:40]!r}… is too long: {LONGEST_PART} bytes a part, {LONGEST} in all"
        )
    if str(file) == OWN or any(part.startswith(".") or part.endswith(KEPT) for part in file.parts):
        raise EngineError(
            f"{place}: file = {row.file!r} must have another name; {OWN}, names that begin with a dot, and names that "
            f"end in {' or '.join(KEPT)} are for what comes beside the models"
        )
    return msgspec.structs.replace(row, folder=folder)
