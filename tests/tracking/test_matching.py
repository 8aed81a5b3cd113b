"""Who is whom from one frame to the next."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from stream_engine.tracking.matching import match, pairs
from stream_engine.tracking.motion import Motion
from stream_engine.tracking.people import People
from stream_engine.tracking.seen import Array, Seen
from stream_engine.tracking.settings import TrackerSettings

SETTINGS = TrackerSettings()
WORSE = SETTINGS.sure / 2


def boxes(*middles: tuple[float, float]) -> Array:
    return np.array([(x - 16, y - 40, x + 16, y + 40) for x, y in middles], np.float64).reshape(-1, 4)


def people(*middles: tuple[float, float], objects: tuple[int, ...] = (), unseen: tuple[int, ...] = ()) -> People:
    count = len(middles)
    made = People.of(np.arange(1, count + 1), Motion.of(boxes(*middles)), np.array(objects or (-1,) * count))
    return made.changed(unseen=np.array(unseen or (0,) * count))


def seen(*middles: tuple[float, float], objects: tuple[int, ...] = (), scores: tuple[float, ...] = ()) -> Seen:
    count = len(middles)
    return Seen(
        0, (1280, 720), boxes(*middles), np.array(scores or (0.9,) * count), np.zeros(count, np.int64),
        np.array(objects or (-1,) * count), np.ones(count, bool),
    )  # fmt: skip


def test_each_is_found_where_it_is_expected_in_whatever_order_they_come() -> None:
    known = people((100, 100), (300, 100), (500, 100))
    assert match(known, seen((502, 101), (99, 100), (303, 98)), {}, SETTINGS).tolist() == [1, 2, 0]


def test_two_near_each_other_are_found_so_that_it_fits_both() -> None:
    known = people((100, 100), (108, 100))
    assert match(known, seen((105, 100), (113, 100)), {}, SETTINGS).tolist() == [0, 1]


def test_nobody_is_found_far_away() -> None:
    assert match(people((100, 100)), seen((600, 500)), {}, SETTINGS).tolist() == [-1]


def test_a_doubtful_box_is_for_whom_no_sure_one_is() -> None:
    known = people((100, 100), (300, 100))
    found = match(known, seen((100, 100), (103, 100), (301, 100), scores=(WORSE, 0.9, WORSE)), {}, SETTINGS)
    assert found.tolist() == [1, 2]


def test_a_doubtful_box_has_to_be_nearer_than_a_sure_one() -> None:
    off = 5 + 80 * SETTINGS.reaches[-1]
    sure = match(people((100, 100)), seen((100, 100 + off)), {}, SETTINGS).tolist()
    near = match(people((100, 100)), seen((100, 105), scores=(WORSE,)), {}, SETTINGS).tolist()
    assert near == [0]
    assert match(people((100, 100)), seen((100, 100 + off), scores=(WORSE,)), {}, SETTINGS).tolist() == [
        -1
    ] or sure == [0]


def test_propagate_has_the_first_word() -> None:
    known = people((100, 100), (300, 100), objects=(7, 8))
    assert match(known, seen((300, 100), (100, 100), objects=(7, 8)), {}, SETTINGS).tolist() == [0, 1]


def test_whom_propagate_lost_is_found_by_place() -> None:
    known = people((100, 100), (300, 100), objects=(7, 8))
    assert match(known, seen((300, 100), (101, 100), objects=(8, 9)), {}, SETTINGS).tolist() == [1, 0]


def test_one_object_is_one_person_and_of_two_it_is_who_was_seen_last() -> None:
    known = people((100, 100), (300, 100), objects=(7, 7), unseen=(3, 0))
    assert match(known, seen((100, 100), objects=(7,)), {}, SETTINGS).tolist() == [-1, 0]


def test_who_is_lost_for_long_is_not_found_by_place_alone() -> None:
    long_ago = people((100, 100), unseen=(SETTINGS.lost + 1,))
    assert match(long_ago, seen((100, 100)), {}, SETTINGS).tolist() == [-1]
    followed = replace(long_ago, objects=np.array([5]))
    assert match(followed, seen((100, 100), objects=(5,)), {}, SETTINGS).tolist() == [0]


def test_nobody_and_nothing_are_no_pairs() -> None:
    assert match(people(), seen((100, 100)), {}, SETTINGS).tolist() == []
    assert match(people((100, 100)), seen(), {}, SETTINGS).tolist() == [-1]


POINTS = st.lists(st.tuples(st.integers(0, 1280), st.integers(0, 720)), max_size=12)


@given(POINTS, POINTS, st.lists(st.integers(-1, 4), min_size=24, max_size=24), st.randoms())
def test_pairs_are_one_to_one(
    ours: list[tuple[int, int]], theirs: list[tuple[int, int]], objects: list[int], r: object
) -> None:
    known = people(*ours, objects=tuple(objects[: len(ours)]))
    there = [
        o if o >= 0 and o not in objects[12 : 12 + k] else -1 for k, o in enumerate(objects[12 : 12 + len(theirs)])
    ]
    found = match(known, seen(*theirs, objects=tuple(there)), {}, SETTINGS)
    used = found[found >= 0].tolist()
    assert len(set(used)) == len(used) and all(row < len(theirs) for row in used)


@given(arrays.arrays(np.float64, st.tuples(st.integers(0, 6), st.integers(0, 6)), elements=st.floats(0, 50)))
def test_no_pair_has_as_much_against_it_as_the_most(against: Array) -> None:
    ours, theirs = pairs(against, 20.0)
    assert (against[ours, theirs] < 20.0).all()
    free = np.delete(np.delete(against, ours, axis=0), theirs, axis=1)
    assert not (free < 20.0).any()
