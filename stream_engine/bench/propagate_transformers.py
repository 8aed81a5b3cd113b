"""`python -m stream_engine.bench.propagate_transformers [FRAMES OBJECTS THREADS WARM FOLDER]`: beside the library.

SAM 2.1 with tiny's shapes and random weights, exported here; each runs in its own process, frame by frame in turn.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec

from stream_engine.bench.service import cpu_seconds, resident_mb
from stream_engine.bench.spine import Say
from stream_engine.engines import VARIABLE, EngineError

NEEDED = ("torch", "transformers", "onnx", "onnxscript", "safetensors")
EXPORT = Path(__file__).parents[2] / "tools/export"
FRAME_SIDE = 512
LIBRARY = "transformers_512"
WHOLE = "frame_512"
OURS = {WHOLE: ("frame", 512), "region_224": ("region", 224), "region_128": ("region", 128)}
TIMEOUT_S = 1800.0


class Counts(NamedTuple):
    """Of what there is how much."""

    frames: int = 6
    objects: int = 8
    threads: int = 1  # of each
    warm: int = 8  # frames before those: by then every slot for memories is taken


FEW = Counts()


class Frame(NamedTuple):
    """One frame of one of them."""

    ms: dict[str, float]
    cpu_s: float  # which other work on the machine does not lengthen
    rss_mb: float

    @property
    def all_ms(self) -> float:
        return sum(self.ms.values())


class Runner:
    """A child that works on a frame when it is told to."""

    def __init__(self, words: Sequence[str], environment: dict[str, str]) -> None:
        self._words = [f"stream_engine.bench.{words[0]}", *words[1:]]
        command = [sys.executable, "-m", *self._words]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, env=environment, text=True, stdin=pipe, stdout=pipe)
        self._line()

    def step(self) -> Frame:
        assert self._process.stdin
        pid, before = self._process.pid, cpu_seconds(self._process.pid)
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        ms = msgspec.json.decode(self._line(), type=dict[str, float])
        return Frame(ms, cpu_seconds(pid) - before, resident_mb(pid))

    def _line(self) -> str:
        assert self._process.stdout
        if line := self._process.stdout.readline():
            return line
        raise EngineError(f"{' '.join(self._words)} ended with {self._process.wait()}; what it said is above")

    def close(self) -> None:
        with self._process:  # which closes the pipes and waits
            self._process.kill()


def bench_propagate_transformers(say: Say, counts: Counts = FEW, kept: Path | None = None) -> dict[str, Any]:
    """Medians over the frames; in each round every one of them works on one frame, one after the other.

    `kept`: the folder where what is exported stays, and is found the next time.
    """
    if lacking := [name for name in NEEDED if find_spec(name) is None]:
        raise EngineError(f"{lacking[0]} is missing: .venv/bin/pip install -c constraints.txt -e '.[export]'")
    with TemporaryDirectory(prefix="stream-engine-bench-") as scratch, ExitStack() as running:
        folder = kept or Path(scratch)
        environment = os.environ | {VARIABLE: str(folder / "engines"), "OMP_NUM_THREADS": str(counts.threads)}
        _export(say, folder, environment)
        how = [str(counts.objects), str(counts.threads)]
        runners = {LIBRARY: ["propagate_library", "run", str(folder / "weights"), *how]}
        runners |= {name: ["propagate_alone", name, *how] for name in OURS}
        started = {}
        for name, words in runners.items():
            started[name] = Runner(words, environment)
            running.callback(started[name].close)
        rounds, most = [], counts.warm + counts.frames
        for number in range(most):
            rounds.append({name: runner.step() for name, runner in started.items()})
            said = ", ".join(f"{name} {frame.all_ms:.0f}" for name, frame in rounds[-1].items())
            say(f"frame {number + 1}/{most}: ms: {said}")
    return figures(rounds[counts.warm :]) | counts._asdict()


def _export(say: Say, folder: Path, environment: dict[str, str]) -> None:
    weights, engines = folder / "weights", folder / "engines"
    make = [sys.executable, "-m", "stream_engine.bench.propagate_library", "make", str(weights), str(FRAME_SIDE)]
    if not weights.exists():
        subprocess.run(make, env=environment, check=True, timeout=TIMEOUT_S, stderr=subprocess.DEVNULL)
    for name, (mode, side) in OURS.items():
        if (engines / f"{name}.memorize.onnx").exists():
            continue
        say(f"exporting {name}")
        options = ["--name", name, "--mode", mode, "--side", str(side), "--out", str(engines)]
        command = [sys.executable, str(EXPORT), "sam2", str(weights), *options]
        subprocess.run(command, env=environment, check=True, timeout=TIMEOUT_S, stderr=subprocess.DEVNULL)


def figures(rounds: Sequence[dict[str, Frame]]) -> dict[str, Any]:
    """How many times as many frames a second as the library, and as our own mode of whole frames; the same objects."""
    names = list(rounds[0])
    spent = {name: [frames[name].all_ms for frames in rounds] for name in names}
    cpu = {name: [frames[name].cpu_s for frames in rounds] for name in names}
    return {
        "vs_transformers": {
            **{name: _ratio(spent[LIBRARY], spent[name]) for name in OURS},
            "by_cpu_time": {name: _ratio(cpu[LIBRARY], cpu[name]) for name in OURS},
            "vs_frame_512": {name: _ratio(spent[WHOLE], spent[name]) for name in OURS if name != WHOLE},
            "vs_frame_512_by_cpu_time": {name: _ratio(cpu[WHOLE], cpu[name]) for name in OURS if name != WHOLE},
            "rss_mb_per_frame": {name: round(_growth([frames[name].rss_mb for frames in rounds]), 2) for name in names},
            "ms_by_part": {
                name: {
                    part: round(median(frames[name].ms[part] for frames in rounds), 1) for part in rounds[0][name].ms
                }
                for name in names
            },
        },
        "frames_per_s": {name: round(1000 / median(spent[name]), 3) for name in names},
        "cpu_s_per_frame": {name: round(median(cpu[name]), 2) for name in names},
        "rss_mb": {name: round(rounds[-1][name].rss_mb) for name in names},
    }


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    return round(median(a / b for a, b in zip(theirs, ours, strict=True)), 2)


def _growth(sizes: Sequence[float]) -> float:
    """From one frame to the next."""
    return (sizes[-1] - sizes[0]) / max(len(sizes) - 1, 1)


if __name__ == "__main__":
    asked = Counts(*map(int, sys.argv[1:5]))
    told = bench_propagate_transformers(print, asked, Path(sys.argv[5]) if len(sys.argv) > 5 else None)
    print(msgspec.json.encode(told).decode())
