"""What one stream's camera does: its movement from frame to frame, cuts to others, and whether one is back on air."""

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stream_engine.boxes import moved
from stream_engine.camera.cuts import CutFinder
from stream_engine.camera.motion import STILL, Move, move_between
from stream_engine.camera.places import Places, Return, Shown
from stream_engine.messages import Box, CameraMove, Detection, FrameRef

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

SIZE = (480, 270)  # columns, rows of the pictures that are compared, at most
LEAST_SIDE = 64  # of them; nothing can be followed in smaller ones
LEAST_CONFIDENCE = 0.25  # of a movement that is believed
FLAT = 4.0  # standard deviation of the levels of a picture that shows nothing: black, white, one colour
MOST_LOST = 4  # frames without a picture; after more of them a fast pan looks like a cut


class Small(NamedTuple):
    """The luma of a picture, shrunk; it outlives the picture."""

    luma: Bytes
    scale: tuple[float, float]  # across, down: its pixels for one of the picture


class Sight(NamedTuple):
    """What a frame showed of the camera; None where nothing can be said."""

    cut: bool | None
    move: CameraMove | None
    back: CameraMove | None = None  # since the camera was last on air; once, when it is recognised


NOTHING = Sight(None, None)


def shrunk(nv12: Bytes) -> Small:
    """The small picture of a frame."""
    rows, columns = nv12.shape[0] * 2 // 3, nv12.shape[1]
    scale = min(SIZE[0] / columns, SIZE[1] / rows, 1.0)
    width, height = max(round(columns * scale), 1), max(round(rows * scale), 1)
    luma = cv2.resize(nv12[:rows], (width, height), interpolation=cv2.INTER_AREA)
    return Small(np.asarray(luma, np.uint8), (width / columns, height / rows))


class Camera:
    """Compares each frame of a stream with the one before; damaged and flat pictures are passed over."""

    def __init__(self) -> None:
        self._before: tuple[int, Small] | None = None
        self._seen_seq = 0
        self._people: Floats = np.empty((0, 4))
        self._cuts = CutFinder()
        self._places = Places()

    def look(self, frame: FrameRef, small: Small) -> Sight:
        """What the camera did between the last frame that showed anything and this one."""
        if frame.damaged or min(small.luma.shape) < LEAST_SIDE:
            return NOTHING
        lost = frame.seq - self._seen_seq - 1
        self._seen_seq = frame.seq
        if float(small.luma.std()) < FLAT:
            return NOTHING
        before, self._before = self._before, (frame.seq, small)
        resized = before is not None and before[1].luma.shape != small.luma.shape
        if before is None or resized or lost > MOST_LOST:
            self._cuts, self._people = CutFinder(), np.empty((0, 4))
            self._places = Places() if resized else self._places
            self._places.lose_sight()
            return NOTHING
        return self._compared(before[0], before[1].luma, frame.seq, small)

    def _compared(self, since_seq: int, old: Bytes, seq: int, small: Small) -> Sight:
        before = Shown(since_seq, old, _scaled(self._people, small.scale))
        move = move_between(old, small.luma, before.people)
        cut = self._cuts.is_cut(seq, old, small.luma, move)
        back = self._places.look(before, Shown(seq, small.luma, ()), cut, self._cuts.wiped)
        if cut or move.confidence < LEAST_CONFIDENCE:
            move = Move(STILL, 0.0 if cut else move.confidence)
        whole = _in_picture(move.matrix, small.scale)
        self._people = np.empty((0, 4)) if cut else moved(whole, self._people)
        return Sight(cut, CameraMove(since_seq, _row_by_row(whole), move.confidence), _told(back, small.scale))

    def saw(self, items: Iterable[Detection]) -> None:
        """Who was found in the last frame: people move on their own, so nothing is followed on them."""
        self._people = np.array([item.box_px for item in items if item.role != "ball"], float).reshape(-1, 4)


def _told(back: Return | None, scale: tuple[float, float]) -> CameraMove | None:
    if back is None:
        return None
    return CameraMove(back.since_seq, _row_by_row(_in_picture(back.matrix, scale)), back.confidence)


def _scaled(boxes: Floats, scale: tuple[float, float]) -> list[Box]:
    return [(left, top, right, bottom) for left, top, right, bottom in (boxes * (*scale, *scale)).tolist()]


def _in_picture(matrix: Floats, scale: tuple[float, float]) -> Floats:
    """The same movement in full-picture pixels, which are counted from a corner and not from the first one's middle."""
    small = np.array(((scale[0], 0.0, -0.5), (0.0, scale[1], -0.5), (0.0, 0.0, 1.0)))
    whole = np.linalg.inv(small) @ np.vstack((matrix, (0.0, 0.0, 1.0))) @ small
    return np.asarray(whole[:2], np.float64)


def _row_by_row(matrix: Floats) -> tuple[float, float, float, float, float, float]:
    a, b, c, d, e, f = matrix.ravel().tolist()
    return a, b, c, d, e, f
