"""How well a camera that is on air again is recognised, and where it is said to look now.

A return is a cut to the main camera from another one, when the main camera was on air before in the pass, in the same
epoch, and shows at least two fifths of what it showed in its last frame. It is recognised when an event of the first
20 frames of the shot has a `back` that is right. A claim of whatever camera is wrong when the frames belong to shots of
different kinds, or when it is off by more than a twentieth of the picture's width: the mean over a grid of points in
the lower two thirds of the picture, where the pitch is, as far as they lie there in both frames. What the truth knows
is where the pitch is; for a camera that only turns and zooms this holds for everything else in the picture, too.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.boxes import Floats
from stream_engine.scoring.align import Aligned
from stream_engine.scoring.read import Truth
from stream_engine.scoring.truth import TruthFrame

Bools = NDArray[np.bool_]

SOON = 20  # frames of a shot in which its camera is to be recognised
LEAST_OVERLAP = 0.4  # of the picture
OFF = 0.05  # of the picture's width
GRID = (33, 19)
PITCH = 1 / 3  # of the picture's height, below which points are compared


class Returns(NamedTuple):
    """Returns that were recognised, and all; errors of all claims in pixels of 1080p, and how many are wrong."""

    found: int
    wanted: int
    px: Floats  # nan where the pictures have nothing in common
    wrong: int
    told: bool  # any event says whether there was a cut

    @property
    def recall(self) -> float | None:
        return self.found / self.wanted if self.wanted and self.told else None

    @property
    def error_px(self) -> float | None:
        known = self.px[np.isfinite(self.px)]
        return float(np.median(known)) if known.size else None


class Claim(NamedTuple):
    """A `back` whose two frames are known."""

    px: float
    right: bool


def camera_returns(truth: Truth, passes: Sequence[Sequence[Aligned]]) -> Returns:
    """Over all passes."""
    frames = [frame for each in passes for frame in each]
    by_seq = {(frame.event.epoch, frame.event.seq): frame.truth for frame in frames if frame.event}
    found, wanted, claims = 0, 0, list[Claim]()
    for each in passes:
        told = {at: claim for at, frame in enumerate(each) if (claim := _claim(truth, frame, by_seq))}
        firsts = _returns(truth, each)
        wanted += len(firsts)
        found += sum(any(at in told and told[at].right for at in range(first, first + SOON)) for first in firsts)
        claims.extend(told.values())
    looked = any(frame.event and frame.event.cut is not None for frame in frames)
    px = np.array([claim.px for claim in claims], np.float64) / truth.scale
    return Returns(found, wanted, px, sum(not claim.right for claim in claims), looked)


def _returns(truth: Truth, frames: Sequence[Aligned]) -> list[int]:
    """The first frames of shots whose camera is to be recognised."""
    found, last_main = [], None
    for at, frame in enumerate(frames):
        if frame.truth.shot != "main":
            continue
        if last_main is not None and last_main < at - 1 and _is_return(truth, frames[last_main], frame):
            found.append(at)
        last_main = at
    return found


def _is_return(truth: Truth, last: Aligned, now: Aligned) -> bool:
    if last.event and now.event and last.event.epoch != now.event.epoch:
        return False
    _, in_both = _between(truth, last.truth, now.truth, 0.0)
    _, back_in_both = _between(truth, now.truth, last.truth, 0.0)
    return float(min(in_both.mean(), back_in_both.mean())) >= LEAST_OVERLAP


def _claim(truth: Truth, frame: Aligned, by_seq: dict[tuple[int, int], TruthFrame]) -> Claim | None:
    """What an event says of a camera that is back; None where it says nothing, or of a frame without an event."""
    told = frame.event.back if frame.event else None
    since = by_seq.get((frame.event.epoch, told.since_seq)) if frame.event and told else None
    if told is None or since is None:
        return None
    moved, both = _between(truth, since, frame.truth, PITCH)
    if not both.any():
        return Claim(np.nan, right=False)
    matrix = np.reshape(told.matrix, (2, 3))
    apart = np.hypot(*(_grid(truth)[both] @ matrix.T - moved[both]).T)
    px = float(apart.mean())
    return Claim(px, right=since.shot == frame.truth.shot and px <= OFF * truth.header.width)


def _between(truth: Truth, before: TruthFrame, now: TruthFrame, top: float) -> tuple[Floats, Bools]:
    """Where the grid's points of one frame are in another, and which lie below `top` of the height in both."""
    height, width = truth.header.height, truth.header.width
    old, new = (np.reshape(frame.homography, (3, 3)) for frame in (before, now))
    points = _grid(truth)
    whole = points @ (new @ np.linalg.inv(old)).T
    ahead = whole[:, 2] > 0  # both homographies are positive before their camera
    moved = whole[:, :2] / np.where(ahead, whole[:, 2], 1.0)[:, None]
    inside = (moved[:, 0] >= 0) & (moved[:, 0] <= width) & (moved[:, 1] >= top * height) & (moved[:, 1] <= height)
    return moved, ahead & inside & (points[:, 1] >= top * height)


def _grid(truth: Truth) -> Floats:
    columns, rows = (
        np.linspace(0, side, n) for side, n in zip((truth.header.width, truth.header.height), GRID, strict=True)
    )
    x, y = np.meshgrid(columns, rows)
    return np.column_stack((x.ravel(), y.ravel(), np.ones(x.size)))
