"""Masks decide who is who where boxes cannot."""

import numpy as np
import pytest

from stream_engine.masks import MaskRle, encode
from stream_engine.tracking.seen import Seen
from stream_engine.tracking.shapes import AMBIGUOUS, COUNTS, Shape, against_shapes, alike
from stream_engine.tracking.tracker import Tracker

LEFT, RIGHT = np.tile([True, False], (40, 1)).repeat(10, axis=1), np.tile([False, True], (40, 1)).repeat(10, axis=1)
NOWHERE = np.zeros(2)


def test_shapes_are_compared_where_the_first_has_gone() -> None:
    assert alike(encode(LEFT, 100, 50), NOWHERE, encode(LEFT, 100, 50)) == 1.0
    assert alike(encode(LEFT, 100, 50), np.array([7.0, -3.0]), encode(LEFT, 107, 47)) == 1.0
    assert alike(encode(LEFT, 100, 50), NOWHERE, encode(RIGHT, 100, 50)) == 0.0
    assert alike(encode(LEFT, 100, 50), np.array([5.0, 0.0]), encode(LEFT, 100, 50)) == pytest.approx(1 / 3)


def test_shapes_far_apart_and_masks_that_cannot_be_read_have_nothing_in_common() -> None:
    assert alike(encode(LEFT, 0, 0), np.array([900.0, 0.0]), encode(LEFT, 0, 0)) == 0.0
    assert alike(MaskRle(0, 0, (4, 4), "~"), NOWHERE, encode(LEFT)) == 0.0


def told(against: list[list[float]]) -> list[list[float]]:
    shapes = [Shape(encode(LEFT), NOWHERE), Shape(encode(RIGHT), NOWHERE)]
    table = np.array(against)
    return against_shapes(table, list(shapes), np.zeros((2, 2)), [encode(LEFT), encode(RIGHT)], 40.0).tolist()  # type: ignore[no-any-return]


def test_shapes_speak_only_where_boxes_say_about_the_same() -> None:
    assert told([[1.0, 1.0], [1.0, 1.0]]) == [[1.0, 1.0 + COUNTS], [1.0 + COUNTS, 1.0]]
    clear = [[1.0, 1.0 + 2 * AMBIGUOUS], [1.0 + 2 * AMBIGUOUS, 1.0]]
    assert told(clear) == clear


def frame(seq: int, shapes: list[np.ndarray[tuple[int, int], np.dtype[np.bool_]]], with_masks: bool) -> Seen:
    """Two people one before the other, in any order: their boxes are the same but for a pixel of noise."""
    left = 300 + 2 * seq
    noise = np.random.default_rng(seq).normal(0, 1.0, (2, 1))
    boxes = np.array([[left, 200, left + 20, 240]] * 2) + noise
    return Seen(
        seq, (1920, 1080), boxes, np.ones(2), np.zeros(2, np.int64), np.full(2, -1), np.ones(2, bool),
        tuple(encode(shape, left, 200) if with_masks else None for shape in shapes), np.eye(2, 3),
    )  # fmt: skip


@pytest.mark.parametrize("with_masks", [True, False])
def test_people_with_the_same_box_are_told_by_their_masks(with_masks: bool) -> None:
    tracker, rng, of_left = Tracker(), np.random.default_rng(0), []
    for seq in range(40):
        turned = bool(rng.integers(2))
        ids = tracker.follow(frame(seq, [RIGHT, LEFT] if turned else [LEFT, RIGHT], with_masks)).ids
        of_left.append(int(ids[1] if turned else ids[0]))
    assert (len(set(of_left)) == 1) == with_masks
