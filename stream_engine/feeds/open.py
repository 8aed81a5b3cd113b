"""Opening a feed: any supported address becomes an open Feed, or a FeedError within `open_timeout_s`."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import av.error
import msgspec
from av.container import InputContainer
from av.stream import Disposition

from stream_engine.address import check_address, kind, local_path, needs_bridge, shown
from stream_engine.config import StreamConfig
from stream_engine.feeds import Feed, FeedError
from stream_engine.feeds.bridge import Bridge
from stream_engine.feeds.live import LiveFeed
from stream_engine.feeds.pacing import Pacer
from stream_engine.feeds.playback import FileFeed

POLL_S = 0.05
GENERATE_PTS = 0x0001  # AVFMT_FLAG_GENPTS
# A live playlist brings pictures in bursts of one segment; 6 s is Apple's advice, and one may come late.
HLS_STALL_S = 15.0
# Enough for the program tables of a 50 Mbit/s transport stream (sent every 100 ms); ends when they are there.
# `nobuffer` is left out on purpose: it throws away what was read while probing, the first key frame with it.
LIVE_PROBE = {"probesize": "1000000", "analyzeduration": "200000", "fpsprobesize": "0"}
# Room for the burst of a key frame at 50 Mbit/s.
SOCKET_BYTES = str(4 << 20)


def open_feed(stream: StreamConfig, stop: threading.Event) -> Feed:
    """Open the feed of a stream; FeedError says what was wrong, credentials hidden."""
    check_address(stream.url)
    stream = msgspec.structs.replace(stream, stall_s=stall_limit_s(stream) or stream.stall_s)
    if needs_bridge(stream.url):
        return _open_bridged(stream, stop)
    source = "file:" + _existing(stream) if kind(stream.url) == "file" else stream.url
    container = _open_container(stream, source, stop)
    if _is_finite(stream, container):
        return FileFeed(stream, container, lambda: _open_container(stream, source, stop), stop)
    pacer = Pacer() if kind(stream.url) == "hls" else None
    return LiveFeed(stream, container, stop, pacer=pacer)


def _is_finite(stream: StreamConfig, container: InputContainer) -> bool:
    what = kind(stream.url)
    if what == "http":
        return container.size > 0
    return what == "file" or (what == "hls" and container.duration is not None)


def stall_limit_s(stream: StreamConfig) -> float | None:
    """How long the feed of this stream may be silent; files never stall."""
    return {"file": None, "hls": max(stream.stall_s, HLS_STALL_S)}.get(kind(stream.url), stream.stall_s)


def _open_bridged(stream: StreamConfig, stop: threading.Event) -> Feed:
    started = time.monotonic()
    bridge = Bridge(stream, stop)
    try:
        bridge.wait_for_data(stream.open_timeout_s)
        left_s = stream.open_timeout_s - (time.monotonic() - started)
        container = _open_container(stream, bridge, stop, max(left_s, POLL_S))
    except FeedError as error:
        bridge.close()
        raise bridge.failure or error from None
    return LiveFeed(stream, container, stop, bridge)


def _existing(stream: StreamConfig) -> str:
    path = local_path(stream.url)
    if not Path(path).is_file():
        raise FeedError(f"{shown(stream.url)}: there is no such file; check the path of stream {stream.name!r}")
    if not Path(path).stat().st_size:
        raise FeedError(f"{shown(stream.url)}: the file is empty")
    return path


def _open_container(
    stream: StreamConfig, source: Any, stop: threading.Event, timeout_s: float | None = None
) -> InputContainer:
    limit_s = timeout_s or stream.open_timeout_s
    name = shown(stream.url)
    opening = _Opening(lambda: _open(stream, source, limit_s))
    until = time.monotonic() + limit_s
    while not opening.done.wait(POLL_S):
        if stop.is_set():
            opening.abandon()
            raise FeedError(f"{name}: stopped while opening")
        if time.monotonic() > until:
            opening.abandon()
            raise FeedError(f"{name}: {_silent(stream)}")
    try:
        container = opening.result()
    except av.error.FFmpegError as error:
        # RTSP tells of a silent server as of invalid data.
        late = time.monotonic() > until - POLL_S
        raise FeedError(f"{name}: {_silent(stream) if late else _explain(stream, error)}") from None
    if not _has_pictures(container):
        found = _contents(container)
        container.close()
        raise FeedError(f"{name}: there is no video in it that can be decoded, only {found}")
    return container


def _has_pictures(container: InputContainer) -> bool:
    """Whether the first video stream can be decoded and is not the cover of a piece of music."""
    if not container.streams.video:
        return False
    video: Any = container.streams.video[0]
    return video.codec_context is not None and not video.disposition & Disposition.attached_pic


class _Opening:
    """FFmpeg opening something in a thread of its own, because not all of its waits can be interrupted."""

    def __init__(self, open_it: Callable[[], InputContainer]) -> None:
        self.done = threading.Event()
        self._open_it = open_it
        self._lock = threading.Lock()
        self._abandoned = False
        self._container: InputContainer | None = None
        self._error: Exception | None = None
        threading.Thread(target=self._run, name="open-feed", daemon=True).start()

    def _run(self) -> None:
        try:
            container = self._open_it()
        except Exception as error:  # handed to the thread that waits
            self._error = error
        else:
            with self._lock:
                self._container = container
                if self._abandoned:
                    container.close()
        self.done.set()

    def abandon(self) -> None:
        """Nobody wants the result any more."""
        with self._lock:
            self._abandoned = True
            if self._container is not None:
                self._container.close()

    def result(self) -> InputContainer:
        if self._error is not None:
            raise self._error
        assert self._container is not None
        return self._container


def _open(stream: StreamConfig, source: Any, limit_s: float) -> InputContainer:
    what = kind(stream.url)
    if what == "file":
        container: InputContainer = av.open(source, "r")
        return container
    bridged = needs_bridge(stream.url)
    # A pipe has its own timeouts; FFmpeg would count the time in which nobody reads.
    timeout = None if bridged else (limit_s, stream.stall_s)
    container = av.open(
        source,
        "r",
        format="mpegts" if bridged or what == "udp" else None,
        options=LIVE_PROBE | _options(stream),
        timeout=timeout,
    )
    # PyAV asks for missing PTS to be made up, for which FFmpeg holds packets back until later ones come.
    container.flags &= ~GENERATE_PTS
    return container


def _options(stream: StreamConfig) -> dict[str, str]:
    what = kind(stream.url)
    stall_us = str(round(stream.stall_s * 1e6))
    if what == "rtsp":
        return {
            "rtsp_transport": stream.rtsp_transport,
            "allowed_media_types": "video",
            "timeout": stall_us,
            "buffer_size": SOCKET_BYTES,
            "max_delay": str(stream.latency_ms * 1000),
        }
    if what == "rtmp":
        return {"rtmp_live": "live", "rtmp_buffer": str(stream.latency_ms)}
    if what == "udp":
        # `reuse`: an old reader that FFmpeg has not given back yet must not keep the port from the next one.
        return {"reuse": "1", "overrun_nonfatal": "1", "buffer_size": SOCKET_BYTES, "fifo_size": "50000"}
    if what == "rtp":
        return {"buffer_size": SOCKET_BYTES, "max_delay": str(stream.latency_ms * 1000)}
    if what == "hls":
        return {"live_start_index": "-1", "rw_timeout": stall_us}
    return {"rw_timeout": stall_us}


def _contents(container: InputContainer) -> str:
    return ", ".join(sorted({stream.type for stream in container.streams})) or "nothing known"


def _silent(stream: StreamConfig) -> str:
    return f"no answer within {stream.open_timeout_s:g} s; is the sender running, and can it be reached?"


def _explain(stream: StreamConfig, error: av.error.FFmpegError) -> str:
    if isinstance(error, av.error.ExitError | TimeoutError):
        return _silent(stream)
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return f"the sender refuses user and password ({error.strerror})"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused; is the sender running on this host and port?"
    if isinstance(error, av.error.InvalidDataError | EOFError):
        if kind(stream.url) in ("rtsp", "rtmp"):
            return "the answer is not understood; is this the right address, and can the sender be reached?"
        return "this is not a video that FFmpeg understands, or it is damaged"
    return f"cannot be opened: {error.strerror}"
