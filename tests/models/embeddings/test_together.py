"""The shirts of many pictures through one net."""

from typing import Any

import numpy as np
import pytest

from stream_engine.backends import load
from stream_engine.models.embeddings import FAMILIES, Jersey
from stream_engine.models.embeddings.together import Together
from stream_engine.models.tensors import floats
from tests.models.embeddings.files import SPECS, Lights, row_of, shirt
from tests.models.pictures import smooth_nv12

PICTURE = smooth_nv12((320, 180))
SHIRTS = [shirt(20, 20), shirt(101, 40), shirt(200, 90, 61, 70)]
UNSEEN = [shirt(320, 20), shirt(-20, 20), shirt(10**9, -(10**9)), Jersey((20, 20, 9, 9), np.zeros((9, 9), np.uint8))]


def made(family: str, net: Any = None) -> Together:
    row = row_of(family)
    return Together(load(FAMILIES, family), net or Lights(row), row)


@pytest.fixture(params=sorted(SPECS))
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_there_is_a_vector_of_length_1_for_every_shirt_of_every_picture_in_order(family: str) -> None:
    embedder = made(family)
    told = embedder.answer([embedder.take(PICTURE, shirts) for shirts in (SHIRTS, [], SHIRTS[2:])])
    assert [each.shape for each in told] == [(count, embedder.size) for count in (3, 0, 1)]
    assert all(each.dtype == np.float32 for each in told)
    np.testing.assert_allclose(np.linalg.norm(np.concatenate(told), axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(told[0][2], told[2][0], atol=1e-6)
    assert np.abs(told[0][0] - told[0][1]).max() > 1e-3


def test_the_net_runs_once_for_all_pictures(family: str) -> None:
    net = Lights(row_of(family))
    embedder = made(family, net)
    embedder.answer([embedder.take(PICTURE, SHIRTS), embedder.take(PICTURE, SHIRTS[:2])])
    assert [{len(array) for array in given.values()} for given in net.given] == [{5}]


def test_nobody_at_all_is_not_asked_about(family: str) -> None:
    net = Lights(row_of(family))
    embedder = made(family, net)
    assert embedder.answer([]) == []
    nothing, unseen = embedder.answer([embedder.take(PICTURE, []), embedder.take(PICTURE, UNSEEN)])
    assert nothing.shape == (0, embedder.size) and unseen.shape == (len(UNSEEN), embedder.size)
    assert not unseen.any() and not net.given


@pytest.mark.parametrize("hidden", range(len(UNSEEN)))
def test_a_shirt_that_is_not_in_the_picture_is_zeros_and_changes_no_other(family: str, hidden: int) -> None:
    embedder = made(family)
    (wanted,) = embedder.answer([embedder.take(PICTURE, SHIRTS[:2])])
    (told,) = embedder.answer([embedder.take(PICTURE, [SHIRTS[0], UNSEEN[hidden], SHIRTS[1]])])
    assert not told[1].any() and (told[[0, 2]] == wanted).all()


def test_a_mask_of_another_size_than_its_place_is_told(family: str) -> None:
    with pytest.raises(ValueError, match=r"the mask of a shirt at \(20, 20, 9, 9\) is \[9, 8\], not \[9, 9\]"):
        made(family).take(PICTURE, [Jersey((20, 20, 9, 9), np.ones((9, 8), np.uint8))])


def test_what_is_taken_outlives_the_picture(family: str) -> None:
    embedder, picture = made(family), PICTURE.copy()
    taken = embedder.take(picture, SHIRTS)
    (before,) = embedder.answer([taken])
    picture[:] = 16
    (after,) = embedder.answer([taken])
    assert (before == after).all()


class Lacking:
    """There is memory for so many, or for none."""

    def __init__(self, net: Lights, most: int) -> None:
        self._net, self.most = net, most

    def run(self, arrays: Any) -> Any:
        if len(next(iter(arrays.values()))) > self.most:
            raise MemoryError
        return self._net.run(arrays)


def test_without_memory_for_all_they_are_told_a_part_at_a_time(family: str) -> None:
    alone, embedder = made(family), made(family, Lacking(Lights(row_of(family)), 1))
    (wanted,), (told,) = (each.answer([each.take(PICTURE, SHIRTS)]) for each in (alone, embedder))
    np.testing.assert_allclose(told, wanted, atol=1e-6)
    assert embedder.counts == {"halved": 1}


def test_without_memory_for_one_all_are_zeros_until_there_is_some(family: str) -> None:
    net = Lacking(Lights(row_of(family)), 0)
    embedder = made(family, net)
    taken = embedder.take(PICTURE, SHIRTS)
    (told,) = embedder.answer([taken])
    assert told.shape == (3, embedder.size) and not told.any() and embedder.counts["given up"] == 1
    net.most = 9
    (again,) = embedder.answer([taken])
    assert again.any(axis=1).all()


def test_a_net_whose_batch_has_a_fixed_side_is_not_given_half_of_it() -> None:
    row = row_of("siglip", {"x": floats(4, 3, 32, 24)}, {"y": floats(4, 8)})
    embedder = Together(load(FAMILIES, "siglip"), Lacking(Lights(row), 2), row)
    (told,) = embedder.answer([embedder.take(PICTURE, SHIRTS)])
    assert not told.any() and embedder.counts == {"given up": 4}


class Says(Lights):
    """What the net says otherwise, changed."""

    def __init__(self, family: str, change: Any) -> None:
        super().__init__(row_of(family))
        self._change = change

    def run(self, arrays: Any) -> Any:
        return {name: self._change(array) for name, array in super().run(arrays).items()}


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 0.0, 1e-30])
def test_a_vector_without_numbers_or_without_length_is_zeros(family: str, number: float) -> None:
    def second(told: Any) -> Any:
        told[1] = number
        return told

    embedder = made(family, Says(family, second))
    (told,) = embedder.answer([embedder.take(PICTURE, SHIRTS)])
    np.testing.assert_allclose(np.linalg.norm(told, axis=1), (1, 0, 1), atol=1e-6)


@pytest.mark.parametrize("length", [1e-5, 1e30])
def test_vectors_of_any_length_point_where_they_point(family: str, length: float) -> None:
    plain, scaled = made(family), made(family, Says(family, lambda told: told * np.float32(length)))
    (wanted,), (told,) = (each.answer([each.take(PICTURE, SHIRTS)]) for each in (plain, scaled))
    np.testing.assert_allclose(told, wanted, atol=1e-6)


def test_vectors_of_another_size_than_the_row_s_are_told(family: str) -> None:
    embedder = made(family, Says(family, lambda told: told[:, 1:]))
    wanted = f"the net says [3, {embedder.size - 1}] of 3 shirts, not [3, {embedder.size}]"
    with pytest.raises(ValueError) as told:
        embedder.answer([embedder.take(PICTURE, SHIRTS)])
    assert str(told.value) == wanted
