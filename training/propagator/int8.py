"""The exported propagator with convolutions of eight bits."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from stream_engine.models.memory.settings import MemoryConfig
from training.propagator.answering import Feed, in_files
from training.propagator.rollout import EASY, Rollout
from training.propagator.scenes import Scene
from training.propagator.views import PLAIN

SCENES = 12  # that show which values occur
APART = 5  # steps between those that are shown
KEPT = ("/recall/", "/judge/", "/kept/", "/norm/")  # where places look at places, and where boxes come from


class Shown(CalibrationDataReader):  # type: ignore[misc]
    """What a part was given, for the quantiser to look at."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self._feeds: Iterator[Feed] = iter(feeds)

    def get_next(self) -> Feed | None:
        return next(self._feeds, None)


def quantise(files: dict[str, Path], folder: Path, scenes: Sequence[Scene]) -> dict[str, Path]:
    """Files of the same names in another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    feeds = _heard(files, scenes[:: max(1, len(scenes) // SCENES)][:SCENES])
    return {part: _quantised(path, folder / path.name, feeds[part]) for part, path in files.items()}


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


def _quantised(exported: Path, out: Path, feeds: Sequence[Feed]) -> Path:
    ready = out.with_suffix(".ready.onnx")
    quant_pre_process(str(exported), str(ready), skip_symbolic_shape=True)
    nodes: list[Any] = list(onnx.load(str(ready)).graph.node)
    last = [node.name for node in nodes if node.op_type == "Conv" and "/mask/" in node.name]
    apart = [node.name for node in nodes if any(place in node.name for place in KEPT)]
    quantize_static(
        str(ready), str(out), Shown(feeds), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        op_types_to_quantize=["Conv", "Add", "Resize", "Concat"], nodes_to_exclude=[*last, *apart],
        reduce_range=True,  # processors without VNNI add two products in 16 bits, which eight-bit weights overflow
    )  # fmt: skip
    ready.unlink()
    return out
