"""What a tagger leaves: a successor goes on, or begins anew, whatever it finds."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.teams.names import Declared
from stream_engine.teams.settings import TeamSettings
from stream_engine.teams.tagger import Tagger
from tests.teams.scene import (
    BLUES,
    EVERYBODY,
    LEFT,
    NUMBERS,
    PLAYERS,
    REDS,
    REFEREE,
    RIGHT,
    Somebody,
    Watch,
    all_finite,
    look,
    now,
)
from tests.teams.test_tagger import COLOURS, declared
from tests.tracking.test_state import mutations, sent

SECOND = 30


@pytest.fixture(scope="module")
def watched() -> Watch:
    return Watch().film(EVERYBODY, 10 * SECOND)


def successor(state: Any, said: Declared | None = None, **more: Any) -> Watch:
    heir = Watch(said, COLOURS, **more)
    heir.tagger.resume(sent(state), True)
    return heir


def test_a_successor_says_at_once_what_the_one_before_said_and_no_change(watched: Watch) -> None:
    heir = successor(watched.tagger.state())
    heir.see(EVERYBODY, gone=True)
    for who in EVERYBODY:
        before, after = watched.tags[who.track_id or 0], heir.tags[who.track_id or 0]
        assert (after.role, after.team) == (before.role, before.team)
        assert after.team is None or after.team_confidence <= before.team_confidence
    assert heir.changes == []


def test_a_successor_goes_on_for_long_without_a_change_of_anybody(watched: Watch) -> None:
    heir = successor(watched.tagger.state()).film(EVERYBODY, 30 * SECOND)
    assert heir.changes == [] and heir.flips() == []
    assert heir.teams(PLAYERS) == watched.teams(PLAYERS)


def test_one_odd_look_at_the_beginning_changes_nobody_s_role(watched: Watch) -> None:
    heir = successor(watched.tagger.state())
    heir.film(EVERYBODY, 5, lambda who, seq: look(now(who, kit="mud") if seq < 3 else who, seq))
    heir.film(EVERYBODY, SECOND)
    assert heir.changes == []


def test_a_successor_knows_newcomers_and_goalkeepers_by_what_was_learned(watched: Watch) -> None:
    heir = successor(watched.tagger.state())
    new = [Somebody(71, "blue", (600.0, 690.0)), Somebody(72, "green", (60.0, 600.0), "goalkeeper")]
    heir.film([*new, *PLAYERS[:4]], SECOND)
    assert heir.tags[71].team == watched.team(BLUES)
    assert (heir.tags[72].role, heir.tags[72].team) == ("goalkeeper", watched.tags[41].team)


def test_a_state_survives_generations_and_what_is_not_known_yet_too(watched: Watch) -> None:
    for given_ in (watched.tagger.state(), Watch().film(EVERYBODY, 5).tagger.state(), Tagger(size=NUMBERS).state()):
        first = again = successor(given_).tagger.state()
        for _ in range(3):
            again = successor(again).tagger.state()
        assert sent(again) == sent(first) and sent(first)["teams"] == sent(given_)["teams"]


def test_a_successor_of_one_that_knew_no_teams_yet_finds_them() -> None:
    heir = successor(Watch().film(EVERYBODY, 5).tagger.state()).film(EVERYBODY, 2 * SECOND)
    assert {heir.team(REDS), heir.team(BLUES)} == {"A", "B"}


def test_what_is_too_old_is_not_even_read() -> None:
    tagger = Tagger()
    assert tagger.resume({"odd": "thing"}, False) == "" and not tagger.people


# --- what does not belong -------------------------------------------------------------------------


def test_looks_of_another_size_or_net_are_refused_by_their_name(watched: Watch) -> None:
    for other, word in ((Tagger(size=NUMBERS + 1), str(NUMBERS + 1)), (Tagger(size=NUMBERS, net="siglip"), "siglip")):
        with pytest.raises(ValueError, match=f"net: .* {NUMBERS} numbers.*{word}"):
            other.resume(sent(watched.tagger.state()), True)
        assert not other.kits.known and not other.people


RED, BLUE = declared("red", "blue"), declared("blue", "red")


@pytest.mark.parametrize(("before", "after"), [(None, RED), (RED, None), (RED, BLUE)], ids=["new", "gone", "other"])
def test_where_other_kits_are_declared_than_before_teams_are_found_anew(
    before: Declared | None, after: Declared | None
) -> None:
    watch = Watch(before, COLOURS).film(EVERYBODY, 3 * SECOND)
    heir = Watch(after, COLOURS)
    with pytest.raises(ValueError, match="declared"):
        heir.tagger.resume(sent(watch.tagger.state()), True)
    heir.film(EVERYBODY, 3 * SECOND)
    assert heir.team(REDS) == ("home" if after is RED else "away" if after is BLUE else heir.team(REDS))


def test_the_same_kits_declared_again_are_gone_on_with() -> None:
    watch = Watch(declared("red", "blue"), COLOURS).film(EVERYBODY, 3 * SECOND)
    heir = successor(watch.tagger.state(), declared("red", "blue")).film(EVERYBODY, SECOND)
    assert (heir.team(REDS), heir.team(BLUES), heir.changes) == ("home", "away", [])


def test_teams_that_declared_kits_did_not_name_go_on_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream_engine.teams.tagger.PATIENCE", SECOND)
    equal = declared("red", "red")
    watch = Watch(equal, COLOURS).film(EVERYBODY, 4 * SECOND)
    heir = successor(watch.tagger.state(), equal)
    heir.see(EVERYBODY, gone=True)
    assert heir.team(REDS) == watch.team(REDS) in ("A", "B") and heir.changes == []


# --- what is no state -----------------------------------------------------------------------------


def changed(state: Any, **other: Any) -> Any:
    return sent(state) | other


def person(state: Any, **other: Any) -> Any:
    people = sent(state)["people"]
    return changed(state, people={key: one | other for key, one in people.items()})


def kit(state: Any, **other: Any) -> Any:
    return changed(state, others=[one | other for one in sent(state)["others"]])


NAN = np.full(NUMBERS, np.nan, "<f4").tobytes()


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        (lambda state: changed(state, version=1), "version"),
        (lambda state: changed(state, size=0, teams=b""), "size"),
        (lambda state: changed(state, size=-4), "size"),
        (lambda state: changed(state, teams=sent(state)["teams"][:-1]), "teams"),
        (lambda state: changed(state, teams=2 * NAN), "teams"),
        (lambda state: changed(state, teams=None), "names"),
        (lambda state: changed(state, teams=None, names=None), "others"),
        (lambda state: changed(state, names=["A", "A"]), "names"),
        (lambda state: changed(state, names=["home", "away"], people={}), "declared"),
        (lambda state: changed(state, spread=1e-200), "spread"),
        (lambda state: changed(state, breadth=float("nan")), "breadth"),
        (lambda state: kit(state, vector=NAN), "vector"),
        (lambda state: kit(state, votes=[1.0] * 4), "votes"),
        (lambda state: changed(state, others=sent(state)["others"] * 9), "others"),
        (lambda state: changed(state, others=[]), "kit"),
        (lambda state: person(state, team="nobody"), "team"),
        (lambda state: person(state, odds=float("inf")), "odds"),
        (lambda state: person(state, role=5), "role"),
        (lambda state: person(state, kit=3), "kit"),
        (lambda state: changed(state, people=dict.fromkeys(range(401), sent(state)["people"][1])), "people"),
        (lambda state: [], "array"),
    ],
)  # fmt: skip
def test_what_nobody_could_have_left_is_refused_with_a_word_and_nothing_of_it_is_taken(
    watched: Watch, broken: Any, word: str
) -> None:
    heir = Watch()
    with pytest.raises(ValueError, match=word):
        heir.tagger.resume(broken(watched.tagger.state()), True)
    assert not heir.tagger.people and not heir.tagger.kits.known and heir.tagger.names is None


def lives_on(watch: Watch) -> None:
    watch.film(EVERYBODY, 12).film([*PLAYERS, LEFT, RIGHT, REFEREE, Somebody(88, "red", (640.0, 700.0))], 8)
    assert all_finite(watch.tagger) and len(watch.tagger.people) <= TeamSettings().most_people
    watch.tagger.state()


NAMED = Watch(declared("red", "blue", ("green", "yellow")), COLOURS).film(EVERYBODY, 2 * SECOND)
MUTABLE = sent(NAMED.tagger.state())


@settings(deadline=None, max_examples=60)
@given(mutations(MUTABLE))
def test_a_mutated_state_is_resumed_or_refused_and_the_tagger_lives_on(given_: Any) -> None:
    heir = Watch(NAMED.declared, COLOURS)
    try:
        heir.tagger.resume(given_, True)
    except ValueError:
        assert not heir.tagger.people and not heir.tagger.kits.known
    lives_on(heir)


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=4), st.integers(0, 100_000), st.integers(0, 8))
def test_bytes_that_were_changed_on_the_way_are_a_state_or_none(odd: bytes, where: int, cut: int) -> None:
    raw = msgspec.msgpack.encode(MUTABLE)
    where %= len(raw)
    heir = Watch(NAMED.declared, COLOURS)
    try:
        heir.tagger.resume(msgspec.msgpack.decode(raw[:where] + odd + raw[where + cut :]), True)
    except ValueError:
        return
    lives_on(heir)
