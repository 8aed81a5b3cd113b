"""A live connection: packets with their true arrival until it fails, stalls or is closed."""

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from stream_engine.address import kind, shown
from stream_engine.config import StreamConfig
from stream_engine.feeds import FeedError, FeedPacket, FeedStalled, Stamp
from stream_engine.feeds.bridge import Bridge
from stream_engine.feeds.pacing import Pacer
from stream_engine.feeds.sniff import CodecWatch

CLOSE_S = 0.5
START_BYTES = 8
AnyPacket: TypeAlias = "Packet[Any]"


def stamp_now() -> Stamp:
    """The arrival of what has just come."""
    return Stamp(mono_ns=time.monotonic_ns(), wall_ns=time.time_ns())


class LiveFeed:
    """One connection; reading happens in one thread, closing in any."""

    def __init__(
        self,
        stream: StreamConfig,
        container: InputContainer,
        stop: threading.Event,
        bridge: Bridge | None = None,
        pacer: Pacer | None = None,
    ) -> None:
        self._name = shown(stream.url)
        self._stall_s = stream.stall_s
        self._container = container
        self._stop = stop
        self._bridge = bridge
        self._pacer = pacer
        self._video = container.streams.video[0]
        transport = container.format.name in ("mpegts", "rtp")
        self._watch = CodecWatch(self._video.codec_context.name) if transport else None
        self._has_sender_time = kind(stream.url) == "rtsp"  # of rtp:// it belongs to another clock
        self._epoch_ns: int | None = None
        self._closed = threading.Event()
        self._reading = threading.Lock()

    @property
    def video(self) -> VideoStream:
        """The stream that a decoder is made from; not to be touched after `close`."""
        return self._video

    def packets(self) -> Iterator[FeedPacket]:
        """Yield packets until the connection fails, stalls or is closed."""
        # All streams are read, so that sound which goes on without pictures is seen as a stall.
        demux = self._container.demux()
        last = time.monotonic()
        while True:
            packet = self._next(demux)
            stamp = stamp_now()
            # Also for a packet of the video: after a timeout FFmpeg first gives the one that its parser held.
            if time.monotonic() - last > self._stall_s:
                raise FeedStalled(f"{self._name}: no picture has come for {self._stall_s:g} s")
            if packet.stream_index == self._video.index and packet.size:
                self._check_codec(packet)
                yield FeedPacket(packet, self._paced(packet, stamp))
                last = time.monotonic()

    def _next(self, demux: Iterator[AnyPacket]) -> AnyPacket:
        try:
            with self._reading:
                packet = self._read(demux)
        except (StopIteration, IndexError):  # PyAV ends with the latter where a stream came up after opening
            raise self._ended("the sender has ended the connection") from None
        except (av.error.ExitError, TimeoutError):
            raise FeedStalled(f"{self._name}: nothing has come for {self._stall_s:g} s") from None
        except av.error.FFmpegError as error:
            raise self._ended(f"the connection has failed: {error.strerror}") from None
        return packet

    def _read(self, demux: Iterator[AnyPacket]) -> AnyPacket:
        if not self._closed.is_set():
            packet = next(demux)
            self._note_sender_time()
        if self._closed.is_set():
            # Only the holder of the lock closes: FFmpeg would free the connection twice.
            self._container.close()
            raise FeedError(f"{self._name}: closed")
        return packet

    def _ended(self, why: str) -> FeedError:
        bridged = self._bridge.failure if self._bridge else None
        return bridged or FeedError(f"{self._name}: {why}")

    def _check_codec(self, packet: AnyPacket) -> None:
        codec = self._watch.changed(bytes(memoryview(packet)[:START_BYTES])) if self._watch else None
        if codec:
            raise FeedError(f"{self._name}: the codec has changed to {codec}; the feed is opened again")

    def _paced(self, packet: AnyPacket, stamp: Stamp) -> Stamp:
        if self._pacer is None or packet.dts is None:
            return stamp
        return release(self._pacer, packet, self._closed, self._stop)

    def _note_sender_time(self) -> None:
        if self._has_sender_time and self._epoch_ns is None:
            # Microseconds, of PTS 0, from the first RTCP sender report.
            start_us = self._container.start_time_realtime
            self._epoch_ns = start_us * 1000 if start_us else None

    def source_epoch_ns(self) -> int | None:
        """Wall-clock time of PTS 0 by the sender's clock, once its first report has come."""
        return self._epoch_ns

    def log(self) -> list[str]:
        """What the FFmpeg program of an SRT or RIST feed wrote last."""
        return self._bridge.log() if self._bridge else []

    def close(self) -> None:
        """Release the connection; a reader that hangs in FFmpeg releases it when it comes back."""
        self._closed.set()
        if self._bridge:
            self._bridge.close()
        if self._reading.acquire(timeout=CLOSE_S):
            self._container.close()
            self._reading.release()


def release(pacer: Pacer, packet: AnyPacket, *ends: threading.Event) -> Stamp:
    """Wait until the packet is due, or one of the events is set; returns the time of release."""
    due_ns = pacer.due_ns(Fraction(packet.dts or 0) * packet.time_base, time.monotonic_ns())
    while not any(end.is_set() for end in ends):
        left_s = (due_ns - time.monotonic_ns()) / 1e9
        if left_s <= 0:
            break
        ends[0].wait(min(left_s, 0.1))
    return stamp_now()
