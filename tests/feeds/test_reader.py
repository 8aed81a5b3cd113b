"""The reader's queue: bounded, in order, and never waiting for ever."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from stream_engine.feeds import FeedEnded, FeedError, FeedPacket, FeedStalled, Stamp
from stream_engine.feeds.reader import MOST_PACKETS, PacketReader


@dataclass
class FakePacket:
    number: int
    is_keyframe: bool


class FakeFeed:
    """A feed made of a function that yields packets."""

    video = None

    def __init__(self, give: Callable[["FakeFeed"], Iterator[FeedPacket]]) -> None:
        self.closed = threading.Event()
        self._give = give

    def packets(self) -> Iterator[FeedPacket]:
        return self._give(self)

    def source_epoch_ns(self) -> int | None:
        return None

    def close(self) -> None:
        self.closed.set()


def packet(number: int, gop: int = 30) -> FeedPacket:
    return FeedPacket(FakePacket(number, number % gop == 0), Stamp(number, number))


def numbers(reader: PacketReader, most: int = 10_000) -> list[int]:
    got: list[int] = []
    while len(got) < most and (item := reader.get(0.05)):
        got.append(cast(Any, item.packet).number)
    return got


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not true():
        assert time.monotonic() < until
        time.sleep(0.002)


def test_packets_come_in_order_and_the_feeds_error_after_the_last() -> None:
    def give(_: FakeFeed) -> Iterator[FeedPacket]:
        yield from map(packet, range(40))
        raise FeedEnded("the end")

    reader = PacketReader(FakeFeed(give), 1.0)
    assert numbers(reader, 40) == list(range(40))
    for _ in range(2):
        with pytest.raises(FeedEnded, match="the end"):
            reader.get(1.0)
    assert reader.close()


@pytest.mark.parametrize("gop", [30, 100_000])
def test_a_full_queue_gives_way_to_a_key_frame_and_counts_what_it_drops(gop: int) -> None:
    sent = threading.Event()

    def give(feed: FakeFeed) -> Iterator[FeedPacket]:
        yield from (packet(n, gop) for n in range(1000))
        yield FeedPacket(FakePacket(1000, True), Stamp(0, 0))
        sent.set()
        feed.closed.wait(10)

    reader = PacketReader(FakeFeed(give), 5.0)
    assert sent.wait(5)
    time.sleep(0.05)
    got = numbers(reader)
    assert got == list(range(got[0], 1001))
    assert len(got) <= MOST_PACKETS
    assert got[0] % gop == 0 or got == [1000]
    assert reader.dropped == 1001 - len(got)
    assert reader.close()


def test_a_lossless_reader_holds_the_feed_back_and_drops_nothing() -> None:
    given: list[int] = []

    def give(feed: FakeFeed) -> Iterator[FeedPacket]:
        for n in range(1000):
            given.append(n)
            yield packet(n)
        feed.closed.wait(10)

    reader = PacketReader(FakeFeed(give), None, lossless=True)
    wait_until(lambda: len(given) > MOST_PACKETS)
    time.sleep(0.05)
    assert len(given) == MOST_PACKETS + 1
    assert numbers(reader, 1000) == list(range(1000))
    assert reader.dropped == 0
    assert reader.close()


def test_a_lossless_reader_that_is_held_back_can_be_closed() -> None:
    def give(_: FakeFeed) -> Iterator[FeedPacket]:
        yield from map(packet, range(1000))

    reader = PacketReader(FakeFeed(give), None, lossless=True)
    assert reader.close()


def test_a_demuxer_that_hangs_is_a_stall_and_closing_does_not_wait_for_it() -> None:
    def give(_: FakeFeed) -> Iterator[FeedPacket]:
        yield packet(0)
        time.sleep(3)

    reader = PacketReader(FakeFeed(give), 0.2)
    assert numbers(reader, 1) == [0]
    started = time.monotonic()
    with pytest.raises(FeedStalled):
        reader.get(5.0)
    assert not reader.close()
    assert time.monotonic() - started < 0.2 + 0.25 + 1.3


def test_waiting_ends_with_none_in_time_and_at_once_with_a_packet() -> None:
    go = threading.Event()

    def give(feed: FakeFeed) -> Iterator[FeedPacket]:
        go.wait(5)
        yield packet(0)
        feed.closed.wait(10)

    reader = PacketReader(FakeFeed(give), None)
    started = time.monotonic()
    assert reader.get(0.1) is None
    assert time.monotonic() - started == pytest.approx(0.1, abs=0.05)
    go.set()
    assert reader.get(5.0) is not None
    assert time.monotonic() - started < 1
    assert reader.close()


def test_a_feed_that_just_stops_is_an_error_and_so_is_a_bug_in_it() -> None:
    reader = PacketReader(FakeFeed(lambda _: iter(())), 1.0)
    with pytest.raises(FeedError, match="stopped giving"):
        reader.get(1.0)

    def broken(_: FakeFeed) -> Iterator[FeedPacket]:
        raise ZeroDivisionError
        yield

    reader = PacketReader(FakeFeed(broken), 1.0)
    with pytest.raises(ZeroDivisionError):
        reader.get(1.0)
