"""Where a shirt is found in a picture: what the embeddings of kits are made of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.masks import MaskRle, encode
from stream_engine.models.embeddings.colours import Colours
from stream_engine.models.embeddings.jersey import jersey_of
from tests.models.embeddings.shirts import GRASS, RED, SIZE, WHITE, picture_of

BOX = np.array((100.0, 20, 140, 120))
SHIRT = (110, 38, 130, 70)
ON_GRASS = picture_of((SHIRT, RED), ((112, 70, 128, 120), WHITE))


def test_of_a_mask_it_is_the_band_of_the_torso_without_its_edge() -> None:
    half = np.zeros((100, 40), np.bool_)
    half[:, :20] = True
    found = jersey_of(ON_GRASS, BOX, encode(half, 100, 20))
    assert found and found.place == (100, 38, 40, 32)
    assert (found.mask[:, :19] == 255).all() and not found.mask[:, 19:].any()


def test_the_edge_counts_where_hardly_anything_is_within() -> None:
    stripes = np.zeros((100, 40), np.bool_)
    stripes[:, ::4] = True
    found = jersey_of(ON_GRASS, BOX, encode(stripes, 100, 20))
    assert found and np.array_equal(found.mask > 0, stripes[18:50])


def test_a_mask_counts_where_it_lies_in_the_picture() -> None:
    own = np.ones((40, 10), np.bool_)
    found = jersey_of(ON_GRASS, BOX, encode(own, 120, 30))
    assert found and (found.mask[:, 21:29] == 255).all()
    assert not found.mask[:, :21].any() and not found.mask[:, 29:].any()


def test_of_a_box_alone_it_is_the_middle_without_the_grass() -> None:
    narrow = picture_of(((116, 38, 124, 70), RED))
    found = jersey_of(narrow, BOX, None)
    assert found and found.place == (110, 38, 20, 32)
    assert (found.mask[:, 6:14] == 255).all() and not found.mask[:, :6].any() and not found.mask[:, 14:].any()


def test_a_shirt_as_green_as_the_grass_is_still_there() -> None:
    found = jersey_of(picture_of((SHIRT, GRASS)), BOX, None)
    assert found and (found.mask == 255).all()


def test_a_black_shirt_of_the_colour_of_grass_is_told_by_its_light() -> None:
    found = jersey_of(picture_of(((116, 38, 124, 70), (30, *GRASS[1:]))), BOX, None)
    assert found and (found.mask[:, 6:14] == 255).all() and not found.mask[:, :6].any()


@pytest.mark.parametrize(
    "mask",
    [
        MaskRle(100, 20, (100, 40), "no run lengths"),
        MaskRle(100, 20, (100, 40), encode(np.ones((3, 3), np.bool_)).counts),
        MaskRle(0, 0, (0, 0), ""),
        MaskRle(0, 0, (20000, 20000), "1"),
        encode(np.zeros((100, 40), np.bool_), 100, 20),
        encode(np.ones((100, 40), np.bool_), 900, 20),
        encode(np.eye(3, dtype=np.bool_), 120, 50),
    ],
    ids=["broken", "of another size", "of nothing", "too large", "empty", "elsewhere", "of three pixels"],
)
def test_a_mask_that_says_nothing_is_none(mask: MaskRle) -> None:
    found, without = jersey_of(ON_GRASS, BOX, mask), jersey_of(ON_GRASS, BOX, None)
    assert found and without and found.place == without.place and np.array_equal(found.mask, without.mask)


@pytest.mark.parametrize(
    "box",
    [(100, 20, 103, 25), (140, 120, 100, 20), (400, 20, 440, 120), (-80, 20, -40, 120), (float("nan"), 20, 140, 120)],
    ids=["tiny", "inside out", "right of the picture", "left of it", "no number"],
)
def test_what_the_picture_does_not_show_has_no_shirt(box: tuple[float, ...]) -> None:
    assert jersey_of(ON_GRASS, np.array(box, np.float64), None) is None
    assert jersey_of(ON_GRASS, np.array(box, np.float64), encode(np.ones((180, 320), np.bool_))) is None


@st.composite
def masks(draw: st.DrawFn) -> MaskRle | None:
    x, y = draw(st.integers(-(10**6), 10**6) | st.integers(-50, 350)), draw(st.integers(-50, 200))
    rows, columns = draw(st.integers(0, 80)), draw(st.integers(0, 80))
    if draw(st.booleans()):
        return MaskRle(x, y, (rows, columns), draw(st.text(max_size=12)))
    pixels = np.random.default_rng(rows * 81 + columns).random((rows, columns)) < draw(st.floats(0, 1))
    return draw(st.sampled_from([None, encode(pixels, x, y)]))


side = st.floats() | st.floats(-40, 360)


@given(box=st.tuples(side, side, side, side), mask=masks())
@settings(max_examples=300, deadline=None)
def test_whatever_comes_there_is_a_shirt_or_none(box: tuple[float, ...], mask: MaskRle | None) -> None:
    found = jersey_of(ON_GRASS, np.array(box, np.float64), mask)
    if found is None:
        return
    left, top, width, height = found.place
    assert not any(each % 2 for each in found.place) and found.mask.shape == (height, width) and found.mask.any()
    assert left >= 0 and top >= 0 and left + width <= SIZE[0] + 1 and top + height <= SIZE[1] + 1
    assert set(np.unique(found.mask).tolist()) <= {0, 255}
    (told,) = Colours().answer([Colours().take(ON_GRASS, [found])])
    assert np.linalg.norm(told[0]) == pytest.approx(1, abs=1e-5)
