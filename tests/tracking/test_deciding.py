"""Who somebody is who has just come up: place, looks, and who is left over."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from stream_engine.tracking.deciding import both, chosen, of_looks, of_place
from stream_engine.tracking.motion import Motion
from stream_engine.tracking.seen import Array


def boxes(*middles: tuple[float, float]) -> Array:
    return np.array([(x - 16, y - 40, x + 16, y + 40) for x, y in middles], np.float64)


def test_the_nearer_to_where_somebody_should_be_the_likelier_it_is_them() -> None:
    said = of_place(Motion.of(boxes((600, 300))), boxes((600, 300), (610, 300), (640, 300), (900, 300)))[:, 0]
    assert said[0] > said[1] > said[2] >= said[3] and said[0] > 0 > said[3]


def test_another_height_speaks_against_it() -> None:
    child = np.array([(590.0, 285.0, 610.0, 315.0)])
    same, other = of_place(Motion.of(boxes((600, 300))), np.concatenate([boxes((600, 300)), child]))[:, 0]
    assert other < same


def test_looks_add_to_what_a_place_says_and_without_them_it_says_less() -> None:
    alike, unlike, nothing = both(np.full(3, 10.0), np.array([0.05, 0.7, np.nan])).tolist()
    assert alike > 10 > nothing > 0 > unlike


def test_where_it_is_hardly_known_where_somebody_is_a_place_says_less() -> None:
    sure = Motion.of(boxes((600, 300)))
    vague = sure.ahead(200, np.ones(1), np.zeros(2))
    at = boxes((600, 300))
    assert of_place(vague, at)[0, 0] < of_place(sure, at)[0, 0]


def test_looks_speak_for_who_is_alike_and_against_who_is_not_and_else_say_nothing() -> None:
    alike, unlike, nothing = of_looks(np.array([0.05, 0.7, np.nan])).tolist()
    assert alike > 0 > unlike and nothing == 0


def test_each_is_the_one_for_whom_most_speaks() -> None:
    ours, theirs = chosen(np.array([[20.0, 1.0], [2.0, 18.0]]), 6.0, 4.0)
    assert list(zip(ours.tolist(), theirs.tolist(), strict=True)) == [(0, 0), (1, 1)]


def test_where_two_are_as_likely_nobody_is_chosen() -> None:
    assert chosen(np.array([[20.0, 19.0]]), 6.0, 4.0)[0].tolist() == []
    assert chosen(np.array([[20.0], [19.0]]), 6.0, 4.0)[0].tolist() == []


def test_what_hardly_speaks_for_anybody_is_somebody_new() -> None:
    assert chosen(np.array([[5.0]]), 6.0, 4.0)[0].tolist() == []
    assert chosen(np.zeros((0, 3)), 6.0, 4.0)[0].tolist() == chosen(np.zeros((3, 0)), 6.0, 4.0)[0].tolist() == []


@given(arrays.arrays(np.float64, st.tuples(st.integers(0, 6), st.integers(0, 6)), elements=st.floats(-30, 40)))
def test_who_is_chosen_is_likely_and_nobody_twice(said: Array) -> None:
    ours, theirs = chosen(said, 6.0, 4.0)
    assert len(set(ours.tolist())) == len(ours) == len(set(theirs.tolist()))
    for mine, yours in zip(ours.tolist(), theirs.tolist(), strict=True):
        rivals = [*np.delete(said[mine], yours), *np.delete(said[:, yours], mine), 0.0]
        assert said[mine, yours] >= 6.0 and said[mine, yours] - max(rivals) >= 4.0
