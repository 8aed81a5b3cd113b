"""One course of training: scenes, log, and how good the network is on what it has not learned from."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from stream_engine.models.memory.settings import MemoryConfig, Mode
from training.log import Show, line_of, log_of
from training.propagator.answering import Begin, in_torch
from training.propagator.learn import Recipe, train
from training.propagator.net import NanoPropagator
from training.propagator.scenes import load
from training.propagator.score import score


def run(learned: Sequence[Path], probes: Sequence[Path], recipe: Recipe, out: Path, show: Show) -> NanoPropagator:
    """Train to the end of the recipe, and judge in all modes of the memory."""
    scenes = [scene for path in learned for scene in load(path)]
    with log_of(out, show) as say:
        net = train(scenes, recipe, out, lambda figures: say(line_of(figures)))
        for line in judged(in_torch(net), probes):
            say(line)
    return net


def judged(begin: Begin, probes: Sequence[Path], modes: Sequence[Mode] = get_args(Mode)) -> list[str]:
    """A line of figures for each mode of the memory."""
    scenes = [scene for path in probes for scene in load(path)]
    told = {mode: score(scenes, begin, MemoryConfig(mode=mode)) for mode in modes}
    return [
        json.dumps({"memory": mode, **{name: value and round(value, 3) for name, value in figures.items()}})
        for mode, figures in told.items()
    ]
