"""The people of many pictures through one net."""

from typing import Any

import numpy as np
import pytest

from stream_engine.backends import load
from stream_engine.masks import encode
from stream_engine.models.reid import FAMILIES
from stream_engine.models.reid.together import Together
from tests.models.pictures import smooth_nv12
from tests.models.reid.fake_nano import FakeNano
from tests.models.reid.files import SPECS, Means, row_of

PICTURE = smooth_nv12((320, 180))
BOXES = np.array([(20.0, 20, 60, 100), (100, 40, 130, 120), (200, 10, 260, 170)])
NOWHERE = np.array(
    [
        (np.nan, 20, 60, 100),
        (20, 20, 20, 100),
        (60, 100, 20, 20),
        (400, 20, 440, 100),
        (-500, -500, -400, -400),
        (318, 20, 418, 100),
        (np.inf, 0, np.inf, 9),
        (-1e300, -1e300, 1e300, 1e300),
        (0, 0, 1e5, 1e5),
    ]
)


def made(family: str, net: Any = None) -> Together:
    row = row_of(family)
    family_of = FakeNano if family == "nano" else load(FAMILIES, family)
    return Together(family_of, net or Means(row), row)


@pytest.fixture(params=sorted(SPECS))
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_there_is_an_answer_for_every_box_of_every_picture_in_order(family: str) -> None:
    reid = made(family)
    takens = [reid.take(PICTURE, boxes, [None] * len(boxes)) for boxes in (BOXES, BOXES[:0], BOXES[2:])]
    told = reid.answer(takens)
    assert [each.vectors.shape for each in told] == [(count, reid.parts, reid.size) for count in (3, 0, 1)]
    assert all(each.usable.all() for each in told)
    np.testing.assert_allclose(told[0].vectors[2], told[2].vectors[0], atol=1e-6)
    assert not np.allclose(told[0].vectors[0], told[0].vectors[1], atol=1e-3)


def test_the_net_runs_once_for_all_pictures(family: str) -> None:
    net = Means(row_of(family))
    reid = made(family, net)
    reid.answer([reid.take(PICTURE, BOXES, [None] * 3), reid.take(PICTURE, BOXES[:2], [None] * 2)])
    assert [{len(array) for array in given.values()} for given in net.given] == [{5}]


@pytest.mark.parametrize("box", NOWHERE.tolist())
def test_a_box_in_which_nothing_can_be_seen_is_not_usable_and_no_error(family: str, box: list[float]) -> None:
    net = Means(row_of(family))
    reid = made(family, net)
    boxes = np.vstack([BOXES[:1], [box], BOXES[1:2]])
    (told,) = reid.answer([reid.take(PICTURE, boxes, [None] * 3)])
    assert told.usable.tolist() == [True, False, True] and not told.visibility[1].any()
    assert len(next(iter(net.given[0].values()))) == 2


def test_nobody_at_all_is_not_asked_about(family: str) -> None:
    net = Means(row_of(family))
    reid = made(family, net)
    assert reid.answer([]) == [] and not net.given
    (told,) = reid.answer([reid.take(PICTURE, NOWHERE, [None] * len(NOWHERE))])
    assert not told.usable.any() and not net.given


def test_somebody_whose_mask_is_not_in_the_box_is_hidden(family: str) -> None:
    reid = made(family)
    masks = [encode(np.ones((10, 10), np.bool_), x=x, y=30) for x in (30, 300)]
    (told,) = reid.answer([reid.take(PICTURE, BOXES[:2], masks)])
    assert told.usable.tolist() == [True, False]


def test_what_is_taken_outlives_the_picture(family: str) -> None:
    reid, picture = made(family), PICTURE.copy()
    taken = reid.take(picture, BOXES, [None] * 3)
    (before,) = reid.answer([taken])
    picture[:] = 16
    (after,) = reid.answer([taken])
    assert (before.vectors == after.vectors).all()


class Lacking:
    """There is memory for so many, or for none."""

    def __init__(self, net: Means, most: int) -> None:
        self._net, self.most = net, most

    def run(self, arrays: Any) -> Any:
        if len(next(iter(arrays.values()))) > self.most:
            raise MemoryError
        return self._net.run(arrays)


def test_without_memory_for_all_they_are_told_a_part_at_a_time(family: str) -> None:
    alone = made(family)
    reid = made(family, Lacking(Means(row_of(family)), 1))
    (wanted,), (told,) = (each.answer([each.take(PICTURE, BOXES, [None] * 3)]) for each in (alone, reid))
    np.testing.assert_allclose(told.vectors, wanted.vectors, atol=1e-6)
    assert reid.counts == {"halved": 1}


def test_without_memory_for_one_nobody_is_usable(family: str) -> None:
    net = Lacking(Means(row_of(family)), 0)
    reid = made(family, net)
    (told,) = reid.answer([reid.take(PICTURE, BOXES, [None] * 3)])
    assert not told.usable.any() and reid.counts["given up"] == 1
    net.most = 9
    (again,) = reid.answer([reid.take(PICTURE, BOXES, [None] * 3)])
    assert again.usable.all()


class Numberless(Means):
    """Says no numbers of the second."""

    def run(self, arrays: Any) -> Any:
        told = super().run(arrays)
        for name, array in told.items():
            if array.dtype == np.float32 and name != "visibility":
                array[1] = np.nan
        return told


def test_answers_that_are_no_numbers_are_not_usable_and_have_no_role(family: str) -> None:
    reid = made(family, Numberless(row_of(family)))
    (told,) = reid.answer([reid.take(PICTURE, BOXES, [None] * 3)])
    assert told.usable.tolist() == [True, False, True] and np.isfinite(told.vectors).all()
    if told.roles is not None:
        np.testing.assert_allclose(told.roles.sum(1), (1, 0, 1), atol=1e-6)
