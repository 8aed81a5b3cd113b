"""J and F of masks, beside a plain reading of DAVIS on whole pictures."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.masks import MaskRle, decode, encode
from stream_engine.scoring.shapes import boundary_f, shape

WIDTH, HEIGHT = 48, 36
Pixels = np.ndarray[Any, np.dtype[np.bool_]]


def whole(mask: MaskRle) -> Pixels:
    """The mask in the picture, pixel by pixel."""
    picture = np.zeros((HEIGHT, WIDTH), bool)
    for (row, column), is_set in np.ndenumerate(decode(mask)):
        y, x = mask.y + row, mask.x + column
        if is_set and 0 <= y < HEIGHT and 0 <= x < WIDTH:
            picture[y, x] = True
    return picture


def edge_points(mask: Pixels) -> list[tuple[int, int]]:
    """Where a pixel differs from its neighbour to the east, south or south-east, within the picture."""
    steps = ((0, 1), (1, 0), (1, 1))
    return [
        (y, x)
        for y, x in np.ndindex(*mask.shape)
        if any(
            mask[y, x] != mask[y + down, x + right]
            for down, right in steps
            if y + down < mask.shape[0] and x + right < mask.shape[1]
        )
    ]


def share_near(points: list[tuple[int, int]], others: list[tuple[int, int]], radius: int) -> float:
    near = [any((y - v) ** 2 + (x - u) ** 2 <= radius**2 for v, u in others) for y, x in points]
    return sum(near) / len(near) if near else 1.0


def plain(truth: MaskRle, found: MaskRle, radius: int) -> tuple[float, float]:
    ours, theirs = whole(truth), whole(found)
    either = (ours | theirs).sum()
    j = (ours & theirs).sum() / either if either else 1.0
    recall = share_near(edge_points(ours), edge_points(theirs), radius)
    precision = share_near(edge_points(theirs), edge_points(ours), radius)
    return float(j), 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@st.composite
def masks(draw: st.DrawFn) -> MaskRle:
    rows, columns = draw(st.integers(0, 12)), draw(st.integers(0, 12))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    pixels = rng.random((rows, columns)) < draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))
    return encode(pixels, draw(st.integers(-14, WIDTH + 2)), draw(st.integers(-14, HEIGHT + 2)))


@settings(max_examples=60, deadline=None)
@given(masks(), masks(), st.integers(1, 3))
def test_cropped_masks_score_as_whole_pictures_do(truth: MaskRle, found: MaskRle, radius: int) -> None:
    ours = shape(truth, found, (WIDTH, HEIGHT), radius)
    assert (ours.j, ours.f) == pytest.approx(plain(truth, found, radius))


def test_an_outline_within_reach_is_right_and_one_beyond_is_not() -> None:
    truth, found = np.zeros((40, 40), bool), np.zeros((40, 40), bool)
    truth[10:30, 10:30] = True
    found[12:28, 12:28] = True
    assert boundary_f(truth, found, 2) > 0.9  # only its corners are farther
    assert boundary_f(truth, found, 1) < 0.2


def test_a_mask_far_outside_the_picture_costs_no_memory() -> None:
    truth, pixels = encode(np.ones((4, 4), bool), 5, 5), np.ones((4, 4), bool)
    for x, y in ((10**15, 0), (-(10**15), 10**15)):
        assert shape(truth, encode(pixels, x, y), (WIDTH, HEIGHT), 2) == (0.0, 0.0)
