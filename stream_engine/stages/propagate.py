"""propagate: detections in, objects and their masks on every frame out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stream_engine.boxes import moved
from stream_engine.config import StageConfig
from stream_engine.messages import CameraMove, Detection, Detections, Mask, Masks
from stream_engine.pictures import Pictures
from stream_engine.stages import Stage

HOLD = 5  # frames for which the last detections may stand in; people walk on


def build(settings: StageConfig, pictures: Pictures) -> Stage[Detections, Masks]:
    """The stage that the configuration asks for."""
    return NETS[settings.net]()


class Seen(NamedTuple):
    """What detect found when it last looked at a stream, and in which frame."""

    seq: int
    items: tuple[Detection, ...]


class Off:
    """Passes detections on as objects that nobody follows, without masks.

    Where detect did not look, what it found last stands in as not fresh, carried by the camera's movement: for at most
    HOLD frames, and not over a cut.
    """

    def __init__(self) -> None:
        self._last: dict[str, Seen] = {}

    def process(self, jobs: Sequence[Detections]) -> list[Masks]:
        return [Masks(job.frame, job.cut, job.camera, self._objects(job), job.times) for job in jobs]

    def _objects(self, job: Detections) -> tuple[Mask, ...]:
        frame = job.frame
        if job.looked:
            self._last[frame.stream] = Seen(frame.seq, job.items)
        elif job.cut:
            self.forget(frame.stream)
        elif job.camera and (held := self._last.get(frame.stream)):
            self._last[frame.stream] = Seen(held.seq, carried(held.items, job.camera))
        last = self._last.get(frame.stream)
        if last is None or frame.seq - last.seq > HOLD:
            return ()
        return tuple(Mask(None, item.role, item.score, item.box_px, None, fresh=job.looked) for item in last.items)

    def forget(self, stream: str) -> None:
        """What was found last is of no use any more."""
        self._last.pop(stream, None)


def carried(items: Sequence[Detection], move: CameraMove) -> tuple[Detection, ...]:
    """Where things are that did not move while the camera did."""
    boxes = moved(np.reshape(move.matrix, (2, 3)), np.array([item.box_px for item in items]).reshape(-1, 4))
    return tuple(
        Detection(item.role, item.score, (left, top, right, bottom))
        for item, (left, top, right, bottom) in zip(items, boxes.tolist(), strict=True)
    )


NETS = {"none": Off}
