"""How far looks lie apart."""

import numpy as np
import pytest
from hypothesis import given, settings

from stream_engine.tracking.appearance import Appearance, appearance_of, distances, joined, unseen
from tests.tracking.looks import PARTS, appearances, looks

RIGHT, UP, LEFT = (1, 0, 0, 0), (0, 1, 0, 0), (-1, 0, 0, 0)


def by_hand(ours: Appearance, theirs: Appearance) -> np.ndarray:
    told = np.full((len(ours), len(theirs)), np.nan)
    for i in np.flatnonzero(ours.usable):
        for j in np.flatnonzero(theirs.usable):
            weights = np.sqrt(ours.visibility[i].astype(float) * theirs.visibility[j])
            if weights.any():
                far = np.linalg.norm(ours.vectors[i].astype(float) - theirs.vectors[j], axis=1) / 2
                told[i, j] = (weights * far).sum() / weights.sum()
    return told


@settings(deadline=None)
@given(appearances(), appearances())
def test_distances_are_those_of_the_definition(ours: Appearance, theirs: Appearance) -> None:
    told = distances(ours, theirs)
    np.testing.assert_allclose(told, by_hand(ours, theirs), atol=4e-4)
    assert told.dtype == np.float64 and np.all((told >= 0) & (told <= 1) | np.isnan(told))


@settings(deadline=None)
@given(appearances(), appearances())
def test_distances_are_the_same_both_ways(ours: Appearance, theirs: Appearance) -> None:
    np.testing.assert_allclose(distances(ours, theirs), distances(theirs, ours).T, atol=1e-6)


def test_the_same_is_at_0_and_the_opposite_at_1() -> None:
    told = distances(looks(RIGHT, UP, LEFT), looks(RIGHT))
    np.testing.assert_allclose(told[:, 0], [0, np.sqrt(0.5), 1], atol=1e-6)


def test_only_parts_that_both_show_count() -> None:
    ours = looks([RIGHT, UP, UP], seen=[[1, 1, 0]])
    assert distances(ours, looks([RIGHT, LEFT, LEFT], seen=[[1, 0, 1]]))[0, 0] == 0
    assert np.isnan(distances(ours, looks(RIGHT, seen=[[0, 0, 1]]))[0, 0])


def test_a_part_that_is_hardly_seen_hardly_counts() -> None:
    ours = looks([RIGHT, UP, UP], seen=[[1, 0.01, 0]])
    assert 0.05 < distances(ours, looks([RIGHT, (0, -1, 0, 0), UP]))[0, 0] < 0.1


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 3e38, 2.0])
def test_what_is_no_number_or_no_unit_is_not_usable_and_has_no_distance(wrong: float) -> None:
    made = looks(RIGHT, UP)
    made.vectors[0, 1, 0] = wrong
    assert made.usable.tolist() == [False, True]
    assert np.isnan(distances(made, looks(RIGHT)))[:, 0].tolist() == [True, False]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.1, 1.1])
def test_a_visibility_that_is_no_share_is_not_usable(wrong: float) -> None:
    made = looks(RIGHT)
    made.visibility[0, 0] = wrong
    assert not made.usable[0]


def test_parts_without_numbers_or_length_are_not_visible() -> None:
    made = appearance_of(np.array([[(0, 0), (np.nan, 1), (3, 4)]]), np.array([[True, True, True]]))
    assert made.visibility.tolist() == [[0, 0, 1]] and made.usable[0]
    np.testing.assert_allclose(made.vectors[0, 2], (0.6, 0.8))


def test_nobody_knows_what_was_not_seen() -> None:
    nothing = unseen(2, PARTS, 4)
    assert not nothing.usable.any() and np.all(np.isnan(distances(nothing, looks(RIGHT))))


def test_rows_and_joined_are_each_other_s_opposite() -> None:
    all_of_them = looks(RIGHT, UP, LEFT, roles=np.eye(5)[:3])
    again = joined([all_of_them.rows([0]), all_of_them.rows(slice(1, None))])
    assert again.roles is not None and all_of_them.roles is not None
    assert (again.vectors == all_of_them.vectors).all() and (again.roles == all_of_them.roles).all()


def test_a_role_that_one_of_those_joined_does_not_know_is_none() -> None:
    both = joined([looks(RIGHT), looks(UP, roles=[(0, 0, 0, 1, 0)])])
    assert both.roles is not None and both.roles.sum(1).tolist() == [0, 1]
    assert joined([looks(RIGHT), looks(UP)]).roles is None
