"""A file played as a feed: once, or in a loop with timestamps that go on; in real time or fast."""

import threading
from collections.abc import Callable, Iterator

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from stream_engine.address import shown
from stream_engine.config import StreamConfig
from stream_engine.feeds import FeedEnded, FeedError, FeedPacket, FeedStalled
from stream_engine.feeds.live import START_BYTES, AnyPacket, release, stamp_now
from stream_engine.feeds.pacing import Pacer
from stream_engine.feeds.sniff import CodecWatch

CLOSE_S = 0.5


class FileFeed:
    """One file; a loop opens it again and is no new epoch."""

    def __init__(
        self,
        stream: StreamConfig,
        container: InputContainer,
        open_again: Callable[[], InputContainer],
        stop: threading.Event,
    ) -> None:
        self._name = shown(stream.url)
        self._loop = stream.loop
        self._pacer = Pacer() if stream.pace == "realtime" else None
        self._rounds = [container]
        self._open_again = open_again
        self._stop = stop
        self._video = container.streams.video[0]
        transport = container.format.name == "mpegts"
        self._watch = CodecWatch(self._video.codec_context.name) if transport else None
        self._closed = threading.Event()
        self._reading = threading.Lock()

    @property
    def video(self) -> VideoStream:
        """The stream that a decoder is made from; not to be touched after `close`."""
        return self._video

    def packets(self) -> Iterator[FeedPacket]:
        """Yield packets until the end (FeedEnded), or for ever when looped."""
        splice = Splice()
        while True:
            for packet in self._once():
                splice.shift(packet)
                paced = self._pacer is not None
                stamp = release(self._pacer, packet, self._closed, self._stop) if self._pacer else stamp_now()
                if paced and (self._closed.is_set() or self._stop.is_set()):
                    raise FeedError(f"{self._name}: closed")
                yield FeedPacket(packet, stamp)
            if not self._loop:
                raise FeedEnded(f"{self._name}: the file has come to its end")
            if splice.empty:
                raise FeedError(f"{self._name}: the file has no pictures")
            splice.again()
            self._reopen()

    def _once(self) -> Iterator[AnyPacket]:
        demux = self._rounds[-1].demux(self._rounds[-1].streams.video[0])
        while True:
            try:
                with self._reading:
                    if self._closed.is_set():
                        raise FeedError(f"{self._name}: closed")
                    packet = next(demux)
            except (StopIteration, IndexError):  # PyAV ends with the latter where a stream came up after opening
                return
            except (av.error.ExitError, TimeoutError):
                raise FeedStalled(f"{self._name}: nothing has come in time") from None
            except av.error.FFmpegError as error:
                raise FeedError(f"{self._name}: reading has failed: {error.strerror}") from None
            if packet.size:
                self._check_codec(packet)
                yield packet

    def _check_codec(self, packet: AnyPacket) -> None:
        codec = self._watch.changed(bytes(memoryview(packet)[:START_BYTES])) if self._watch else None
        if codec:
            raise FeedError(f"{self._name}: the codec changes to {codec} within the file; split it there")

    def _reopen(self) -> None:
        again = self._open_again()
        with self._reading:
            # The first one stays open: decoders look at its `video`.
            self._rounds.append(again)
            while len(self._rounds) > 2:
                self._rounds.pop(1).close()
            if self._closed.is_set():
                again.close()

    def source_epoch_ns(self) -> int | None:
        """A file has no sender."""
        return None

    def close(self) -> None:
        """Release the file."""
        self._closed.set()
        if self._reading.acquire(timeout=CLOSE_S):
            for container in self._rounds:
                container.close()
            self._reading.release()


class Splice:
    """Shifts the timestamps of each further round so that they go on where the last one ended."""

    def __init__(self) -> None:
        self._offset = 0
        self._shown: list[int] = []  # when the first and the last picture of this round are shown, so far
        self._count = 0
        self._duration = 0

    @property
    def empty(self) -> bool:
        return not self._shown

    def shift(self, packet: AnyPacket) -> None:
        """Move the packet's PTS and DTS into the time of the whole playback."""
        if packet.pts is not None:
            self._shown = [min([*self._shown, packet.pts]), max([*self._shown, packet.pts])]
            self._count += 1
            self._duration = packet.duration or 0
            packet.pts += self._offset
        if packet.dts is not None:
            packet.dts += self._offset

    def again(self) -> None:
        """The next packet is the first of a new round."""
        first, last = self._shown
        mean = round((last - first) / max(self._count - 1, 1))
        self._offset += last - first + max(self._duration or mean, 1)
        self._shown, self._count = [], 0
