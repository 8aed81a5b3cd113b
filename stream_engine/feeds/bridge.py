"""SRT and RIST through an FFmpeg program: its transport stream comes out of a pipe that PyAV reads."""

import contextlib
import os
import re
import select
import shutil
import subprocess
import threading
import time
from collections import deque
from functools import cache
from typing import IO

from stream_engine.address import hide, options_of, shown
from stream_engine.config import StreamConfig
from stream_engine.feeds import FeedError, FeedStalled

LOG_LINES = 50
POLL_S = 0.1
END_S = 3.0  # without a flow FFmpeg takes a second to say goodbye to its peer, which then need not wait five
PORT_END_S = 0.5  # one that listens has to free its port before the feed can be opened again
# What libsrt, librist and FFmpeg write, and what it means to whoever runs the truck.
MEANINGS = (
    (re.compile(r"BADSECRET|Incorrect passphrase"), "the passphrase is wrong: both sides need the same one"),
    (re.compile(r"UNSECURE|Password required"), "one side has a passphrase and the other has none"),
    (re.compile(r"till new NONCE|invalid NONCE|RIST.*decrypt"), "the RIST secret is wrong or missing"),
    (re.compile(r"Address already in use"), "the port is already taken by another program"),
    (
        re.compile(r"Protocol not found"),
        "the FFmpeg program knows neither SRT nor RIST; install imageio-ffmpeg",
    ),
    (re.compile(r"Failed to resolve|Name or service"), "the host name is not known"),
)
# What an address may set; anything else would be an option of the FFmpeg program itself.
SRT_OPTIONS = frozenset(
    [
        "mode",
        "passphrase",
        "pbkeylen",
        "latency",
        "rcvlatency",
        "peerlatency",
        "timeout",
        "connect_timeout",
        "listen_timeout",
        "streamid",
        "srt_streamid",
        "maxbw",
        "inputbw",
        "oheadbw",
        "mss",
        "payload_size",
        "pkt_size",
        "ipttl",
        "iptos",
        "snddropdelay",
        "tlpktdrop",
        "nakreport",
        "lossmaxttl",
        "minversion",
        "kmrefreshrate",
        "kmpreannounce",
        "sndbuf",
        "rcvbuf",
        "recv_buffer_size",
        "send_buffer_size",
        "ffs",
        "enforced_encryption",
        "transtype",
        "messageapi",
        "smoother",
        "linger",
        "tsbpd",
    ]
)
NOISE = re.compile(r"^(Input|Output|Stream mapping|\s|size=|frame=|\[out#|Exiting)")


@cache
def ffmpeg_program() -> str:
    """The FFmpeg of the system if it speaks SRT and RIST, else the one that imageio-ffmpeg brings."""
    system = shutil.which("ffmpeg")
    if system:
        done = subprocess.run([system, "-protocols"], capture_output=True, text=True, timeout=10, check=False)
        if {"srt", "rist"} <= set(done.stdout.split()):
            return system
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def command(stream: StreamConfig) -> list[str]:
    """The arguments that pass the transport stream through untouched: no probe, no remux."""
    return [
        *(ffmpeg_program(), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "info"),
        *_input_options(stream),
        *("-map", "0", "-c", "copy", "-flush_packets", "1", "-f", "data", "pipe:1"),
    ]


def _input_options(stream: StreamConfig) -> list[str]:
    options = options_of(stream.url)
    # Outlives every wait of ours; it ends a program whose reader was killed.
    orphan_us = round((stream.open_timeout_s + stream.stall_s + 5) * 1e6)
    if stream.url.lower().startswith("rist:"):
        buffer = [] if "buffer" in options else ["-buffer_size", str(stream.latency_ms)]
        return [*buffer, "-rw_timeout", str(orphan_us), "-f", "data", "-i", stream.url]
    if "streamid" in options:  # FFmpeg has an option of this name for something else
        options["srt_streamid"] = options.pop("streamid")
    options.setdefault("latency", str(stream.latency_ms * 1000))
    options.setdefault("timeout", str(orphan_us))
    options.setdefault("connect_timeout", str(_connect_timeout_ms(stream)))
    # The passphrase can be read from the argument list by users of this host: FFmpeg 9 takes protocol options
    # neither from a file (`-/passphrase` is only for its own options) nor from the environment.
    if options.get("mode") == "listener":
        options.setdefault("listen_timeout", str(orphan_us))
    flags = [part for key, value in options.items() if key in SRT_OPTIONS for part in (f"-{key}", value)]
    return [*flags, "-f", "data", "-i", stream.url.partition("?")[0]]


