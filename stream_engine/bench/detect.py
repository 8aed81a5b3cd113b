"""What detecting costs: the stage alone on one core, and the whole service beside the loop that one writes first."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from stream_engine.bench.service import RUN_TIMEOUT_S, run_through
from stream_engine.config import DetectConfig, StagesConfig
from stream_engine.demo.builtin import VIDEO
from stream_engine.engines import EngineError, model
from stream_engine.engines.nets import check_stages

FAMILY = "nano"  # detect_naive.py reads its maps

Say = Callable[[str], None]


def bench_detect(say: Say, rounds: int, net: str, clip: Path = VIDEO) -> dict[str, Any]:
    """Medians of the rounds; within a round everything is measured one after the other."""
    if (row := model(net, "detect")).family != FAMILY:
        raise EngineError(f"{net} is of family {row.family}; the loop beside the service can run only {FAMILY}")
    alone, ours, theirs = [], [], []
    stages = StagesConfig(detect=DetectConfig(net=net, camera=False))  # the loop follows no camera either
    check_stages(stages)
    for number in range(1, rounds + 1):
        alone.append(_child("detect_alone", clip, net))
        through, loop = run_through(clip, stages=stages), _child("detect_naive", clip, net)
        ours.append(1 / through.steady_cpu_s_per_frame)
        theirs.append(loop["frames"] / loop["cpu_s"])
        say(
            f"round {number}/{rounds}: {alone[-1]['ms_per_frame']:.1f} ms a frame; frames per CPU second: "
            f"service {ours[-1]:.1f}, loop {theirs[-1]:.1f}"
        )
    return {
        **{name: round(median(figures[name] for figures in alone), 2) for name in alone[0] if name != "ms_by_batch"},
        "ms_by_batch": {
            size: round(median(figures["ms_by_batch"][size] for figures in alone), 1)
            for size in alone[0]["ms_by_batch"]
        },
        "frames_per_core_s": round(median(ours), 1),
        "naive_frames_per_core_s": round(median(theirs), 1),
        "vs_naive": round(median(a / b for a, b in zip(ours, theirs, strict=True)), 2),
        "frames": through.frames,
        "naive_frames": loop["frames"],
        "net": net,
        "rounds": rounds,
    }


def _child(module: str, clip: Path, net: str) -> dict[str, Any]:
    command = [sys.executable, "-m", f"stream_engine.bench.{module}", str(clip), net]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=RUN_TIMEOUT_S)
    figures: dict[str, Any] = msgspec.json.decode(done.stdout)
    return figures
