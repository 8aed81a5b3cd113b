"""Where somebody should be: constant velocity, doubt that grows unseen, and the camera's movement."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_engine.tracking.camera import STILL
from stream_engine.tracking.motion import Motion, vague
from stream_engine.tracking.seen import Array

NOBODY = np.zeros(2)
SEEN, UNSEEN = np.zeros(1), np.ones(1)


def box(x: float, y: float, width: float = 32.0, height: float = 80.0) -> Array:
    return np.array([[x - width / 2, y - height / 2, x + width / 2, y + height / 2]])


def walked(frames: int, step: float) -> Motion:
    """Somebody who was seen in so many frames, going right."""
    motion = Motion.of(box(100, 100))
    for frame in range(1, frames):
        motion = motion.ahead(1, SEEN, NOBODY).seen(np.array([0]), box(100 + step * frame, 100))
    return motion


def test_somebody_who_walks_on_is_expected_where_they_walk_to() -> None:
    motion = walked(40, 3.0)
    assert np.allclose(motion.velocity, (3.0, 0.0), atol=0.3)
    assert np.allclose(motion.ahead(5, SEEN, NOBODY).at, (100 + 3.0 * 44, 100), atol=3)


def test_who_is_not_seen_is_ever_less_surely_anywhere_up_to_a_bound() -> None:
    motion, spreads = walked(20, 2.0), []
    for _ in range(2000):
        motion = motion.ahead(1, UNSEEN, NOBODY)
        spreads.append(float(motion.spread[0, 0]))
    assert np.diff(spreads).min() > -1e-6 and spreads[40] > 2 * spreads[0]
    assert spreads[-1] == pytest.approx(spreads[-100])
    assert np.isfinite(motion.doubt).all()


def test_to_be_seen_again_makes_a_place_surer() -> None:
    motion = walked(20, 2.0).ahead(10, UNSEEN, NOBODY)
    assert motion.seen(np.array([0]), motion.boxes).spread[0, 0] < motion.spread[0, 0]
    assert vague(motion.seen(np.array([0]), motion.boxes))[0] < vague(motion)[0]


def test_who_is_not_seen_tires_towards_how_the_others_go() -> None:
    motion, common = walked(40, 4.0), np.array([-1.0, 0.5])
    for _ in range(400):
        motion = motion.ahead(1, UNSEEN, common)
    assert np.allclose(motion.velocity, common, atol=0.1)


def test_the_camera_takes_people_along_and_zooms_them() -> None:
    zoomed = walked(40, 3.0).carried(np.array([[2.0, 0.0, 10.0], [0.0, 2.0, -20.0]]))
    before = walked(40, 3.0)
    assert np.allclose(zoomed.at, before.at * 2 + (10, -20))
    assert np.allclose(zoomed.size, before.size * 2) and np.allclose(zoomed.velocity, before.velocity * 2)


def test_a_piece_of_somebody_moves_and_shrinks_them_less_than_the_whole() -> None:
    motion = walked(20, 0.0)
    piece = motion.seen(np.array([0]), box(110, 100, 8, 20))
    whole = motion.seen(np.array([0]), box(110, 100))
    assert piece.at[0, 0] < whole.at[0, 0]
    assert piece.size[0, 1] > 60


def test_correcting_one_leaves_the_others_as_they_are() -> None:
    both = Motion.of(np.concatenate([box(100, 100), box(300, 100)]))
    after = both.seen(np.array([1]), box(305, 100))
    assert (after.at[0] == both.at[0]).all() and (after.doubt[0] == both.doubt[0]).all()
    assert after.at[1, 0] > 300


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans(), st.floats(-50, 50)), max_size=40))
def test_doubt_stays_a_doubt_whatever_happens(steps: list[tuple[int, bool, float]]) -> None:
    motion = Motion.of(box(100, 100))
    for frames, found, off in steps:
        motion = motion.carried(STILL).ahead(frames, SEEN if found else UNSEEN, NOBODY)
        if found:
            motion = motion.seen(np.array([0]), motion.boxes + off)
        (place, both, speed), *_ = motion.doubt
        assert place > 0 and speed > 0 and both**2 <= place * speed * 1.001 and np.isfinite(motion.spread).all()
