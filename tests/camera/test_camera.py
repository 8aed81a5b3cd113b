"""The camera: its movement in full-picture pixels, what moves on its own, and its cuts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.boxes import moved
from stream_engine.camera import Camera, Sight, shrunk
from stream_engine.messages import CameraMove, Detection
from tests.camera.scenes import SIZE, Bytes, Floats, at_corners, luma, movement, nv12, place
from tests.fakes import frame_ref

HERE, THERE = place(1), place(2)
STILL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


BLACK = np.full((SIZE[1], SIZE[0]), 16, np.uint8)


def look(camera: Camera, *pictures: Bytes, first: int = 0) -> list[Sight]:
    return [camera.look(frame_ref(seq=first + at), shrunk(nv12(picture))) for at, picture in enumerate(pictures)]


def cuts(*pictures: Bytes) -> list[int]:
    return [at for at, sight in enumerate(look(Camera(), *pictures)) if sight.cut]


def move_of(sight: Sight) -> CameraMove:
    assert sight.move is not None
    return sight.move


def apart(move: CameraMove, truth: Floats) -> float:
    """Pixels between the corners of the picture."""
    return float(np.abs(at_corners(np.reshape(move.matrix, (2, 3))) - at_corners(truth)).max())


@settings(max_examples=15, deadline=None)
@given(shift=st.tuples(st.floats(-30, 30), st.floats(-12, 12)), zoom=st.floats(0.98, 1.02), turn=st.floats(-0.01, 0.01))
def test_a_movement_is_told_in_pixels_of_the_whole_picture(
    shift: tuple[float, float], zoom: float, turn: float
) -> None:
    truth = movement(shift, zoom, turn)
    _, after = look(Camera(), luma(HERE), luma(HERE, truth), first=7)
    assert move_of(after).since_seq == 7
    assert apart(move_of(after), truth) < 0.5
    assert move_of(after).confidence > 0.7
    assert after.cut is False


def test_of_the_first_frame_nothing_is_said() -> None:
    assert look(Camera(), luma(HERE)) == [Sight(None, None)]


def test_people_who_walk_together_are_not_taken_for_the_camera() -> None:
    walking = (slice(90, 480), slice(60, 900))
    before, after = luma(HERE), luma(HERE)
    before[walking] = luma(THERE)[walking]
    after[walking] = luma(THERE, movement((9.0, 0.0)))[walking]
    camera = Camera()
    look(camera, before)
    camera.saw([Detection("player", 0.9, (60.0, 90.0, 900.0, 480.0))])
    (known,) = look(camera, after, first=1)
    assert apart(move_of(known), movement()) < 0.5
    _, unknown = look(Camera(), before, after)
    assert apart(move_of(unknown), movement()) > 5, "without the boxes it is wrong, so the test can fail"


def test_another_camera_is_a_cut_and_no_movement() -> None:
    *_, before, cut, after = look(Camera(), *[luma(HERE)] * 3, *[luma(THERE)] * 2)
    assert (before.cut, cut.cut, after.cut) == (False, True, False)
    assert (move_of(cut).matrix, move_of(cut).confidence) == (STILL, 0.0)
    assert move_of(after).confidence > 0.9


def test_a_cut_is_told_once_though_the_picture_jumps_on() -> None:
    sights = look(Camera(), *[luma(HERE)] * 3, luma(THERE), luma(HERE), luma(THERE), luma(THERE))
    assert [sight.cut for sight in sights[1:]] == [False, False, True, False, False, False]


def test_a_wipe_is_one_cut_while_it_covers_the_picture() -> None:
    steps = np.linspace(0, 2, 21)[1:-1]
    pictures = [luma(HERE)] * 14
    for share in steps:
        picture = luma(HERE if share < 1 else THERE)
        picture[:, int(SIZE[0] * max(share - 1, 0)) : int(SIZE[0] * min(share, 1))] = 235
        pictures.append(picture)
    sights = look(Camera(), *pictures, *[luma(THERE)] * 20)
    (cut,) = [at for at, sight in enumerate(sights) if sight.cut]
    assert 14 + 6 <= cut <= 14 + 13


def test_a_flash_of_advertising_boards_is_no_cut() -> None:
    lit = luma(HERE)
    lit[180:260] = luma(THERE)[180:260]
    assert not any(sight.cut for sight in look(Camera(), *[luma(HERE)] * 5, *[lit] * 5)[1:])


def test_a_fast_pan_is_no_cut() -> None:
    pictures = [luma(HERE, movement((45.0 * step, 0.0))) for step in range(-6, 7)]
    assert not any(sight.cut for sight in look(Camera(), *pictures))


def test_between_pictures_that_show_nothing_nothing_is_said() -> None:
    assert look(Camera(), BLACK, BLACK, BLACK) == [Sight(None, None)] * 3


@pytest.mark.parametrize("frames", [1, 3, 20])
def test_a_black_pause_before_another_camera_is_one_cut_when_that_is_seen(frames: int) -> None:
    assert cuts(*[luma(HERE)] * 3, *[BLACK] * frames, *[luma(THERE)] * 30) == [3 + frames]


def test_a_black_pause_in_the_same_picture_is_no_cut() -> None:
    assert cuts(*[luma(HERE)] * 3, *[BLACK] * 20, *[luma(HERE)] * 20) == []


def test_a_damaged_picture_is_passed_over_and_hides_no_cut() -> None:
    camera = Camera()
    look(camera, *[luma(HERE)] * 3)
    torn = camera.look(frame_ref(seq=3, damaged=True), shrunk(nv12(luma(THERE))))
    same, cut = look(camera, luma(HERE), luma(THERE), first=4)
    assert torn == Sight(None, None)
    assert (same.cut, move_of(same).since_seq, cut.cut) == (False, 2, True)


def test_over_a_hole_nothing_is_said_because_a_pan_would_look_like_a_cut() -> None:
    camera = Camera()
    look(camera, *[luma(HERE)] * 3)
    (after,) = look(camera, luma(HERE, movement((300.0, 0.0))), first=33)
    assert after == Sight(None, None)
    (few,) = look(camera, luma(HERE, movement((310.0, 0.0))), first=36)
    assert apart(move_of(few), movement((10.0, 0.0))) < 0.5


@pytest.mark.parametrize("size", [(2, 2), (4, 16), (16, 64), (100, 60), (2160, 3840), (64, 4096)])
def test_pictures_of_any_size_are_looked_at(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(16, 235, size, np.uint8)
    small = shrunk(nv12(picture))
    assert max(small.luma.shape) <= 480
    _, second = look(Camera(), picture, picture)
    assert (second.cut, second.move is None) == ((None, True) if min(small.luma.shape) < 64 else (False, False))


def test_pictures_of_another_size_are_not_compared() -> None:
    _, other = look(Camera(), luma(HERE), luma(HERE)[:400])
    assert other == Sight(None, None)


def test_boxes_are_carried_by_a_movement_and_stay_upright() -> None:
    matrix = np.array(((0.0, -2.0, 100.0), (2.0, 0.0, 50.0)))
    assert moved(matrix, np.array([[10.0, 20.0, 14.0, 30.0]])).tolist() == [[46.0, 64.0, 54.0, 84.0]]
    assert moved(matrix, np.empty((0, 4))).shape == (0, 4)
