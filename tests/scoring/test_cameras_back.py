"""A main camera that is on air again: recognised in time, rightly, and only where it can be."""

from typing import Any

import pytest

from stream_engine.messages import CameraReport
from stream_engine.scoring.read import Scored, Truth
from stream_engine.scoring.score import Score, score
from tests.scoring.fakes import PEOPLE, WIDTH, event_of, make_truth, person_in, truth_frame

SHOTS = (("main", 30), ("close", 30), ("main", 30), ("wide", 30))
BACK_AT, LAST = 60, 29
SHIFT = {0: 0.0, 1: -500.0, 2: -64.0, 3: 900.0}
RIGHT = (1.0, 0.0, -64.0, 0.0, 1.0, 0.0)


def truth_of(shift: dict[int, float]) -> Truth:
    def moved(frame: int, no: int, kind: Any) -> Any:
        everybody = [person_in(frame, place, person) for place, person in enumerate(PEOPLE)]
        homography = (1.0, 0.0, shift[no], 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
        return truth_frame(frame, everybody, no, shot=kind, cut=frame in (30, 60, 90), homography=homography)

    return make_truth(SHOTS, moved)  # type: ignore[arg-type]


def scored(said: dict[int, CameraReport], shift: dict[int, float] = SHIFT, epochs: tuple[int, int] = (1, 1)) -> Score:
    truth = truth_of(shift)
    events: list[Scored] = [
        event_of(frame.frame, (), cut=False, back=said.get(frame.frame), epoch=epochs[frame.frame >= BACK_AT])
        for frame in truth.frames
    ]
    return score(truth, events)


def since(frame: int, matrix: tuple[float, ...] = RIGHT) -> CameraReport:
    return CameraReport(frame, matrix, 0.8)  # type: ignore[arg-type]


def verdict(figures: Score) -> tuple[float | None, int, int | None, int]:
    return (
        figures.camera_back_recall, figures.camera_back_judged,
        figures.camera_back_false, figures.camera_back_claims_judged,
    )  # fmt: skip


@pytest.mark.parametrize(("at", "recall"), [(BACK_AT, 1.0), (BACK_AT + 19, 1.0), (BACK_AT + 20, 0.0)])
def test_a_camera_is_to_be_recognised_within_twenty_frames(at: int, recall: float) -> None:
    figures = scored({at: since(LAST)})
    assert verdict(figures) == (recall, 1, 0, 1)
    assert figures.camera_back_error_px == pytest.approx(0.0)


def test_a_small_error_counts_in_pixels_of_1080p_and_a_large_one_is_false() -> None:
    near = scored({BACK_AT: since(LAST, (1.0, 0.0, -64.0 + 0.04 * WIDTH, 0.0, 1.0, 0.0))})
    assert verdict(near) == (1.0, 1, 0, 1)
    assert near.camera_back_error_px == pytest.approx(0.04 * WIDTH * 3)
    assert verdict(scored({BACK_AT: since(LAST, (1.0, 0.0, -64.0 + 0.06 * WIDTH, 0.0, 1.0, 0.0))})) == (0.0, 1, 1, 1)


def test_another_camera_is_false_though_the_pitch_lies_there() -> None:
    assert verdict(scored({90: since(LAST, (1.0, 0.0, 300.0, 0.0, 1.0, 0.0))}, SHIFT | {3: 300.0})) == (0.0, 1, 1, 1)


def test_a_view_that_has_too_little_of_the_former_one_is_not_to_be_recognised() -> None:
    assert verdict(scored({}, SHIFT | {2: 0.65 * WIDTH})) == (None, 0, 0, 0)
    assert verdict(scored({}, SHIFT | {2: 0.55 * WIDTH})) == (0.0, 1, 0, 0)


def test_over_a_new_connection_nothing_is_to_be_recognised() -> None:
    assert verdict(scored({}, epochs=(1, 2))) == (None, 0, 0, 0)


def test_where_nobody_looks_at_the_camera_there_is_no_figure() -> None:
    truth = truth_of(SHIFT)
    assert verdict(score(truth, [event_of(frame.frame, ()) for frame in truth.frames])) == (None, 0, None, 0)
