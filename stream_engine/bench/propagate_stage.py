"""`python -m stream_engine.bench.propagate_stage NET`: what the propagate stage takes for a frame, on one core.

The built-in match, its truth in place of a detector that finds everybody in every frame.
"""

import os
import sys
import time
from collections.abc import Sequence
from itertools import islice
from statistics import median

import msgspec

from stream_engine.backends.arrays import limit_threads
from stream_engine.bench.detect_alone import Bytes, Kept
from stream_engine.config import PropagateConfig
from stream_engine.demo.builtin import MATCH, VIDEO
from stream_engine.engines.nets import open_propagator
from stream_engine.messages import Detection, Detections, FrameRef
from stream_engine.models.propagators import Propagator
from stream_engine.scoring.read import read_truth
from stream_engine.scoring.truth import TruthFrame
from stream_engine.stages.propagate import Propagate
from stream_engine.video import VideoReader, nv12_of

FRAMES, WARM = 40, 10  # of the clip; those at the beginning fill the memory
OBJECTS = (1, 8, 16, 22, 44)
MOST = 22  # of one stream
VISIBLE = 0.3  # share of the body at least, in all of these frames


def main() -> None:
    """Print the medians."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    limit_threads(1)
    settings = PropagateConfig(net=sys.argv[1])
    _, propagator = open_propagator(settings)
    with VideoReader(VIDEO) as reader:
        pictures = [nv12_of(picture) for picture in islice(reader.pictures(), FRAMES)]
    frames = read_truth(MATCH).frames[:FRAMES]
    told = {str(count): _ms(propagator, settings, pictures, detections(frames, count)) for count in OBJECTS}
    figures = {"ms_by_objects": told, "people_a_stream": min(MOST, len(_always_there(frames)))}
    print(msgspec.json.encode(figures).decode())


def detections(frames: Sequence[TruthFrame], count: int) -> list[list[tuple[Detection, ...]]]:
    """Of each frame what is found in each stream: so many people in all, the same ones in every stream."""
    there = _always_there(frames)[:MOST]
    shares = [min(len(there), count - first) for first in range(0, count, len(there))]
    return [
        [
            tuple(Detection("player", 0.9, thing.box_px) for thing in frame.objects if thing.id in there[:share])
            for share in shares
        ]
        for frame in frames
    ]


def _always_there(frames: Sequence[TruthFrame]) -> list[int]:
    """Those who can be seen in all of them."""
    seen = [{thing.id for thing in frame.objects if thing.visible >= VISIBLE} for frame in frames]
    return sorted(set.intersection(*seen))


def _ms(
    propagator: Propagator, settings: PropagateConfig, pictures: list[Bytes],
    found: list[list[tuple[Detection, ...]]],
) -> float:  # fmt: skip
    """Median milliseconds for one frame of every stream at once."""
    stage, times = Propagate(propagator, Kept(pictures), settings), []
    for number, streams in enumerate(found):
        rows, columns = pictures[number].shape
        jobs = [
            Detections(_ref(f"bench{place}", number, (columns, rows * 2 // 3)), False, None, True, items, ())
            for place, items in enumerate(streams)
        ]
        start = time.perf_counter()
        stage.process(jobs)
        times.append(time.perf_counter() - start)
    return round(median(times[WARM:]) * 1000, 2)


def _ref(stream: str, number: int, size: tuple[int, int]) -> FrameRef:
    return FrameRef(stream, 1, number, number, 1, *size, number, 0, 0, 0, None, None, "ok", False, (), ())


if __name__ == "__main__":
    main()
