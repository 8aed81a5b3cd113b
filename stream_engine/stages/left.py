"""What a stage leaves to its successor of each stream, and what it finds of the one before."""

import logging
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from stream_engine.messages import FrameRef
from stream_engine.stages import Keep

VERSION = 1
KEEP_EVERY_NS = 500_000_000


class Leaves(Protocol):
    """What of a stream can be left, and taken up."""

    def state(self) -> dict[str, Any]:
        """What a successor has to know, in numbers, bytes and text."""

    def resume(self, given: Any, fresh: bool, /) -> str:
        """Go on where another ended, if that was not too long ago; what is forgotten all the same, and why.

        ValueError: it cannot be what another has left.
        """


class Left(msgspec.Struct, frozen=True):
    """The state of each stream, and when its last frame came."""

    version: int = VERSION
    streams: dict[str, Any] = {}
    wall_ns: dict[str, int] = {}


class Heritage:
    """What was there when a stage began, and what it leaves; `what` are the things that go on or begin anew."""

    def __init__(self, keep: Keep | None, what: str, resume_s: float, logger: logging.Logger) -> None:
        self._keep, self._what, self._resume_s, self._logger = keep, what, resume_s, logger
        self._before = self._read(keep.load() if keep else None)
        self._wall_ns: dict[str, int] = {}  # when the last frame of each stream came
        self._kept_ns = 0

    def _read(self, kept: bytes | None) -> Left:
        """What was kept; nothing if it cannot be read."""
        if kept is None:
            return Left()
        try:
            found = msgspec.msgpack.decode(kept, type=Left)
        except (ValueError, RecursionError) as error:  # text that is none is no MsgspecError
            self._logger.warning("what was left cannot be read (%s): %s begin anew", error, self._what)
            return Left()
        if found.version == VERSION:
            return found
        self._logger.warning(
            "what was left is of version %d, not %d: %s begin anew", found.version, VERSION, self._what
        )
        return Left()

    def note(self, frame: FrameRef) -> None:
        """A frame has come."""
        self._wall_ns[frame.stream] = frame.arrival_wall_ns

    def take_up(self, one: Leaves, frame: FrameRef) -> None:
        """It goes on where the one before ended, unless that is too long ago."""
        stream, what = frame.stream, self._what
        if stream not in self._before.streams:
            return
        away_s = (frame.arrival_wall_ns - self._before.wall_ns.get(stream, 0)) / 1e9
        fresh = -self._resume_s <= away_s <= self._resume_s
        try:
            odd = one.resume(self._before.streams[stream], fresh)
        except ValueError as error:
            self._logger.warning("what was left of %s is of no use (%s): %s begin anew", stream, error, what)
            return
        if odd:
            self._logger.warning("%s: %s", stream, odd)
        if fresh:
            self._logger.info("%s goes on with the %s of %.1f s ago", stream, what, away_s)
        else:
            self._logger.info("%s of %s of %.0f s ago are too old: they begin anew", what, stream, away_s)

    def leave(self, each: Mapping[str, Leaves], frame: FrameRef, urgent: bool) -> None:
        """For a successor: now and then, and at once where something holds from now on that is being told."""
        wall_ns = frame.arrival_wall_ns
        if self._keep and (urgent or abs(wall_ns - self._kept_ns) >= KEEP_EVERY_NS):
            self._keep.save(left(each, self._wall_ns, self._before))
            self._kept_ns = wall_ns


def left(each: Mapping[str, Leaves], wall_ns: Mapping[str, int], before: Left) -> bytes:
    """What to keep; of streams of which nothing has come yet what was left before."""
    streams = {**before.streams, **{name: one.state() for name, one in each.items()}}
    return msgspec.msgpack.encode(Left(VERSION, streams, {**before.wall_ns, **wall_ns}))
