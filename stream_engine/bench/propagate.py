"""What following costs: the stage alone on one core by the number of objects, and SAM 2.1 beside its library."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from stream_engine.bench.propagate_transformers import NEEDED, bench_propagate_transformers
from stream_engine.bench.service import RUN_TIMEOUT_S
from stream_engine.bench.spine import Say
from stream_engine.config import PropagateConfig, StagesConfig
from stream_engine.engines.nets import check_stages


def bench_propagate(say: Say, rounds: int, net: str, library: bool, kept: Path | None = None) -> dict[str, Any]:
    """Medians over the rounds; `library`: beside it too, which takes minutes and what exporting needs."""
    check_stages(StagesConfig(propagate=PropagateConfig(net=net)))
    told = []
    for number in range(1, rounds + 1):
        told.append(_stage(net))
        say(f"round {number}/{rounds}: ms by objects {told[-1]['ms_by_objects']}")
    by_objects = {
        count: round(median(figures["ms_by_objects"][count] for figures in told), 2)
        for count in told[0]["ms_by_objects"]
    }
    figures = {"ms_by_objects": by_objects, "people_a_stream": told[0]["people_a_stream"], "net": net, "rounds": rounds}
    if not library:
        return figures
    if lacking := [name for name in NEEDED if find_spec(name) is None]:
        say(f"without {lacking[0]} nothing is measured beside the library")
        return figures | {"vs_transformers": None}
    return figures | bench_propagate_transformers(say, kept=kept)


def _stage(net: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "stream_engine.bench.propagate_stage", net]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=RUN_TIMEOUT_S)
    figures: dict[str, Any] = msgspec.json.decode(done.stdout)
    return figures
