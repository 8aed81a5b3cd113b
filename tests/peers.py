"""Real senders on loopback: clips made by FFmpeg, and RTSP, SRT, RIST, UDP, RTMP and HTTP peers of a test."""

import contextlib
import functools
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stream_engine.demo.rtsp import CAMERA, GST_INSTALL, RTSP_PROGRAM, SYSTEM_PYTHON, has_rtsp_server
from stream_engine.feeds.bridge import ffmpeg_program


def free_port() -> int:
    """A port that was free for both TCP and UDP a moment ago; even, as RTP wants it."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            port = random.randrange(20_000, 32_000, 2)  # below the kernel's own; binding port 0 gives only odd ones
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port


def ffmpeg(*args: str | Path) -> None:
    """Run FFmpeg to its end; what it wrote is in the error when it fails."""
    done = subprocess.run(
        [ffmpeg_program(), "-v", "error", "-nostdin", "-y", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def make_clip(
    path: Path,
    *encode: str,
    size: str = "640x360",
    fps: int = 30,
    seconds: float = 4,
    gop: int = 15,
    picture: str = "testsrc2",
    codec: str = "libx264",
) -> Path:
    """A clip of a test picture, made once per path; `encode` are further FFmpeg options."""
    if not path.exists():
        source = f"{picture}=size={size}:rate={fps}:duration={seconds}"
        fast = ("-preset", "ultrafast", "-pix_fmt", "yuv420p") if codec == "libx264" else ()
        ffmpeg("-f", "lavfi", "-i", source, "-c:v", codec, *fast, "-g", str(gop), *encode, path)
    return path


def make_late_sound(path: Path) -> Path:
    """A transport stream in which sound comes up for a second; what FFmpeg probes, start and end, is without it."""
    picture, part = "testsrc2=size=64x36:rate=30:duration=", path.with_suffix(".part.ts")
    whole = b""
    for start, seconds in ((0, 8), (8, 1), (9, 8)):
        sound = ("-f", "lavfi", "-i", f"sine=duration={seconds}") if seconds == 1 else ()
        filled = () if sound else ("-muxrate", "500k")
        ffmpeg(
            "-f", "lavfi", "-i", f"{picture}{seconds}", *sound, "-c:v", "libx264", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p", "-g", "15", *filled, "-output_ts_offset", str(start), part,
        )  # fmt: skip
        whole += part.read_bytes()
    path.write_bytes(whole)
    return path


class Sender:
    """A program that sends, with the address to open."""

    def __init__(self, url: str, command: list[str]) -> None:
        self.url = url
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def freeze(self) -> None:
        """Stop sending, with every connection left open."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """End it whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(5)
        if self.process.stdout:
            self.process.stdout.close()


@contextlib.contextmanager
def _sending(url: str, command: list[str]) -> Iterator[Sender]:
    sender = Sender(url, command)
    try:
        yield sender
    finally:
        sender.end()


def _ffmpeg_sender(url: str, clip: Path, *output: str) -> contextlib.AbstractContextManager[Sender]:
    play = ("-v", "quiet", "-nostdin", "-re", "-stream_loop", "-1", "-i", str(clip))
    return _sending(url, [ffmpeg_program(), *play, "-c", "copy", *output])


@contextlib.contextmanager
def srt_sender(clip: Path, mode: str = "listener", passphrase: str = "", port: int = 0) -> Iterator[Sender]:
    """SRT; `url` is for the other side, which calls a listener and listens for a caller."""
    port = port or free_port()
    secret = f"&passphrase={passphrase}" if passphrase else ""
    ours = f"srt://127.0.0.1:{port}?mode={mode}&latency=20000{secret}"
    theirs = f"srt://127.0.0.1:{port}?mode={'caller' if mode == 'listener' else 'listener'}{secret}"
    with _ffmpeg_sender(theirs, clip, "-flush_packets", "1", "-f", "mpegts", ours) as sender:
        if mode == "listener":
            wait_for_udp_port(port)
        yield sender


