"""How much of the decoder's own speed is left when frames go through the whole chain of empty stages."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from stream_engine.audit import Audit
from stream_engine.bench.service import running
from stream_engine.config import StreamConfig
from stream_engine.demo.clip import ClipKind, picture_clip
from stream_engine.demo.trial import trial_config
from stream_engine.messages import TrackEvent

ROUNDS = 5
RUN_TIMEOUT_S = 120.0

Say = Callable[[str], None]


def bench_spine(say: Say, rounds: int = ROUNDS, clip: Path | None = None) -> dict[str, Any]:
    """Alternate PyAV alone and the whole pipeline over one file; medians of the rounds."""
    clip = clip or picture_clip(ClipKind())
    alone, through, cpu, holes = [], [], [], 0
    for number in range(1, rounds + 1):
        alone.append(_decode_alone(clip))
        fps, cpu_s_per_frame, unexplained = _pipeline(clip)
        through.append(fps)
        cpu.append(cpu_s_per_frame)
        holes += unexplained
        say(f"round {number}/{rounds}: PyAV alone {alone[-1]:.0f} frames/s, pipeline {through[-1]:.0f}")
    return {
        "decode_fps": round(median(alone), 1),
        "pipeline_fps": round(median(through), 1),
        "ratio": round(median(t / a for t, a in zip(through, alone, strict=True)), 3),
        "cpu_s_per_frame": round(median(cpu), 5),
        "unexplained_holes": holes,
        "rounds": rounds,
        "clip": clip.name,
    }


def _decode_alone(clip: Path) -> float:
    command = [sys.executable, "-m", "stream_engine.bench.decode_alone", str(clip)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=RUN_TIMEOUT_S)
    figures = msgspec.json.decode(done.stdout)
    return float((figures["frames"] - 1) / figures["seconds"])


def _pipeline(clip: Path) -> tuple[float, float, int]:
    """Frames per second from the first event to the last, CPU seconds a frame, unexplained holes."""
    with tempfile.TemporaryDirectory(prefix="stream_engine-") as folder:
        stream = StreamConfig(name="bench", url=str(clip), pace="fast", threads=1)
        config = trial_config(Path(folder), (stream,), mode="lossless")
        audit, heard = Audit(), []
        with running(config) as service:
            until = time.monotonic() + RUN_TIMEOUT_S
            while service.process.poll() is None and time.monotonic() < until:
                for event in service.listener.receive(100):
                    audit.add(event)
                    if isinstance(event, TrackEvent):
                        heard.append(time.perf_counter())
        if len(heard) < 2:
            raise RuntimeError('the service published nothing; run it with log_level = "debug" to see why')
        return (len(heard) - 1) / (heard[-1] - heard[0]), service.cpu_s / len(heard), audit.unexplained_holes
