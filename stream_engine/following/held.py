"""What stands in for detections where the detector did not look."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stream_engine.boxes import moved
from stream_engine.messages import CameraMove, Detection, Detections, FrameRef

HOLD = 5  # frames for which the last detections may stand in; people walk on


class Seen(NamedTuple):
    """What detect found when it last looked at a stream, and the frame to which that was carried since."""

    looked_seq: int
    at: FrameRef
    items: tuple[Detection, ...]


class Held:
    """The last detections of one stream, carried by the camera's movement: for HOLD frames, and not over a cut."""

    def __init__(self) -> None:
        self._last: Seen | None = None

    def now(self, job: Detections, items: Sequence[Detection]) -> tuple[Detection, ...]:
        """`items` if the detector looked at this frame, else what stands in for them."""
        frame = job.frame
        self._last = Seen(frame.seq, frame, tuple(items)) if job.looked else _standing_in(self._last, job)
        return self._last.items if self._last else ()


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
