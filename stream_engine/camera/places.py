"""Cameras that were on air before: the last picture of each shot, and how one that is back has moved since."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stream_engine.camera.cuts import WIPE_FRAMES
from stream_engine.messages import Box

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Points = NDArray[np.float32]

PLACES = 6  # pictures that are remembered; the oldest gives way
TRIES = (0, 6, 12, 18)  # frames after a cut at which the picture is compared; a wipe takes as long to leave
FEATURES = 400
CONTRAST = 0.015  # of a feature; OpenCV's 0.04 leaves out lines on grass and crowds in the dark
OVERLAY = 4.0  # levels around a pixel by which pictures of two cameras are alike where graphics lie over both
RATIO = 0.8  # of a match's distance to the next best one's (Lowe 2004)
APART_PX, ROUNDS = 3.0, 300
FEWEST, LEAST_SHARE = 14, 0.3  # matches that agree, and of how many
CELLS, FEWEST_CELLS = (16, 9), 8  # boards and crests repeat, but not all over the picture
GRID = (17, 10)  # points at which a movement is judged
LEAST_SEEN = 0.1  # of them, that lie in both pictures
MOST_ZOOM, MOST_ROLL = 3.0, 0.14
MOST_STRETCH = 0.06  # a camera that turns and zooms stays below 0.032, another one's picture begins at 0.087
PITCH = 1 / 3  # of the picture's height, below which it is mostly pitch


class Shown(NamedTuple):
    """A small picture, and who is in it: people move on their own."""

    seq: int
    luma: Bytes
    people: Sequence[Box]


class Return(NamedTuple):
    """Points (x, y, 1) of frame `since_seq`, times `matrix`, lie about there now; in small pictures' pixels."""

    since_seq: int
    matrix: Floats  # 2, 3: what comes closest to the homography over the pitch
    confidence: float  # share of the matches that moved so


class Place(NamedTuple):
    """What is remembered of a shot's last picture."""

    seq: int
    points: Points
    features: Points  # a row of 128 for each


class Places:
    """One stream's of one epoch: `seq` begins anew with the next, so nothing is taken along."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._recent: deque[Shown] = deque(maxlen=WIPE_FRAMES + 1)
        self._here: Place | None = None  # where the camera on air was before
        self._due: list[int] = []  # frames from which the picture is compared
        self._ended: Bytes = np.empty((0, 0), np.uint8)

    def look(self, before: Shown, now: Shown, cut: bool, wiped: bool) -> Return | None:
        """How the camera has moved since it was last on air, at the frame in which it is recognised."""
        self._recent.append(before)
        if cut:
            self._end(self._recent[0] if wiped else before, now)
            self._due = [now.seq + frames for frames in TRIES[wiped:]]  # the last camera still shows beside a wipe
        if not self._due or now.seq < self._due[0]:
            return None
        self._due = [seq for seq in self._due if seq > now.seq]
        return self._recognised(now)

    def lose_sight(self) -> None:
        """Another camera may have come on air unseen."""
        self._recent.clear()
        self._here, self._due = None, []

    def _end(self, last: Shown, now: Shown) -> None:
        """The shot's last picture takes the place of what was known of its camera."""
        place = place_of(last, now.luma)
        if len(place.points) >= FEWEST:
            kept = [known for known in self._places if known is not self._here]
            self._places = [*kept, place][-PLACES:]
        self._recent.clear()
        self._here, self._ended = None, last.luma

    def _recognised(self, now: Shown) -> Return | None:
        seen = place_of(now, self._ended)
        for place in reversed(self._places):
            if found := moved_between(place, seen, now.luma.shape):
                self._here, self._due = place, []
                return found
        return None


