"""`python -m stream_engine.bench.propagate_alone NET OBJECTS THREADS`: a propagator and its memory, and nothing else.

A frame for each line that comes in, its milliseconds by part for each that goes out.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import limit_threads
from stream_engine.config import PropagateConfig
from stream_engine.demo.builtin import VIDEO
from stream_engine.engines.nets import open_propagator
from stream_engine.models.memory.bank import Bank
from stream_engine.models.memory.evidence import Evidence
from stream_engine.models.memory.rules import decide
from stream_engine.models.memory.settings import MemoryConfig
from stream_engine.models.propagators import Answers, Hints, Prompts, Propagator
from stream_engine.video import VideoReader, nv12_of

PICTURES = 8  # of the clip, over and over: what they show makes no difference to the time
PLAYER = 0.05, 0.15  # width and height of a box, in shares of the picture
AROUND = 2  # a region's side to a box's height
RECALL = MemoryConfig(mode="recall")

Bytes = NDArray[np.uint8]


class Stopwatch:
    """Milliseconds by part of the work on one frame."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.ms[part] = self.ms.get(part, 0.0) + (time.perf_counter() - start) * 1000


def main() -> None:
    """Open it and go on for as long as somebody asks."""
    net, objects, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    limit_threads(threads)
    _, propagator = open_propagator(PropagateConfig(net=net, threads=threads))
    answer_lines(Alone(propagator, objects).step)


def answer_lines(step: Callable[[], dict[str, float]]) -> None:
    """A step for every line."""
    print("ready", flush=True)
    for _ in sys.stdin:
        print(msgspec.json.encode(step()).decode(), flush=True)


def clip_of() -> Iterator[Bytes]:
    """Pictures of the built-in match, without end."""
    with VideoReader(VIDEO) as reader:
        pictures = [nv12_of(picture) for picture in islice(reader.pictures(), PICTURES)]
    return cycle(pictures)


def places(nv12: Bytes, objects: int) -> NDArray[np.float64]:
    """Boxes side by side across the middle: left, top, width, height in shares of the picture."""
    lefts = (np.arange(objects) + 0.5) / objects - PLAYER[0] / 2
    return np.stack([lefts, *(np.full(objects, share) for share in (0.5 - PLAYER[1] / 2, *PLAYER))], 1)


class Alone:
    """Follows the same objects over the clip, remembering every frame."""

    def __init__(self, propagator: Propagator, objects: int) -> None:
        self._net, self._objects = propagator, objects
        self._bank = Bank(propagator.spec, objects, RECALL)
        self._handles = [handle for _ in range(objects) if (handle := self._bank.open()) is not None]
        self._clip, self._frame, self._rows = clip_of(), -1, np.arange(objects)
        nothing = np.zeros((objects, propagator.mask_side, propagator.mask_side), np.float32)
        self._hints = Hints(nothing, nothing)

    def step(self) -> dict[str, float]:
        """The next frame."""
        self._frame += 1
        watch, nv12 = Stopwatch(), next(self._clip)
        windows = self._windows(nv12)
        with watch("take"):
            taken = self._net.take(nv12, windows)
        with watch("encode"):
            features = self._net.encode([taken])
        with watch("gather"):
            memories = self._bank.gather(self._handles, self._frame)
        with watch("track" if self._frame else "prompt"):
            if self._frame:
                answers = self._net.track(features, self._rows, memories, self._hints)
            else:
                answers = self._net.prompt(features, self._rows, self._boxes(nv12, windows), self._hints)
        self._remember(features, answers, watch)
        return watch.ms

    def _remember(self, features: Any, answers: Answers, watch: Stopwatch) -> None:
        best = answers.iou.argmax(axis=1)
        masks, pointers = answers.masks[self._rows, best], answers.pointers[self._rows, best]
        with watch("decide"):
            evidence = _evidence(self._frame, answers)
            decisions = decide(evidence, self._bank.past(self._handles), RECALL)
        with watch("memorise"):
            memories = self._net.memorise(features, self._rows, masks, answers.object_logit, evidence.prompted)
        with watch("write"):
            self._bank.write(self._handles, decisions, memories, pointers)

    def _windows(self, nv12: Bytes) -> NDArray[np.int64]:
        size = np.array([nv12.shape[1], nv12.shape[0] * 2 // 3])
        if self._net.whole:
            return np.tile([0, 0, *size], (self._objects, 1))
        boxes = places(nv12, self._objects) * np.tile(size, 2)
        side = boxes[:, 3:] * AROUND
        corner = boxes[:, :2] + boxes[:, 2:] / 2 - side / 2
        return np.asarray(np.hstack([corner, side, side]) // 2 * 2, np.int64)

    def _boxes(self, nv12: Bytes, windows: NDArray[np.int64]) -> Prompts:
        size = np.tile([nv12.shape[1], nv12.shape[0] * 2 // 3], 2)
        boxes = places(nv12, self._objects) * size
        corners = np.stack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1)
        points = (corners - windows[:, None, :2]) / windows[:, None, 2:] * self._net.side
        labels = np.tile(np.array([2, 3], np.int32), (self._objects, 1))
        return Prompts(points, labels, self._hints.own, np.zeros(self._objects, np.bool_))


def _evidence(frame: int, answers: Answers) -> Evidence:
    """Of a frame on which nothing stands in the way."""
    count, none = len(answers.iou), np.zeros(len(answers.iou))
    return Evidence(
        frame=np.full(count, frame), object_logit=answers.object_logit, iou=answers.iou.max(axis=1),
        area=none + 1, box=np.zeros((count, 4)), alternative_iou=np.zeros((count, 0)),
        alternative_box=np.zeros((count, 0, 4)), detection_iou=none, overlap=np.eye(count), rival=none,
        at_border=none > 0, cut=none > 0, prompted=none == frame,
    )  # fmt: skip


if __name__ == "__main__":
    main()
