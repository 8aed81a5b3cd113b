"""A player: sends a clip in a loop, at real time, as a live SRT feed, and comes back when its caller leaves."""

import socket
import subprocess
import threading
from pathlib import Path
from types import TracebackType

from stream_engine.feeds.bridge import ffmpeg_program

AGAIN_S = 0.02
STOP_S = 2.0


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SrtPlayer:
    """An SRT listener on loopback that plays a transport stream to whoever calls."""

    def __init__(self, clip: Path, port: int | None = None) -> None:
        self._clip = clip
        self._port = port or free_port()
        self._leaving = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_playing, name="srt-player", daemon=True)

    @property
    def url(self) -> str:
        return f"srt://127.0.0.1:{self._port}"

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The sender that plays now, for tests that stop or kill it."""
        return self._process

    def __enter__(self) -> "SrtPlayer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        if self._process:
            self._process.kill()
        self._thread.join(STOP_S)

    def _keep_playing(self) -> None:
        command = [
            ffmpeg_program(), "-v", "quiet", "-nostdin", "-re", "-stream_loop", "-1", "-i", str(self._clip),
            "-c", "copy", "-f", "mpegts", "-flush_packets", "1",
            f"{self.url}?mode=listener&latency=50000&pkt_size=1316",
        ]  # fmt: skip
        while not self._leaving.is_set():
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
            if self._leaving.is_set():
                self._process.kill()
            self._process.wait()
            self._leaving.wait(AGAIN_S)
