"""Goalkeepers by where the players are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_engine.teams.frame import GOALKEEPER, REFEREE
from stream_engine.teams.keepers import INSIDE, OF_AROUND, OF_LAST, OUTERMOST, beside_rivals, side, stands
from stream_engine.teams.kits import Kit

REDS = [(200.0, 300.0), (250.0, 500.0), (300.0, 400.0), (500.0, 300.0)]
BLUES = [(400.0, 350.0), (600.0, 500.0), (650.0, 300.0), (700.0, 400.0)]
PLAYERS, TEAMS = np.array(REDS + BLUES), np.array([0] * 4 + [1] * 4)
TALL = 80.0
LEFT, RIGHT, MIDDLE = np.array([50.0, 400.0]), np.array([1000.0, 400.0]), np.array([450.0, 400.0])


def test_the_last_men_and_most_of_those_around_are_the_goalkeeper_s() -> None:
    many = np.vstack([PLAYERS, PLAYERS[:4] + 10, PLAYERS[:4] + 20])  # reds defend
    teams = np.append(TEAMS, [0] * 8)
    assert side(LEFT, many, teams, TALL) == pytest.approx(-(OF_LAST + OF_AROUND), abs=0.02)
    assert side(LEFT, many, 1 - teams, TALL) == -side(LEFT, many, teams, TALL)
    assert side(RIGHT, PLAYERS, TEAMS, TALL) > 0.1


def test_one_attacker_behind_the_defence_does_not_turn_it_round() -> None:
    players = np.vstack([PLAYERS, [(200.0, 300.0)], PLAYERS[:3] + 10])
    assert side(LEFT, players, np.append(TEAMS, [1, 0, 0, 0]), TALL) < 0


def test_in_a_crowd_the_last_man_may_be_anybody() -> None:
    near = np.array([60.0, 400.0])
    crowd = np.vstack([PLAYERS, [near, near + 5]])
    assert abs(side(LEFT, crowd, np.append(TEAMS, [1, 1]), TALL)) <= OF_AROUND


def test_with_few_of_a_team_it_says_nothing() -> None:
    assert side(LEFT, PLAYERS[:6], TEAMS[:6], TALL) == 0
    assert side(LEFT, PLAYERS[:0], TEAMS[:0], TALL) == 0


def test_whoever_is_beyond_almost_all_keeps_a_goal() -> None:
    assert stands(LEFT, PLAYERS) == stands(RIGHT, PLAYERS) == OUTERMOST
    assert stands(MIDDLE, PLAYERS) == INSIDE
    assert stands(LEFT, PLAYERS[:5]) == 0


PLACE = st.floats(-16384, 16384)


@given(st.lists(st.tuples(PLACE, PLACE, st.integers(0, 1)), max_size=12), PLACE)
def test_no_frame_says_more_than_it_may(players: list[tuple[float, float, int]], x: float) -> None:
    feet = np.array([each[:2] for each in players]).reshape(-1, 2)
    teams = np.array([each[2] for each in players], np.int64)
    said = side(np.array([x, 0.0]), feet, teams, TALL)
    assert abs(said) <= OF_LAST + OF_AROUND + 1e-9
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
