"""propagate: detections in, objects and their masks on every frame out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stream_engine.boxes import moved
from stream_engine.config import PropagateConfig
from stream_engine.messages import CameraMove, Detection, Detections, FrameRef, Mask, Masks
from stream_engine.pictures import Pictures
from stream_engine.stages import Stage

HOLD = 5  # frames for which the last detections may stand in; people walk on


def build(settings: PropagateConfig, pictures: Pictures) -> Stage[Detections, Masks]:
    """The stage that the configuration asks for."""
    return NETS[settings.net]()


class Seen(NamedTuple):
    """What detect found when it last looked at a stream, and the frame to which that was carried since."""

    looked_seq: int
    at: FrameRef
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
            last: Seen | None = Seen(frame.seq, frame, job.items)
        else:
            last = _standing_in(self._last.get(frame.stream), job)
        if last is None:
            self.forget(frame.stream)
            return ()
        self._last[frame.stream] = last
        return tuple(Mask(None, item.role, item.score, item.box_px, None, fresh=job.looked) for item in last.items)

    def forget(self, stream: str) -> None:
        """What was found last is of no use any more."""
        self._last.pop(stream, None)


def _standing_in(last: Seen | None, job: Detections) -> Seen | None:
    """What was found last, where it is now; None if that cannot be said."""
    frame, move = job.frame, job.camera
    if last is None or job.cut or frame.seq - last.looked_seq > HOLD:
        return None
    same_size = (frame.width, frame.height) == (last.at.width, last.at.height)
    if move is None:
        return last._replace(at=frame) if same_size else None
    if move.since_seq != last.at.seq or not same_size:
        return None  # it tells the way from a frame that was lost here
    return Seen(last.looked_seq, frame, carried(last.items, move, (frame.width, frame.height)))


def carried(items: Sequence[Detection], move: CameraMove, size: tuple[int, int]) -> tuple[Detection, ...]:
    """Where things are that did not move while the camera did; who left the picture is left out."""
    boxes = moved(np.reshape(move.matrix, (2, 3)), np.array([item.box_px for item in items]).reshape(-1, 4))
    boxes = boxes.clip(0, size * 2)
    return tuple(
        Detection(item.role, item.score, (left, top, right, bottom))
        for item, (left, top, right, bottom) in zip(items, boxes.tolist(), strict=True)
        if right > left and bottom > top
    )


NETS = {"none": Off}
