"""What a tracker leaves to its successor: it goes on, or begins anew, and never gives an id twice."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream_engine.messages import Correction
from stream_engine.tracking.known import Known
from stream_engine.tracking.tracker import Tracker, first_id
from tests.tracking.scene import Camera, Person, Scene, Watch, back, crowd, looks

EIGHT = crowd(8, going=(0.1, 0.0))
MATCH = Scene(EIGHT)
STANDS = Scene([Person(chr(97 + n), (150.0 + 130 * n, 300.0)) for n in range(5)], seed=3)


def broadcast(by_looks: bool = True) -> Watch:
    """Of two shots, with everything in it that a state may hold."""
    watch = Watch(by_looks)
    watch.film(MATCH, range(20))
    watch.cut_to(STANDS, 20)
    watch.film(STANDS, range(21, 30))
    watch.cut_to(MATCH, 30, numbered=True, back=back(Camera(), 19, 30))
    watch.film(MATCH, range(31, 60), numbered=True)
    names = MATCH.seen(60)[1]
    watch.see(MATCH.seen(60, numbered=True, names=tuple("captain" if who == "A" else None for who in names)))
    watch.tracker.correct(Correction("cam", "name", (watch.history[-1]["B"],), "keeper"))
    watch.film(MATCH, [61], numbered=True)
    return watch


def sent(state: Any) -> Any:
    """As it comes out of a file."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state))


def successor(state: Any, by_looks: bool = True, identities: bool = True) -> Watch:
    watch = Watch(by_looks)
    watch.tracker.resume(sent(state), identities)
    return watch


@pytest.fixture(scope="module")
def watched() -> Watch:
    return broadcast()


@pytest.fixture(scope="module")
def state(watched: Watch) -> Any:
    return sent(watched.tracker.state())


# --- there and back -------------------------------------------------------------------------------


@pytest.mark.parametrize("by_looks", [True, False])
def test_a_successor_says_what_the_one_before_would_have_said(by_looks: bool) -> None:
    one = broadcast(by_looks)
    other = successor(one.tracker.state(), by_looks)
    assert other.tracker.state() == one.tracker.state()
    for seq in range(62, 90):
        assert one.see(MATCH.seen(seq)) == other.see(MATCH.seen(seq))
    one.film(STANDS, range(90, 150), cut=False)
    assert not other.said("started", "swapped")


def test_a_successor_knows_names_and_who_gave_them(state: Any) -> None:
    watch = successor(state)
    names = MATCH.seen(62)[1]
    given = tuple({"A": "captain", "B": "someone"}.get(who) for who in names)
    told = watch.told(*MATCH.seen(62, numbered=True, names=given))
    assert (told.names[names.index("A")], told.names[names.index("B")]) == ("captain", "keeper")
    assert not watch.said("named")


def test_a_successor_knows_people_by_their_looks_after_seconds(watched: Watch, state: Any) -> None:
    watch = successor(state)
    watch.film(MATCH, range(300, 360))
    assert [watch.history[-1][who.name] for who in EIGHT] == [watched.history[-1][who.name] for who in EIGHT]


def test_a_successor_goes_on_in_another_epoch(watched: Watch, state: Any) -> None:
    watch = successor(state)
    watch.film(MATCH, range(60), epoch=1)
    assert [watch.history[-1][who.name] for who in EIGHT] == [watched.history[-1][who.name] for who in EIGHT]


def test_a_state_is_made_of_numbers_bytes_and_text_and_survives_generations(watched: Watch, state: Any) -> None:
    again = state
    for _ in range(3):
        again = successor(again).tracker.state()
    assert sent(again) == state


# --- ids are given once ---------------------------------------------------------------------------


def test_of_what_is_too_old_the_ids_alone_are_believed(watched: Watch, state: Any) -> None:
    watch = successor(state, identities=False)
    watch.film(MATCH, range(30), epoch=1)
    assert min(watch.history[-1].values()) == watched.tracker.last_id + 1


def test_where_the_gallery_is_another_net_s_looks_alone_are_forgotten(watched: Watch, state: Any) -> None:
    watch = Watch()
    assert "gallery" in watch.tracker.resume(state | {"gallery": None}, identities=True)
    assert watch.tracker.last_id == watched.tracker.last_id
    assert watch.tracker.state()["people"] == state["people"]


