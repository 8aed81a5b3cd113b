"""Where objects should be: each goes on as it went, and the camera comes on top."""

import numpy as np

from stream_engine.following.motion import GROWS, LEAST_PX, TIRES, TURNS, Motion
from stream_engine.following.windows import Array
from tests.following.made import boxes

NOTHING = boxes((np.nan,) * 4)
STAYS = np.eye(2, 3)


def going(*box: float, by: tuple[float, float] = (0.0, 0.0)) -> Motion:
    return Motion.of(boxes(box))._replace(velocity=np.array([by], np.float64))


def walked(motion: Motion, place: Array) -> Motion:
    """A frame later, seen there."""
    return motion.ahead().seen(motion, place, 1)


def test_boxes_are_those_that_were_given() -> None:
    given = boxes((10, 20, 30, 70), (0, 0, 8, 8))
    assert Motion.of(given).boxes.tolist() == given.tolist()
    assert Motion.of(given).longer.tolist() == [50, 8]


def test_what_has_no_area_is_given_some() -> None:
    assert Motion.of(boxes((5, 5, 5, 5), (9, 9, 3, 3))).size.tolist() == [[LEAST_PX] * 2] * 2


def test_who_goes_goes_on() -> None:
    assert going(0, 0, 10, 20, by=(3, -1)).ahead(4).boxes.tolist() == [[12, -4, 22, 16]]


def test_a_shift_of_the_camera_moves_places_and_neither_sizes_nor_velocities() -> None:
    motion = going(0, 0, 10, 20, by=(3, -1)).carried(np.array([[1, 0, 100], [0, 1, 50.0]]))
    assert motion.boxes.tolist() == [[100, 50, 110, 70]]
    assert motion.velocity.tolist() == [[3, -1]]


def test_a_zoom_of_the_camera_makes_everything_larger_and_faster() -> None:
    motion = going(10, 10, 20, 30, by=(3, -1)).carried(np.array([[2, 0, 0], [0, 2.0, 0]]))
    assert motion.boxes.tolist() == [[20, 20, 40, 60]]
    assert motion.velocity.tolist() == [[6, -2]]


def test_a_turn_of_the_camera_turns_the_way_that_somebody_goes() -> None:
    motion = going(10, 0, 20, 10, by=(3, 0)).carried(np.array([[0, -1.0, 0], [1, 0, 0]]))
    assert np.allclose(motion.at, [[-5, 15]]) and np.allclose(motion.velocity, [[0, 3]])
    assert np.allclose(motion.size, [[10, 10]])


def test_who_is_seen_is_where_he_was_seen_and_a_share_of_his_step_is_believed() -> None:
    motion = walked(going(0, 0, 10, 20), boxes((10, 0, 20, 20)))
    assert motion.at.tolist() == [[15, 10]]
    assert np.allclose(motion.velocity, [[TURNS * 10, 0]])


def test_an_even_walk_is_foretold_after_some_frames() -> None:
    motion = going(0, 0, 10, 20)
    for step in range(1, 31):
        motion = walked(motion, boxes((4 * step, 0, 4 * step + 10, 20)))
    assert np.allclose(motion.velocity, [[4, 0]], atol=0.01)


def test_a_step_over_several_frames_is_shared_among_them() -> None:
    motion = going(0, 0, 10, 20)
    assert np.allclose(motion.ahead(5).seen(motion, boxes((10, 0, 20, 20)), 5).velocity, [[TURNS * 2, 0]])


def test_what_the_camera_did_is_no_walk() -> None:
    before, panned = going(0, 0, 10, 20), np.array([[1, 0, 40.0], [0, 1, 0]])
    now = before.carried(panned).ahead()
    assert now.seen(before.carried(panned), boxes((40, 0, 50, 20)), 1).velocity.tolist() == [[0, 0]]


def test_sizes_change_slowly() -> None:
    motion = going(0, 0, 10, 20)
    assert np.allclose(motion.seen(motion, boxes((0, 0, 20, 40)), 1).size, [[10 + GROWS * 10, 20 + GROWS * 20]])


def test_who_is_not_seen_goes_on_ever_slower() -> None:
    motion = going(0, 0, 10, 20, by=(8, 0))
    lost = motion.seen(motion, NOTHING, 3)
    assert np.allclose(lost.velocity, [[8 * TIRES**3, 0]])
    assert lost.boxes.tolist() == motion.boxes.tolist()


def test_half_a_box_is_none() -> None:
    motion = going(0, 0, 10, 20)
    half = motion.seen(motion, boxes((5, 5, np.nan, 30)), 1)
    assert half.boxes.tolist() == motion.boxes.tolist()


def test_each_may_have_been_seen_another_time_ago() -> None:
    before = Motion.of(boxes((0, 0, 10, 10), (0, 0, 10, 10)))
    seen = before.seen(before, boxes((10, 0, 20, 10), (10, 0, 20, 10)), np.array([1, 10]))
    assert np.allclose(seen.velocity[:, 0], [TURNS * 10, TURNS])


def test_one_is_put_elsewhere_and_the_others_stay() -> None:
    motion = Motion.of(boxes((0, 0, 10, 10), (50, 50, 60, 60)))._replace(velocity=np.array([[1.0, 2], [3, 4]]))
    moved = motion.put(1, Motion.of(boxes((100, 0, 120, 40))))
    assert moved.boxes.tolist() == [[0, 0, 10, 10], [100, 0, 120, 40]]
    assert moved.velocity.tolist() == [[1, 2], [3, 4]]
    assert motion.boxes[1].tolist() == [50, 50, 60, 60], "what was given is not written to"


def test_some_can_be_picked() -> None:
    motion = Motion.of(boxes((0, 0, 10, 10), (50, 50, 60, 60)))
    assert motion.rows(np.array([False, True])).boxes.tolist() == [[50, 50, 60, 60]]
    assert motion.carried(STAYS).boxes.tolist() == motion.boxes.tolist()
