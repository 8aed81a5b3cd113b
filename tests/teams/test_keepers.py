"""Goalkeepers by where the players are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_engine.teams.frame import GOALKEEPER, REFEREE
from stream_engine.teams.keepers import INSIDE, OF_ALL, OF_LAST, OUTERMOST, beside_rivals, side, stands
from stream_engine.teams.kits import Kit

REDS = [(200.0, 300.0), (250.0, 500.0), (300.0, 400.0), (500.0, 300.0)]
BLUES = [(400.0, 350.0), (600.0, 500.0), (650.0, 300.0), (700.0, 400.0)]
PLAYERS, TEAMS = np.array(REDS + BLUES), np.array([0] * 4 + [1] * 4)
LEFT, RIGHT, MIDDLE = np.array([50.0, 400.0]), np.array([1000.0, 400.0]), np.array([450.0, 400.0])


def test_the_last_men_and_the_nearer_team_are_the_goalkeeper_s() -> None:
    assert side(LEFT, PLAYERS, TEAMS) == pytest.approx(-(OF_LAST + OF_ALL), abs=0.02)
    assert side(RIGHT, PLAYERS, TEAMS) > 0.15
    assert side(LEFT, PLAYERS, 1 - TEAMS) == -side(LEFT, PLAYERS, TEAMS)


def test_one_attacker_behind_the_defence_does_not_turn_it_round() -> None:
    players = np.vstack([PLAYERS, [(120.0, 300.0)]])
    assert side(LEFT, players, np.append(TEAMS, 1)) < 0


def test_amid_players_or_with_few_of_a_team_it_says_nothing() -> None:
    assert side(MIDDLE, PLAYERS, TEAMS) == 0
    assert side(LEFT, PLAYERS[:6], TEAMS[:6]) == 0
    assert side(LEFT, PLAYERS[:0], TEAMS[:0]) == 0


def test_whoever_is_beyond_almost_all_keeps_a_goal() -> None:
    assert stands(LEFT, PLAYERS) == stands(RIGHT, PLAYERS) == OUTERMOST
    assert stands(MIDDLE, PLAYERS) == INSIDE
    assert stands(LEFT, PLAYERS[:5]) == 0


PLACE = st.floats(-16384, 16384)


@given(st.lists(st.tuples(PLACE, PLACE, st.integers(0, 1)), max_size=12), PLACE)
def test_no_frame_says_more_than_it_may(players: list[tuple[float, float, int]], x: float) -> None:
    feet = np.array([each[:2] for each in players]).reshape(-1, 2)
    teams = np.array([each[2] for each in players], np.int64)
    said = side(np.array([x, 0.0]), feet, teams)
    assert abs(said) <= OF_LAST + OF_ALL + 1e-9
    assert stands(np.array([x, 0.0]), feet) in (0.0, OUTERMOST, INSIDE)


def kit(evidence: float, role: int = GOALKEEPER) -> Kit:
    made = Kit(np.zeros(2, np.float32), side=evidence)
    made.votes[role] = 5
    return made


def test_of_two_goalkeepers_each_is_of_the_other_team_or_nobody_knows() -> None:
    apart = [kit(-5.0), kit(-1.0)]
    assert (beside_rivals(0, apart), beside_rivals(1, apart)) == (-4.0, 4.0)
    alike = [kit(-4.5), kit(-4.0)]
    assert abs(beside_rivals(0, alike)) < 1


def test_whoever_is_no_goalkeeper_is_no_rival() -> None:
    assert beside_rivals(0, [kit(-3.0), kit(-6.0, REFEREE)]) == -3.0