def _connect_timeout_ms(stream: StreamConfig) -> int:
    """Short, because a caller whose handshake began with a sender that has died since waits in vain.

    A handshake takes two round trips, and the latency is set to three or four of them.
    """
    return min(round(stream.open_timeout_s * 1000), max(1500, 4 * stream.latency_ms))


class Bridge:
    """One FFmpeg program and its pipe, with the `read` and `close` that PyAV wants of a file."""

    def __init__(self, stream: StreamConfig, stop: threading.Event) -> None:
        self.name = shown(stream.url)
        self._url = stream.url
        self._stall_s = stream.stall_s
        self._listens = options_of(stream.url).get("mode") in ("listener", "rendezvous") or "//@" in stream.url
        self._stop = stop
        self._closed = threading.Event()
        self._reading = threading.Lock()
        self.failure: FeedError | None = None
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._process = subprocess.Popen(
            command(stream),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdout is not None and self._process.stderr is not None
        self._pipe = self._process.stdout
        self._poll = select.poll()
        self._poll.register(self._pipe, select.POLLIN)
        self._drain = threading.Thread(target=self._note, args=(self._process.stderr,), daemon=True)
        self._drain.start()

    def wait_for_data(self, timeout_s: float) -> None:
        """Return when the sender's first bytes are there; FeedError says why not."""
        started = time.monotonic()
        if not self._wait(timeout_s) & select.POLLIN:
            raise self._failed(FeedError, f"no sender has answered for {time.monotonic() - started:.1f} s")

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, as soon as there are any; at the end none, with the cause in `failure`."""
        # PyAV prints an exception that a file raises twice; an early end of the file is quiet.
        with self._reading:
            if self.failure or self._closed.is_set():
                return b""
            events = self._wait(self._stall_s)
            data = os.read(self._pipe.fileno(), size) if events else b""
        if events and not data:
            self.failure = self._failed(FeedError, "the sender has ended the connection")
        elif not events and not self._closed.is_set():
            self.failure = self._failed(FeedStalled, f"nothing has come for {self._stall_s:g} s")
        return data

    def _wait(self, timeout_s: float) -> int:
        """The poll events of the pipe; none when time is up, or when it is closed or stopped meanwhile."""
        until = time.monotonic() + timeout_s
        while not self._closed.is_set() and not self._stop.is_set():
            left = until - time.monotonic()
            if left <= 0:
                break
            ready = self._poll.poll(min(left, POLL_S) * 1000)
            if ready:
                return ready[0][1]
        return 0

    def _failed(self, error: type[FeedError], otherwise: str) -> FeedError:
        if self._stop.is_set():
            return FeedError(f"{self.name}: stopped")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(POLL_S)
            self._drain.join(END_S)
        return error(f"{self.name}: {self.reason(otherwise)}")

    def reason(self, otherwise: str) -> str:
        """Why it went wrong, from what the program wrote."""
        log = self.log()
        for pattern, meaning in MEANINGS:
            if any(pattern.search(line) for line in log):
                return meaning
        if self._process.poll() is None:
            return otherwise
        said = [line for line in log if not NOISE.match(line)]
        return f"{otherwise} (FFmpeg: {said[0]})" if said else otherwise

    def log(self) -> list[str]:
        """The last lines that the program wrote, credentials hidden."""
        return list(self._lines)

    def _note(self, stderr: IO[bytes]) -> None:
        with stderr:
            for line in stderr:
                self._lines.append(hide(line.decode(errors="replace").rstrip(), self._url))

    def close(self) -> None:
        """End the program, without waiting for it unless it holds a port; safe to call twice."""
        if self._closed.is_set():
            return
        self._closed.set()
        # A closed pipe is what FFmpeg notices first; the signal reaches it when nothing flows.
        with self._reading:
            self._pipe.close()
        self._process.terminate()
        if self._listens:
            self._bury(PORT_END_S)
        else:
            threading.Thread(target=self._bury, args=(END_S,), name="bridge-end", daemon=True).start()

    def _bury(self, patience_s: float) -> None:
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._drain.join(END_S)
