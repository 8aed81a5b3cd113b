"""Precision and recall of the ball.

The answer of a frame is its ball of the highest score. It is right when its middle lies within half the diagonal of
the truth's box of the truth's middle, or within 8 px (at 1080p). The ball has to be found where at least a quarter of
it is seen; an answer that is right elsewhere counts neither way, one that is wrong is wrong anywhere. Frames with a
wipe are left out.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from stream_engine.messages import Box, TrackEvent
from stream_engine.scoring.align import Aligned
from stream_engine.scoring.read import Truth
from stream_engine.scoring.truth import TruthFrame

LEAST_BALL_VISIBLE = 0.25
NEAR_PX = 8.0  # at 1080p: less than the ball's diameter in the main camera


class BallCounts(NamedTuple):
    """Frames in which the ball was found rightly, was to be found, and was answered."""

    right: int
    wanted: int
    answered: int
    told: bool  # the events have a ball anywhere

    @property
    def precision(self) -> float | None:
        return self.right / self.answered if self.answered else None

    @property
    def recall(self) -> float | None:
        return self.right / self.wanted if self.wanted and self.told else None


def ball_counts(frame: TruthFrame) -> bool:
    """Whether the ball has to be found."""
    return frame.ball.box_px is not None and frame.ball.visible >= LEAST_BALL_VISIBLE and not frame.wipe


def count_ball(truth: Truth, frames: Iterable[Aligned]) -> BallCounts:
    """Over all frames; one without an event is one in which the ball was not found."""
    right = wanted = answered = 0
    told = False
    for frame in frames:
        if frame.truth.wipe:
            continue
        counts, answer = ball_counts(frame.truth), _answer(frame.event)
        wanted += counts
        if answer is None:
            continue
        told = True
        hit = _is_near(frame.truth.ball.box_px, answer, NEAR_PX * truth.scale)
        right += counts and hit
        answered += counts or not hit
    return BallCounts(right, wanted, answered, told)


def _answer(event: TrackEvent | None) -> Box | None:
    balls = [item for item in event.objects if item.role == "ball"] if event else []
    return max(balls, key=lambda item: item.score).box_px if balls else None


def _is_near(truth: Box | None, answer: Box, least_px: float) -> bool:
    if truth is None:
        return False
    diagonal = math.hypot(truth[2] - truth[0], truth[3] - truth[1])
    apart = [(answer[at] + answer[at + 2] - truth[at] - truth[at + 2]) / 2 for at in (0, 1)]
    return math.hypot(*apart) <= max(diagonal / 2, least_px)
