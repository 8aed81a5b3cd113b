"""A service under measurement: its own process, private directories, its events heard, its workers weighed."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from stream_engine.audit import Audit
from stream_engine.config import Config, StreamConfig
from stream_engine.demo.trial import trial_config
from stream_engine.listen import Listener
from stream_engine.messages import TrackEvent
from stream_engine.pipeline import plan
from stream_engine.runtime import Places, board_of

STOP_S = 20.0
RUN_TIMEOUT_S = 120.0
WEIGH_EVERY = 50  # events
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class RunningService:
    """A service that runs now."""

    config: Config
    process: subprocess.Popen[bytes]
    listener: Listener
    cpu_s: float = field(default=0.0)  # of the whole service, known after it has stopped

    def pids(self) -> dict[str, int]:
        """The processes by worker name, the supervisor among them."""
        board = board_of(self.config, Places.of(self.config))
        workers = {name: int(board.worker(name)["pid"]) for name in board.worker_names}
        return {"supervisor": self.process.pid} | {name: pid for name, pid in workers.items() if pid}

    def worker_names(self) -> tuple[str, ...]:
        return tuple(worker.name for worker in plan(self.config))


@contextmanager
def running(config: Config) -> Iterator[RunningService]:
    """Run a service from its configuration, and stop it at the end."""
    assert config.outputs.zmq
    with tempfile.TemporaryDirectory(prefix="stream_engine-") as folder:
        file = Path(folder) / "config.msgpack"
        file.write_bytes(msgspec.msgpack.encode(config))
        before = os.times()
        with Listener(config.outputs.zmq.endpoint) as listener:
            process = subprocess.Popen([sys.executable, "-m", "stream_engine.bench.serve", str(file)])
            service = RunningService(config, process, listener)
            try:
                yield service
            finally:
                stop(process)
                after = os.times()
                service.cpu_s = (
                    after.children_user + after.children_system - before.children_user - before.children_system
                )


class Through(NamedTuple):
    """What a run over a whole file cost."""

    frames: int
    frames_per_s: float  # from the first event to the last
    cpu_s_per_frame: float  # of the whole service, with the start of its processes
    steady_cpu_s_per_frame: float  # of the whole service while frames flowed
    unexplained_holes: int


def run_through(clip: Path, **changes: Any) -> Through:
    """Run the service over a file as fast as it goes, dropping nothing."""
    audit, heard = Audit(), []
    used: dict[int, float] = {}  # CPU seconds of each process; those that have ended count on
    weighed: list[tuple[int, float]] = []  # events, CPU seconds of all
    with tempfile.TemporaryDirectory(prefix="stream_engine-") as folder:
        stream = StreamConfig(name="bench", url=str(clip), pace="fast", threads=1)
        config = trial_config(Path(folder), (stream,), mode="lossless", **changes)
        with running(config) as service:
            until = time.monotonic() + RUN_TIMEOUT_S
            while service.process.poll() is None and time.monotonic() < until:
                for event in service.listener.receive(100):
                    audit.add(event)
                    if isinstance(event, TrackEvent):
                        heard.append(time.perf_counter())
                if len(heard) >= len(weighed) * WEIGH_EVERY + 1:
                    for pid in service.pids().values():
                        used[pid] = max(used.get(pid, 0.0), cpu_seconds(pid))
                    weighed.append((len(heard), sum(used.values())))
    if len(weighed) < 2:
        raise RuntimeError('the service published too little; run it with log_level = "debug" to see why')
    (first, before), (last, after) = weighed[0], weighed[-1]
    return Through(
        len(heard),
        (len(heard) - 1) / (heard[-1] - heard[0]),
        service.cpu_s / len(heard),
        (after - before) / (last - first),
        audit.unexplained_holes,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask, wait, and at last insist."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_S)


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used; 0 if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid: int) -> float:
    """Resident memory of a process less what it shares (the rings); 0 if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0.0
    return (int(fields[1]) - int(fields[2])) * PAGE / 2**20
