"""How much of the decoder's own speed is left when frames go through the whole chain of empty stages."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from stream_engine.bench.service import RUN_TIMEOUT_S, run_through
from stream_engine.demo.clip import ClipKind, picture_clip

ROUNDS = 5

Say = Callable[[str], None]


def bench_spine(say: Say, rounds: int = ROUNDS, clip: Path | None = None) -> dict[str, Any]:
    """Alternate PyAV alone and the whole pipeline over one file; medians of the rounds."""
    clip = clip or picture_clip(ClipKind())
    alone, through, cpu, holes = [], [], [], 0
    for number in range(1, rounds + 1):
        alone.append(_decode_alone(clip))
        run = run_through(clip)
        through.append(run.frames_per_s)
        cpu.append(run.cpu_s_per_frame)
        holes += run.unexplained_holes
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
