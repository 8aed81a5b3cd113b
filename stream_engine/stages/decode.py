"""decode: one feed in, frame references out. It keeps the connection and counts epochs, frames and what is missing."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stream_engine.address import kind
from stream_engine.backends import DecodeError, Decoder, Picture
from stream_engine.config import StreamConfig
from stream_engine.easing import is_handed_on, left_out
from stream_engine.feeds import Feed, FeedEnded, FeedError, FeedPacket
from stream_engine.feeds.clocks import PtsClock
from stream_engine.feeds.health import PictureHealth
from stream_engine.feeds.reader import PacketReader
from stream_engine.feeds.reopen import Backoff
from stream_engine.messages import Cause, FrameRef, Gap, Item, Mark, SourceTime, StageTime
from stream_engine.pulse import Flow, Pulse, State, close_epoch

TELL_AGAIN_S = 30.0  # a feed that stays away for the same reason is told so often
LOCKED_WITHIN_NS = 250_000_000  # more than jitter and buffers, less than a clock that was set or drifts
POLL_S = 0.1  # how long the loop waits for a packet before it comes round

logger = logging.getLogger("stream_engine.decode")


class Slots(Protocol):
    """The writing end of the ring."""

    def write(self, width: int, height: int, fill: Callable[[NDArray[np.uint8]], None]) -> tuple[int, int]: ...

    def view(self, slot: int, width: int, height: int) -> NDArray[np.uint8]: ...


class Way(Protocol):
    """The way to the next stage."""

    def send(self, item: Item) -> None: ...


class Epochs:
    """The account of one stream as its decoder keeps it: epochs, sequence numbers, what is missing."""

    def __init__(self, stream: str, row: np.void, way: Way) -> None:
        self._stream, self._row, self._way = stream, row, way
        close_epoch(row)  # whatever a decoder that died had open
        self.size: tuple[int, int] | None = None
        if row["flow"] == Flow.LIVE:
            self._say_lost("worker_lost", "the decoder died and was replaced")

    @property
    def epoch(self) -> int:
        return int(self._row["epoch"])

    @property
    def last_seq(self) -> int:
        return int(self._row["last_seq"])

    def open(self, size: tuple[int, int]) -> None:
        """Begin the next epoch."""
        self._row["last_seq"] = -1
        self._row["epoch"] += 1
        self._row["flow"] = Flow.LIVE
        self.size = size
        self._way.send(Mark(self._stream, self.epoch, -1, "open"))

    def give(self, numbers: int) -> int:
        """Give out so many numbers, which from here on have to be accounted for; the first of them."""
        first = self.last_seq + 1
        self._row["last_seq"] += numbers
        self._row["given"] += numbers
        return first

    def missing(self, frames: int, cause: Cause, detail: str) -> None:
        """Frames that will never be decoded."""
        if self.size and frames:
            first = self.give(frames)
            self._way.send(Gap(self._stream, self.epoch, first, self.last_seq, cause, detail))

    def lost(self, detail: str) -> None:
        """The source is gone: close the epoch and say why."""
        self._row["flow"] = Flow.LOST
        self.end()
        self._say_lost("source_lost", detail)

    def _say_lost(self, cause: Cause, detail: str) -> None:
        """A gap of no frames: what is lost here has no number."""
        self._way.send(Gap(self._stream, self.epoch, self.last_seq + 1, self.last_seq, cause, detail))

    def end(self) -> None:
        """Close the open epoch, if there is one."""
        if self.size:
            close_epoch(self._row)
            self._way.send(Mark(self._stream, self.epoch, self.last_seq, "close"))
        self.size = None


@dataclass(slots=True)
class Connection:
    """An open feed with what belongs to this one connection."""

    feed: Feed
    reader: PacketReader
    decoder: Decoder
    clock: PtsClock
    clock_offset_ns: int | None = None  # of the sender's clock from this host's, when it was first known
    given_up: int = 0  # packets that the reader dropped, as far as they are told

    def close(self) -> None:
        self.reader.close()  # and with it the feed
        self.decoder.close()


class Decode:
    """The loop of a decode worker: connect, play, lose, come back."""

    def __init__(
        self,
        *,
        stream: StreamConfig,
        row: np.void,
        ring: Slots,
        sender: Way,
        open_feed: Callable[[], Feed],
        make_decoder: Callable[[Any], Decoder],
        pulse: Pulse,
        stopping: threading.Event,
        read: Callable[[Feed], PacketReader],
    ) -> None:
        self._stream, self._row, self._ring, self._way = stream, row, ring, sender
        self._open_feed, self._make_decoder = open_feed, make_decoder
        self._pulse, self._stopping, self._read = pulse, stopping, read
        self._epochs = Epochs(stream.name, row, sender)
        self._health = PictureHealth()
        self._backoff = Backoff()
        self._told, self._told_at = "", 0.0

    def run(self) -> None:
        """Until the feed ends for good or the service stops."""
        while not self._stopping.is_set():
            try:
                self._connect_and_play()
            except FeedEnded:
                self._epochs.end()
                self._row["flow"] = Flow.ENDED
                logger.info("the feed has ended")
                return
            except FeedError as error:
                if self._stopping.is_set():
                    break
                if self._is_final(error):
                    return
                self._pause(self._backoff.next_s())
        self._epochs.end()

    def _is_final(self, error: FeedError) -> bool:
        """Note why the feed failed; whether there is no use in trying again, as with a file that is not a video."""
        text, now = str(error), time.monotonic()
        if text != self._told or now - self._told_at > TELL_AGAIN_S:
            self._told, self._told_at = text, now
            logger.warning("%s", text)
            self._epochs.lost(text)
        if kind(self._stream.url) != "file":
            return False
        self._row["flow"] = Flow.FAILED
        return True

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stopping.wait(min(left, POLL_S)):
            self._pulse.stamp(State.IDLE)

    def _connect_and_play(self) -> None:
        self._pulse.stamp(State.OPENING)
        if self._row["flow"] != Flow.LOST:
            self._row["flow"] = Flow.CONNECTING
        connection = self._connect()
        try:
            self._play(connection)
        finally:
            self._pulse.stamp(State.OPENING)  # a demuxer that hangs takes its time to be closed
            connection.close()

    def _connect(self) -> Connection:
        feed = self._open_feed()
        video = feed.video
        return Connection(
            feed=feed,
            reader=self._read(feed),
            decoder=self._make_decoder(video),
            clock=PtsClock(video.time_base),
        )

    def _play(self, connection: Connection) -> None:
        """Packets to pictures until the feed fails or ends."""
        picture_due = time.monotonic() + self._stream.key_wait_s
        while not self._stopping.is_set():
            self._pulse.stamp(State.IDLE)
            packet = self._next_packet(connection)
            if packet is None:
                continue
            self._pulse.stamp(State.BUSY)
            if self._show(connection, self._decode(partial(connection.decoder.decode, packet))):
                self._backoff.reset()
                self._told = ""
                picture_due = time.monotonic() + max(self._stream.stall_s, 1.0)
            elif time.monotonic() > picture_due:
                raise FeedError(
                    f"stream {self._stream.name!r}: packets come but no picture does; "
                    "the feed is damaged, or has no key frames (key_wait_s is how long one is waited for)"
                )

    def _next_packet(self, connection: Connection) -> FeedPacket | None:
        """What comes next, if it comes soon; what the reader had to give up before it is told."""
        try:
            packet = connection.reader.get(POLL_S)
        except FeedEnded:
            self._show(connection, self._decode(connection.decoder.flush))
            raise
        given_up = connection.reader.dropped - connection.given_up
        connection.given_up += given_up
        self._epochs.missing(given_up, "overload", "the decoder does not keep up with the feed")
        return packet

    def _decode(self, decode: Callable[[], Sequence[Picture]]) -> Sequence[Picture]:
        try:
            return decode()
        except DecodeError as error:
            self._epochs.missing(1, "decode_error", str(error))
            return []

    def _show(self, connection: Connection, pictures: Sequence[Picture]) -> int:
        """Put pictures into the ring and their references on the way; how many."""
        shown = 0
        for picture in pictures:
            size = (picture.width, picture.height)
            if self._epochs.size is None and not picture.key:
                continue  # joined in the middle of a group of pictures
            if self._epochs.size != size:
                self._epochs.end()
                self._epochs.open(size)
                logger.info("live: %dx%d, epoch %d", *size, self._epochs.epoch)
            self._hand_on(connection, picture)
            shown += 1
        return shown

    def _hand_on(self, connection: Connection, picture: Picture) -> None:
        """A picture's reference, or a gap in its place where others need the machine more."""
        level = int(self._row["ease"])
        if is_handed_on(self._epochs.last_seq + 1, level):
            self._way.send(self._frame(connection, picture, level))
            self._pulse.done(1, self._epochs.last_seq)
        else:
            self._epochs.missing(1, "overload", left_out(level, self._stream.priority))
            self._health.skip()
            self._pulse.dropped(1)

    def _frame(self, connection: Connection, picture: Picture, ease: int) -> FrameRef:
        start_ns = time.monotonic_ns() - picture.decoder_ns
        width, height, stamp = picture.width, picture.height, picture.stamp
        slot, generation = self._ring.write(width, height, picture.write_nv12)
        luma = self._ring.view(slot, width, height)[:height]
        pts_ns = connection.clock.pts_ns(picture.pts, stamp.mono_ns)
        return FrameRef(
            stream=self._stream.name,
            epoch=self._epochs.epoch,
            seq=self._epochs.give(1),
            slot=slot,
            generation=generation,
            width=width,
            height=height,
            pts_ns=pts_ns,
            arrival_ns=stamp.mono_ns,
            arrival_wall_ns=stamp.wall_ns,
            decoder_ns=picture.decoder_ns,
            source=source_time(connection, pts_ns, stamp.wall_ns),
            timecode=picture.timecode,
            health=self._health.judge(luma, stamp.mono_ns),
            damaged=picture.damaged,
            user_data=picture.user_data,
            times=(StageTime("decode", start_ns, time.monotonic_ns()),),
            ease=ease,
        )


def source_time(connection: Connection, pts_ns: int, wall_ns: int) -> SourceTime | None:
    """The sender's time of a picture, where its clock is known; locked while it runs as this host's clock does."""
    epoch_ns = connection.feed.source_epoch_ns()
    if epoch_ns is None:
        return None
    time_ns = connection.clock.source_ns(pts_ns, epoch_ns)
    if connection.clock_offset_ns is None:
        connection.clock_offset_ns = wall_ns - time_ns
    return SourceTime(time_ns, locked=abs(wall_ns - time_ns - connection.clock_offset_ns) < LOCKED_WITHIN_NS)
