"""A mask over a square becomes pixels of the picture."""

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.following.drawing import drawn
from stream_engine.following.windows import EMPTY, Array, boxes_of
from stream_engine.masks import MaskRle, decode
from tests.following.made import SIDE, flat, sloping, windows

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pycocotools import mask as coco

WIDTH, HEIGHT = 120, 80
SIZE = (WIDTH, HEIGHT)
WIDE = np.maximum(flat(4, 3, 9, 11), -1.0)  # its edge is nearer to the cells outside
SURE = 0.5  # OpenCV counts places in 1/32 of a cell: nearer to 0 than this it may say either


def whole(logits: NDArray[np.float32], window: Array) -> NDArray[np.float64]:
    """Logits of every pixel of the picture, one by one: the four cells around its middle, EMPTY beside the square."""
    padded = np.pad(logits.astype(np.float64), 1, constant_values=EMPTY)
    side = logits.shape[0]
    values = np.full((HEIGHT, WIDTH), EMPTY)
    for y in range(HEIGHT):
        for x in range(WIDTH):
            across = (x + 0.5 - window[0]) / window[2] * side + 0.5  # cells, from the middle of the first padded one
            down = (y + 0.5 - window[1]) / window[3] * side + 0.5
            if 0 <= across < side + 1 and 0 <= down < side + 1:
                column, row = int(across), int(down)
                a, b = across - column, down - row
                upper = padded[row, column] * (1 - a) + padded[row, column + 1] * a
                lower = padded[row + 1, column] * (1 - a) + padded[row + 1, column + 1] * a
                values[y, x] = upper * (1 - b) + lower * b
    return values


def pixels(mask: MaskRle | None) -> NDArray[np.bool_]:
    """Of the whole picture."""
    picture = np.zeros((HEIGHT, WIDTH), bool)
    if mask is not None:
        rows, columns = mask.size
        picture[mask.y : mask.y + rows, mask.x : mask.x + columns] = decode(mask)
    return picture


@pytest.mark.parametrize(
    "window",
    [
        (20, 10, 48, 48),  # three pixels a cell
        (20, 10, 16, 16),  # one
        (30.7, 12.3, 9.9, 9.9),  # less than one, and between the pixels
        (-20, -14, 56, 56),  # over the upper left corner
        (85.5, 50.25, 61, 61),  # over the lower right one
        (-60, -90, 240, 240),  # around the whole picture
    ],
)
@pytest.mark.parametrize("shape", [sloping((3.3, 2.1, 12.7, 14.2)), flat(0, 3, 9, SIDE, inside=4.0), WIDE])
def test_pixels_are_those_of_the_whole_picture_drawn_one_by_one(
    window: tuple[float, ...], shape: NDArray[np.float32]
) -> None:
    expected = whole(shape, np.array(window))
    found = pixels(drawn(shape, np.array(window), SIZE))
    sure = abs(expected) > SURE
    assert (found == (expected > 0))[sure].all()
    assert found.any()


def test_a_shape_with_holes_and_islands_is_drawn_with_them() -> None:
    logits = np.where(np.random.default_rng(3).random((SIDE, SIDE)) > 0.5, 6.0, -6.0).astype(np.float32)
    window = np.array((10.0, 10.0, 64.0, 64.0))
    expected = whole(logits, window)
    sure = abs(expected) > SURE
    assert (pixels(drawn(logits, window, SIZE)) == (expected > 0))[sure].all()


def test_the_pixels_lie_in_the_box_that_is_told_of_the_mask() -> None:
    logits, window = sloping((4, 3, 11, 13)), windows((31, 17, 48, 48))
    mask = drawn(logits, window[0], SIZE)
    assert mask is not None
    corners = (mask.x, mask.y, mask.x + mask.size[1], mask.y + mask.size[0])
    assert np.allclose(corners, boxes_of(logits[None], window)[0], atol=1.0)


def test_the_rectangle_is_as_small_as_it_can_be() -> None:
    mask = drawn(sloping((6, 6, 9, 9)), np.array((20.0, 10.0, 48.0, 48.0)), SIZE)
    assert mask is not None
    set_ = decode(mask)
    assert set_[0].any() and set_[-1].any() and set_[:, 0].any() and set_[:, -1].any()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # inside pycocotools 2.0
def test_coco_reads_the_same_pixels() -> None:
    mask = drawn(sloping((3.3, 2.1, 12.7, 14.2)), np.array((85.5, 50.25, 61.0, 61.0)), SIZE)
    assert mask is not None
    theirs = coco.decode({"size": list(mask.size), "counts": mask.counts.encode()})
    assert theirs.astype(bool).tolist() == decode(mask).tolist()


def test_nothing_is_drawn_of_an_empty_mask_or_one_beside_the_picture() -> None:
    assert drawn(flat(0, 0, 0, 0), np.array((20.0, 10.0, 48.0, 48.0)), SIZE) is None
    for window in ((-100, 10, 48, 48), (200, 10, 48, 48), (20, -90, 48, 48), (20, 300, 48, 48)):
        assert drawn(flat(0, 0, SIDE, SIDE), np.array(window, np.float64), SIZE) is None


def test_a_mask_between_the_middles_of_pixels_is_nothing() -> None:
    assert drawn(flat(8, 8, 9, 9), np.array((20.0, 10.0, 4.0, 4.0)), SIZE) is None
