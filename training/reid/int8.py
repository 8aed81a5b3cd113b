"""The exported ReID network with convolutions of eight bits, and what files cost."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from training.eight import Feed, quantised
from training.reid.answering import opened
from training.reid.crops import Crops
from training.reid.export import INPUTS
from training.reid.views import plain

LOOKS = 40  # batches that show which values occur
BATCHES, ROUNDS = (1, 4, 8), 60
KEPT = ("/light/", "/attention/")  # pixels, of which eight bits are no saving, and who is where


def feeds(held: Sequence[Crops], count: int, size: int) -> Iterator[Feed]:
    """Batches of people of many matches, some of them without masks."""
    rng = np.random.default_rng(0)
    for number in range(count):
        crops = held[number * len(held) // count]
        views = [plain(crops, int(at), bool(rng.random() > 0.2)) for at in rng.choice(len(crops), size)]
        yield {name: np.stack([getattr(view, name) for view in views]) for name in INPUTS}


def quantise(exported: Path, out: Path, held: Sequence[Crops]) -> None:
    """Eight bits for all convolutions but the first and the last."""
    quantised(exported, out, feeds(held, LOOKS, 16), ("Conv",), _kept)


def _kept(nodes: Sequence[Any]) -> list[str]:
    return [node.name for node in nodes if any(place in node.name for place in KEPT)]


def costs(files: Sequence[Path], held: Sequence[Crops]) -> dict[str, dict[str, float]]:
    """Milliseconds a crop on one thread, by file and batch, measured in turns."""
    loaded = {path.name: opened(path) for path in files}
    told: dict[str, dict[str, float]] = {name: {} for name in loaded}
    for size in BATCHES:
        feed = next(feeds(held, 1, size))
        times: dict[str, list[float]] = {name: [] for name in loaded}
        for _ in range(ROUNDS):
            for name, each in loaded.items():
                start = time.perf_counter()
                each.run(None, feed)
                times[name].append(time.perf_counter() - start)
        for name, each_time in times.items():
            told[name][f"ms a crop, {size} at once"] = round(median(each_time) * 1000 / size, 3)
    return told
