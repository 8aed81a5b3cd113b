"""detect: whole frame in, boxes of players, goalkeepers, referees and ball out."""

import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from stream_engine import easing
from stream_engine.backends.arrays import limit_threads
from stream_engine.camera import NOTHING, Camera, Sight, shrunk
from stream_engine.config import DetectConfig
from stream_engine.engines.nets import open_detector
from stream_engine.messages import Detection, Detections, FrameRef, Gap, gap_of
from stream_engine.models.detectors import Detector
from stream_engine.pictures import FrameGone, Pictures
from stream_engine.stages import Given, Stage

logger = logging.getLogger("stream_engine.detect")


def build(settings: DetectConfig, given: Given) -> Stage[FrameRef, Detections]:
    """The stage that the configuration asks for."""
    if settings.net == "none":
        return Off()
    limit_threads(settings.threads)
    row, detector = open_detector(settings, given.models)
    logger.info("%s runs with %d thread(s)", row.name, settings.threads)
    return Detect(detector, given.pictures, settings)


class Off:
    """Passes frames on with nothing found."""

    def process(self, jobs: Sequence[FrameRef]) -> list[Detections]:
        return [_nothing(job) for job in jobs]

    def forget(self, stream: str) -> None:
        """Nothing is kept."""


class Detect:
    """Looks at every n-th frame of each stream, all streams' frames in one batch, and at what every camera does."""

    def __init__(self, detector: Detector, pictures: Pictures, settings: DetectConfig) -> None:
        self._detector, self._pictures, self._settings = detector, pictures, settings
        self._looked: dict[str, int] = {}  # of each stream the last frame that was looked at
        self._cameras: dict[str, Camera] = {}
        self.unusable = 0  # answers that were not numbers

    def process(self, jobs: Sequence[FrameRef]) -> list[Detections | Gap]:
        """Frames that are not looked at pass on with what their camera did."""
        done: dict[int, Detections | Gap] = {}
        taken: dict[int, Any] = {}
        for place, job in enumerate(jobs):
            try:
                sight, copy = self._read(job)
            except FrameGone:
                self._looked.pop(job.stream, None)  # the next one is looked at: what stands in would be old
                done[place] = gap_of(job, "late", "its picture was overwritten before detect could read it")
                continue
            done[place] = Detections(job, sight.cut, sight.move, False, (), job.times, sight.back)
            if copy is not None:
                taken[place] = copy
        for place, found in zip(taken, self._detector.answer(list(taken.values())), strict=True):
            before = done[place]
            if isinstance(before, Detections):
                done[place] = self._told(before, found)
        return [done[place] for place in range(len(jobs))]

    def _read(self, job: FrameRef) -> tuple[Sight, Any]:
        """What the frame's camera did, and what the detector takes of the picture if it is due.

        Nothing is made of a picture before it is sure that it stayed while it was copied.
        """
        due, followed = self._is_due(job), self._settings.camera
        copy, sight = None, NOTHING
        if due or followed:
            with self._pictures.view(job) as picture:
                copy = self._detector.take(picture) if due else None
                small = shrunk(picture) if followed else None
            if small:
                sight = self._cameras.setdefault(job.stream, Camera()).look(job, small)
        if sight.cut and not due:
            with self._pictures.view(job) as picture:
                copy = self._detector.take(picture)
        if copy is not None:
            self._looked[job.stream] = job.seq
        return sight, copy

    def _is_due(self, job: FrameRef) -> bool:
        """Whether it is the n-th since the last look, lost ones counted; of an eased stream the 2nd, 4th … of those."""
        every = self._settings.every * easing.at(job.ease).looks
        return job.stream not in self._looked or job.seq - self._looked[job.stream] >= every

    def _told(self, before: Detections, found: tuple[Detection, ...] | None) -> Detections:
        stream = before.frame.stream
        if found is not None:
            if camera := self._cameras.get(stream):
                camera.saw(found)
            return msgspec.structs.replace(before, looked=True, items=found)
        self.unusable += 1
        if self.unusable & (self.unusable - 1) == 0:  # the first, the second, the fourth …
            logger.warning("the detector gave nothing that can be used for %d frame(s), last %s", self.unusable, stream)
        return before

    def forget(self, stream: str) -> None:
        """The next frame of the stream is looked at, and compared with none; cameras are known by frames' numbers."""
        self._looked.pop(stream, None)
        self._cameras.pop(stream, None)


def _nothing(job: FrameRef) -> Detections:
    return Detections(job, None, None, False, (), job.times)
