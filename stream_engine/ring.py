"""The ring: decoded pictures of one stream in shared memory, written once, read by reference.

A slot's generation is odd while it is written and even when it is whole. The writer never waits; a
reader checks the generation before and after, and one that was lapped gets FrameGone.
Plain mapped files, not multiprocessing.shared_memory: its resource tracker destroys a segment when an
unrelated process that attached to it exits. Stores are ordered as x86-64 orders them.
"""

import contextlib
import errno
import mmap
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stream_engine.feeds import FeedError
from stream_engine.messages import FrameRef
from stream_engine.pictures import FrameGone

MAGIC = 0x53_45_52_49_4E_47_01  # "SERING", layout 1
PAGE = 4096
HEADER = np.dtype([("magic", "<u8"), ("slots", "<u8"), ("slot_bytes", "<u8"), ("cursor", "<u8")])
SLOT = np.dtype([("generation", "<u8"), ("width", "<u4"), ("height", "<u4")])

Picture = NDArray[np.uint8]


class RingError(Exception):
    """The ring cannot be made or attached: what, where, what to do."""


class PictureTooLarge(FeedError):
    """The feed's picture does not fit a slot of this ring."""


@dataclass(frozen=True, slots=True)
class RingShape:
    """How many slots, each for a picture of how many bytes of NV12."""

    slots: int
    slot_bytes: int

    @classmethod
    def for_pictures(cls, slots: int, width: int, height: int) -> "RingShape":
        """A ring for NV12 pictures up to this size, slots on page boundaries."""
        pages = -(-width * height * 3 // 2 // PAGE)
        return cls(slots, pages * PAGE)

    @property
    def table_bytes(self) -> int:
        return PAGE * -(-(HEADER.itemsize + self.slots * SLOT.itemsize) // PAGE)

    @property
    def file_bytes(self) -> int:
        return self.table_bytes + self.slots * self.slot_bytes


def reserve(directory: Path, shape: RingShape, names: list[str]) -> None:
    """Make one ring file for each name, with its space taken: a full disk is an error now, never a fault later."""
    needed = shape.file_bytes * len(names)
    free = os.statvfs(directory).f_bavail * os.statvfs(directory).f_frsize
    hint = "lower ring.slots or ring.max_width/max_height, enlarge it, or set ring.dir to a larger place"
    if needed > free:
        raise RingError(
            f"{directory}: {len(names)} ring(s) of {shape.slots} slots need {needed >> 20} MiB, "
            f"{free >> 20} MiB are free; {hint}"
        )
    for name in names:
        try:
            _create(directory / f"{name}.ring", shape)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise RingError(f"{directory}: no space for ring {name!r} ({error.strerror}); {hint}") from None


def _create(path: Path, shape: RingShape) -> None:
    with path.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        os.posix_fallocate(file.fileno(), 0, shape.file_bytes)
        header = np.zeros((), HEADER)
        header["magic"], header["slots"], header["slot_bytes"] = MAGIC, shape.slots, shape.slot_bytes
        file.write(header.tobytes())


class _Mapping:
    """A ring file mapped into this process: header, slot table and slots."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        try:
            fd = os.open(path, os.O_RDWR if writable else os.O_RDONLY)
        except OSError as error:
            raise RingError(f"{path}: ring cannot be opened: {error.strerror}") from None
        try:
            size = os.fstat(fd).st_size
            if size < PAGE:
                raise RingError(f"{path}: not a ring of this version")
            protection = mmap.PROT_READ | (mmap.PROT_WRITE if writable else 0)
            self._memory = mmap.mmap(fd, size, mmap.MAP_SHARED, protection)
        finally:
            os.close(fd)
        self.header = np.frombuffer(self._memory, HEADER, 1)[0:1]
        shape = RingShape(int(self.header["slots"][0]), int(self.header["slot_bytes"][0]))
        if int(self.header["magic"][0]) != MAGIC or shape.file_bytes > size:
            raise RingError(f"{path}: not a ring of this version")
        self.shape = shape
        self.table = np.frombuffer(self._memory, SLOT, shape.slots, HEADER.itemsize)
        self.generation = self.table["generation"]

    def pixels(self, slot: int, width: int, height: int) -> Picture:
        """The slot's memory as one NV12 picture."""
        offset = self.shape.table_bytes + slot * self.shape.slot_bytes
        flat = np.frombuffer(self._memory, np.uint8, width * height * 3 // 2, offset)
        return flat.reshape(height * 3 // 2, width)


class RingWriter:
    """The one writer of a ring; it takes the next slot and never waits."""

    def __init__(self, path: Path) -> None:
        self._map = _Mapping(path, writable=True)
        self._mend()

    def _mend(self) -> None:
        """Close slots that a dead writer left half written; their content stays invalid."""
        torn = self._map.generation % 2 == 1
        self._map.table["width"][torn] = 0
        self._map.generation[torn] += 1

    @property
    def slots(self) -> int:
        return self._map.shape.slots

    def write(self, width: int, height: int, fill: Callable[[Picture], None]) -> tuple[int, int]:
        """Let `fill` write a picture into the next slot; returns the slot and its generation."""
        ring = self._map
        if width * height * 3 // 2 > ring.shape.slot_bytes:
            raise PictureTooLarge(
                f"picture of {width}x{height} does not fit a ring slot of {ring.shape.slot_bytes} bytes; "
                "raise ring.max_width and ring.max_height"
            )
        slot = int(ring.header["cursor"][0]) % ring.shape.slots
        ring.header["cursor"][0] += 1
        generation = int(ring.generation[slot])
        ring.generation[slot] = generation + 1 | 1  # odd, also after a write that failed half-way
        ring.table["width"][slot], ring.table["height"][slot] = width, height
        fill(ring.pixels(slot, width, height))
        ring.generation[slot] += 1
        return slot, int(ring.generation[slot])

    def view(self, slot: int, width: int, height: int) -> Picture:
        """What was just written, for the writer's own look at it."""
        return ring_pixels_readonly(self._map.pixels(slot, width, height))


class RingReader:
    """One reader of a ring, mapped read-only; any number may exist."""

    def __init__(self, path: Path) -> None:
        self._map = _Mapping(path, writable=False)

    @contextlib.contextmanager
    def view(self, ref: FrameRef) -> Iterator[Picture]:
        """The picture of a reference; FrameGone if it is not, or did not stay, the one that was meant."""
        self._check(ref)
        try:
            yield self._map.pixels(ref.slot, ref.width, ref.height)
        finally:
            self._check(ref)  # also when reading failed: torn pixels may be why

    def _check(self, ref: FrameRef) -> None:
        ring = self._map
        known = 0 <= ref.slot < ring.shape.slots
        if (
            not known
            or ref.generation % 2
            or int(ring.generation[ref.slot]) != ref.generation
            or (int(ring.table["width"][ref.slot]), int(ring.table["height"][ref.slot])) != (ref.width, ref.height)
        ):
            raise FrameGone(f"{ref.stream}: frame {ref.epoch}/{ref.seq} has left slot {ref.slot}")


class RingPictures:
    """The rings of several streams, attached when they are first asked for."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self._paths = paths
        self._readers: dict[str, RingReader] = {}

    def view(self, ref: FrameRef) -> contextlib.AbstractContextManager[Picture]:
        if ref.stream not in self._readers:
            self._readers[ref.stream] = RingReader(self._paths[ref.stream])
        return self._readers[ref.stream].view(ref)


def ring_pixels_readonly(picture: Picture) -> Picture:
    """The same memory, not writable through this array."""
    view = picture.view()
    view.flags.writeable = False
    return view
