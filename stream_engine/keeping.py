"""What a worker leaves to its successor: one small file, replaced whole, recognised when it is torn or another's."""

import contextlib
import errno
import logging
import os
import stat
import struct
import zlib
from pathlib import Path

VERSION = 1
HEADER = struct.Struct("<8sIIQ")  # magic, version, checksum and length of what follows
MAGIC = b"SE-kept\n"
MOST_BYTES = 32 << 20  # a hundred times what a match's identities take
SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # neither through a link nor waiting at a pipe

logger = logging.getLogger("stream_engine.keeping")


class FileKeep:
    """A file in a private directory. What goes wrong with it is told and counted, and stops nobody."""

    def __init__(self, path: Path) -> None:
        self.failed = 0  # saves
        self._path, self._fresh = path, path.with_suffix(".new")
        self._told: set[str] = set()

    def load(self) -> bytes | None:
        """What was left last; None when there is nothing, or it cannot be used."""
        self._finish()
        try:
            content = _read(self._path)
        except FileNotFoundError:
            return None
        except OSError as error:
            logger.warning("%s cannot be read (%s): begins without it", self._path, error.strerror)
            return None
        if odd := _odd(content):
            logger.warning("%s is not what a worker left (%s): begins without it", self._path, odd)
            return None
        return content[HEADER.size :]

    def save(self, state: bytes) -> None:
        """Leave this in its place. Nothing waits for the disk: it outlives the worker, not always the machine."""
        if len(state) > MOST_BYTES:
            self._fail(f"more than {MOST_BYTES >> 20} MiB are not kept")
            return
        try:
            _write(self._fresh, HEADER.pack(MAGIC, VERSION, zlib.crc32(state), len(state)), state)
            # Renamed over it, ext4 would write the new one out at once: 300 kB in 2 to 6 ms, and not in 0.4.
            self._path.unlink(missing_ok=True)
            self._fresh.rename(self._path)
        except OSError as error:
            self._fail(error.strerror or "write failed")

    def _finish(self) -> None:
        """Put in its place what a worker that was killed had written, and the one before no longer is."""
        with contextlib.suppress(OSError):
            if not self._path.exists():
                self._fresh.rename(self._path)

    def _fail(self, why: str) -> None:
        self.failed += 1
        if why not in self._told:
            self._told.add(why)
            logger.warning("%s is not written (%s): after a loss the worker begins with what it has", self._path, why)


def _read(path: Path) -> bytes:
    """The whole file, and one byte more than may be in it."""
    with os.fdopen(os.open(path, os.O_RDONLY | SAFELY), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "no plain file")
        return file.read(HEADER.size + MOST_BYTES + 1)


def _odd(content: bytes) -> str | None:
    """What is wrong with a file, if anything is."""
    if len(content) < HEADER.size:
        return "too short"
    magic, version, checksum, length = HEADER.unpack_from(content)
    if magic != MAGIC:
        return "another kind of file"
    if version != VERSION:
        return f"of version {version}; this one reads {VERSION}"
    if length != len(content) - HEADER.size or length > MOST_BYTES:
        return "cut short or grown"
    return None if checksum == zlib.crc32(memoryview(content)[HEADER.size :]) else "its checksum is another"


def _write(path: Path, header: bytes, state: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | SAFELY, 0o600), "wb", buffering=0) as file:
        for part in (header, state):
            if file.write(part) != len(part):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
