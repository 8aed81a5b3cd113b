"""One course of training: scenes, log, and how good the network is on what it has not learned from."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

from stream_engine.models.memory.settings import MemoryConfig, Mode
from training.propagator.answering import Begin, in_torch
from training.propagator.learn import Recipe, train
from training.propagator.net import NanoPropagator
from training.propagator.scenes import load
from training.propagator.score import score


def run(
    learned: Sequence[Path], probes: Sequence[Path], recipe: Recipe, out: Path, show: Callable[[str], None]
) -> NanoPropagator:
    """Train to the end of the recipe, and judge in all modes of the memory."""
    out.mkdir(parents=True, exist_ok=True)
    scenes = [scene for path in learned for scene in load(path)]
    with (out / "log.jsonl").open("a") as log:

        def tell(figures: dict[str, float]) -> None:
            line = json.dumps({name: round(value, 4) for name, value in figures.items()})
            log.write(line + "\n")
            log.flush()
            show(line)

        net = train(scenes, recipe, out, tell)
        for line in judged(in_torch(net), probes):
            log.write(line + "\n")
            show(line)
    return net


def judged(begin: Begin, probes: Sequence[Path], modes: Sequence[Mode] = get_args(Mode)) -> list[str]:
    """A line of figures for each mode of the memory."""
    scenes = [scene for path in probes for scene in load(path)]
    told = {mode: score(scenes, begin, MemoryConfig(mode=mode)) for mode in modes}
    return [
        json.dumps({"memory": mode, **{name: value and round(value, 3) for name, value in figures.items()}})
        for mode, figures in told.items()
    ]
