"""A propagator that answers one scene after another: as a network, or as its files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from training.eight import Feed
from training.propagator.export import FEATURES
from training.propagator.net import SLOTS, TOKENS, WIDTHS, NanoPropagator
from training.propagator.rollout import Asked
from training.propagator.score import Said

Part = Callable[[Feed], list[NDArray[Any]]]
Begin = Callable[[], Callable[[Asked], Said]]


def in_torch(net: NanoPropagator) -> Begin:
    """The network itself."""
    net = net.eval()

    def run(call: Callable[..., Any]) -> Part:
        @torch.inference_mode()
        def part(feed: Feed) -> list[NDArray[Any]]:
            told = call(*(torch.from_numpy(array) for array in feed.values()))
            return [each.numpy() for each in (told if isinstance(told, tuple) else (told,))]

        return part

    def head(fine: Any, middle: Any, coarse: Any, *rest: Any) -> Any:
        found = net.head((fine, middle, coarse), *rest)
        return found.mask, found.iou.sigmoid(), found.object_logit, found.body

    return _beginning({"encode": run(net.encode), "head": run(head), "memorize": run(net.memorize)})


def in_files(files: dict[str, Path], hear: Callable[[str, Feed], None] = lambda *_: None) -> Begin:
    """The exported files by part; `hear` is told what each of them is given."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = {part: ort.InferenceSession(str(path), options) for part, path in files.items()}

    def run(part: str) -> Part:
        def told(feed: Feed) -> list[NDArray[Any]]:
            hear(part, feed)
            return list(sessions[part].run(None, feed))

        return told

    return _beginning({part: run(part) for part in files})


def _beginning(parts: dict[str, Part]) -> Begin:
    def begin() -> Callable[[Asked], Said]:
        memories: list[NDArray[Any]] = []

        def step(asked: Asked) -> Said:
            count = len(asked.valid)
            features = dict(
                zip(FEATURES, parts["encode"]({"luma": asked.views.luma, "chroma": asked.views.chroma}), strict=True)
            )
            bank = np.zeros((count, SLOTS, TOKENS, 2 * WIDTHS[2]), np.float32)
            if memories:
                bank = np.stack(memories)[asked.memories, np.arange(count)[:, None]]
            told = parts["head"](
                features | {"hints": asked.hints, "bank": bank, "valid": asked.valid, "times": asked.times}
            )
            memories.append(parts["memorize"]({"coarse": features["coarse"], "mask": told[0]})[0])
            return Said(*told)

        return step

    return begin
