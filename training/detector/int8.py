"""The exported detector with weights and activations of eight bits, and whether that is worth shipping."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from stream_engine.models.detectors.nano import Found, found
from training.detector.frames import FrameSet
from training.detector.score import LEAST, padded, score

LOOKS = 40  # frames that show which values occur
ROUNDS = 15

Feed = dict[str, NDArray[Any]]


class Shown(CalibrationDataReader):  # type: ignore[misc]
    """Frames for the quantiser to look at."""

    def __init__(self, frames: FrameSet, numbers: range) -> None:
        self._feeds: Iterator[Feed] = (feed_of(frames, number) for number in numbers)

    def get_next(self) -> Feed | None:
        return next(self._feeds, None)


def feed_of(frames: FrameSet, number: int) -> Feed:
    """A frame as the exported network takes it."""
    luma, chroma = padded(frames.luma[number], frames.chroma[number])
    return {"luma": luma[None, None], "chroma": chroma[None]}


def quantise(exported: Path, out: Path, frames: FrameSet) -> None:
    """Eight bits for all but the last convolution, whose logarithms need more, and where places look at places."""
    ready = out.with_suffix(".ready.onnx")
    quant_pre_process(str(exported), str(ready), skip_symbolic_shape=True)  # the sides are known
    stride = max(1, len(frames) // LOOKS)
    nodes = _nodes(ready)
    last = [node.name for node in nodes if node.op_type == "Conv"][-1]
    apart = [node.name for node in nodes if "/context/" in node.name]
    quantize_static(
        str(ready), str(out), Shown(frames, range(0, len(frames), stride)), quant_format=QuantFormat.QDQ,
        per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        op_types_to_quantize=["Conv", "Add", "Resize"], nodes_to_exclude=[last, *apart],
        reduce_range=True,  # processors without VNNI add two products in 16 bits, which eight-bit weights overflow
    )  # fmt: skip
    ready.unlink()


def _nodes(path: Path) -> list[Any]:
    import onnx

    return list(onnx.load(str(path)).graph.node)


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
