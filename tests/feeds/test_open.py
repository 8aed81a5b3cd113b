"""Every kind of feed opens fast and gives pictures; every failure is told in time, without credentials."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stream_engine.backends.pyav import PyavDecoder
from stream_engine.config import StreamConfig
from stream_engine.feeds import Feed, FeedError, FeedPacket, FeedStalled
from stream_engine.feeds.open import open_feed, stall_limit_s
from stream_engine.feeds.reader import PacketReader
from tests import peers

SECRET = "hunter2-hunter2"
OPEN_S = 1.5  # to the first picture, from a sender with a key frame each half second


def stream(url: str, **options: Any) -> StreamConfig:
    return StreamConfig(name="cam", url=url, **options)


@contextmanager
def reading(config: StreamConfig) -> Iterator[tuple[Feed, PacketReader]]:
    feed = open_feed(config, threading.Event())
    reader = PacketReader(feed, stall_limit_s(config))
    try:
        yield feed, reader
    finally:
        assert reader.close()


def take(reader: PacketReader, count: int) -> list[FeedPacket]:
    """The next packets; a feed that gives none fails the test."""
    taken: list[FeedPacket] = []
    until = time.monotonic() + 10
    while len(taken) < count:
        packet = reader.get(0.1)
        assert packet or time.monotonic() < until
        taken += [packet] if packet else []
    return taken


def first_picture_s(config: StreamConfig) -> float:
    """How long it takes from nothing to a decoded picture."""
    started = time.monotonic()
    with reading(config) as (feed, reader):
        decoder = PyavDecoder(feed.video)
        while True:
            for picture in decoder.decode(take(reader, 1)[0]):
                took = time.monotonic() - started
                assert picture.key
                assert (picture.width, picture.height) == (640, 360)
                assert 0 <= time.monotonic_ns() - picture.stamp.mono_ns < 1e9
                assert abs(time.time_ns() - picture.stamp.wall_ns) < 1e9
                return took


@pytest.fixture(scope="module")
def clip(clips: Path) -> Path:
    return peers.make_clip(clips / "live.ts", "-bf", "0", seconds=4)


SENDERS: dict[str, Callable[[Path], AbstractContextManager[peers.Sender]]] = {
    "rtsp": lambda _: peers.rtsp_server(),
    "rtsp with a password": lambda _: peers.rtsp_server(user="bob", password=SECRET),
    "rtsps": lambda clip: peers.rtsp_server(tls_folder=clip.parent),
    "srt called": lambda clip: peers.srt_sender(clip, passphrase=SECRET),
    "srt listening": lambda clip: peers.srt_sender(clip, mode="caller", passphrase=SECRET),
    "rist": lambda clip: peers.rist_sender(clip, secret=SECRET),
    "udp": peers.udp_sender,
    "rtp": lambda clip: peers.udp_sender(clip, "rtp"),
    "rtmp": peers.rtmp_sender,
}


@pytest.mark.parametrize("kind", SENDERS)
def test_a_live_feed_opens_fast(kind: str, clip: Path) -> None:
    with SENDERS[kind](clip) as sender:
        took_s = first_picture_s(stream(sender.url, latency_ms=60))
    print(f"first picture of {kind}: {took_s:.2f} s")
    assert took_s < OPEN_S


def test_every_option_that_an_srt_address_may_set_is_one_that_ffmpeg_takes_for_its_input(clip: Path) -> None:
    options = "streamid=%23!::r=cam1&latency=60000&pbkeylen=16&maxbw=0&mss=1500&snddropdelay=0&lossmaxttl=0&tlpktdrop=1"
    with peers.srt_sender(clip, passphrase=SECRET) as sender:
        assert first_picture_s(stream(f"{sender.url}&{options}")) < OPEN_S


def test_rtsp_over_udp_opens_fast() -> None:
    with peers.rtsp_server() as sender:
        assert first_picture_s(stream(sender.url, rtsp_transport="udp")) < OPEN_S


def test_a_live_playlist_flows_evenly(clip: Path, tmp_path: Path) -> None:
    with peers.hls_sender(clip, tmp_path) as url, reading(stream(url)) as (_, reader):
        stamps = [packet.stamp.mono_ns / 1e9 for packet in take(reader, 45)]
    assert 1.2 < stamps[-1] - stamps[0] < 3.5


def test_a_film_over_http_is_played_like_a_file(clips: Path, clip: Path) -> None:
    with peers.http_server(clips) as base, reading(stream(f"{base}/{clip.name}")) as (_, reader):
        stamps = [packet.stamp.mono_ns / 1e9 for packet in take(reader, 31)]
    assert stamps[-1] - stamps[0] == pytest.approx(1.0, abs=0.1)


def test_the_senders_clock_is_known_after_its_first_report() -> None:
    with peers.rtsp_server() as sender, reading(stream(sender.url)) as (feed, reader):
        while (epoch_ns := feed.source_epoch_ns()) is None:
            take(reader, 1)
        packet = take(reader, 1)[0]
        assert packet.packet.pts is not None
        sent_ns = epoch_ns + int(packet.packet.pts * packet.packet.time_base * 1_000_000_000)
        # Sender and receiver share this host's clock: what lies between is the encoder and the transport.
        assert -0.02e9 < packet.stamp.wall_ns - sent_ns < 0.5e9


def failure(config: StreamConfig) -> str:
    started = time.monotonic()
    with pytest.raises(FeedError) as caught:
        open_feed(config, threading.Event())
    assert time.monotonic() - started < config.open_timeout_s + 1.2  # and the end of an FFmpeg program
    assert SECRET not in str(caught.value)
    assert "bob" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("mode", ["listener", "caller"])
def test_a_wrong_srt_passphrase_is_named(clip: Path, mode: str) -> None:
    with peers.srt_sender(clip, mode, passphrase="another-" + SECRET) as sender:
        url = sender.url.replace("another-", "")
        assert "passphrase is wrong" in failure(stream(url, open_timeout_s=2.0))


def test_a_missing_srt_passphrase_is_named(clip: Path) -> None:
    with peers.srt_sender(clip, passphrase=SECRET) as sender:
        assert "passphrase" in failure(stream(sender.url.partition("&")[0], open_timeout_s=2.0)).split(": ")[1]


def test_a_wrong_rtsp_password_is_named() -> None:
    with peers.rtsp_server(user="bob", password=SECRET) as sender:
        assert "refuses user and password" in failure(stream(sender.url.replace(SECRET, "wrong-" + SECRET)))


@pytest.mark.parametrize("scheme", ["rtsp", "rtmp", "http"])
def test_a_server_that_accepts_and_says_nothing_is_given_up_in_time(scheme: str) -> None:
    with peers.silent_server() as port:
        url = f"{scheme}://bob:{SECRET}@127.0.0.1:{port}/live"
        assert "no answer within 0.6 s" in failure(stream(url, open_timeout_s=0.6))


@pytest.mark.parametrize("scheme", ["srt", "rist", "udp", "rtp"])
def test_a_port_at_which_nobody_sends_is_given_up_in_time(scheme: str) -> None:
    url = f"{scheme}://127.0.0.1:{peers.free_port()}?passphrase={SECRET}"
    text = failure(stream(url.partition("?")[0] if scheme != "srt" else url, open_timeout_s=0.6))
    assert "no answer within 0.6 s" in text or "no sender has answered" in text


def test_a_refused_connection_and_an_unknown_host_are_told_at_once() -> None:
    assert "refused" in failure(stream(f"rtsp://127.0.0.1:{peers.free_port()}/live"))
    assert "srt://no.such.host.invalid:9000" in failure(
        stream(f"srt://bob:{SECRET}@no.such.host.invalid:9000", open_timeout_s=2.0)
    )


@pytest.mark.parametrize("scheme", ["rtsp", "srt"])
def test_opening_ends_soon_when_the_service_stops(scheme: str) -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    with peers.silent_server() as port, pytest.raises(FeedError, match="stopped"):
        open_feed(stream(f"{scheme}://127.0.0.1:{port}"), stop)
    assert time.monotonic() - started < 1.5  # 0.5 s of it until an FFmpeg program has said goodbye


@pytest.mark.parametrize("kind", ["rtsp", "srt called", "rist", "udp", "rtmp"])
def test_a_sender_that_freezes_is_a_stall(kind: str, clip: Path) -> None:
    with (
        SENDERS[kind](clip) as sender,
        reading(stream(sender.url, stall_s=0.6, latency_ms=60)) as (_, reader),
    ):
        take(reader, 5)
        sender.freeze()
        frozen = time.monotonic()
        with pytest.raises(FeedStalled, match=r"0\.6 s"):
            take(reader, 500)
        assert time.monotonic() - frozen < 0.6 + 0.5


@pytest.mark.parametrize("kind", ["rtsp", "srt called", "rtmp"])
def test_a_sender_that_dies_is_noticed(kind: str, clip: Path) -> None:
    with SENDERS[kind](clip) as sender, reading(stream(sender.url, latency_ms=60)) as (_, reader):
        take(reader, 5)
        sender.end()
        ended = time.monotonic()
        with pytest.raises(FeedError):
            take(reader, 500)
        assert time.monotonic() - ended < 2.5


@pytest.mark.parametrize("kind", ["srt listening", "rist"])
def test_a_feed_that_listens_can_be_opened_again_at_once(kind: str, clip: Path) -> None:
    with SENDERS[kind](clip) as sender:
        config = stream(sender.url, latency_ms=60)
        with reading(config) as (_, reader):
            take(reader, 5)
            sender.freeze()
        sender.end()
        with pytest.raises(FeedError, match="no sender"):
            open_feed(msgspec.structs.replace(config, open_timeout_s=0.3), threading.Event())


def send(path: Path, port: int, stop: threading.Event) -> None:
    """A transport stream as datagrams, over and over, at 30 per 10 ms."""
    data = path.read_bytes()
    with socket.socket(type=socket.SOCK_DGRAM) as out:
        while not stop.is_set():
            for at in range(0, len(data), 1316):
                out.sendto(data[at : at + 1316], ("127.0.0.1", port))
                if at // 1316 % 30 == 0 and stop.wait(0.01):
                    return


@pytest.mark.parametrize("pid", ["300", "256"])
def test_a_change_of_codec_ends_the_connection_and_the_next_one_opens(clips: Path, clip: Path, pid: str) -> None:
    other = clips / f"mpeg2-{pid}.ts"
    peers.ffmpeg("-i", clip, "-c:v", "mpeg2video", "-b:v", "2M", "-g", "15", "-streamid", f"0:{pid}", other)
    port, stops = peers.free_port(), (threading.Event(), threading.Event())
    config = stream(f"udp://127.0.0.1:{port}", stall_s=0.6)
    threads = [threading.Thread(target=send, args=(p, port, s)) for p, s in zip((clip, other), stops, strict=True)]
    threads[0].start()
    reader = PacketReader(open_feed(config, threading.Event()), stall_limit_s(config))
    try:
        take(reader, 20)
        stops[0].set()
        threads[1].start()
        with pytest.raises(FeedError, match=r"no p|codec has changed to mpeg2video"):
            take(reader, 500)
        reader.close()
        assert first_picture_s(config) < OPEN_S
    finally:
        for stop in stops:
            stop.set()
        reader.close()
