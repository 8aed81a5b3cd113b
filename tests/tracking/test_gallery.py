"""A gallery: who looked how, within bounds, and the same after a restart."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.tracking.appearance import Appearance, appearance_of, distances
from stream_engine.tracking.gallery import Gallery
from tests.tracking.looks import PARTS, SIZE, appearances, looks

FRONT, BACK, SIDE, TOP = np.eye(4)
SIDES = (2, PARTS, SIZE)  # prototypes and the looks


def gallery(capacity: int = 4) -> Gallery:
    return Gallery(capacity, *SIDES)


def distance(of: Gallery, look: Any, to: int) -> float:
    ids, far = of.distances(looks(look))
    return float(far[0, ids.tolist().index(to)])


# --- looks ----------------------------------------------------------------------------------------


def test_somebody_is_near_to_each_side_that_was_seen() -> None:
    known = gallery()
    known.add([7, 7, 8], looks(FRONT, BACK, SIDE))
    assert max(distance(known, look, 7) for look in (FRONT, BACK)) < 1e-3
    assert distance(known, SIDE, 7) > 0.7 > 1e-3 > distance(known, SIDE, 8)
    assert known.looks([8, 7, 6]).tolist() == [1, 2, 0]


def test_a_new_look_has_a_tenth_after_many() -> None:
    known = gallery()
    known.add([7] * 20, looks(*[FRONT] * 20))
    near = FRONT + 0.3 * BACK
    known.add([7], looks(near))
    mean = 0.9 * FRONT + 0.1 * near / np.linalg.norm(near)
    assert distance(known, mean, 7) < 1e-3
    assert np.isnan(distances(looks(FRONT), looks(FRONT, seen=[[0, 0, 0]]))).all()


def test_with_all_prototypes_in_use_a_look_goes_into_the_nearest() -> None:
    known = gallery()
    known.add([7] * 10 + [7] * 10, looks(*[FRONT] * 10, *[BACK] * 10))
    known.add([7], looks(SIDE + 0.1 * BACK))
    assert distance(known, FRONT, 7) < 1e-3 < distance(known, BACK, 7) < 0.1


def test_a_part_that_was_not_seen_before_is_taken_over_and_one_that_is_not_seen_now_is_kept() -> None:
    known = gallery()
    known.add([7], looks([FRONT, SIDE, BACK], seen=[[1, 1, 0]]))
    known.add([7], looks([FRONT, TOP, BACK], seen=[[1, 0, 1]]))
    assert distance(known, [FRONT, SIDE, BACK], 7) < 1e-3


def test_where_no_part_can_be_seen_of_both_there_is_no_opinion() -> None:
    known = gallery()
    known.add([7], looks(FRONT, seen=[[1, 0, 0]]))
    assert np.isnan(known.distances(looks(FRONT, seen=[[0, 1, 1]]))[1]).all()


def test_looks_without_any_part_in_common_fill_a_full_row_of_prototypes() -> None:
    known = Gallery(1, 1, PARTS, SIZE)
    known.add([7, 7], looks(FRONT, BACK, seen=[[1, 0, 0], [0, 1, 1]]))
    ids, far = known.distances(looks([FRONT, BACK, BACK]))
    assert ids.tolist() == [7] and far[0, 0] < 1e-3


def test_looks_of_opposite_directions_still_have_a_length() -> None:
    known = Gallery(1, 1, PARTS, SIZE)
    known.add([7, 7], looks(FRONT, -FRONT))
    assert np.isfinite(known.distances(looks(FRONT))[1]).all()


def test_unusable_looks_are_refused_and_counted() -> None:
    known, spoilt = gallery(), looks(FRONT, BACK, SIDE)
    spoilt.vectors[0, 0, 0], spoilt.visibility[1] = np.nan, 0
    known.add([7, 8, 9], spoilt)
    assert known.refused == 2 and known.ids.tolist() == [9]


def test_roles_are_averaged_where_they_are_known() -> None:
    known = gallery()
    known.add([7, 7, 8], looks(FRONT, FRONT, SIDE, roles=[(0, 1, 0, 0, 0), (0, 0, 0, 1, 0), (0, 0, 0, 0, 0)]))
    roles = known.roles([7, 8, 9])
    assert roles[0].tolist() == [0, 0.5, 0, 0.5, 0] and np.isnan(roles[1:]).all()
    assert known.roles([]).shape == (0, 5)


def test_looks_of_other_sides_are_told() -> None:
    other = Appearance(np.ones((1, 1, 9), np.float32), np.ones((1, 1), np.float32))
    with pytest.raises(ValueError, match=r"looks of \[1, 9\] do not go into a gallery of \[3, 4\]"):
        gallery().add([7], other)
    with pytest.raises(ValueError, match=r"looks of \[1, 9\]"):
        gallery().distances(other)


def test_an_empty_gallery_has_no_opinion_of_anybody() -> None:
    ids, far = gallery().distances(looks(FRONT, BACK))
    assert ids.shape == (0,) and far.shape == (2, 0)


def units(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def test_the_least_distance_finds_more_people_than_the_mean_of_the_two_nearest() -> None:
    """22 people of two teams; each shows one side for a while, and noise is as large as what tells people apart."""
    chance = np.random.default_rng(1)
    people, teams = units(chance.normal(size=(22, 1, 3, 64))), units(chance.normal(size=(2, 1, 3, 64)))
    sides, own = units(chance.normal(size=(4, 3, 64))), units(chance.normal(size=(22, 4, 3, 64)))
    clean = units(0.8 * teams[np.arange(22) % 2] + 0.6 * people + 0.8 * sides + 0.4 * own)

    def seen(who: Any, side: Any) -> Appearance:
        noise = 0.8 * units(chance.normal(size=(len(who), 3, 64)))
        return appearance_of(clean[who, side] + noise, chance.random((len(who), 3)) < (1, 0.85, 0.85))

    def turned(many: int) -> Any:
        return chance.choice(4, many, p=(0.45, 0.35, 0.15, 0.05))

    known, showing = Gallery(22, 4, 3, 64), turned(22)
    for _ in range(100):
        showing = np.where(chance.random(22) < 0.08, turned(22), showing)
        who = chance.choice(22, 6, replace=False)
        known.add(who.tolist(), seen(who, showing[who]))
    asked = np.repeat(np.arange(22), 40)
    look = seen(asked, turned(len(asked)))
    ids, least = known.distances(look)
    rows = known._rows["vectors"].reshape(-1, 3, 64), known._rows["visibility"].reshape(-1, 3)
    two = np.sort(distances(look, Appearance(*rows)).reshape(-1, 22, 4), axis=2)[..., :2].mean(2)
    found = [(ids[each.argmin(1)] == asked).mean() for each in (least, two)]
    assert found[0] > found[1] + 0.03 and found[0] > 0.75


# --- ids ------------------------------------------------------------------------------------------


def test_where_there_is_no_room_the_one_longest_not_added_to_is_forgotten() -> None:
    known = gallery(2)
    known.add([1, 2, 1, 3], looks(FRONT, BACK, FRONT, SIDE))
    assert sorted(known.ids.tolist()) == [1, 3] and known.forgotten == 1


def test_those_on_air_are_not_forgotten() -> None:
    known = gallery(2)
    known.add([1, 2, 3, 4], looks(FRONT, BACK, SIDE, TOP), keep={1})
    assert sorted(known.ids.tolist()) == [1, 4]
    known.add([5], looks(SIDE), keep={1, 4})
    assert sorted(known.ids.tolist()) == [1, 4] and known.refused == 1


def test_forgetting_one_leaves_the_others() -> None:
    known = gallery()
    known.add([1, 2, 3], looks(FRONT, BACK, SIDE))
    known.forget([1, 9])
    assert 1 not in known and distance(known, BACK, 2) < 1e-3 and distance(known, SIDE, 3) < 1e-3
    known.add([4], looks(TOP))
    assert distance(known, FRONT, 4) > 0.7


def test_merging_keeps_the_looks_of_both() -> None:
    known = gallery()
    known.add([1, 2], looks(FRONT, BACK, roles=[(1, 0, 0, 0, 0), (0, 1, 0, 0, 0)]))
    known.merge(1, 2)
    assert known.ids.tolist() == [1] and known.looks([1]).tolist() == [2]
    assert max(distance(known, look, 1) for look in (FRONT, BACK)) < 1e-3
    assert known.roles([1])[0].tolist() == [0.5, 0.5, 0, 0, 0]


def test_merging_with_somebody_unknown_takes_over_what_there_is() -> None:
    known = gallery()
    known.add([2], looks(FRONT))
    known.merge(2, 2)
    known.merge(2, 9)
    known.merge(1, 2)
    assert known.ids.tolist() == [1] and distance(known, FRONT, 1) < 1e-3


def test_swapping_changes_places() -> None:
    known = gallery()
    known.add([1, 2], looks(FRONT, BACK))
    known.swap(1, 2)
    assert distance(known, BACK, 1) < 1e-3 and distance(known, FRONT, 2) < 1e-3
    known.swap(1, 1)
    known.swap(1, 9)
    assert 1 not in known and distance(known, BACK, 9) < 1e-3


def test_renaming_takes_the_looks_along_and_never_covers_somebody_else_s() -> None:
    known = gallery()
    known.add([1, 2], looks(FRONT, BACK))
    known.rename(1, 5)
    known.rename(8, 9)
    assert sorted(known.ids.tolist()) == [2, 5] and distance(known, FRONT, 5) < 1e-3
    with pytest.raises(ValueError, match="5 cannot be called 2"):
        known.rename(5, 2)


# --- from one process to the next -----------------------------------------------------------------


def filled() -> Gallery:
    known = gallery()
    known.add([1, 2, 1, 3], looks(FRONT, BACK + 0.3 * TOP, SIDE, TOP, roles=[(0, 0, 0, 1, 0)] * 4))
    return known


def test_a_state_travels_as_messagepack_and_says_the_same() -> None:
    before = filled()
    state = msgspec.msgpack.decode(msgspec.msgpack.encode(before.state()))
    after = Gallery.restored(state, 4, *SIDES)
    assert after.ids.tolist() == before.ids.tolist() and after.state() == before.state()
    asked = looks(FRONT, BACK, SIDE, (1, 2, 3, 4))
    np.testing.assert_allclose(after.distances(asked)[1], before.distances(asked)[1], atol=1e-3)
    assert (after.roles([1, 2]) == before.roles([1, 2])).all()
    assert (after.looks([1, 2]) == before.looks([1, 2])).all()


WRONG: dict[str, Any] = {
    "version": 2,
    "prototypes": 3,
    "parts": "3",
    "size": 5,
    "count": -1,
    "turn": None,
    "ids": b"",
    "looks": bytes(24),
    "uses": bytes(48),
    "visibility": np.full(18, np.nan, "<f4").tobytes(),
    "vectors": np.full(72, 0.1, "<f2").tobytes(),
    "roles": [0.0] * 15,
}


@pytest.mark.parametrize("name", WRONG)
def test_a_state_that_is_not_right_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} of a gallery"):
        Gallery.restored(filled().state() | {name: WRONG[name]}, 4, *SIDES)


def test_a_state_for_which_there_is_no_room_or_that_lacks_something_is_refused() -> None:
    with pytest.raises(ValueError, match="count of a gallery is 3; there is room for 2"):
        Gallery.restored(filled().state(), 2, *SIDES)
    with pytest.raises(ValueError, match="version of a gallery is no whole number"):
        Gallery.restored({}, 2, *SIDES)
    with pytest.raises(ValueError, match="a gallery is no table"):
        Gallery.restored(None, 2, *SIDES)  # type: ignore[arg-type]


def test_ids_that_stand_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="ids of a gallery"):
        Gallery.restored(filled().state() | {"ids": np.array([1, 2, 1], "<i8").tobytes()}, 4, *SIDES)


@settings(deadline=None)
@given(st.data())
def test_any_bytes_are_a_state_or_refused(data: st.DataObject) -> None:
    state = filled().state()
    name = data.draw(st.sampled_from([key for key, value in state.items() if isinstance(value, bytes)]))
    raw = bytearray(state[name])
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=8)):
        raw[place] = data.draw(st.integers(0, 255))
    try:
        known = Gallery.restored(state | {name: bytes(raw)}, 4, *SIDES)
    except ValueError:
        return
    use(known)


def use(known: Gallery) -> None:
    """Everything that can be asked is answered in numbers."""
    known.merge(1, 3)
    known.add([1, 2, 9, 10, 11], looks(FRONT, BACK, SIDE, TOP, TOP))
    _, far = known.distances(looks(FRONT, BACK))
    assert ((far >= 0) & (far <= 1) | np.isnan(far)).all()


# --- whatever happens -----------------------------------------------------------------------------

IDS = st.integers(0, 6)
STEPS = st.one_of(
    st.tuples(st.just("add"), st.lists(IDS, min_size=6, max_size=6), appearances(), st.sets(IDS, max_size=5)),
    st.tuples(st.just("forget"), st.lists(IDS, max_size=3)),
    st.tuples(st.sampled_from(["merge", "swap"]), IDS, IDS),
    st.tuples(st.just("again")),
)


def stepped(known: Gallery, step: Any) -> Gallery:
    match step:
        case "add", ids, appearance, keep:
            before = set(known.ids.tolist())
            known.add(ids[: len(appearance)], appearance, keep)
            assert keep & before <= set(known.ids.tolist())
        case "forget", ids:
            known.forget(ids)
        case ("again",):
            return Gallery.restored(known.state(), known.capacity, *SIDES)
        case what, first, second:
            getattr(known, what)(first, second)
    return known


@settings(deadline=None)
@given(st.lists(STEPS, max_size=12))
def test_a_gallery_stays_within_its_bounds_and_its_numbers_finite(steps: list[Any]) -> None:
    known, twin = gallery(), gallery()
    for step in steps:
        known, twin = stepped(known, step), stepped(twin, step)
        ids = known.ids.tolist()
        assert len(set(ids)) == len(ids) == len(known) <= 4
        ids_told, far = known.distances(looks(FRONT, BACK, SIDE))
        assert ids_told.tolist() == ids and ((far >= 0) & (far <= 1) | np.isnan(far)).all()
        assert (known.looks(ids) > 0).all() and not known.looks(sorted(set(range(7)) - set(ids))).any()
        assert known.state() == twin.state()
        Gallery.restored(known.state(), 4, *SIDES)
