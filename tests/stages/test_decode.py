"""decode: epochs, sequence numbers and what is missing, with a feed and a decoder made of lists."""

import threading
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.backends import DecodeError
from stream_engine.config import StreamConfig
from stream_engine.easing import is_left_out
from stream_engine.feeds import FeedEnded, FeedError, FeedPacket, FeedStalled, Stamp
from stream_engine.messages import FrameRef, Gap, Heard, Item, Mark
from stream_engine.pulse import STREAM, WORKER, Flow, Pulse, closed_tail
from stream_engine.stages.decode import Decode


class FakePicture:
    """A picture of one grey value."""

    def __init__(self, number: int, key: bool = True, size: tuple[int, int] = (64, 36)) -> None:
        self.width, self.height = size
        self.pts, self.stamp, self.decoder_ns, self.key = number * 3000, Stamp(number, number), 1, key
        self.damaged, self.timecode, self.user_data = False, None, ()

    def write_nv12(self, out: NDArray[np.uint8]) -> None:
        out[:] = 128


Step = FakePicture | Exception


class FakeFeed:
    """One connection, and at once its reader and its decoder: each step is a packet that becomes a picture."""

    def __init__(self, *steps: Step, dropped: int = 0) -> None:
        self.steps = list(steps)
        self.dropped = dropped
        self.video = SimpleNamespace(time_base=Fraction(1, 90_000))
        self.closed = False
        self.epoch_ns: int | None = None

    def get(self, timeout_s: float) -> FeedPacket:
        if isinstance(self.steps[0], FeedError):
            raise self.steps[0]
        return FeedPacket(self.steps.pop(0), Stamp(0, 0))

    def decode(self, packet: FeedPacket) -> list[FakePicture]:
        if isinstance(packet.packet, Exception):
            raise packet.packet
        return [packet.packet]

    def flush(self) -> list[FakePicture]:
        return []

    def source_epoch_ns(self) -> int | None:
        return self.epoch_ns

    def packets(self) -> Iterator[FeedPacket]:
        raise NotImplementedError

    def close(self) -> None:
        self.closed = True


