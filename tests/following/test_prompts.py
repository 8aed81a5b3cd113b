"""Where somebody points: what is taken, what is refused with which words, and what a net gets of it."""

from typing import Any

import numpy as np
import pytest

from stream_engine.following.prompts import (
    CORNERS,
    NOTHING,
    TALL,
    WIDE,
    Pointed,
    PromptError,
    by_box,
    for_net,
    pointed,
)
from stream_engine.masks import MaskRle, encode
from stream_engine.messages import Prompt
from tests.following.made import boxes, windows

SIZE = (200, 100)
NAN, INFINITE = float("nan"), float("inf")
USUAL = (20.0, 40.0)


def prompt(**where: Any) -> Prompt:
    return Prompt("cam", "ten", "player", **where)


def points(*places: tuple[float, float], labels: tuple[int, ...] | None = None) -> Prompt:
    return prompt(points_px=places, labels=labels or (1,) * len(places))


def mask(left: int, top: int, right: int, bottom: int) -> MaskRle:
    return encode(np.ones((bottom - top, right - left), bool), left, top)


def known(where: Prompt, usual: tuple[float, float] | None = USUAL) -> Pointed:
    return pointed(where, SIZE, usual)


# --- what is taken ------------------------------------------------------------------------------


def test_a_box_is_its_two_corners() -> None:
    where = known(prompt(box_px=(10, 20, 30, 60)))
    assert where.box.tolist() == [10, 20, 30, 60]
    assert where.points.tolist() == [[10, 20], [30, 60]]
    assert (where.labels, where.mask) == (CORNERS, None)


def test_a_box_that_reaches_out_of_the_picture_is_cut_off_at_its_edge() -> None:
    where = known(prompt(box_px=(-10, 20, 30, 160)))
    assert where.box.tolist() == [0, 20, 30, 100]
    assert where.points.tolist() == [[0, 20], [30, 100]]


def test_around_a_point_is_looked_as_far_as_those_who_are_followed_are_large() -> None:
    assert known(points((100, 50))).box.tolist() == [90, 30, 110, 70]


def test_where_nobody_is_followed_a_share_of_the_picture_is_looked_at() -> None:
    wide, tall = SIZE[1] * WIDE, SIZE[1] * TALL
    box = known(points((100, 50)), usual=None).box
    assert box.tolist() == [100 - wide / 2, 50 - tall / 2, 100 + wide / 2, 50 + tall / 2]


def test_points_further_apart_than_a_person_are_all_looked_at() -> None:
    where = known(points((60, 50), (140, 50), (10, 10), labels=(1, 1, 0)))
    assert where.box.tolist() == [60, 30, 140, 70], "the one beside the object is no part of it"
    assert where.points.tolist() == [[60, 50], [140, 50], [10, 10]]
    assert where.labels == (1, 1, 0)


def test_a_mask_is_where_its_pixels_are() -> None:
    pixels = np.zeros((30, 40), bool)
    pixels[5:20, 10:30] = True
    where = known(prompt(mask=encode(pixels, 100, 40)))
    assert where.box.tolist() == [110, 45, 130, 60]
    assert where.points.shape == (0, 2) and where.labels == ()
    assert where.mask == encode(pixels, 100, 40)


# --- what is refused ----------------------------------------------------------------------------

REFUSED = {
    "a ball": (Prompt("cam", "ten", "ball", box_px=(10.0, 20.0, 30.0, 60.0)), "a ball is not followed"),
    "nothing": (prompt(), "one of box_px, points_px and mask is needed, and only one"),
    "box and points": (prompt(box_px=(1, 1, 9, 9), points_px=((5, 5),), labels=(1,)), "and only one"),
    "box and mask": (prompt(box_px=(1, 1, 9, 9), mask=mask(1, 1, 9, 9)), "and only one"),
    "labels alone": (prompt(labels=(1,)), "and only one"),
    "box that is no number": (prompt(box_px=(1, 1, NAN, 9)), "the box is no number"),
    "infinite box": (prompt(box_px=(-INFINITE, 1, INFINITE, 9)), "the box is no number"),
    "box without width": (prompt(box_px=(5, 1, 5, 9)), "the box has no area"),
    "box inside out": (prompt(box_px=(9, 9, 1, 1)), "the box has no area"),
    "box to the left": (prompt(box_px=(-9, 1, 0, 9)), "the box is outside of the picture of 200 x 100"),
    "box below": (prompt(box_px=(1, 100, 9, 120)), "the box is outside of the picture of 200 x 100"),
    "no labels": (prompt(points_px=((5, 5),)), "labels: one for each point is needed"),
    "too few labels": (prompt(points_px=((5, 5), (6, 6)), labels=(1,)), "labels: one for each point is needed"),
    "another label": (points((5, 5), (6, 6), labels=(1, 2)), "labels: one for each point is needed"),
    "only beside": (points((5, 5), labels=(0,)), "one of them 1"),
    "point that is no number": (points((NAN, 5)), "a point is no number"),
    "infinite points": (points((-INFINITE, 5), (INFINITE, 5)), "a point is no number"),
    "point beside that is no number": (points((5, 5), (5, NAN), labels=(1, 0)), "a point is no number"),
    "point outside": (points((5, 105)), "a point is outside of the picture of 200 x 100"),
    "one point outside": (points((5, 5), (1e6, 5)), "a point is outside of the picture of 200 x 100"),
    "mask to the left": (prompt(mask=mask(-1, 0, 9, 9)), "the mask reaches out of the picture of 200 x 100"),
    "mask to the right": (prompt(mask=mask(190, 0, 201, 9)), "the mask reaches out of the picture of 200 x 100"),
    "mask below": (prompt(mask=mask(0, 90, 9, 101)), "the mask reaches out of the picture of 200 x 100"),
    "mask that is none": (prompt(mask=MaskRle(0, 0, (4, 4), "~")), "the mask cannot be read: these are not COCO"),
    "mask too short": (prompt(mask=MaskRle(0, 0, (4, 4), "1")), "the mask cannot be read: the runs do not fill"),
    "mask of nothing": (prompt(mask=encode(np.zeros((4, 4), bool))), "the mask is empty"),
    "mask without a side": (prompt(mask=MaskRle(0, 0, (0, 0), "")), "the mask is empty"),
}


