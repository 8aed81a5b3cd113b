"""What associate leaves to its successor, and what it finds of the one before."""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from stream_engine.messages import FrameRef
from stream_engine.tracking.tracker import Tracker

VERSION = 1

logger = logging.getLogger("stream_engine.associate")


class Left(msgspec.Struct, frozen=True):
    """Of each stream the state of its tracker, and when its last frame came."""

    version: int = VERSION
    streams: dict[str, Any] = {}
    wall_ns: dict[str, int] = {}

    @classmethod
    def of(cls, kept: bytes | None) -> "Left":
        """What was kept; nothing if it cannot be read."""
        if kept is None:
            return cls()
        try:
            found = msgspec.msgpack.decode(kept, type=cls)
        except (ValueError, RecursionError) as error:  # text that is none is no MsgspecError
            logger.warning("what was left cannot be read (%s): identities begin anew", error)
            return cls()
        if found.version != VERSION:
            logger.warning("what was left is of version %d, not %d: identities begin anew", found.version, VERSION)
            return cls()
        return found

    def taken_up(self, tracker: Tracker, frame: FrameRef, resume_s: float) -> None:
        """A tracker goes on where the one before ended, unless that is too long ago; its ids are not given again."""
        if frame.stream not in self.streams:
            return
        away_s = (frame.arrival_wall_ns - self.wall_ns.get(frame.stream, 0)) / 1e9
        fresh = -resume_s <= away_s <= resume_s
        try:
            odd = tracker.resume(self.streams[frame.stream], identities=fresh)
        except ValueError as error:
            logger.warning("what was left of %s is of no use (%s): identities begin anew", frame.stream, error)
            return
        if odd:
            logger.warning(
                "looks of people in %s are forgotten: another network or setting left them (%s)", frame.stream, odd
            )
        if fresh:
            logger.info("%s goes on with the identities of %.1f s ago", frame.stream, away_s)
        else:
            logger.info("identities of %s of %.0f s ago are too old: they begin anew", frame.stream, away_s)


def left(trackers: Mapping[str, Tracker], wall_ns: Mapping[str, int], before: Left) -> bytes:
    """What to keep; of streams of which nothing has come yet what was left before."""
    streams = {**before.streams, **{name: tracker.state() for name, tracker in trackers.items()}}
    return msgspec.msgpack.encode(Left(VERSION, streams, {**before.wall_ns, **wall_ns}))
