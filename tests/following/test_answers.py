"""From what a net answers to one mask for each object."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.following.answers import LEAST_CELLS, MOTION, Chosen, Settled, agreement, choose, ordered, settle
from stream_engine.following.windows import EMPTY, Array
from stream_engine.models.propagators import Answers
from tests.following.made import SIDE, boxes, flat, windows

Mask = NDArray[np.float32]
HERE = windows((100, 60, 32, 32))  # two pixels a cell
LEFT, RIGHT = flat(0, 4, 6, 12), flat(10, 4, 16, 12)
AT_LEFT, AT_RIGHT = boxes((100, 68, 112, 84)), boxes((120, 68, 132, 84))
NOWHERE = boxes((0, 0, 4, 4))
ALONE, TOGETHER = np.array([0, 1]), np.array([0, 0])


def answers(masks: Sequence[Mask], iou: Sequence[float], object_logit: float = 5.0, **more: Any) -> Answers:
    """Of one object: candidates whose pointers are their places."""
    pointers = np.arange(len(masks), dtype=np.float32).reshape(1, -1, 1)
    return Answers(np.stack(masks)[None], np.array([iou]), np.array([object_logit]), pointers, **more)


def place(chosen: Chosen) -> int:
    """Of the candidate that was taken."""
    return int(chosen.pointers[0, 0])


def taken(*masks: Mask, object_logit: Sequence[float] = ()) -> Chosen:
    """One mask for each object."""
    count = len(masks)
    said = np.array(object_logit or [5.0] * count)
    logits = np.stack(masks)
    none = np.zeros((count, 0))
    return Chosen(
        logits, np.full(count, 0.9), said, np.zeros((count, 1)), np.zeros((count, 4)), none, none.reshape(count, 0, 4)
    )


# --- which candidate ----------------------------------------------------------------------------


def test_of_near_equals_the_one_where_the_object_is_expected_is_taken() -> None:
    said = answers([LEFT, RIGHT], [0.80, 0.85])
    assert place(choose(said, HERE, AT_LEFT)) == 0
    assert place(choose(said, HERE, AT_RIGHT)) == 1


def test_what_the_net_is_much_surer_of_is_taken_wherever_it_is_expected() -> None:
    apart = MOTION / (1 - MOTION)
    assert place(choose(answers([LEFT, RIGHT], [0.5, 0.5 + apart * 1.1]), HERE, AT_LEFT)) == 1
    assert place(choose(answers([LEFT, RIGHT], [0.5, 0.5 + apart * 0.9]), HERE, AT_LEFT)) == 0


def test_where_nothing_is_expected_the_net_alone_decides() -> None:
    assert place(choose(answers([LEFT, RIGHT, LEFT], [0.7, 0.8, 0.6]), HERE, NOWHERE)) == 1


def test_each_object_is_chosen_by_its_own_expectation() -> None:
    both = [np.concatenate(parts) for parts in zip(*[answers([LEFT, RIGHT], [0.8, 0.8])[:4]] * 2, strict=True)]
    chosen = choose(Answers(*both), np.repeat(HERE, 2, axis=0), np.vstack([AT_RIGHT, AT_LEFT]))
    assert chosen.pointers[:, 0].tolist() == [1, 0]
    assert (chosen.logits[0] == RIGHT).all() and (chosen.logits[1] == LEFT).all()


def test_a_single_candidate_is_taken_and_has_no_alternatives() -> None:
    chosen = choose(answers([LEFT], [0.1]), HERE, AT_RIGHT)
    assert chosen.iou.tolist() == [0.1]
    assert chosen.alternative_iou.shape == (1, 0) and chosen.alternative_box.shape == (1, 0, 4)


# --- what was not taken -------------------------------------------------------------------------


def test_alternatives_are_told_by_their_largest_piece_outside_of_the_mask() -> None:
    other = np.maximum(np.maximum(LEFT, flat(8, 0, 10, 2)), flat(10, 6, 15, 12))
    chosen = choose(answers([LEFT, other], [0.9, 0.6]), HERE, AT_LEFT)
    assert chosen.alternative_iou.tolist() == [[0.6]]
    assert chosen.alternative_box.tolist() == [[[120, 72, 130, 84]]]


def test_an_alternative_that_is_nowhere_else_has_no_area() -> None:
    chosen = choose(answers([LEFT, flat(1, 5, 3, 7), flat(0, 0, 0, 0)], [0.9, 0.6, 0.5]), HERE, AT_LEFT)
    assert chosen.alternative_box.tolist() == [[[0] * 4] * 2]
    assert chosen.alternative_iou.tolist() == [[0.6, 0.5]]


def test_alternatives_keep_the_order_of_the_net_whichever_was_taken() -> None:
    chosen = choose(answers([LEFT, RIGHT, LEFT], [0.6, 0.9, 0.7]), HERE, NOWHERE)
    assert chosen.alternative_iou.tolist() == [[0.6, 0.7]]


# --- bodies -------------------------------------------------------------------------------------


def test_bodies_that_the_net_tells_are_those_of_the_taken_candidate_in_the_picture() -> None:
    bodies = np.array([[[0, 0, 1, 1], [0.25, 0.5, 0.75, 1.5]]])
    chosen = choose(answers([LEFT, RIGHT], [0.5, 0.9], bodies=bodies), HERE, NOWHERE)
    assert chosen.bodies.tolist() == [[108, 76, 124, 108]]


def test_of_a_net_that_tells_none_the_body_is_what_is_around_the_mask() -> None:
    assert choose(answers([LEFT], [0.9]), HERE, NOWHERE).bodies.tolist() == AT_LEFT.tolist()


def test_who_is_not_seen_has_no_body() -> None:
    bodies = np.array([[[0, 0, 1, 1.0]]])
    assert np.isnan(choose(answers([LEFT], [0.9], object_logit=-1.0, bodies=bodies), HERE, NOWHERE).bodies).all()
    assert np.isnan(choose(answers([LEFT], [0.9], object_logit=0.0), HERE, NOWHERE).bodies).all()


# --- parts together -----------------------------------------------------------------------------


def test_parts_of_prompts_and_tracks_come_back_in_the_order_of_their_rows() -> None:
    tracked = choose(answers([LEFT, RIGHT, LEFT], [0.9, 0.6, 0.5]), HERE, AT_LEFT)
    twice: Any = (np.repeat(part, 2, axis=0) for part in tracked)
    tracked = Chosen(*twice)._replace(iou=np.array([0.1, 0.3]))
    prompted = choose(answers([RIGHT], [0.2]), HERE, AT_RIGHT)
    together = ordered([tracked, prompted], np.array([0, 2, 1]))
    assert together.iou.tolist() == [0.1, 0.2, 0.3]
    assert [bool((mask == RIGHT).all()) for mask in together.logits] == [False, True, False]
    assert together.bodies.tolist() == [AT_LEFT[0].tolist(), AT_RIGHT[0].tolist(), AT_LEFT[0].tolist()]


def test_who_has_fewer_alternatives_gets_some_that_are_nothing() -> None:
    tracked, prompted = choose(answers([LEFT, RIGHT], [0.9, 0.6]), HERE, AT_LEFT), taken(RIGHT)
    together = ordered([tracked, prompted], np.array([1, 0]))
    assert together.alternative_iou.tolist() == [[0.0], [0.6]]
    assert together.alternative_box[0].tolist() == [[0, 0, 0, 0]]
    assert together.alternative_box[1].tolist() == AT_RIGHT.tolist()


# --- whose pixels -------------------------------------------------------------------------------


def settled(chosen: Chosen, groups: Any = TOGETHER, at: Array | None = None) -> Settled:
    return settle(chosen, np.repeat(HERE, len(chosen.iou), axis=0) if at is None else at, groups)


def test_where_masks_overlap_the_likelier_has_the_pixel() -> None:
    sure, unsure = flat(0, 0, 8, 16, inside=6.0), flat(4, 0, 16, 16, inside=2.0)
    after = settled(taken(sure, unsure))
    assert (after.logits[0] > 0).any(axis=0).tolist() == [True] * 8 + [False] * 8
    assert (after.logits[1] > 0).any(axis=0).tolist() == [False] * 8 + [True] * 8
    assert np.allclose(after.boxes, [[100, 60, 116, 92], [116, 60, 132, 92]], atol=0.5)


def test_no_pixel_belongs_to_two_and_none_is_lost_to_nobody() -> None:
    rng = np.random.default_rng(5)
    masks = rng.normal(0, 3, (4, SIDE, SIDE)).astype(np.float32)
    after = settled(taken(*masks), groups=np.zeros(4, np.int64))
    assert ((after.logits > 0).sum(axis=0) <= 1).all()
    assert ((after.logits > 0).any(axis=0) == (masks > 0).any(axis=0)).all()


def test_the_likelier_has_the_pixel_over_another_square_too() -> None:
    sure, unsure = flat(0, 0, 16, 16, inside=6.0), flat(0, 0, 16, 16, inside=2.0)
    after = settled(taken(sure, unsure), at=np.vstack([HERE, np.add(HERE, (16, 0, 0, 0))]))
    assert (after.logits[0] > 0).all()
    assert (after.logits[1] > 0).any(axis=0).tolist() == [False] * 8 + [True] * 8


def test_those_of_other_pictures_take_no_pixel() -> None:
    masks = flat(0, 0, 8, 16, inside=6.0), flat(4, 0, 16, 16, inside=2.0)
    after = settled(taken(*masks), groups=ALONE)
    assert ((after.logits > 0) == (np.stack(masks) > 0)).all()
    assert after.overlap.max() == 0.0


def test_who_is_not_seen_has_no_mask_and_takes_no_pixel() -> None:
    after = settled(taken(flat(0, 0, 8, 16, inside=6.0), flat(4, 0, 16, 16, inside=2.0), object_logit=(-1.0, 1.0)))
    assert (after.logits[0] == EMPTY).all() and np.isnan(after.boxes[0]).all()
    assert (after.logits[1] > 0).any(axis=0).tolist() == [False] * 4 + [True] * 12
    assert after.seen.tolist() == [False, True]


def test_fewer_cells_than_the_least_are_nobody() -> None:
    after = settled(taken(flat(0, 0, LEAST_CELLS - 1, 1), flat(8, 8, 8 + LEAST_CELLS, 9)))
    assert after.seen.tolist() == [False, True]


def test_who_lies_wholly_under_somebody_likelier_is_not_seen() -> None:
    after = settled(taken(flat(0, 0, 16, 16, inside=6.0), flat(4, 4, 8, 8, inside=2.0)))
    assert after.seen.tolist() == [True, False]


def test_cells_and_overlap_are_those_before_anything_was_lost() -> None:
    after = settled(taken(flat(0, 0, 8, 16, inside=6.0), flat(4, 0, 8, 16, inside=5.0)))
    assert after.cells.tolist() == [128, 64]
    assert np.allclose(after.overlap, [[0.0, 0.5], [1.0, 0.0]], atol=0.03)


def test_nobody_can_be_settled() -> None:
    nothing: Any = (part[:0] for part in taken(LEFT))
    after = settle(Chosen(*nothing), windows(), np.zeros(0, np.int64))
    assert after.seen.tolist() == [] and after.logits.shape == (0, SIDE, SIDE)


def test_rows_of_what_was_settled_keep_only_what_they_have_to_do_with_one_another() -> None:
    three = settled(taken(LEFT, flat(0, 4, 3, 12), RIGHT), groups=np.zeros(3, np.int64))
    some = three.rows(slice(1, 3))
    assert some.boxes.tolist() == three.boxes[1:].tolist()
    assert some.overlap.shape == (2, 2) and some.overlap.max() < 0.01


def test_agreement_is_the_overlap_of_each_with_its_own() -> None:
    ours, theirs = (
        boxes((0, 0, 10, 10), (0, 0, 10, 10), (np.nan,) * 4),
        boxes((0, 0, 10, 5), (np.nan,) * 4, (0, 0, 1, 1)),
    )
    shares = agreement(ours, theirs)
    assert shares[0] == 0.5 and np.isnan(shares[1:]).all()
    assert settled(taken(LEFT), groups=np.zeros(1, np.int64)).agreement(AT_LEFT).tolist() == [1.0]
