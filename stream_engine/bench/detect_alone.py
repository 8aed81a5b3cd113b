"""`python -m stream_engine.bench.detect_alone CLIP NET`: what the detect stage takes for a frame, on one core."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import limit_threads
from stream_engine.camera import Camera, shrunk
from stream_engine.config import DetectConfig
from stream_engine.engines.nets import open_detector
from stream_engine.messages import FrameRef
from stream_engine.models.detectors import Detector
from stream_engine.stages.detect import Detect
from stream_engine.video import VideoReader, nv12_of

FRAMES = 48  # of the clip, at most
BATCHES = (1, 2, 4, 8)
WARM = 4

Bytes = NDArray[np.uint8]


class Kept:
    """Pictures that stay."""

    def __init__(self, pictures: list[Bytes]) -> None:
        self._pictures = pictures

    @contextmanager
    def view(self, ref: FrameRef) -> Iterator[Bytes]:
        yield self._pictures[ref.slot]


def main() -> None:
    """Print the medians."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    limit_threads(1)
    with VideoReader(Path(sys.argv[1])) as reader:
        pictures = [nv12_of(picture) for picture in islice(reader.pictures(), FRAMES)]
    settings = DetectConfig(net=sys.argv[2])
    _, detector = open_detector(settings)
    count = len(pictures)
    camera, whole = Camera(), Detect(detector, Kept(pictures), settings)
    bare = Detect(detector, Kept(pictures), msgspec.structs.replace(settings, camera=False))
    frames = [_ref(number, picture) for number, picture in enumerate(pictures)]
    taken = [detector.take(picture) for picture in pictures]
    figures = {
        "ms_per_frame": _ms(lambda at: bare.process([frames[at]]), count),
        "ms_per_frame_with_camera": _ms(lambda at: whole.process([frames[at]]), count),
        "preprocess_ms": _ms(lambda at: detector.take(pictures[at]), count),
        "camera_ms": _ms(lambda at: camera.look(frames[at], shrunk(pictures[at])), count),
        "ms_by_batch": {str(size): _ms(partial(_answer, detector, taken, size), count, size) for size in BATCHES},
    }
    print(msgspec.json.encode(figures).decode())


def _answer(detector: Detector, taken: list[Any], size: int, at: int) -> None:
    detector.answer(taken[at : at + size])


def _ms(work: Callable[[int], object], count: int, step: int = 1) -> float:
    """Median milliseconds of a piece of work on one picture after the other, or on so many at once."""
    times = []
    for at in range(0, count - step + 1, step):
        start = time.perf_counter()
        work(at)
        times.append(time.perf_counter() - start)
    return round(median(times[min(WARM, len(times) - 1) :]) * 1000, 2)


def _ref(number: int, picture: Bytes) -> FrameRef:
    rows, columns = picture.shape
    return FrameRef(
        "bench", 1, number, number, 1, columns, rows * 2 // 3, number, 0, 0, 0, None, None, "ok", False, (), ()
    )


if __name__ == "__main__":
    main()
