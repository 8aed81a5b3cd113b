"""Cuts that are noticed in time, cuts that are none, and a camera that is followed."""

from typing import Any

import numpy as np
import pytest

from stream_engine.messages import CameraReport
from stream_engine.scoring.read import Scored, Truth
from stream_engine.scoring.score import Score, score
from tests.scoring.fakes import PEOPLE, event_of, make_truth, person_in, truth_frame

STILL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CUT_AT = 40


def panned(frame: int, no: int, kind: Any) -> Any:
    """The picture goes 3 px to the left each frame; a wipe lies over frames 70 to 79, its cut at 75."""
    everybody = [person_in(frame, place, person) for place, person in enumerate(PEOPLE)]
    return truth_frame(
        frame, everybody, no, shot=kind, cut=frame in (CUT_AT, 75), wipe=70 <= frame < 80,
        homography=(1.0, 0.0, -3.0 * frame, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    )  # fmt: skip


TRUTH = make_truth((("main", CUT_AT), ("wide", 35), ("replay", 25)), panned)


def scored(said: set[int], matrix: tuple[float, ...] = STILL, truth: Truth = TRUTH, since: int = 1) -> Score:
    events: list[Scored] = [
        event_of(frame.frame, (), cut=frame.frame in said, camera=CameraReport(frame.frame - since, matrix, 0.9))  # type: ignore[arg-type]
        for frame in truth.frames
    ]
    return score(truth, events)


@pytest.mark.parametrize(
    ("said", "found", "false"),
    [
        ({CUT_AT, 75}, 2, 0),
        ({CUT_AT + 2, 82}, 2, 0),
        ({CUT_AT + 3, 83}, 0, 2),
        ({CUT_AT - 1}, 0, 1),
        ({CUT_AT, CUT_AT + 1, 72, 78}, 2, 2),
        (set(), 0, 0),
        ({0, 2, 20}, 0, 1),
    ],
)
def test_a_cut_is_found_once_and_in_time_and_everything_else_is_false(said: set[int], found: int, false: int) -> None:
    figures = scored(said)
    assert (figures.cut_recall, figures.cuts_judged, figures.false_cuts) == (found / 2, 2, false)


def test_where_nobody_looks_for_cuts_there_is_no_figure() -> None:
    silent: list[Scored] = [event_of(frame.frame, ()) for frame in TRUTH.frames]
    figures = score(TRUTH, silent)
    assert (figures.cut_recall, figures.false_cuts, figures.camera_error_p50_px) == (None, None, None)


def test_the_cameras_error_is_where_the_corners_go_in_pixels_of_1080p() -> None:
    assert scored(set(), (1.0, 0.0, -3.0, 0.0, 1.0, 0.0)).camera_error_p50_px == pytest.approx(0.0)
    assert scored(set()).camera_error_p50_px == pytest.approx(3.0 * 3), "the match is 360 lines high"
    turned = (1.0, 0.0, -3.0, 0.01, 1.0, 0.0)
    assert scored(set(), turned).camera_error_p90_px == pytest.approx(np.mean([0, 0, 6.4, 6.4]) * 3)


def test_a_movement_since_another_frame_is_not_compared() -> None:
    figures = scored(set(), since=2)
    assert (figures.camera_error_p50_px, figures.camera_coverage) == (None, None)


def test_a_movement_that_is_not_told_lowers_the_coverage() -> None:
    events: list[Scored] = [
        event_of(frame.frame, (), camera=CameraReport(frame.frame - 1, STILL, 0.9) if frame.frame % 4 else None)
        for frame in TRUTH.frames
    ]
    assert score(TRUTH, events).camera_coverage == pytest.approx(67 / 87)
    assert scored(set()).camera_coverage == 1.0
