"""Live feeds: what an opened feed is, and the packets that come out of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec


class FeedError(Exception):
    """A feed cannot be opened or has failed: what, where (credentials hidden), what to do."""


class FeedStalled(FeedError):
    """The feed is connected but nothing has come for `stall_s`."""


class FeedEnded(FeedError):
    """A file played once has come to its end; nothing is wrong."""


class Stamp(msgspec.Struct, frozen=True):
    """When a packet was received, before anything was done with it."""

    mono_ns: int
    wall_ns: int


@dataclass(frozen=True, slots=True)
class FeedPacket:
    """One compressed packet of the video stream and its arrival."""

    packet: Any  # av.Packet
    stamp: Stamp


class Feed(Protocol):
    """An open feed: one unbroken connection. Reading is bounded by `stall_s`."""

    @property
    def video(self) -> Any:  # av.VideoStream, from which a decoder is made
        ...

    def packets(self) -> Iterator[FeedPacket]:
        """Yield packets until the feed fails (FeedError), stalls (FeedStalled) or ends (FeedEnded)."""

    def source_epoch_ns(self) -> int | None:
        """Wall-clock time of PTS 0 by the sender's clock (RTCP), or None while unknown."""

    def close(self) -> None:
        """Release the connection; safe to call twice and from another thread."""