def test_ids_are_not_given_again_where_the_rest_of_the_state_is_broken(watched: Watch, state: Any) -> None:
    watch = Watch()
    with pytest.raises(ValueError, match="people"):
        watch.tracker.resume(state | {"people": 3}, identities=True)
    watch.film(MATCH, [0], epoch=1)
    assert min(watch.history[-1].values()) > watched.tracker.last_id


def test_a_state_that_has_given_fewer_ids_than_it_has_is_not_believed(state: Any) -> None:
    with pytest.raises(ValueError, match="last_id"):
        Watch().tracker.resume(state | {"last_id": 3}, identities=True)


def test_with_nothing_left_ids_begin_beyond_what_can_have_been_given() -> None:
    for epoch, seq in ((1, 5000), (3, 1)):
        watch = Watch()
        watch.film(MATCH, [seq], epoch=epoch)
        assert min(watch.history[-1].values()) > first_id(epoch, seq - 1) >= 0
    long = Watch()
    long.film(MATCH, [0], epoch=1)
    assert min(long.history[-1].values()) == 1
    assert first_id(2, 1) > first_id(1, 24 * 3600 * 25)


# --- what is no state -----------------------------------------------------------------------------

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 63), (1 << 64) - 1), st.floats(), st.text(max_size=3),
    st.binary(max_size=9), st.lists(st.integers(-3, 3), max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(0, 9), max_size=2),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Ways to everything in a state."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(way for key, part in inner for way in places(part, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    if isinstance(value, dict):
        return value | {path[0]: replaced(value[path[0]], path[1:], new)}
    return [replaced(part, path[1:], new) if key == path[0] else part for key, part in enumerate(value)]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


@st.composite
def mutations(draw: st.DrawFn, value: Any) -> Any:
    """A state of which something is something else, or some bytes are others."""
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(value)))
        part = at(value, path)
        if isinstance(part, bytes) and part and draw(st.integers(0, 3)):
            where = draw(st.integers(0, len(part) - 1))
            odd = draw(st.sampled_from([b"\xff", b"\x00", b"\x7f", b"\x80", b"\x01" * 8, b"\xff" * 8, b"\x00" * 8]))
            part = part[:where] + odd + part[where + len(odd) :]
            value = replaced(value, path, part[: len(at(value, path))])
        else:
            value = replaced(value, path, draw(ODD))
        if not isinstance(value, dict):
            break
    return value


def lives_on(tracker: Tracker) -> None:
    """It follows people through all that may happen, without a warning."""
    several: dict[int, dict[str, Any]] = {
        62: {},
        63: {"numbered": True},
        65: {"moves": False},
        66: {"cut": True},
        70: {},
    }
    for seq, more in several.items():
        told = tracker.follow(MATCH.seen(seq, **more)[0])
        taken = told.ids[told.ids >= 0].tolist()
        assert len(set(taken)) == len(taken) and max(taken, default=0) <= tracker.last_id
    tracker.state()


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_mutated_state_is_resumed_or_refused_and_the_tracker_lives_on(data: st.DataObject) -> None:
    given = data.draw(mutations(MUTABLE))
    tracker = Tracker(looks=looks() if data.draw(st.booleans()) else None)
    try:
        tracker.resume(sent(given), identities=data.draw(st.booleans()))
    except ValueError:
        assert tracker.state()["people"]["count"] == 0
    before = tracker.last_id
    lives_on(tracker)
    assert tracker.last_id >= before


MUTABLE = sent(broadcast().tracker.state())


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=4), st.integers(0, 10_000), st.integers(0, 8))
def test_bytes_that_were_changed_on_the_way_are_a_state_or_none(odd: bytes, where: int, cut: int) -> None:
    raw = msgspec.msgpack.encode(MUTABLE)
    where %= len(raw)
    try:
        given = msgspec.msgpack.decode(raw[:where] + odd + raw[where + cut :])
    except ValueError:
        return
    tracker = Tracker()
    try:
        tracker.resume(given, identities=True)
    except ValueError:
        return
    lives_on(tracker)


@pytest.mark.parametrize("part", ["at", "size", "doubt", "velocity"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -1e300, 1e300])
def test_numbers_that_nobody_could_have_left_are_refused(part: str, value: float, state: Any) -> None:
    raw = np.frombuffer(state["people"][part], "<f8").copy()
    raw[1] = value
    with pytest.raises(ValueError, match="people|motion|doubt|" + part):
        Known.of(state | {"people": state["people"] | {part: raw.tobytes()}})
