"""Files as feeds: timestamps that go on over a loop, the pace, and what is said of what is no film."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_engine.backends.pyav import PyavDecoder
from stream_engine.config import StreamConfig
from stream_engine.feeds import Feed, FeedEnded, FeedError
from stream_engine.feeds.open import open_feed, stall_limit_s
from stream_engine.feeds.pacing import AHEAD_NS, Pacer
from stream_engine.feeds.reader import PacketReader
from tests.peers import descriptors, ffmpeg, make_clip, make_late_sound


@contextmanager
def playing(path: Path | str, **options: Any) -> Iterator[Feed]:
    feed = open_feed(StreamConfig(name="film", url=str(path), **options), threading.Event())
    try:
        yield feed
    finally:
        feed.close()
        feed.close()


@pytest.fixture(scope="module")
def film(clips: Path) -> Path:
    return make_clip(clips / "film.mp4", "-bf", "2", seconds=1)


def test_a_file_played_once_gives_every_picture_and_ends(film: Path) -> None:
    with playing(f"file://{film}", pace="fast") as feed:
        decoder, shown, packets = PyavDecoder(feed.video), 0, feed.packets()
        with pytest.raises(FeedEnded):
            while True:
                shown += len(decoder.decode(next(packets)))
        assert shown + len(decoder.flush()) == 30


@pytest.mark.parametrize("suffix", ["mp4", "ts", "mkv"])
def test_timestamps_go_on_evenly_over_a_loop_and_no_picture_is_lost(clips: Path, film: Path, suffix: str) -> None:
    copy = clips / f"again.{suffix}"
    ffmpeg("-i", film, "-c", "copy", copy)
    with playing(copy, pace="fast", loop=True) as feed:
        decoder, times = PyavDecoder(feed.video), []
        for packet in islice(feed.packets(), 100):
            times += [picture.pts * feed.video.time_base for picture in decoder.decode(packet)]
        assert len(times) >= 96
        assert all(abs(b - a - Fraction(1, 30)) <= Fraction(1, 500) for a, b in pairwise(times))


def test_a_long_loop_leaves_no_file_open(film: Path) -> None:
    before = descriptors()
    with playing(film, pace="fast", loop=True) as feed:
        for _ in islice(feed.packets(), 600):
            pass
        assert descriptors() - before <= 3
    assert descriptors() == before


def test_packets_come_at_the_pace_of_the_film(film: Path) -> None:
    with playing(film, loop=True) as feed:
        stamps = [packet.stamp.mono_ns / 1e9 for packet in islice(feed.packets(), 46)]
    assert stamps[-1] - stamps[0] == pytest.approx(1.5, abs=0.03)
    assert max(b - a for a, b in pairwise(stamps)) < 0.08


def test_closing_ends_a_paced_wait_at_once(film: Path) -> None:
    config = StreamConfig(name="film", url=str(film), loop=True)
    reader = PacketReader(open_feed(config, threading.Event()), stall_limit_s(config))
    assert reader.get(1.0)
    started = time.monotonic()
    assert reader.close()
    assert time.monotonic() - started < 0.3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.mp4", None, "no such file"),
        ("empty.mp4", b"", "is empty"),
        ("letter.mp4", b"Dear Sir,\n" * 200, "not a video"),
        ("noise.ts", bytes(range(256)) * 400, "no video|not a video"),
    ],
)
def test_a_file_that_is_no_film_is_named(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FeedError, match=said) as caught, playing(path):
        pass
    assert name in str(caught.value)


def test_a_file_with_sound_only_is_named(clips: Path) -> None:
    sound = clips / "sound.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", sound)
    with pytest.raises(FeedError, match="no video in it that can be decoded, only audio"), playing(sound):
        pass


def test_a_file_that_is_cut_off_ends_early_and_in_order(clips: Path, film: Path) -> None:
    whole, cut = clips / "whole.ts", clips / "cut.ts"
    ffmpeg("-i", film, "-c", "copy", whole)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with playing(cut, pace="fast") as feed, pytest.raises(FeedEnded):
        for _ in feed.packets():
            pass


def test_a_transport_stream_in_which_sound_came_up_ends_as_any_other(clips: Path) -> None:
    with playing(make_late_sound(clips / "late-sound.ts"), pace="fast") as feed:
        packets, count = feed.packets(), 0
        with pytest.raises(FeedEnded):
            while next(packets):
                count += 1
        assert count == 17 * 30


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 3_000)), min_size=1, max_size=30))
def test_a_pacer_never_asks_for_a_long_wait_however_timestamps_jump(moves: list[tuple[int, int]]) -> None:
    pacer, dts_s, now_ns = Pacer(), Fraction(0), 0
    for step_s, passed_ms in moves:
        dts_s, now_ns = dts_s + step_s * 10, now_ns + passed_ms * 1_000_000
        assert pacer.due_ns(dts_s, now_ns) - now_ns <= AHEAD_NS


def test_a_pacer_that_was_held_up_does_not_hurry_after_the_lost_time() -> None:
    pacer = Pacer()
    pacer.due_ns(Fraction(0), 0)
    assert pacer.due_ns(Fraction(1), 500_000_000) == 1_000_000_000
    assert pacer.due_ns(Fraction(2), 9_000_000_000) == 9_000_000_000
    assert pacer.due_ns(Fraction(3), 9_000_000_000) == 10_000_000_000
