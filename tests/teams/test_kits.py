"""The kits of a match: those of the teams hold, and others have room beside them."""

import numpy as np
import pytest

from stream_engine.teams.fitting import Fit
from stream_engine.teams.frame import GOALKEEPER, REFEREE
from stream_engine.teams.kits import ALL_STRANGE, LATELY, STRANGE, Kits
from stream_engine.teams.settings import TeamSettings
from tests.teams.scene import vector

S = TeamSettings()


def kits(breadth: float = 0.2) -> Kits:
    made = Kits(S)
    made.found(Fit(np.stack([vector("red"), vector("blue")]), breadth, 5.0), breadth**2)
    return made


def fit_of(first: str, second: str) -> Fit:
    return Fit(np.stack([vector(first), vector(second)]), 0.2, 5.0)


def test_odds_are_of_the_nearer_team_and_of_no_look_more_than_allowed() -> None:
    odds, away = kits().odds(np.stack([vector("red"), vector("blue"), (vector("red") + vector("blue")) / 2]))
    assert odds.tolist() == pytest.approx([-S.most_of_a_look, S.most_of_a_look, 0], abs=1e-6)
    assert away[:2].tolist() == pytest.approx([0, 0], abs=1e-6) and away[2] > 0.5


def test_a_fit_the_other_way_round_changes_no_sides() -> None:
    made = kits()
    made.refitted(fit_of("blue", "red"))
    assert made.teams is not None
    np.testing.assert_allclose(made.teams, np.stack([vector("red"), vector("blue")]), atol=1e-6)


def test_where_several_fits_find_the_same_two_other_teams_nothing_is_known_any_more() -> None:
    made = kits()
    for n in range(ALL_STRANGE):
        assert made.known, n
        made.refitted(fit_of("green", "black"))
        made.refitted(None)
    assert not made.known


def test_strange_fits_that_do_not_agree_with_each_other_are_not_believed() -> None:
    made = kits()
    for n in range(10 * STRANGE):
        made.refitted(fit_of(f"odd {n}", f"odder {n}"))
        made.refitted(fit_of("red", f"odd {n}"))
    assert made.teams is not None and np.allclose(made.teams, np.stack([vector("red"), vector("blue")]))


def test_a_team_that_was_somebody_else_is_replaced_once_several_fits_say_so_and_the_other_keeps_its_side() -> None:
    made = kits()
    for n in range(STRANGE):
        assert made.teams is not None and np.allclose(made.teams[1], vector("blue")), n
        made.refitted(fit_of("green", "red"))
    assert made.teams is not None and np.allclose(made.teams, np.stack([vector("red"), vector("green")]))


def test_one_fit_in_between_that_knows_both_teams_begins_the_count_anew() -> None:
    made = kits()
    for each in [fit_of("red", "green"), fit_of("red", "green"), fit_of("red", "blue"), fit_of("red", "green")]:
        made.refitted(each)
    assert made.teams is not None and np.allclose(made.teams[1], vector("blue"), atol=1e-6)


def test_teams_drift_with_sure_looks_and_stay_finite() -> None:
    made = kits()
    dusk = vector("blue") * 0.9 + vector("light") * 0.2
    for _ in range(3000):
        made.drift(1, dusk)
    assert made.teams is not None
    np.testing.assert_allclose(made.teams[1], dusk, atol=0.01)
    assert np.allclose(made.teams[0], vector("red")) and 0 <= made.spread < 1
    odds, _ = made.odds(np.stack([vector("red"), dusk]))
    assert np.isfinite(odds).all() and odds[0] < 0 < odds[1]


def test_the_same_kit_is_known_again_and_another_is_another() -> None:
    made = kits()
    green = made.worn(vector("green"))
    assert made.worn(vector("green") * 0.98) == green != made.worn(vector("black"))
    assert len(made.others) == 2 and made.others[green].looks == 2


def test_of_more_kits_than_there_is_room_for_those_seen_once_go() -> None:
    made = kits()
    for name in ("green", "black"):
        for _ in range(20):
            made.worn(vector(name))
    for n in range(100):
        made.worn(vector(f"odd {n}"))
    assert len(made.others) == S.most_kits
    assert np.allclose(made.others[0].vector, vector("green")) and np.allclose(made.others[1].vector, vector("black"))


def test_a_referee_who_comes_when_there_is_no_room_has_a_kit_of_his_own_once_others_are_not_worn_any_more() -> None:
    made = kits()
    for n in [*range(S.most_kits), 0, 0, 0] * 10:
        made.vote(made.worn(vector(f"odd {n}")), GOALKEEPER)
    black = [made.worn(vector("black")) for _ in range(LATELY + 1)][-1]
    assert np.allclose(made.others[black].vector, vector("black"), atol=1e-5) and len(made.others) == S.most_kits
    assert np.allclose(made.others[0].vector, vector("odd 0"), atol=1e-5), "what was worn most is kept longest"
    made.vote(black, REFEREE)
    assert int(made.roles_in(black).argmax()) == REFEREE


def test_a_kit_says_what_those_wear_it_are_taken_for_and_never_that_something_cannot_be() -> None:
    made = kits()
    black = made.worn(vector("black"))
    for _ in range(500):
        made.vote(black, REFEREE)
    said = made.roles_in(black)
    assert int(said.argmax()) == REFEREE and said.min() > -4 and made.others[black].votes.sum() < 51
