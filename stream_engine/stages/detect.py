"""detect: whole frame in, boxes of players, goalkeepers, referees and ball out."""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

from stream_engine.backends import load
from stream_engine.config import DetectConfig
from stream_engine.engines.nets import open_net
from stream_engine.messages import Detection, Detections, FrameRef, Gap, gap_of
from stream_engine.models.detectors import FAMILIES, Detector
from stream_engine.pictures import FrameGone, Pictures
from stream_engine.stages import Stage

logger = logging.getLogger("stream_engine.detect")


def build(settings: DetectConfig, pictures: Pictures) -> Stage[FrameRef, Detections]:
    """The stage that the configuration asks for."""
    if settings.net == "none":
        return Off()
    row, net = open_net(settings)
    logger.info("%s runs with %d thread(s)", row.name, settings.threads)
    thresholds = row.thresholds | settings.thresholds
    detector: Detector = load(FAMILIES, row.family)(net, row, thresholds, settings.max_detections)
    return Detect(detector, pictures, settings)


class Off:
    """Passes frames on with nothing found."""

    def process(self, jobs: Sequence[FrameRef]) -> list[Detections]:
        return [_nothing(job) for job in jobs]

    def forget(self, stream: str) -> None:
        """Nothing is kept."""


class Detect:
    """Looks at every n-th frame of each stream, all streams' frames in one batch."""

    def __init__(self, detector: Detector, pictures: Pictures, settings: DetectConfig) -> None:
        self._detector, self._pictures, self._settings = detector, pictures, settings
        self._seen: Counter[str] = Counter()
        self.unusable = 0  # answers that were not numbers

    def process(self, jobs: Sequence[FrameRef]) -> list[Detections | Gap]:
        """Frames that are not looked at pass on as they are."""
        done: dict[int, Detections | Gap] = {}
        taken: dict[int, Any] = {}
        for place, job in enumerate(jobs):
            due = self._seen[job.stream] % self._settings.every == 0
            self._seen[job.stream] += 1
            if not due:
                done[place] = _nothing(job)
                continue
            try:
                with self._pictures.view(job) as picture:
                    copy = self._detector.take(picture)
                taken[place] = copy  # only now is it sure that the picture stayed while it was copied
            except FrameGone:
                done[place] = gap_of(job, "late", "its picture was overwritten before detect could read it")
        for place, found in zip(taken, self._detector.answer(list(taken.values())), strict=True):
            done[place] = self._told(jobs[place], found)
        return [done[place] for place in range(len(jobs))]

    def _told(self, job: FrameRef, found: tuple[Detection, ...] | None) -> Detections:
        if found is not None:
            return Detections(job, None, True, found, job.times)
        self.unusable += 1
        if self.unusable & (self.unusable - 1) == 0:  # the first, the second, the fourth …
            logger.warning("the detector gave no numbers for %d frame(s), last %s", self.unusable, job.stream)
        return _nothing(job)

    def forget(self, stream: str) -> None:
        """The next frame of the stream is looked at."""
        self._seen.pop(stream, None)


def _nothing(job: FrameRef) -> Detections:
    return Detections(job, None, False, (), job.times)
