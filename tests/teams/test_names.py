"""What teams are called."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_engine.teams.names import Declared, likelier, names_of, nearest
from stream_engine.teams.person import Floats

FAR = 80.0


def table(*near: int) -> Floats:
    """Of kits of one colour each, of four."""
    return np.stack([np.where(np.arange(4) == cell, 0, FAR) for cell in near]).astype(np.float32)


def shirts(first: int, second: int, skin: float = 0.3) -> tuple[Floats, Floats]:
    """Shares of what is worn, and of something else that both show."""
    made = [(1 - skin) * np.eye(4)[cell] + skin * np.eye(4)[3] for cell in (first, second)]
    return made[0].astype(np.float32), made[1].astype(np.float32)


def test_without_declared_kits_teams_have_letters_at_once() -> None:
    assert names_of(shirts(0, 1), None, patient=True) == ("A", "B")


def test_whoever_wears_home_s_is_home() -> None:
    said = Declared(table(0, 1), None)
    assert names_of(shirts(0, 1), said, patient=True) == ("home", "away")
    assert names_of(shirts(1, 0), said, patient=True) == ("away", "home")


@pytest.mark.parametrize("said", [table(0, 0), table(2, 3)], ids=["equal", "neither"])
def test_what_says_nothing_is_waited_with_and_then_given_up(said: Floats) -> None:
    assert names_of(shirts(0, 1), Declared(said, None), patient=True) is None
    assert names_of(shirts(0, 1), Declared(said, None), patient=False) == ("A", "B")


def test_of_shirts_without_colours_nobody_can_say() -> None:
    nothing = np.zeros(4, np.float32)
    assert likelier((nothing, nothing), table(0, 1)) is None and nearest(nothing, table(0, 1)) is None


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8), st.integers(0, 3), st.integers(0, 3))
def test_it_does_not_matter_which_team_comes_first(found: list[float], home: int, away: int) -> None:
    one, other = np.array(found[:4], np.float32), np.array(found[4:], np.float32)
    straight, crossed = likelier((one, other), table(home, away)), likelier((other, one), table(home, away))
    assert (straight is None) == (crossed is None) and (straight is None or straight != crossed)


def test_a_goalkeeper_is_whose_colours_are_nearer_if_they_clearly_are() -> None:
    found = [nearest(shirt, table(0, 1)) for shirt in shirts(0, 1)]
    assert [told and told[0] for told in found] == [0, 1] and all(told and 0.5 < told[1] <= 1 for told in found)
    assert nearest(shirts(2, 2)[0], table(0, 1)) is None
