"""What is remembered of shots, for when their camera is back."""

from dataclasses import replace

import numpy as np
import pytest

from stream_engine.tracking.camera import STILL
from stream_engine.tracking.motion import Motion
from stream_engine.tracking.people import People
from stream_engine.tracking.seen import Move
from stream_engine.tracking.shots import MOST_SHOTS, STROLL, Shots, is_close
from tests.tracking.scene import Camera, Scene, crowd

PAN = np.array([[1.0, 0.0, 50.0], [0.0, 1.0, -5.0]])


def people(*ids: int, going: tuple[float, float] = (0.0, 0.0)) -> People:
    boxes = np.array([(100.0 * i, 100.0, 100.0 * i + 32, 180.0) for i in ids]).reshape(-1, 4)
    return People.of(np.array(ids, np.int64), Motion.of(boxes, np.array(going)), np.full(len(ids), -1))


def shots(*spans: tuple[int, int]) -> Shots:
    made = Shots()
    for number, span in enumerate(spans, 1):
        made.leave(1, span, people(number))
    return made


@pytest.mark.parametrize(("since", "who"), [(0, 1), (9, 1), (10, 2), (29, 3)])
def test_a_camera_that_is_back_has_those_of_its_own_shot(since: int, who: int) -> None:
    expected = shots((0, 9), (10, 19), (20, 29)).expected(Move(since, STILL), (1, 40))
    assert expected is not None and expected.ids.tolist() == [who] and (expected.unseen > 0).all()


def test_nothing_is_known_of_a_camera_before_the_first_shot_or_of_another_epoch() -> None:
    known = shots((5, 9))
    assert known.expected(Move(4, STILL), (1, 40)) is None
    assert known.expected(Move(7, STILL), (2, 40)) is None


def test_they_are_expected_where_the_camera_has_moved() -> None:
    [at] = (shots((0, 9)).expected(Move(9, PAN), (1, 10)) or people()).motion.at.tolist()
    assert at == pytest.approx([116 + 50, 140 - 5])


def test_people_walk_on_for_a_while_and_then_may_be_anywhere_about() -> None:
    known = Shots()
    known.leave(1, (0, 9), people(1, 2, going=(2.0, 0.0)))
    soon, late = (known.expected(Move(9, STILL), (1, 9 + frames)) for frames in (10, 20 * STROLL))
    assert soon is not None and late is not None
    assert np.allclose(soon.motion.at - people(1, 2).motion.at, (20, 0))
    assert np.allclose(late.motion.at, people(1, 2).motion.at)
    assert (late.motion.spread > soon.motion.spread).all()


def test_the_last_few_shots_are_remembered_and_their_people_once_each() -> None:
    known = shots(*((10 * n, 10 * n + 9) for n in range(MOST_SHOTS + 3)))
    assert known.ids().tolist() == list(range(MOST_SHOTS + 3, 3, -1))
    known.leave(1, (500, 509), people(6, 4))
    assert known.ids().tolist()[:2] == [6, 4] and len(set(known.ids().tolist())) == len(known.ids())


def test_who_is_somebody_else_is_so_in_every_shot() -> None:
    known = shots((0, 9), (10, 19))
    known.merge(1, 2)
    assert known.ids().tolist() == [1]


def test_a_camera_that_looks_at_somebody_is_close() -> None:
    scene = Scene(crowd(3, going=(0.0, 0.0)))
    wide, _ = scene.seen(0)
    near, _ = scene.seen(0, Camera((100, 100), zoom=4.0))
    assert not is_close(wide) and is_close(near)
    assert not is_close(replace(wide.rows(np.zeros(0, int))))
