"""One course of training: matches, log, and how good the network is on those that it has not learned from."""

from collections.abc import Sequence
from pathlib import Path

from training.log import Show, line_of, log_of
from training.reid.crops import load
from training.reid.learn import Recipe, train
from training.reid.net import NanoReidNet
from training.reid.score import WAYS, Tell, look, score


def run(learned: Sequence[Path], recipe: Recipe, out: Path, show: Show) -> NanoReidNet:
    """Train to the end of the recipe."""
    with log_of(out, show) as say:
        return train([load(path) for path in learned], recipe, out, lambda figures: say(line_of(figures)))


def judged(tell: Tell, probes: Sequence[Path]) -> dict[str, dict[str, float]]:
    """How people of matches that nothing was learned from are told apart, by the way they are shown."""
    held = [load(path) for path in probes]
    told = {name: score([look(crops, tell, show) for crops in held]) for name, show in WAYS.items()}
    return {name: {key: round(value, 3) for key, value in figures.items()} for name, figures in told.items()}
