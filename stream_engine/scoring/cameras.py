"""How well the director's cuts were noticed, and how well the camera was followed.

A cut at once is found by an event that says `cut` at its first frame or one of the two after; one under a wipe, by an
event within the wipe or up to three frames after it. An event finds one cut, and every other that says `cut` is false.
The first frames of a pass are left out: where a looped clip begins again, it does jump.

The camera's movement is compared where it takes the four corners of the picture from the frame before, in pixels of
1080p: the mean of their distances to where the truth takes them. Cuts and wipes are left out, and frames whose event
tells the movement since another frame than the one before; how many are left is told with the error.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from stream_engine.boxes import Floats
from stream_engine.messages import CameraReport, TrackEvent
from stream_engine.scoring.align import Aligned
from stream_engine.scoring.read import Truth

LATE, LATE_WIPE = 2, 3  # frames after a cut, and after a wipe, in which it may still be noticed


class CutCounts(NamedTuple):
    """Cuts that were found, that were to be found, and that were none."""

    found: int
    wanted: int
    false: int
    told: bool  # any event says whether there was a cut

    @property
    def recall(self) -> float | None:
        return self.found / self.wanted if self.wanted and self.told else None


def count_cuts(passes: Sequence[Sequence[Aligned]]) -> CutCounts:
    """Over all passes."""
    counts = [_cuts_of(frames) for frames in passes]
    told = any(frame.event and frame.event.cut is not None for frames in passes for frame in frames)
    found, wanted, false = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0, 0)
    return CutCounts(found, wanted, false, told)


def _cuts_of(frames: Sequence[Aligned]) -> tuple[int, int, int]:
    said = [at for at, frame in enumerate(frames) if at > LATE and frame.event and frame.event.cut]
    windows = [_window(frames, at) for at, frame in enumerate(frames) if at > LATE and frame.truth.cut]
    left = list(said)
    found = 0
    for first, last in windows:
        hit = next((at for at in left if first <= at <= last), None)
        if hit is not None:
            left.remove(hit)
            found += 1
    return found, len(windows), len(left)


def _window(frames: Sequence[Aligned], at: int) -> tuple[int, int]:
    """First and last frame at which a cut may be noticed."""
    if not frames[at].truth.wipe:
        return at, at + LATE
    first = last = at
    while first and frames[first - 1].truth.wipe:
        first -= 1
    while last + 1 < len(frames) and frames[last + 1].truth.wipe:
        last += 1
    return first, last + LATE_WIPE


class CameraErrors(NamedTuple):
    """Errors of the movements that were told, in pixels of 1080p, and how many there were to tell."""

    px: Floats
    wanted: int

    @property
    def coverage(self) -> float | None:
        return len(self.px) / self.wanted if self.wanted else None


def camera_errors(truth: Truth, passes: Sequence[Sequence[Aligned]]) -> CameraErrors:
    """Of every frame whose camera is the one of the frame before."""
    header = truth.header
    corners = np.array([(x, y, 1.0) for x in (0, header.width) for y in (0, header.height)])
    errors, wanted = [], 0
    for before, now in (pair for frames in passes for pair in pairwise(frames) if _steady(*pair)):
        wanted += 1
        if told := _told(before.event, now.event):
            old, new = (np.reshape(frame.truth.homography, (3, 3)) for frame in (before, now))
            apart = corners @ np.reshape(told.matrix, (2, 3)).T - _on(corners, new @ np.linalg.inv(old))
            errors.append(float(np.hypot(*apart.T).mean()))
    return CameraErrors(np.array(errors) / truth.scale, wanted)


def _steady(before: Aligned, now: Aligned) -> bool:
    return before.truth.shot_no == now.truth.shot_no and not (before.truth.wipe or now.truth.wipe)


def _told(before: TrackEvent | None, now: TrackEvent | None) -> CameraReport | None:
    if before is None or now is None:
        return None
    same = before.epoch == now.epoch and now.camera is not None and now.camera.since_seq == before.seq
    return now.camera if same else None


def _on(points: Floats, matrix: Floats) -> Floats:
    moved = points @ matrix.T
    return np.asarray(moved[:, :2] / moved[:, 2:], np.float64)
