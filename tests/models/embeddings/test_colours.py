"""Kits told by their colours."""

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.models.embeddings import Jersey
from stream_engine.models.embeddings.colours import MOST, Colours, Pixels
from tests.models.embeddings.shirts import CLARET, RED, WHITE, Colour, picture_of, shaded

PLACE = (100, 40, 40, 60)
WHOLE = Jersey(PLACE, np.full((60, 40), 255, np.uint8))


def told(*parts: tuple[tuple[int, int, int, int], Colour]) -> NDArray[np.float32]:
    colours = Colours()
    vector: NDArray[np.float32] = colours.answer([colours.take(picture_of(*parts), [WHOLE])])[0][0]
    return vector


def plain(colour: Colour) -> NDArray[np.float32]:
    return told(((100, 40, 140, 100), colour))


def far(these: NDArray[np.float32], those: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(these - those))


@pytest.mark.parametrize(("own", "other"), [(RED, CLARET), (CLARET, RED), (WHITE, RED)])
def test_a_shirt_in_the_shade_is_nearer_to_itself_in_the_sun_than_another_is(own: Colour, other: Colour) -> None:
    shade = plain(shaded(own, 0.5))
    assert far(shade, plain(own)) < far(shade, plain(other))
    assert far(shade, plain(own)) < far(shade, plain(shaded(other, 0.5)))


def test_white_and_black_have_the_same_colour_and_another_light() -> None:
    assert far(plain(WHITE), plain((25, 128, 128))) > 0.5


def test_a_small_second_colour_counts_for_something() -> None:
    sash = told(((100, 40, 140, 100), WHITE), ((100, 60, 140, 66), RED))
    assert far(sash, plain(WHITE)) > 0.3


def test_only_the_shirt_counts() -> None:
    left = WHOLE.mask.copy()
    left[:, 20:] = 0
    picture = picture_of(((100, 40, 120, 100), RED), ((120, 40, 140, 100), WHITE))
    colours = Colours()
    (both,) = colours.answer([colours.take(picture, [Jersey(PLACE, left)])])
    assert far(both[0], plain(RED)) < 0.02


def test_shirts_of_many_pictures_at_once_are_told_as_one_by_one() -> None:
    colours = Colours()
    shirts = [RED, CLARET, WHITE, shaded(RED, 0.5)]
    pictures = [picture_of(((100, 40, 140, 100), shirt)) for shirt in shirts]
    jerseys = [[WHOLE, Jersey((90, 30, 20, 20), np.full((20, 20), 255, np.uint8))][:count] for count in (1, 2, 0, 2)]
    takens = [colours.take(picture, some) for picture, some in zip(pictures, jerseys, strict=True)]
    for picture in pictures:
        picture[:] = 0  # what was taken is a copy
    together = colours.answer(takens)
    assert [each.shape for each in together] == [(count, colours.size) for count in (1, 2, 0, 2)]
    for taken, each in zip(takens, together, strict=True):
        for row in range(len(each)):
            alone = colours.answer([Pixels(taken.colours[row : row + 1], taken.shown[row : row + 1])])[0]
            np.testing.assert_allclose(each[row], alone[0], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(np.concatenate(together), axis=1), 1, atol=1e-5)


def test_of_nobody_nothing_is_told_and_of_no_pixels_nothing_but_zeros() -> None:
    colours = Colours()
    assert colours.answer([]) == []
    none = Pixels(np.zeros((1, MOST, 3), np.uint8), np.zeros((1, MOST), np.bool_))
    assert not colours.answer([none])[0].any()