@pytest.mark.parametrize(("where", "why"), REFUSED.values(), ids=REFUSED)
def test_what_can_be_nothing_is_refused_with_the_reason(where: Prompt, why: str) -> None:
    with pytest.raises(PromptError) as refused:
        known(where)
    assert why in str(refused.value)


def test_points_on_the_edge_are_in_the_picture() -> None:
    assert known(points((0, 0), (200, 100))).labels == (1, 1)


# --- what a net gets ----------------------------------------------------------------------------


def test_points_are_told_in_pixels_of_the_window_as_the_net_takes_it() -> None:
    given = [by_box(boxes((110, 70, 150, 110))[0])]
    told = for_net(given, windows((100, 60, 80, 80)), side=160, mask_side=8)
    assert told.points.tolist() == [[[20, 20], [100, 100]]]
    assert (told.labels.tolist(), told.mask_given.tolist()) == ([list(CORNERS)], [False])
    assert told.points.dtype == np.float32 and told.labels.dtype == np.int32


def test_shorter_prompts_are_filled_up_with_points_that_say_so() -> None:
    given = [known(points((5, 5), (6, 6), (7, 7))), known(points((50, 50)))]
    told = for_net(given, windows((0, 0, 200, 200), (0, 0, 200, 200)), side=200, mask_side=8)
    assert told.labels.tolist() == [[1, 1, 1], [1, NOTHING, NOTHING]]
    assert told.points[1].tolist() == [[50, 50], [0, 0], [0, 0]]


def test_a_mask_is_told_as_the_share_of_each_cell_that_it_covers() -> None:
    told = for_net([known(prompt(mask=mask(110, 50, 130, 70)))], windows((100, 40, 40, 40)), side=80, mask_side=8)
    shares = np.zeros((8, 8))
    shares[2:6, 2:6] = 1
    assert told.masks[0].tolist() == shares.tolist()
    assert (told.labels.tolist(), told.mask_given.tolist()) == ([[NOTHING]], [True])
    half = for_net([known(prompt(mask=mask(110, 50, 130, 70)))], windows((100, 40, 160, 160)), side=80, mask_side=8)
    assert half.masks[0].tolist() == np.pad([[0.25, 0.25], [0.25, 0.25]], ((0, 6), (0, 6))).tolist()


def test_of_a_mask_that_reaches_out_of_the_window_the_part_inside_is_told() -> None:
    told = for_net([known(prompt(mask=mask(0, 0, 20, 40)))], windows((-40, -40, 80, 80)), side=80, mask_side=8)
    shares = np.zeros((8, 8))
    shares[4:, 4:6] = 1
    assert told.masks[0].tolist() == shares.tolist()
    beside = for_net([known(prompt(mask=mask(0, 0, 20, 40)))], windows((100, 0, 80, 80)), side=80, mask_side=8)
    assert beside.masks.max() == 0


def test_masks_and_points_can_be_told_together() -> None:
    given = [known(points((5, 5), (6, 6))), known(prompt(mask=mask(0, 0, 20, 40)))]
    told = for_net(given, windows((0, 0, 80, 80), (0, 0, 80, 80)), side=80, mask_side=8)
    assert told.mask_given.tolist() == [False, True]
    assert told.labels.tolist() == [[1, 1], [NOTHING, NOTHING]]
    assert told.masks[0].max() == 0 and told.masks[1].max() == 1
