"""Players: a clip in a loop, at real time, as a live feed that comes back when its caller leaves."""

import signal
import socket
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from stream_engine.feeds.bridge import ffmpeg_program
from stream_engine.orphans import die_with_parent

AGAIN_S = 0.02
STOP_S = 2.0


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether a TCP port of the loopback interface can be bound now."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Player:
    """A sender that is started again whenever it ends: an encoder somebody keeps switching on."""

    def __init__(self, url: str, command: list[str]) -> None:
        self.url = url
        self._command = command
        self._leaving = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_playing, name="player", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._signal(signal.SIGKILL)
        self._thread.join(STOP_S)

    def freeze(self) -> None:
        """Fall silent, with every connection left open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after `freeze`."""
        self._signal(signal.SIGCONT)

    def drop(self) -> None:
        """Die, and come back."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)

    def _keep_playing(self) -> None:
        while not self._leaving.is_set():
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                preexec_fn=die_with_parent,  # noqa: PLW1509  one call into the kernel, no lock is taken
            )
            if self._leaving.is_set():
                self._process.kill()
            self._process.wait()
            self._leaving.wait(AGAIN_S)


def srt_player(clip: Path, port: int | None = None) -> Player:
    """An SRT listener on loopback that plays a transport stream to whoever calls."""
    url = f"srt://127.0.0.1:{port or free_port()}"
    command = [
        ffmpeg_program(), "-v", "quiet", "-nostdin", "-re", "-stream_loop", "-1", "-i", str(clip),
        "-c", "copy", "-f", "mpegts", "-flush_packets", "1",
        f"{url}?mode=listener&latency=50000&pkt_size=1316",
    ]  # fmt: skip
    return Player(url, command)
