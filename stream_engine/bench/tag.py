"""What telling teams costs: the tag stage alone on one core, and shirts at once beside one by one."""

import subprocess
import sys
from statistics import median
from typing import Any

import msgspec

from stream_engine.bench.service import RUN_TIMEOUT_S
from stream_engine.bench.spine import Say
from stream_engine.config import StagesConfig, TagConfig
from stream_engine.engines.nets import check_stages


def bench_tag(say: Say, rounds: int, frames: int, net: str) -> dict[str, Any]:
    """The round in the middle by its slowest frames; rates and ratios are medians of all."""
    check_stages(StagesConfig(tag=TagConfig(net=net)))
    told = []
    for number in range(1, rounds + 1):
        told.append(one := _alone(net, frames))
        say(
            f"round {number}/{rounds}: p99 {one['ms']['p99']} ms a frame, {one['cpu_ms']['p99']} of CPU time; "
            f"{one['embeddings']['vs_one_by_one']['frame_at_once']} times the shirts of one by one"
        )
    middle: dict[str, Any] = sorted(told, key=lambda one: float(one["ms"]["p99"]))[len(told) // 2]
    return middle | {"embeddings": _medians([one["embeddings"] for one in told]), "net": net, "rounds": rounds}


def _medians(told: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    return {
        part: {name: round(median(one[part][name] for one in told), 4) for name in told[0][part]} for part in told[0]
    }


def _alone(net: str, frames: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "stream_engine.bench.tag_alone", net, str(frames)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=RUN_TIMEOUT_S)
    figures: dict[str, Any] = msgspec.json.decode(done.stdout)
    return figures
