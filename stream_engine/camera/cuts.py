"""Where the director changed the camera: at once, or under a wipe."""

from collections import deque
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stream_engine.camera.motion import Move

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

THUMB = (120, 68)  # columns, rows: where pictures are compared
BLOCKS = (15, 9)
BINS = 32  # of the histogram of luma
MOVED, CHANGED = 6.0, 12.0  # mean difference of a block's levels that the camera's movement does not explain
QUIET_FRAMES = 15  # after a cut, in which no other is believed; a wipe takes as long to leave as to come
DOUBT, LOST = 0.5, 0.3  # of the movement's confidence: ask closer; it says nothing
SURE = 0.7  # of the confidence of the frames before
SAME_PICTURE = 0.18  # share of corners found again, below which it is another picture
ELSEWHERE = 0.5  # share of blocks that moved on their own, above which the camera has jumped
WIPE_FRAMES = 12  # within which a wipe covers the picture
COVERING = 0.4  # share of blocks that changed before a jump, above which a wipe was under way; people change 0.25
COVERED, REPAINTED = 0.85, 0.4  # share of blocks that changed in that time; share of levels that are others than before
CORNERS, BACK_PX, LIKE = 200, 0.7, 12.0


class Glance(NamedTuple):
    """What is remembered of a frame."""

    confidence: float
    changed: NDArray[np.bool_]
    levels: Floats  # histogram, sums to 1


class CutFinder:
    """One stream's."""

    def __init__(self) -> None:
        self._past: deque[Glance] = deque(maxlen=WIPE_FRAMES)
        self._quiet_until = 0
        self.wiped = False  # whether the last cut came under a wipe

    def is_cut(self, seq: int, before: Bytes, now: Bytes, move: Move) -> bool:
        """Whether this is the first frame of another camera, or the one at which a wipe has covered the last."""
        if seq < self._quiet_until:
            return False
        unexplained = _unexplained(before, now, move)
        glance = Glance(move.confidence, unexplained > CHANGED, _levels(now))
        jumped = self._jumped(before, now, move, unexplained)
        cut = jumped or self._wiped(glance)
        if cut:
            self.wiped = not jumped or self._changed() >= COVERING
            self._past.clear()
            self._quiet_until = seq + QUIET_FRAMES
        else:
            self._past.append(glance)
        return cut

    def _jumped(self, before: Bytes, now: Bytes, move: Move, unexplained: Floats) -> bool:
        if move.confidence >= DOUBT:
            return False
        if found_again(before, now) < SAME_PICTURE:
            return True
        usual = np.median([glance.confidence for glance in self._past]) if self._past else 0.0
        return bool(move.confidence < LOST and usual > SURE and (unexplained > MOVED).mean() > ELSEWHERE)

    def _wiped(self, glance: Glance) -> bool:
        if len(self._past) < WIPE_FRAMES:
            return False
        covered = np.logical_or.reduce([glance.changed, *(past.changed for past in self._past)]).mean()
        repainted = np.abs(glance.levels - self._past[0].levels).sum() / 2
        return bool(covered >= COVERED and repainted >= REPAINTED)

    def _changed(self) -> float:
        """Share of blocks that changed in the frames before."""
        return float(np.logical_or.reduce([past.changed for past in self._past]).mean()) if self._past else 0.0


def found_again(before: Bytes, now: Bytes) -> float:
    """Share of corners that are followed there and back again; 1 when there is nothing to follow."""
    corners = cv2.goodFeaturesToTrack(before, CORNERS, 0.005, 5, blockSize=5)
    if corners is None or len(corners) < 8:
        return 1.0
    there, seen, unlike = cv2.calcOpticalFlowPyrLK(before, now, corners, np.empty_like(corners), winSize=(13, 13))
    back, again, _ = cv2.calcOpticalFlowPyrLK(now, before, there, np.empty_like(there), winSize=(13, 13))
    near = np.abs(back - corners).reshape(-1, 2).max(1) < BACK_PX
    return float((near & (seen[:, 0] == 1) & (again[:, 0] == 1) & (unlike[:, 0] < LIKE)).mean())


def _unexplained(before: Bytes, now: Bytes, move: Move) -> Floats:
    """How much each block differs from where the camera's movement takes it; 0 where that comes from outside."""
    height, width = now.shape
    across, down = THUMB[0] / width, THUMB[1] / height
    matrix = move.matrix * np.array(((1, across / down, across), (down / across, 1, down)))
    old, new = (cv2.resize(picture, THUMB, interpolation=cv2.INTER_AREA) for picture in (before, now))
    moved = cv2.warpAffine(old, matrix, THUMB, flags=cv2.INTER_LINEAR)
    known = cv2.warpAffine(np.ones_like(old), matrix, THUMB, flags=cv2.INTER_NEAREST)
    apart = cv2.absdiff(moved, new) * known
    return np.asarray(cv2.resize(apart.astype(np.float32), BLOCKS, interpolation=cv2.INTER_AREA), np.float32)


def _levels(picture: Bytes) -> Floats:
    counts = cv2.calcHist([picture], [0], None, [BINS], [0, 256]).ravel()
    return np.asarray(counts / picture.size, np.float32)
