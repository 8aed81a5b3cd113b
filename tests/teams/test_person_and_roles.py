"""Roles: the detector's votes, what looks say and what a kit means, together and over time."""

import numpy as np
import pytest

from stream_engine.teams.frame import GOALKEEPER, PLAYER, REFEREE
from stream_engine.teams.person import MOST_LOOKS, Person
from stream_engine.tracking.appearance import NET_ROLES
from tests.teams.scene import BLUES, EVERYBODY, LEFT, PLAYERS, REDS, RIGHT, Somebody, Watch, now
from tests.teams.scene import REFEREE as JUDGE

SECOND = 30


def chances(role: str, sure: float = 0.92) -> tuple[float, ...]:
    return tuple(sure if each == role else (1 - sure) / 4 for each in NET_ROLES)


# --- one person -----------------------------------------------------------------------------------


def test_the_mean_of_a_successor_s_first_looks_is_theirs_however_many_there_were_before() -> None:
    heir = Person(looks=30)
    for value in (1.0, 3.0):
        heir.look(np.array([value], np.float32), None, 1)
    assert heir.mean is not None and heir.mean.tolist() == [2.0] and heir.looks == 32


def test_a_mean_follows_slowly_and_never_stops() -> None:
    person = Person()
    for seq in range(1000):
        person.look(np.array([0.0 if seq < 500 else 1.0], np.float32), None, seq)
    assert person.mean is not None and person.mean[0] == pytest.approx(1.0, abs=1e-4)
    assert person.scatter < 0.01 and person.looks == 1000 > MOST_LOOKS


def test_looks_do_not_belong_to_whoever_gave_them() -> None:
    person, vector = Person(), np.ones(2, np.float32)
    person.look(vector, vector, 0)
    vector[:] = 9
    assert person.mean is not None and person.colours is not None
    assert person.mean.tolist() == person.colours.tolist() == [1, 1]


def test_votes_fade() -> None:
    person = Person()
    for role in [REFEREE] * 50 + [PLAYER] * 300:
        person.vote(role, 0.99)
    assert int(person.likely(None, 0).argmax()) == PLAYER and person.votes.sum() < 101


def test_of_two_who_are_one_what_more_looks_say_is_worn() -> None:
    seen, brief = Person(looks=9, kit=2, mean=np.ones(1, np.float32)), Person(looks=1, mean=np.zeros(1, np.float32))
    brief.joins(seen)
    assert (brief.kit, brief.looks, brief.mean) == (2, 10, seen.mean)


# --- roles over time ------------------------------------------------------------------------------


def test_without_looks_the_detector_s_votes_decide() -> None:
    watch = Watch()
    for seq in range(40):
        watch.see([now(JUDGE, role="player" if seq % 4 == 0 else "referee")], gone=True)
    assert watch.role(JUDGE) == "referee" and len(watch.said("role_changed")) == 1


def test_looks_decide_where_the_detector_is_of_two_minds() -> None:
    watch = Watch()
    for seq in range(60):
        watch.see([now(JUDGE, role="player" if seq % 2 == 0 else "referee", chances=chances("referee"))], gone=True)
    assert watch.role(JUDGE) == "referee"


def test_chances_that_are_no_numbers_say_nothing() -> None:
    watch = Watch()
    for odd in ((np.nan,) * 5, (np.inf, 0.0, 0.0, 0.0, 0.0), (0.5, 0.5)):
        watch.see([now(REDS[0], chances=odd)], gone=True)
        assert watch.role(REDS[0]) == "player" and 0 <= watch.tags[1].role_confidence <= 1


def test_a_role_that_changes_is_told_once_with_what_it_was() -> None:
    watch = Watch().film(EVERYBODY, 3 * SECOND)
    watch.changes = []
    late = [now(REDS[0], kit="black", role="referee", chances=chances("referee")), *EVERYBODY[1:]]
    watch.film(late, 20 * SECOND)
    (told,) = [one for one in watch.changes if one.kind == "role_changed"]
    assert (told.track_ids, told.role, told.detail, told.by) == ((1,), "referee", "was player", "tagger")
    assert watch.tags[1].team is None


