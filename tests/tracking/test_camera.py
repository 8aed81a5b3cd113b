"""The camera's movement, told from the people in its picture."""

import numpy as np
import pytest

from stream_engine.tracking.camera import STILL, move_of, one_of, possible, several
from stream_engine.tracking.seen import Array

PLACES = np.array([(x, y) for x in (100.0, 400.0, 700.0, 1100.0) for y in (150.0, 400.0, 600.0)])
PAN = np.array([[1.0, 0.0, -7.0], [0.0, 1.0, 2.0]])
ZOOM = np.array([[1.02, 0.0, -12.0], [0.0, 1.02, -7.0]])


def taken(places: Array, move: Array) -> Array:
    return np.asarray(places @ move[:, :2].T + move[:, 2])


@pytest.mark.parametrize("move", [STILL, PAN])
def test_what_all_do_is_what_the_camera_does(move: Array) -> None:
    assert np.allclose(taken(PLACES, move_of(PLACES, taken(PLACES, move))), taken(PLACES, move), atol=0.7)


def test_a_zoom_is_told_from_people_who_are_far_apart() -> None:
    now = taken(PLACES, ZOOM)
    told = taken(PLACES, move_of(PLACES, now))
    assert np.abs(told - now).max() < 0.6 * np.abs(PLACES - now).max()


def test_a_few_who_run_do_not_move_the_camera() -> None:
    now = taken(PLACES, PAN)
    now[:3] += (25.0, 4.0)
    assert np.abs(taken(PLACES, move_of(PLACES, now)) - taken(PLACES, PAN)).max() < 1.5


def test_two_or_three_who_run_together_are_no_camera() -> None:
    assert (move_of(PLACES[:3], PLACES[:3] + 10) == STILL).all()
    assert (move_of(PLACES[:0], PLACES[:0]) == STILL).all()


def test_people_who_stand_close_together_tell_no_zoom() -> None:
    places = np.array([(640.0, 300.0), (642.0, 305.0), (645.0, 298.0), (639.0, 301.0)])
    move = move_of(places, places + np.array([(3, 0), (-3, 1), (2, -2), (-2, 1)]))
    assert abs(move[0, 0] - 1) < 0.02


@pytest.mark.parametrize("move", [STILL, PAN, ZOOM])
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_a_movement_over_several_frames_is_so_many_of_one(move: Array, frames: int) -> None:
    assert np.allclose(one_of(several(move, frames), frames), move)


def test_the_movement_of_one_frame_is_a_likely_one_whatever_was_told() -> None:
    for move in (-STILL, 50 * STILL, np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])):
        assert np.isfinite(one_of(move, 3)).all() and 0.5 < one_of(move, 3)[0, 0] < 2


@pytest.mark.parametrize("spoilt", [np.nan, np.inf, -np.inf, 1e12])
def test_what_is_no_number_is_no_movement(spoilt: float) -> None:
    move = PAN.copy()
    move[0, 2] = spoilt
    assert possible(PAN) and possible(ZOOM) and not possible(move)


def test_what_leaves_nothing_of_the_picture_is_no_movement() -> None:
    assert not possible(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]])) and not possible(1e-3 * STILL)
