"""A file that is not yet whole: held by one process, gone on with later, put in its place when it is the right one."""

import contextlib
import errno
import fcntl
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from stream_engine.engines import VARIABLE, EngineError, Model, Weights, unlike
from stream_engine.engines.manifests import regular

FULL = (errno.ENOSPC, errno.EDQUOT)


class Part:
    """FILE.part, open and locked, and beside it FILE.part.version: by what the server knows it."""

    def __init__(self, place: Path, file: io.FileIO) -> None:
        self._place, self._file = place, file
        self._path, self._version = _beside(place, ".part"), _beside(place, ".part.version")

    @property
    def have(self) -> int:
        """Bytes."""
        return os.fstat(self._file.fileno()).st_size

    def version(self) -> str | None:
        """What to name to the server; None if it cannot be gone on with."""
        try:
            return self._version.read_text("ascii").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    def begin(self, version: str | None) -> None:
        """Empty it, for a file of this version."""
        try:
            self._file.truncate(0)
            self._version.unlink(missing_ok=True)
            if version:
                self._version.write_text(version, "ascii")
        except OSError as error:
            self._fail(error, None)

    def make_room(self, total: int | None) -> None:
        """The rest of it fits on the disk."""
        missing = (total or 0) - self.have - shutil.disk_usage(self._place.parent).free
        if missing > 0:
            raise EngineError(f"{missing / 1e6:.1f} MB are missing on {self._place.parent}: {_elsewhere()}")

    def add(self, piece: bytes, total: int | None) -> None:
        """Append."""
        try:
            write(self._file, piece)
        except OSError as error:
            self._fail(error, total)

    def _fail(self, error: OSError, total: int | None) -> NoReturn:
        if error.errno not in FULL:
            raise EngineError(f"{self._path} cannot be written: {error.strerror}") from None
        free = shutil.disk_usage(self._place.parent).free
        more = f"{max(0, total - self.have - free) / 1e6:.1f} MB more are needed" if total else "more is needed"
        raise EngineError(f"no space is left on {self._place.parent}, {more}: {_elsewhere()}") from None

    def finish(self, row: Model | Weights) -> str:
        """Put it in its place if it is what the row says; else say what it is, and empty it."""
        try:
            other = unlike(row, self._path)
            if not other:
                self._put()
        except OSError as error:
            self._fail(error, None)
        if other:
            self.begin(None)
        return other

    def _put(self) -> None:
        os.fsync(self._file.fileno())
        self._path.replace(self._place)
        self._version.unlink(missing_ok=True)
        _sync(self._place.parent)

    def leave(self) -> None:
        """Nothing stays of a part that has nothing in it."""
        if not self.have and _is_at(self._file, self._path):
            self._version.unlink(missing_ok=True)
            self._path.unlink()


@contextlib.contextmanager
def held(place: Path, wait: Callable[[], None]) -> Iterator[Part]:
    """The part of the file that belongs at this place; `wait` is called if another process holds it."""
    path = _beside(place, ".part")
    for each in (place, path, _beside(place, ".part.version")):
        _check_regular(each)
    while True:
        with _opened(path) as file:
            _lock(file, path, wait)
            if _is_at(file, path):  # else who held it has put it in its place meanwhile
                part = Part(place, file)
                try:
                    yield part
                finally:
                    part.leave()
                return


def write(file: io.FileIO, piece: bytes) -> None:
    """All of it: a disk that fills up may take a part."""
    rest = memoryview(piece)
    while rest:
        rest = rest[file.write(rest) :]


def _beside(place: Path, ending: str) -> Path:
    return place.with_name(place.name + ending)


def _check_regular(path: Path) -> None:
    """A file is there, or nothing: a pipe would be waited for, and a folder not be replaced."""
    try:
        regular(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise EngineError(f"{path} cannot be replaced: {error.strerror}; move it away") from None


def _opened(path: Path) -> io.FileIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab", buffering=0)
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}; {VARIABLE} names another folder") from None


def _lock(file: io.FileIO, path: Path, wait: Callable[[], None]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        wait()
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        raise EngineError(f"{path} cannot be locked: {error.strerror}; {VARIABLE} names another folder") from None


def _is_at(file: io.FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    """What was renamed in it outlives a power cut."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _elsewhere() -> str:
    return f"free some, or name another folder with {VARIABLE}"
