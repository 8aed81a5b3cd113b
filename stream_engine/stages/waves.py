"""Frames of a batch that can be worked on together: of each stream one at a time."""

from collections import Counter
from collections.abc import Sequence

from stream_engine.messages import Topic


def waves(jobs: Sequence[Topic]) -> list[list[int]]:
    """Places of jobs, of each stream one at a time and in their order."""
    several: list[list[int]] = []
    times: Counter[str] = Counter()
    for place, job in enumerate(jobs):
        number = times[job.frame.stream]
        times[job.frame.stream] += 1
        if number == len(several):
            several.append([])
        several[number].append(place)
    return several
