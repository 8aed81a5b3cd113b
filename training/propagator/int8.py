"""The exported propagator with convolutions of eight bits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stream_engine.models.memory.settings import MemoryConfig
from training.eight import Feed, quantised
from training.propagator.answering import in_files
from training.propagator.rollout import EASY, Rollout
from training.propagator.scenes import Scene
from training.propagator.views import PLAIN

SCENES = 12  # that show which values occur
APART = 5  # steps between those that are shown
KINDS = ("Conv", "Add", "Resize", "Concat")
KEPT = ("/recall/", "/judge/", "/kept/", "/norm/")  # where places look at places, and where boxes come from


def quantise(files: dict[str, Path], folder: Path, scenes: Sequence[Scene]) -> dict[str, Path]:
    """Files of the same names in another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    feeds = _heard(files, scenes[:: max(1, len(scenes) // SCENES)][:SCENES])
    return {part: quantised(path, folder / path.name, feeds[part], KINDS, _kept) for part, path in files.items()}


def _heard(files: dict[str, Path], scenes: Sequence[Scene]) -> dict[str, list[Feed]]:
    """What each part is given in closed loop, now and then."""
    feeds: dict[str, list[Feed]] = {part: [] for part in files}
    times = dict.fromkeys(files, 0)

    def hear(part: str, feed: Feed) -> None:
        if times[part] % APART == 0:
            feeds[part].append(feed)
        times[part] += 1

    begin = in_files(files, hear)
    for scene in scenes:
        rollout, step = Rollout(scene, PLAIN, np.random.default_rng(0), EASY, MemoryConfig()), begin()
        while not rollout.over:
            asked = rollout.ask()
            rollout.told(*step(asked), truth=asked.views.own)
    return feeds


def _kept(nodes: Sequence[Any]) -> list[str]:
    """The convolution that gives the mask's logits, and what is in KEPT."""
    last = [node.name for node in nodes if node.op_type == "Conv" and "/mask/" in node.name]
    return [*last, *(node.name for node in nodes if any(place in node.name for place in KEPT))]