def place_of(shown: Shown, other: Bytes) -> Place:
    """Features that are on no people, and on no graphics that lie over another camera's picture as well.

    SIFT doubles what it is given; from half the picture it takes as much as it needs, in a quarter of the time.
    """
    alike = cv2.blur(cv2.absdiff(shown.luma, other), (9, 9))
    allowed = np.where(alike < OVERLAY, 0, 255).astype(np.uint8)
    for left, top, right, bottom in shown.people:
        allowed[max(int(top), 0) : max(int(bottom) + 1, 0), max(int(left), 0) : max(int(right) + 1, 0)] = 0
    half = cv2.resize(shown.luma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    where = cv2.resize(allowed, half.shape[::-1], interpolation=cv2.INTER_NEAREST)
    found, features = cv2.SIFT.create(FEATURES, contrastThreshold=CONTRAST).detectAndCompute(half, where)
    if features is None:
        return Place(shown.seq, np.empty((0, 2), np.float32), np.empty((0, 128), np.float32))
    points = np.asarray(cv2.KeyPoint.convert(found), np.float32) * 2 + np.float32(0.5)
    rooted = np.sqrt(features / np.maximum(features.sum(1, keepdims=True), 1e-6))  # Arandjelović 2012
    return Place(shown.seq, points, np.asarray(rooted, np.float32))


def moved_between(old: Place, new: Place, shape: tuple[int, ...]) -> Return | None:
    """How a camera went from one picture to the other, if it is sure that it is the same."""
    there, here = _matches(old, new)
    if len(there) < FEWEST:
        return None
    matrix, agreeing = cv2.findHomography(there, here, cv2.RANSAC, APART_PX, maxIters=ROUNDS, confidence=0.995)
    if matrix is None or not np.isfinite(matrix).all():
        return None
    agrees = agreeing[:, 0] == 1
    size = np.array((shape[1], shape[0]))
    cells = {(int(x), int(y)) for x, y in here[agrees] / size * CELLS}
    if agrees.sum() < FEWEST or agrees.mean() < LEAST_SHARE or len(cells) < FEWEST_CELLS:
        return None
    flat = flattened(np.asarray(matrix, np.float64), size)
    return None if flat is None else Return(old.seq, flat, float(agrees.mean()))


def _matches(old: Place, new: Place) -> tuple[Points, Points]:
    """Where the same features lie in both."""
    if min(len(old.points), len(new.points)) < FEWEST:
        return old.points[:0], new.points[:0]
    nearest = cv2.BFMatcher(cv2.NORM_L2).knnMatch(new.features, old.features, k=2)
    kept = [best for best, second in nearest if best.distance < RATIO * second.distance]
    return old.points[[best.trainIdx for best in kept]], new.points[[best.queryIdx for best in kept]]


def flattened(homography: Floats, size: Floats) -> Floats | None:
    """The affine movement closest to it over the pitch in both pictures; None if no camera turns and zooms so."""
    columns, rows = (np.linspace(0, side, count) for side, count in zip(size, GRID, strict=True))
    points = np.stack(np.meshgrid(columns, rows, indexing="ij"), -1).reshape(-1, 2)
    whole = np.column_stack((points, np.ones(len(points)))) @ homography.T
    ahead = whole[:, 2] > 0
    moved = whole[:, :2] / np.where(ahead, whole[:, 2], 1.0)[:, None]
    both = ahead & (moved >= 0).all(1) & (moved <= size).all(1)
    if both.mean() < LEAST_SEEN or not _turns_and_zooms(homography, whole[both, 2], moved[both]):
        return None
    pitch = both & (points[:, 1] >= PITCH * size[1]) & (moved[:, 1] >= PITCH * size[1])
    if pitch.mean() < LEAST_SEEN:
        return None
    matrix, *_ = np.linalg.lstsq(np.column_stack((points, np.ones(len(points))))[pitch], moved[pitch], rcond=None)
    return np.asarray(matrix.T, np.float64)


def _turns_and_zooms(homography: Floats, depth: Floats, moved: Floats) -> bool:
    """Whether it zooms within reason, hardly rolls and hardly stretches, at all of these points."""
    slopes = (homography[:2, :2] - moved[:, :, None] * homography[2, :2]) / depth[:, None, None]
    (a, b), (c, d) = slopes.transpose(1, 2, 0)
    zoom, stretch = np.hypot(a + d, c - b) / 2, np.hypot(a - d, b + c) / 2
    roll = np.abs(np.arctan2(c - b, a + d))
    within = (zoom < MOST_ZOOM) & (zoom > 1 / MOST_ZOOM) & (stretch < MOST_STRETCH * zoom) & (roll < MOST_ROLL)
    return bool(within.all())