def rist_sender(clip: Path, secret: str = "") -> contextlib.AbstractContextManager[Sender]:
    """RIST main profile, sent to a port at which the other side listens."""
    port = free_port()
    query = f"?secret={secret}&aes-type=128" if secret else ""
    ours = f"rist://127.0.0.1:{port}{query}"
    return _ffmpeg_sender(f"rist://@127.0.0.1:{port}{query}", clip, "-f", "mpegts", ours)


def udp_sender(clip: Path, scheme: str = "udp") -> contextlib.AbstractContextManager[Sender]:
    """A transport stream over UDP, or over RTP with scheme `rtp`."""
    url = f"{scheme}://127.0.0.1:{free_port()}"
    form = "rtp_mpegts" if scheme == "rtp" else "mpegts"
    return _ffmpeg_sender(url, clip, "-f", form, f"{url}?pkt_size=1316")


@contextlib.contextmanager
def rtmp_sender(clip: Path) -> Iterator[Sender]:
    """RTMP, served to one caller."""
    url = f"rtmp://127.0.0.1:{free_port()}/live/a"
    with _ffmpeg_sender(url, clip, "-f", "flv", "-listen", "1", url) as sender:
        wait_for_tcp_listener(int(url.split(":")[2].partition("/")[0]))
        yield sender


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def http_server(folder: Path) -> Iterator[str]:
    """Files of a folder over HTTP; yields the address of the folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def hls_sender(clip: Path, folder: Path) -> Iterator[str]:
    """A live playlist of one-second segments over HTTP; yields its address when it has its first segment."""
    playlist = folder / "live.m3u8"
    hls = ("-f", "hls", "-hls_time", "1", "-hls_list_size", "4", "-hls_flags", "delete_segments")
    with http_server(folder) as base, _ffmpeg_sender("", clip, *hls, str(playlist)):
        until = time.monotonic() + 10
        while not playlist.exists() and time.monotonic() < until:
            time.sleep(0.05)
        yield f"{base}/live.m3u8"


@contextlib.contextmanager
def rtsp_server(
    *, gop: int = 15, user: str = "", password: str = "", tls_folder: Path | None = None, port: int = 0
) -> Iterator[Sender]:
    """GStreamer's RTSP server with a live 640x360 picture at 30 frames a second; `url` carries the user."""
    if not has_rtsp_server():
        pytest.skip(f"the RTSP server of GStreamer is missing: {GST_INSTALL}")
    port = port or free_port()
    login = f"{user}:{password}" if user else ""
    tls_files = str(_certificate(tls_folder)) if tls_folder else ""
    at = f"{login}@" if login else ""
    url = f"rtsp{'s' if tls_folder else ''}://{at}127.0.0.1:{port}/live"
    command = [SYSTEM_PYTHON, str(RTSP_PROGRAM), str(port), CAMERA.format(key_every=gop), login, tls_files]
    with _sending(url, command) as sender:
        assert sender.process.stdout is not None
        ready = sender.process.stdout.readline().strip()
        assert ready == "ready", "the RTSP server did not start; run stream_engine/demo/rtsp_server.py by hand"
        yield sender


def _certificate(folder: Path) -> Path:
    """A self-signed certificate and its key in one PEM file."""
    pem = folder / "server.pem"
    if not pem.exists():
        key = folder / "key.pem"
        subject = ("-subj", "/CN=127.0.0.1", "-days", "2", "-nodes", "-newkey", "rsa:2048", "-x509")
        made = ["openssl", "req", *subject, "-keyout", str(key), "-out", str(pem)]
        subprocess.run(made, capture_output=True, check=True, timeout=30)
        pem.write_text(pem.read_text() + key.read_text())
    return pem


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """A TCP port that accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def wait_for_udp_port(port: int) -> None:
    """Return when some process of this host has bound the UDP port."""
    _wait_for_line(Path("/proc/net/udp"), f":{port:04X} ")


def wait_for_tcp_listener(port: int) -> None:
    """Return when some process of this host listens on the TCP port."""
    _wait_for_line(Path("/proc/net/tcp"), f":{port:04X} 00000000:0000 0A")


def _wait_for_line(table: Path, text: str) -> None:
    until = time.monotonic() + 10
    while text not in table.read_text():
        assert time.monotonic() < until, f"no {text!r} in {table}"
        time.sleep(0.02)


def descriptors() -> int:
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the directory changes while it is read