def test_a_role_does_not_flicker_with_the_detector() -> None:
    watch = Watch()
    for seq in range(20 * SECOND):
        watch.see([now(REDS[0], role="player" if seq // 3 % 2 == 0 else "other")], gone=True)
    assert len(watch.said("role_changed")) <= 1


@pytest.mark.parametrize("role", ["other", "goalkeeper", "referee"])
def test_somebody_in_a_team_s_kit_whom_the_detector_mistakes_for_a_while_stays_a_player(role: str) -> None:
    watch = Watch().film(EVERYBODY, 5 * SECOND)
    team = watch.team(REDS)
    watch.film([now(REDS[0], role=role), *EVERYBODY[1:]], 3 * SECOND)
    assert (watch.role(REDS[0]), watch.tags[1].team) == ("player", team)
    assert watch.said("role_changed") == []


def test_a_referee_who_is_dressed_like_a_team_stays_one_without_a_team_if_detector_and_looks_say_so() -> None:
    alike = now(JUDGE, kit="red", chances=chances("referee"))
    watch = Watch().film([*EVERYBODY[:-1], alike], 30 * SECOND)
    assert (watch.role(alike), watch.tags[51].team) == ("referee", None)
    assert set(watch.history[51]) == {None}


def test_a_referee_who_is_mistaken_for_a_player_half_of_the_time_is_known_by_a_kit_that_is_no_team_s() -> None:
    watch = Watch()
    for seq in range(10 * SECOND):
        watch.see([*EVERYBODY[:-1], now(JUDGE, role="player" if seq % 5 < 2 else "referee")])
    assert watch.role(JUDGE) == "referee" and watch.tags[51].team is None


def test_goalkeepers_are_known_by_where_they_stand_if_the_detector_cannot_say() -> None:
    watch, rng = Watch(), np.random.default_rng(1)
    for _ in range(20 * SECOND):
        mixed = [now(who, role=rng.choice(["goalkeeper", "referee"])) for who in (LEFT, RIGHT, JUDGE)]
        watch.see([*PLAYERS, *mixed])
    assert [watch.role(who) for who in (LEFT, RIGHT, JUDGE)] == ["goalkeeper", "goalkeeper", "referee"]


# --- goalkeepers' teams ---------------------------------------------------------------------------


def test_goalkeepers_have_the_team_of_the_last_men_before_them() -> None:
    watch = Watch().film(EVERYBODY, 10 * SECOND)
    assert watch.tags[41].team == watch.team(REDS) and watch.tags[42].team == watch.team(BLUES)


def test_a_goalkeeper_s_team_is_unknown_while_only_one_team_is_there() -> None:
    watch = Watch().film(EVERYBODY, 40)
    watch.tagger.kits.others.clear()
    for person in watch.tagger.people.values():
        person.kit = -1
    new = Somebody(77, "orange", (60.0, 500.0), "goalkeeper")
    watch.film([*REDS, new], 10 * SECOND)
    assert (watch.role(new), watch.tags[77].team) == ("goalkeeper", "unknown")


def test_two_goalkeepers_of_whom_one_is_clear_are_not_of_one_team() -> None:
    watch = Watch().film([*PLAYERS, LEFT], 10 * SECOND)
    left = watch.tags[41].team
    lost = [now(who, at=(who.at[0] + (300 if who in REDS else -200), who.at[1])) for who in PLAYERS]
    watch.film([*lost, RIGHT], 20 * SECOND)  # for long it is the reds who stand nearer to the other goal too
    assert watch.tags[42].team in ("unknown", ({"A", "B"} - {left}).pop())


def test_goalkeepers_in_one_kit_are_not_given_to_a_team_that_is_not_clear() -> None:
    watch = Watch().film([*PLAYERS, LEFT, now(RIGHT, kit="green"), JUDGE], 30 * SECOND)
    assert watch.team([LEFT, RIGHT]) == "unknown"


def test_a_goalkeeper_s_team_holds_while_evidence_wavers_and_is_told_once() -> None:
    watch = Watch().film(EVERYBODY, 10 * SECOND)
    kit = watch.tagger.kits.others[watch.tagger.people[41].kit]
    other = watch.tagger.kits.others[watch.tagger.people[42].kit]
    side, told, watch.changes = np.sign(kit.side), watch.tags[41].team, []
    for evidence in (2.1, 1.9, 2.1, 1.5, 2.2):
        kit.side, other.side = side * evidence, 0.0
        watch.see(EVERYBODY, gone=True)
        assert watch.tags[41].team == told
    assert 41 not in watch.said("team_decided")
    kit.side = side * 0.5
    watch.see(EVERYBODY, gone=True)
    assert watch.tags[41].team == "unknown", "what is hardly known any more"


def test_roles_are_places_in_the_order_of_the_looks() -> None:
    assert [NET_ROLES[at] for at in (GOALKEEPER, PLAYER, REFEREE)] == ["goalkeeper", "player", "referee"]
