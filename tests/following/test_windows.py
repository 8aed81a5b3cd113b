"""The square around each object, and masks from one square to another."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.following.motion import Motion
from stream_engine.following.windows import (
    CONTEXT,
    EMPTY,
    LEAST_PX,
    MOST_PX,
    Array,
    around,
    boxes_of,
    carried,
    moved,
    of_others,
    shares_of,
)
from tests.following.made import INSIDE, SIDE, boxes, flat, sloping, windows

PLACE = st.floats(-5000, 5000)
LENGTH = st.floats(0, 6000)
HERE = windows((100, 60, 32, 32))  # two pixels a cell
ALONE, TOGETHER = np.array([0, 1]), np.array([0, 0])


# --- squares ------------------------------------------------------------------------------------


@given(st.lists(st.tuples(PLACE, PLACE, LENGTH, LENGTH), min_size=1, max_size=5))
@settings(max_examples=25)
def test_squares_are_square_even_in_all_numbers_and_hold_their_objects(rows: list[tuple[float, ...]]) -> None:
    motion = Motion.of(boxes(*((x, y, x + w, y + h) for x, y, w, h in rows)))
    squares = around(motion)
    assert squares.dtype.kind == "i" and not (squares % 2).any()
    assert (squares[:, 2] == squares[:, 3]).all()
    assert (squares[:, 2] >= LEAST_PX).all() and (squares[:, 2] <= MOST_PX).all()
    assert (abs(squares[:, :2] + squares[:, 2:] / 2 - motion.at) <= 2).all()
    small = motion.longer <= MOST_PX / CONTEXT
    assert (squares[small, :2] <= motion.boxes[small, :2]).all()
    assert (squares[small, :2] + squares[small, 2:] >= motion.boxes[small, 2:]).all()


def test_a_square_is_as_much_longer_than_its_object_as_the_context_says() -> None:
    assert around(Motion.of(boxes((450, 200, 550, 400)))).tolist() == [[360, 160, 280, 280]]


def test_the_small_get_the_least_square_and_the_huge_the_largest() -> None:
    squares = around(Motion.of(boxes((10, 10, 14, 14), (0, 0, 9000, 9000))))
    assert squares[:, 2].tolist() == [LEAST_PX, MOST_PX]


def test_a_square_may_leave_the_picture() -> None:
    assert around(Motion.of(boxes((0, 0, 20, 40)))).tolist() == [[-18, -8, 56, 56]]


def test_a_window_goes_and_grows_with_its_object() -> None:
    before = Motion.of(boxes((10, 10, 20, 30)))
    now = Motion.of(boxes((110, 10, 130, 50)))
    assert moved(windows((0, 0, 40, 40)), before, now).tolist() == [[90, -10, 80, 80]]
    assert moved(windows((0, 0, 40, 40)), before, before).tolist() == [[0, 0, 40, 40]]


# --- masks over other squares -------------------------------------------------------------------


def test_a_mask_over_the_same_square_is_the_same() -> None:
    mask = np.random.default_rng(1).normal(size=(1, SIDE, SIDE)).astype(np.float32)
    assert np.allclose(carried(mask, HERE, HERE, SIDE), mask, atol=1e-3)


def test_a_mask_is_shifted_by_whole_cells_and_what_it_did_not_reach_is_empty() -> None:
    mask = np.arange(SIDE * SIDE, dtype=np.float32).reshape(1, SIDE, SIDE)
    shifted = carried(mask, HERE, np.add(HERE, (6, -4, 0, 0)), SIDE)[0]  # three cells to the right, two up
    assert np.allclose(shifted[2:, :-3], mask[0, :-2, 3:], atol=1e-2)
    assert (shifted[:2] == EMPTY).all() and (shifted[:, -3:] == EMPTY).all()


def test_what_is_empty_can_be_said() -> None:
    far = carried(np.ones((1, SIDE, SIDE), np.float32), HERE, np.add(HERE, (500, 0, 0, 0)), SIDE, empty=0.25)
    assert (far == 0.25).all()


def test_over_a_square_twice_as_large_a_shape_is_half_as_large() -> None:
    mask = sloping((4, 4, 12, 12))[None]
    larger = windows((100 - 16, 60 - 16, 64, 64))
    drawn = carried(mask, HERE, larger, SIDE)
    assert np.allclose(boxes_of(drawn, larger), boxes_of(mask, HERE), atol=0.3)
    assert (drawn[0, :4] == EMPTY).all() and (drawn[0, 12:] == EMPTY).all()


def test_a_mask_can_be_drawn_with_more_cells_or_with_fewer() -> None:
    mask = sloping((3, 5, 11, 14))[None]
    for side in (SIDE * 2, SIDE // 2):
        drawn = carried(mask, HERE, HERE, side)
        assert drawn.shape == (1, side, side)
        assert np.allclose(boxes_of(drawn, HERE), boxes_of(mask, HERE), atol=0.7)


def test_each_mask_goes_its_own_way() -> None:
    masks = np.stack([sloping((2, 2, 8, 8)), sloping((6, 6, 14, 14))])
    before, now = np.vstack([HERE, HERE + 40]), np.vstack([np.add(HERE, (4, 2, 0, 0)), np.add(HERE, (38, 40, 8, 8))])
    together = carried(masks, before, now, SIDE)
    for row in range(2):
        each = slice(row, row + 1)
        assert (together[each] == carried(masks[each], before[each], now[each], SIDE)).all()


def test_shares_are_between_none_and_all_whatever_the_logits() -> None:
    shares = shares_of(np.array([[-1e9, 0.0, 1e9]], np.float32))
    assert np.allclose(shares, [[0, 0.5, 1]], atol=1e-4)


# --- the others ---------------------------------------------------------------------------------


def two(left: tuple[int, int, int, int], right: tuple[int, int, int, int]) -> Array:
    return np.stack([flat(*left), flat(*right)]).clip(0, 1).astype(np.float64)


def test_the_others_are_seen_where_they_reach_into_ones_square_and_oneself_is_not_among_them() -> None:
    shares = two((0, 0, 4, 16), (8, 0, 16, 16))
    there = np.vstack([HERE, np.add(HERE, (16, 0, 0, 0))])  # eight cells to the right
    others = of_others(shares, there, TOGETHER, SIDE).shares
    assert others[0].max() == 0.0, "the second one's right half lies outside of the first one's square"
    assert others[1].max() == 0.0, "and the first one's left edge outside of the second one's"
    shares = two((0, 0, 16, 16), (0, 0, 4, 16))
    others = of_others(shares, there, TOGETHER, SIDE).shares
    assert (others[0] > 0.5).sum(axis=1).tolist() == [4] * SIDE and (others[0][:, 8:12] > 0.99).all()
    assert (others[1][:, :8] > 0.99).all() and others[1][:, 8:].max() == 0.0


def test_where_two_others_are_the_likelier_counts() -> None:
    shares = np.stack([np.zeros((SIDE, SIDE)), np.full((SIDE, SIDE), 0.3), np.full((SIDE, SIDE), 0.8)])
    others = of_others(shares, np.repeat(HERE, 3, axis=0), np.zeros(3, np.int64), SIDE)
    assert np.allclose(others.shares[:, 8, 8], [0.8, 0.8, 0.3], atol=1e-6)


def test_those_of_other_pictures_are_no_others() -> None:
    shares = np.ones((2, SIDE, SIDE))
    apart = of_others(shares, np.repeat(HERE, 2, axis=0), ALONE, SIDE)
    assert apart.shares.max() == 0.0 and apart.overlap.max() == 0.0
    assert of_others(shares, np.repeat(HERE, 2, axis=0), TOGETHER, SIDE).shares.min() > 0.99


def test_overlap_is_the_share_of_each_ones_own_mask() -> None:
    shares = two((0, 0, 4, 8), (0, 0, 8, 16))
    overlap = of_others(shares, np.repeat(HERE, 2, axis=0), TOGETHER, SIDE).overlap
    assert np.allclose(overlap, [[0.0, 1.0], [0.25, 0.0]], atol=1e-3)


def test_overlap_is_the_same_over_squares_of_other_sizes() -> None:
    large = windows((100 - 16, 60 - 16, 64, 64))
    shares = two((2, 2, 14, 8), (4, 4, 12, 12))  # 12 x 6 cells of 4 pixels in 8 x 8 cells of 16
    overlap = of_others(shares, np.vstack([HERE, large]), TOGETHER, SIDE).overlap
    assert np.allclose(overlap, [[0.0, 1.0], [288 / 1024, 0.0]], atol=0.01)


def test_hints_of_another_side_than_the_masks_show_the_same() -> None:
    shares = two((0, 0, 16, 16), (0, 0, 8, 16))
    others = of_others(shares, np.repeat(HERE, 2, axis=0), TOGETHER, SIDE // 2)
    assert others.shares.shape == (2, SIDE // 2, SIDE // 2)
    assert (others.shares[0][:, :3] > 0.99).all() and (others.shares[0][:, 5:] < 0.01).all()
    assert np.allclose(others.overlap, [[0.0, 0.5], [1.0, 0.0]], atol=0.07)


def test_nobody_has_no_others() -> None:
    nothing = of_others(np.zeros((0, SIDE, SIDE)), windows(), np.zeros(0, np.int64), SIDE)
    assert nothing.shares.shape == (0, SIDE, SIDE) and nothing.overlap.shape == (0, 0)


# --- boxes --------------------------------------------------------------------------------------


@given(*[st.floats(1.0, 6.0)] * 2, *[st.floats(9.0, 15.0)] * 2)
@settings(max_examples=25)
def test_edges_are_found_between_the_cells(left: float, top: float, right: float, bottom: float) -> None:
    [box] = boxes_of(sloping((left, top, right, bottom))[None], HERE)
    assert np.allclose(box, (100 + 2 * left, 60 + 2 * top, 100 + 2 * right, 60 + 2 * bottom), atol=1e-3)


def test_steep_edges_lie_half_way_between_the_cells() -> None:
    assert boxes_of(flat(3, 5, 9, 12)[None], HERE).tolist() == [[106, 70, 118, 84]]


def test_a_mask_that_touches_the_squares_edge_ends_there() -> None:
    assert boxes_of(flat(0, 0, SIDE, SIDE)[None], HERE).tolist() == [[100, 60, 132, 92]]
    assert boxes_of(flat(0, 5, 4, SIDE)[None], HERE).tolist() == [[100, 70, 108, 92]]


def test_a_single_cell_has_a_box_around_it() -> None:
    assert boxes_of(flat(7, 7, 8, 8)[None], HERE).tolist() == [[114, 74, 116, 76]]


def test_where_nothing_is_set_the_box_is_no_numbers() -> None:
    found = boxes_of(np.stack([flat(0, 0, 0, 0), flat(0, 0, 2, 2, inside=INSIDE)]), np.vstack([HERE, HERE]))
    assert np.isnan(found[0]).all() and np.isfinite(found[1]).all()
    assert boxes_of(np.zeros((0, SIDE, SIDE), np.float32), windows()).shape == (0, 4)