class FakeRing:
    def __init__(self) -> None:
        self.picture = np.zeros((54, 64), np.uint8)

    def write(self, width: int, height: int, fill: Callable[[NDArray[np.uint8]], None]) -> tuple[int, int]:
        self.picture = np.zeros((height * 3 // 2, width), np.uint8)
        fill(self.picture)
        return 0, 2

    def view(self, slot: int, width: int, height: int) -> NDArray[np.uint8]:
        return self.picture


class FakeWay:
    def __init__(self) -> None:
        self.items: list[Item] = []

    def send(self, item: Item) -> None:
        self.items.append(item)

    def said(self) -> list[object]:
        """The flow in short: marks by kind, gaps by range and cause, frames by epoch and number."""
        return [
            (i.kind, i.epoch, i.last_seq)
            if isinstance(i, Mark)
            else (i.cause, i.first_seq, i.last_seq)
            if isinstance(i, Gap)
            else (i.frame.epoch, i.frame.seq)
            for i in self.items
            if not isinstance(i, Heard)  # which no decoder gives
        ]


def stream_row() -> np.ndarray[Any, Any]:
    row = np.zeros(1, STREAM)
    row["last_seq"] = row["closed_epoch"] = row["closed_last_seq"] = -1
    return row


def decoded(
    *feeds: FakeFeed, row: np.ndarray[Any, Any] | None = None, url: str = "srt://h:1"
) -> tuple[FakeWay, np.void]:
    """Run decode over these connections, one after the other; the last must end."""
    way, rows, waiting = FakeWay(), stream_row() if row is None else row, list(feeds)
    Decode(
        stream=StreamConfig(name="cam", url=url),
        row=rows[0],
        ring=FakeRing(),
        sender=way,
        open_feed=lambda: waiting.pop(0),
        make_decoder=lambda video: next(f for f in feeds if f.video is video),  # type: ignore[arg-type, return-value]
        pulse=Pulse(np.zeros(1, WORKER)[0]),
        stopping=threading.Event(),
        read=lambda feed: feed,  # type: ignore[arg-type, return-value]
    ).run()
    assert all(feed.closed for feed in feeds)
    return way, rows[0]


END = FeedEnded("end")


def test_an_epoch_opens_with_the_first_picture_counts_up_and_closes() -> None:
    way, row = decoded(FakeFeed(FakePicture(0), FakePicture(1), END))
    assert way.said() == [("open", 1, -1), (1, 0), (1, 1), ("close", 1, 1)]
    assert row["flow"] == Flow.ENDED


def test_pictures_before_the_first_key_frame_are_not_part_of_the_epoch() -> None:
    way, _ = decoded(FakeFeed(FakePicture(0, key=False), FakePicture(1), FakePicture(2, key=False), END))
    assert way.said() == [("open", 1, -1), (1, 0), (1, 1), ("close", 1, 1)]


def test_a_lost_feed_is_told_with_its_reason_and_comes_back_as_the_next_epoch() -> None:
    way, row = decoded(FakeFeed(FakePicture(0), FeedStalled("frozen")), FakeFeed(FakePicture(0), END))
    assert way.said() == [
        ("open", 1, -1),
        (1, 0),
        ("close", 1, 0),
        ("source_lost", 1, 0),
        ("open", 2, -1),
        (2, 0),
        ("close", 2, 0),
    ]
    gap = way.items[3]
    assert isinstance(gap, Gap) and gap.detail == "frozen"
    assert (closed_tail(row, 1), closed_tail(row, 2)) == (0, 0)


def test_a_packet_that_cannot_be_decoded_takes_a_number_and_becomes_a_gap() -> None:
    way, _ = decoded(FakeFeed(FakePicture(0), DecodeError("bad"), FakePicture(2), END))
    assert way.said() == [("open", 1, -1), (1, 0), ("decode_error", 1, 1), (1, 2), ("close", 1, 2)]


def test_a_damaged_packet_before_the_epoch_is_no_gap() -> None:
    way, _ = decoded(FakeFeed(DecodeError("bad"), FakePicture(1), END))
    assert way.said() == [("open", 1, -1), (1, 0), ("close", 1, 0)]


def test_packets_that_the_reader_gave_up_are_accounted_for() -> None:
    feed = FakeFeed(FakePicture(0), FakePicture(1), END)
    get = feed.get

    def overloaded(timeout_s: float) -> FeedPacket:
        feed.dropped += 3 if len(feed.steps) == 2 else 0
        return get(timeout_s)

    feed.get = overloaded  # type: ignore[method-assign]
    way, _ = decoded(feed)
    assert way.said() == [("open", 1, -1), (1, 0), ("overload", 1, 3), (1, 4), ("close", 1, 4)]


def test_another_picture_size_is_another_epoch() -> None:
    way, _ = decoded(FakeFeed(FakePicture(0), FakePicture(1, size=(32, 18)), END))
    assert way.said() == [("open", 1, -1), (1, 0), ("close", 1, 0), ("open", 2, -1), (2, 0), ("close", 2, 0)]
    last = way.items[4]
    assert isinstance(last, FrameRef) and (last.width, last.height) == (32, 18)


def test_a_decoder_that_follows_a_dead_one_says_so_and_how_its_epoch_ended() -> None:
    row = stream_row()
    row["epoch"], row["last_seq"], row["flow"] = 4, 17, Flow.LIVE
    way, after = decoded(FakeFeed(FakePicture(0), END), row=row)
    assert way.said()[:2] == [("worker_lost", 18, 17), ("open", 5, -1)]
    assert (closed_tail(after, 4), closed_tail(after, 5)) == (17, 0)


def test_time_goes_forward_within_an_epoch_and_starts_anew_with_the_next() -> None:
    way, _ = decoded(FakeFeed(FakePicture(7), FakePicture(8), END))
    first, second = (i for i in way.items if isinstance(i, FrameRef))
    assert second.pts_ns - first.pts_ns == 33_333_333


def test_a_file_that_fails_is_not_tried_again() -> None:
    way, row = decoded(FakeFeed(FakePicture(0), FeedError("damaged")), url="a.mp4")
    assert way.said() == [("open", 1, -1), (1, 0), ("close", 1, 0), ("source_lost", 1, 0)]
    assert row["flow"] == Flow.FAILED


def test_a_feed_that_stays_away_for_the_same_reason_is_told_once() -> None:
    away = [FakeFeed(FeedError("refused")) for _ in range(3)]
    way, _ = decoded(*away, FakeFeed(FakePicture(0), END))
    assert way.said() == [("source_lost", 0, -1), ("open", 1, -1), (1, 0), ("close", 1, 0)]


def test_a_decoder_that_fails_at_the_very_end_costs_a_gap_and_not_the_worker() -> None:
    feed = FakeFeed(FakePicture(0), END)

    def fails() -> list[FakePicture]:
        raise DecodeError("torn")

    feed.flush = fails  # type: ignore[method-assign]
    way, row = decoded(feed)
    assert way.said() == [("open", 1, -1), (1, 0), ("decode_error", 1, 1), ("close", 1, 1)]
    assert row["flow"] == Flow.ENDED


def test_the_senders_time_is_locked_until_it_leaves_the_clock_of_this_host() -> None:
    late = FakePicture(2)
    late.stamp = Stamp(2, 2 + 10**9)
    feed = FakeFeed(FakePicture(0), FakePicture(1), late, END)
    feed.epoch_ns = 5
    way, _ = decoded(feed)
    times = [i.source for i in way.items if isinstance(i, FrameRef)]
    assert [(t.time_ns, t.locked) for t in times if t] == [(5, True), (33_333_338, True), (66_666_671, False)]


@pytest.mark.parametrize(("ease", "handed_on"), [(0, range(9)), (3, range(9)), (4, range(0, 9, 2)), (5, (0, 4, 8))])
def test_of_a_stream_that_is_eased_far_only_some_frames_are_handed_on_and_the_others_say_why(
    ease: int, handed_on: Sequence[int]
) -> None:
    row = stream_row()
    row["ease"] = ease
    way, after = decoded(FakeFeed(*(FakePicture(n) for n in range(9)), END), row=row)
    frames = [item for item in way.items if isinstance(item, FrameRef)]
    gaps = [item for item in way.items if isinstance(item, Gap)]
    assert [(frame.seq, frame.ease) for frame in frames] == [(seq, ease) for seq in handed_on]
    assert [gap.first_seq for gap in gaps] == [seq for seq in range(9) if seq not in handed_on]
    assert all((gap.first_seq, gap.cause) == (gap.last_seq, "overload") and is_left_out(gap.detail) for gap in gaps)
    assert after["given"] == 9 and way.said()[-1] == ("close", 1, 8)
