"""The exported detector with weights and activations of eight bits, and whether that is worth shipping."""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime as ort

from stream_engine.models.detectors.nano import Found, found
from training.detector.frames import FrameSet
from training.detector.score import LEAST, padded, score
from training.eight import Feed, quantised

LOOKS = 40  # frames that show which values occur
ROUNDS = 15


def feed_of(frames: FrameSet, number: int) -> Feed:
    """A frame as the exported network takes it."""
    luma, chroma = padded(frames.luma[number], frames.chroma[number])
    return {"luma": luma[None, None], "chroma": chroma[None]}


def quantise(exported: Path, out: Path, frames: FrameSet) -> None:
    """Eight bits for all but the last convolution, whose logarithms need more, and where places look at places."""
    stride = max(1, len(frames) // LOOKS)
    feeds = (feed_of(frames, number) for number in range(0, len(frames), stride))
    quantised(exported, out, feeds, ("Conv", "Add", "Resize"), _kept)


def _kept(nodes: Sequence[Any]) -> list[str]:
    last = [node.name for node in nodes if node.op_type == "Conv"][-1]
    return [last, *(node.name for node in nodes if "/context/" in node.name)]


def compared(files: list[Path], frames: FrameSet, numbers: range) -> dict[str, dict[str, float | None]]:
    """Milliseconds a frame on one thread, measured in turns, and AP50 of each class, by file."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = {path.name: ort.InferenceSession(str(path), options) for path in files}
    feed = feed_of(frames, numbers[0])
    times: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(ROUNDS):
        for name, session in sessions.items():
            start = time.perf_counter()
            session.run(None, feed)
            times[name].append(time.perf_counter() - start)
    return {
        name: {"ms": median(times[name]) * 1000, **score(frames, _answers(session, frames, numbers))}
        for name, session in sessions.items()
    }


def _answers(session: ort.InferenceSession, frames: FrameSet, numbers: range) -> dict[int, Found]:
    return {number: found(np.asarray(session.run(None, feed_of(frames, number))[0])[0], LEAST) for number in numbers}
