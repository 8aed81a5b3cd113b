"""The tagger over time: when teams are told, that they hold, and that it says unknown rather than something wrong."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from stream_engine.messages import Change, Track, Tracks
from stream_engine.teams import tagger
from stream_engine.teams.fitting import fit
from stream_engine.teams.names import Declared
from stream_engine.teams.person import Floats
from stream_engine.teams.settings import TeamSettings
from stream_engine.teams.tagger import Tagger
from stream_engine.tracking.appearance import units
from tests.fakes import frame_ref
from tests.teams.scene import (
    BLUES,
    EVERYBODY,
    LEFT,
    NUMBERS,
    PLAYERS,
    REDS,
    REFEREE,
    RIGHT,
    SIZE,
    Somebody,
    Watch,
    all_finite,
    change,
    look,
    now,
    outfield,
    vector,
)  # fmt: skip

SECOND = 30


@pytest.fixture(scope="module")
def began() -> Watch:
    watch = Watch().film(EVERYBODY, 4 * SECOND)
    assert {watch.team([*REDS, LEFT]), watch.team([*BLUES, RIGHT])} == {"A", "B"}
    return watch


@pytest.fixture
def known(began: Watch) -> Watch:
    """A match of which the teams are known, and everybody's."""
    return deepcopy(began)


# --- the warm-up ----------------------------------------------------------------------------------


def test_it_is_unknown_and_then_within_two_seconds_everybody_s() -> None:
    watch = Watch()
    watch.see(EVERYBODY)
    assert watch.team([*PLAYERS, LEFT, RIGHT]) == "unknown"
    watch.film(EVERYBODY, 2 * SECOND)
    assert {watch.team(REDS), watch.team(BLUES)} == {"A", "B"}
    assert watch.flips() == []


def test_each_person_s_team_is_told_once_as_a_change() -> None:
    watch = Watch().film(EVERYBODY, 20 * SECOND)
    assert sorted(watch.said("team_decided")) == sorted(who.track_id or 0 for who in [*PLAYERS, LEFT, RIGHT])
    for one in watch.changes:
        assert (one.by, one.detail, one.team) == ("tagger", "", watch.tags[one.track_ids[0]].team)


def test_of_few_people_nothing_is_said_and_all_of_them_are_told_once_there_are_enough() -> None:
    watch = Watch().film([*REDS[:3], *BLUES[:4]], 20 * SECOND)
    assert watch.team([*REDS[:3], *BLUES[:4]]) == "unknown"
    watch.film([*REDS[:4], *BLUES[:4]], SECOND)
    assert {watch.team(REDS[:4]), watch.team(BLUES[:4])} == {"A", "B"}


def test_evidence_and_confidence_grow_with_looks() -> None:
    watch = Watch().film(PLAYERS, 35)
    early = watch.tags[1]
    watch.film(PLAYERS, 5 * SECOND)
    late = watch.tags[1]
    assert 3 <= early.team_evidence < late.team_evidence and 0.5 < early.team_confidence <= late.team_confidence <= 1


def test_whoever_comes_later_is_told_soon(known: Watch) -> None:
    new = Somebody(61, "blue", (800.0, 650.0))
    known.see([*EVERYBODY, new], gone=True)
    assert known.team([new]) == "unknown"
    known.film([*EVERYBODY, new], SECOND // 2)
    assert known.team([new]) == known.team(BLUES) and known.flips() == []


# --- unknown rather than wrong --------------------------------------------------------------------


def test_one_team_alone_is_not_two_for_minutes() -> None:
    watch = Watch().film(REDS, 60 * SECOND)
    assert watch.team(REDS) == "unknown" and watch.changes == []


def test_one_team_in_more_and_less_light_is_not_two() -> None:
    reds = outfield("red", 1, 120.0, 18)

    def lit(who: Somebody, seq: int) -> Floats:
        own = np.random.default_rng((5, who.track_id or 0)).normal(0, 0.01, NUMBERS)
        light = 0.7 * ((who.track_id or 0) - 1) / 17
        return units(vector("red") + own + light * vector("light"))

    assert Watch().film(reds, 20 * SECOND, lit).team(reds) == "unknown"


def test_the_same_kit_in_sun_and_shade_is_not_two_teams() -> None:
    def shaded(who: Somebody, seq: int) -> Floats:
        return look(who, seq, 0.6 * ((who.track_id or 0) % 2))

    assert Watch().film(REDS, 30 * SECOND, shaded).team(REDS) == "unknown"


def test_two_teams_in_sun_and_shade_are_two() -> None:
    def shaded(who: Somebody, seq: int) -> Floats:
        return look(who, seq, 0.3 * ((who.track_id or 0) % 2))

    watch = Watch().film(PLAYERS, 3 * SECOND, shaded)
    assert {watch.team(REDS), watch.team(BLUES)} == {"A", "B"}


def test_both_teams_in_the_same_kit_are_never_told_apart() -> None:
    alike = [now(who, kit="red") for who in PLAYERS]
    assert Watch().film(alike, 30 * SECOND).team(alike) == "unknown"


def test_without_players_for_minutes_nothing_becomes_of_the_teams(known: Watch) -> None:
    before = known.teams(PLAYERS)
    known.film([], 60 * SECOND).film([REFEREE], 20 * SECOND).film(EVERYBODY, SECOND)
    assert known.teams(PLAYERS) == before and known.flips() == []


def test_officials_alone_are_no_teams() -> None:
    people = [now(who, role="other") for who in PLAYERS]
    watch = Watch().film(people, 20 * SECOND)
    assert watch.team(people) is None and not watch.tagger.kits.known


def test_goalkeepers_and_a_referee_who_are_taken_for_players_do_not_become_a_team() -> None:
    mistaken = [now(who, role="player") for who in (LEFT, RIGHT, REFEREE)]
    watch = Watch().film([*PLAYERS, *mistaken], 35 * SECOND)
    assert {watch.team(REDS), watch.team(BLUES)} == {"A", "B"} and watch.flips() == []


# --- labels hold ----------------------------------------------------------------------------------


def test_no_label_flips_while_the_light_changes_slowly_over_many_fits() -> None:
    def evening(who: Somebody, seq: int) -> Floats:
        return look(who, seq, seq / (60 * SECOND))

    watch = Watch().film(EVERYBODY, 60 * SECOND, evening)
    assert watch.flips() == [] and {watch.team(REDS), watch.team(BLUES)} == {"A", "B"}
    assert len(watch.said("team_decided")) == 22


def test_no_label_flips_when_a_fit_finds_the_teams_the_other_way_round(known: Watch) -> None:
    before, more_reds = known.teams(REDS), [*REDS, *BLUES[:5], *outfield("red", 61, 250.0, 4)]
    fewer_reds = [*REDS[:5], *BLUES, *outfield("blue", 71, 450.0, 4)]
    for people in (more_reds, fewer_reds, more_reds):
        known.film(people, 25 * SECOND)
    assert known.teams(REDS) == before and known.flips() == []


def test_a_team_that_leaves_the_picture_comes_back_as_itself(known: Watch) -> None:
    before = known.teams(PLAYERS)
    known.film(REDS, 60 * SECOND).film(EVERYBODY, 10 * SECOND)
    assert known.teams(PLAYERS) == before and known.flips() == []


def test_people_who_come_back_by_new_ids_after_a_lost_epoch_have_the_same_teams(known: Watch) -> None:
    team = known.team(REDS)
    known.film([], 10 * SECOND)
    again = [now(who, track_id=(who.track_id or 0) + 200) for who in EVERYBODY]
    known.film(again, SECOND)
    assert known.team(again[:10]) == team != known.team(again[10:20])


def test_one_odd_look_or_two_change_nobody_s_team(known: Watch) -> None:
    before, blue = known.team(REDS), BLUES[0]
    odd = {1: 0}

    def mixed(who: Somebody, seq: int) -> Floats:
        if who is REDS[0] and odd[1] < 2:
            odd[1] += 1
            return look(blue, seq)
        return look(who, seq)

    known.film(EVERYBODY, SECOND, mixed)
    assert odd[1] == 2 and known.history[1][-SECOND:] == [before] * SECOND


def test_several_looks_that_say_otherwise_change_it_with_one_change_that_says_what_it_was(known: Watch) -> None:
    before, known.changes = known.team(REDS), []
    crossed = [now(REDS[0], kit="blue"), *EVERYBODY[1:]]
    known.film(crossed, 2 * SECOND)
    assert known.team(crossed[:1]) == known.team(BLUES) != before
    (told,) = known.changes
    assert (told.kind, told.track_ids, told.detail) == ("team_decided", (1,), f"was {before}")
    assert known.history[1][-2 * SECOND :].count(before) > 5, "hysteresis"
    assert "unknown" not in known.history[1][-2 * SECOND :]


# --- changes of identities ------------------------------------------------------------------------


def test_whoever_has_ended_is_forgotten(known: Watch) -> None:
    known.see(EVERYBODY[1:], [change("ended", 1), change("ended", 999)])
    assert 1 not in known.tagger.people
    known.see(EVERYBODY, gone=True)
    assert known.tags[1].team == "unknown"


@pytest.mark.parametrize("kind", ["merged", "resumed"])
def test_two_who_are_one_are_known_by_the_looks_at_both(known: Watch, kind: str) -> None:
    late = now(REDS[0], track_id=77)
    known.film([*EVERYBODY[1:], late], SECOND)
    before, looks = known.tags[1].team, known.tagger.people[1].looks + known.tagger.people[77].looks
    known.changes = []
    known.see(EVERYBODY, [change(kind, 1, 77)], gone=True)
    assert 77 not in known.tagger.people and known.tagger.people[1].looks == looks
    assert known.tags[1].team == before and known.changes == []


def test_a_goalkeeper_who_resumes_somebody_who_was_forgotten_stays_one(known: Watch) -> None:
    before = known.tags[41].team
    known.film([*PLAYERS, now(LEFT, track_id=909), RIGHT, REFEREE], SECOND)
    known.tagger.people.pop(41)
    known.see(EVERYBODY, [change("resumed", 41, 909)], gone=True)
    assert (known.tags[41].role, known.tags[41].team) == ("goalkeeper", before)


def test_two_whom_the_tracker_took_for_each_other_for_a_moment_are_who_they_were(known: Watch) -> None:
    red, blue = known.tags[1].team, known.tags[21].team
    taken = [now(REDS[0], kit="blue"), *REDS[1:], now(BLUES[0], kit="red"), *EVERYBODY[11:]]
    known.film(taken, 6)
    known.see(EVERYBODY, [change("swapped", 1, 21)])
    known.film(EVERYBODY, 20)
    assert (known.tags[1].team, known.tags[21].team) == (red, blue) and known.flips() == []


def test_two_whom_an_operator_swaps_after_long_have_each_other_s_team_and_role_at_once(known: Watch) -> None:
    red = known.tags[1].team
    taken = [now(REDS[0], kit="black", role="referee"), *EVERYBODY[1:-1], now(REFEREE, kit="red", role="player")]
    known.film(taken, 20 * SECOND)
    assert (known.tags[1].team, known.tags[1].role, known.tags[51].team) == (None, "referee", red)
    known.see(EVERYBODY, [change("swapped", 1, 51, by="operator")], gone=True)
    assert (known.tags[1].team, known.tags[1].role) == (red, "player")
    assert (known.tags[51].team, known.tags[51].role) == (None, "referee")


def test_of_whom_an_operator_swaps_while_one_is_not_there_each_keeps_what_is_known(known: Watch) -> None:
    red, blue = known.tags[1].team, known.tags[21].team
    people = [who for who in EVERYBODY if who.track_id != 1]
    known.film(people, 5)
    known.see(people, [change("swapped", 1, 21, by="operator")], gone=True)
    known.see(EVERYBODY, gone=True)
    assert (known.tags[1].team, known.tags[21].team) == (red, blue)


def test_whoever_goes_on_as_somebody_else_begins_anew(known: Watch) -> None:
    new = now(REDS[0], track_id=88)
    known.see([new, *EVERYBODY[1:]], [change("split", 1, 88)], gone=True)
    assert known.tags[88].team == "unknown" and known.tags[88].team_evidence == 0 and 1 in known.tagger.people


# --- what is no person, no number, or too many ----------------------------------------------------


def test_a_ball_and_whoever_has_no_id_have_no_team(known: Watch) -> None:
    ball = Somebody(99, "white", role="ball")
    nobody = [ball, now(ball, track_id=None), Somebody(None, "red"), Somebody(None, "black", role="referee")]
    tags = known.see([*nobody[:2], *EVERYBODY, *nobody[2:]])
    assert [(tag.role, tag.team) for tag in (*tags[:2], *tags[-2:])] == [
        ("ball", None), ("ball", None), ("player", "unknown"), ("referee", None),
    ]  # fmt: skip
    assert 99 not in known.tagger.people


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -np.inf, 3e38])
def test_vectors_that_are_none_are_counted_and_poison_nothing(known: Watch, value: float) -> None:
    before = known.teams(PLAYERS)

    def spoilt(who: Somebody, seq: int) -> Floats:
        shown = look(who, seq)
        if (who.track_id or 0) % 2:
            shown[:] = value if value != 3e38 else shown * np.float32(value)
        return shown

    known.film(EVERYBODY, 12 * SECOND, spoilt)
    assert all_finite(known.tagger) and known.teams(PLAYERS) == before and known.flips() == []
    assert known.tagger.counts["kits that could not be told"] > (0 if value != 3e38 else -1)


def test_vectors_that_are_none_during_the_warm_up_only_make_it_longer() -> None:
    def spoilt(who: Somebody, seq: int) -> Floats:
        return np.full(NUMBERS, np.nan, np.float32) if (seq * (who.track_id or 0)) % 7 % 2 else look(who, seq)

    watch = Watch().film(PLAYERS, 4 * SECOND, spoilt)
    assert {watch.team(REDS), watch.team(BLUES)} == {"A", "B"} and all_finite(watch.tagger)


def test_people_whose_kits_cannot_be_told_take_no_looks_from_others() -> None:
    blanks = [Somebody(900 + n, "none", (100.0 + 60 * n, 140.0)) for n in range(8)]

    def blank(who: Somebody, seq: int) -> Floats:
        return np.zeros(NUMBERS, np.float32) if who.kit == "none" else look(who, seq)

    watch = Watch().film([*blanks, *PLAYERS], 3 * SECOND, blank)
    assert {watch.team(REDS), watch.team(BLUES)} == {"A", "B"} and watch.team(blanks) == "unknown"


NUMBER = st.sampled_from([0.0, -5.0, 10.0, 40.0, 300.0, 1281.0, 16384.0, 1e9, -1e9, 1e308, np.nan, np.inf, -np.inf])
ODD_LOOK = arrays.arrays(
    np.float32, NUMBERS, elements=st.sampled_from([0.0, 1e-30, 0.5, 1.0, -1.0, 3e38, np.nan, np.inf])
)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_whatever_comes_everybody_is_told_something_and_all_that_is_kept_are_numbers(data: st.DataObject) -> None:
    watch = Watch()
    if data.draw(st.booleans()):
        watch.film(EVERYBODY, 20)
    one, box = watch.tagger, st.tuples(NUMBER, NUMBER, NUMBER, NUMBER)
    roles = st.sampled_from(["player", "goalkeeper", "referee", "ball", "other"])
    chances = st.just(()) | st.tuples(*[st.sampled_from([0.0, 0.3, 1.0, np.nan, np.inf, -1.0])] * 5)
    ids = st.none() | st.integers(0, 30)
    track = st.builds(Track, ids, roles, st.just(0.5), box, st.none(), st.booleans(), st.none(), chances)
    kinds = st.sampled_from(["ended", "merged", "resumed", "swapped", "split", "started", "lost", "named"])
    told = st.builds(
        lambda kind, a, b, by: Change(kind, 0, (a, b), None, by, ""),
        kinds, st.integers(0, 30), st.integers(0, 30), st.sampled_from(["tracker", "operator"]),
    )  # fmt: skip
    for seq in range(data.draw(st.integers(1, 4))):
        items = tuple(data.draw(st.lists(track, max_size=6))) + tuple(who.track() for who in PLAYERS)
        frame = frame_ref(seq=seq, width=SIZE[0], height=SIZE[1])
        turn = one.begin(Tracks(frame, None, None, items, (), changes=tuple(data.draw(st.lists(told, max_size=2)))))
        looked = turn.wanted[:6]
        vectors = np.stack([data.draw(ODD_LOOK) for _ in looked]) if len(looked) else None
        tags = one.finish(turn, looked, vectors).tags
        assert len(tags) == len(items)
        assert all(0 <= tag.role_confidence <= 1 and 0 <= tag.team_confidence <= 1 for tag in tags)
        assert all(tag.role != "ball" for tag, item in zip(tags, items, strict=True) if item.role != "ball")
    watch.film(EVERYBODY, 20)
    assert all_finite(one) and len(one.people) < 100


def test_of_five_hundred_people_as_many_are_remembered_as_there_is_room_for() -> None:
    crowd = [
        Somebody(1000 + n, "red" if n % 2 else "blue", (10.0 + 14 * (n % 90), 40.0 + 40 * (n // 90)), tall=30)
        for n in range(500)
    ]
    watch = Watch(settings=TeamSettings(most_people=50)).film(crowd, 80)
    assert len(watch.tagger.people) == 50
    told = [team for team in watch.teams(crowd) if team != "unknown"]
    assert len(told) > 20, "those whom it remembers are told all the same"
    watch.film([], 1).film(PLAYERS, 2 * SECOND)
    assert len(watch.tagger.people) == 50 and "unknown" not in watch.teams(PLAYERS)


def test_those_who_are_in_the_picture_are_not_forgotten_for_those_who_come() -> None:
    watch = Watch(settings=TeamSettings(most_people=30)).film(EVERYBODY, 2 * SECOND)
    before = watch.teams(PLAYERS)
    for n in range(40):
        strangers = [Somebody(2000 + 10 * n + k, "red", (100.0 * k, 700.0)) for k in range(7)]
        watch.see([*strangers, *EVERYBODY])
    assert watch.teams(PLAYERS) == before and len(watch.tagger.people) == 30


# --- who is looked at -----------------------------------------------------------------------------


def wanted(watch: Watch, people: list[Somebody]) -> list[int | None]:
    frame = frame_ref(seq=watch.seq, width=SIZE[0], height=SIZE[1])
    turn = watch.tagger.begin(Tracks(frame, None, None, tuple(who.track() for who in people), ()))
    return [people[place].track_id for place in turn.frame.places[turn.wanted].tolist()]


def test_those_who_are_not_decided_are_looked_at_before_all(known: Watch) -> None:
    known.film([], 20)
    new = Somebody(77, "red", (700.0, 690.0))
    assert wanted(known, [*EVERYBODY, new])[0] == 77


def test_a_referee_in_a_team_s_kit_takes_no_look_from_players(known: Watch) -> None:
    bench = [Somebody(300 + n, "red", (100.0 + 60 * n, 710.0), "referee", (0.0, 0.0, 0.0, 0.0, 1.0)) for n in range(15)]
    known.film([*bench, *EVERYBODY], 2 * SECOND)
    known.film([], 20)
    first = wanted(known, [*bench, *EVERYBODY])[:10]
    assert any((who or 0) < 300 for who in first)


@pytest.mark.parametrize(
    "box",
    [
        (600.0, 380.0, 610.0, 400.0),
        (600.0, 330.0, 700.0, 400.0),
        (-5.0, 300.0, 40.0, 400.0),
        (640.0, 400.0, 600.0, 300.0),
    ],
    ids=["small", "lying", "cut off", "inverted"],
)
def test_whoever_shows_no_shirt_is_not_looked_at(box: tuple[float, float, float, float]) -> None:
    frame = frame_ref(width=SIZE[0], height=SIZE[1])
    track = Track(5, "player", 0.9, box, None, True)
    assert not len(Tagger().begin(Tracks(frame, None, None, (track,), ())).wanted)


def test_whoever_is_behind_another_or_held_over_is_not_looked_at() -> None:
    near, behind = Somebody(1, "red", (640.0, 400.0)), Somebody(2, "red", (650.0, 380.0))
    held = Somebody(3, "red", (900.0, 400.0), fresh=False)
    assert wanted(Watch(), [near, behind, held]) == [1]


def test_a_picture_that_is_gone_costs_nothing_but_its_looks(known: Watch) -> None:
    before = known.teams([*PLAYERS, LEFT, RIGHT])
    for _ in range(20):
        known.see(EVERYBODY, gone=True)
    assert known.teams([*PLAYERS, LEFT, RIGHT]) == before


# --- names ----------------------------------------------------------------------------------------

CELLS = {"red": 0, "blue": 1, "green": 2, "yellow": 3, "black": 4}
COLOURS = {kit: np.eye(5, dtype=np.float32)[cell] for kit, cell in CELLS.items()}


def declared(home: str, away: str, keepers: tuple[str, str] | None = None) -> Declared:
    """Every colour is far from every other."""

    def table(kits: tuple[str, str]) -> Floats:
        return np.stack([80 * (1 - COLOURS[kit]) for kit in kits])

    return Declared(table((home, away)), None if keepers is None else table(keepers))


def named(said: Declared, frames: int = 2 * SECOND, **more: Any) -> Watch:
    return Watch(said, COLOURS, **more).film(EVERYBODY, frames)


@pytest.mark.parametrize(("home", "away"), [("red", "blue"), ("blue", "red")])
def test_teams_whose_kits_are_declared_are_home_and_away(home: str, away: str) -> None:
    watch = named(declared(home, away))
    assert watch.team(REDS if home == "red" else BLUES) == "home"
    assert watch.team(BLUES if home == "red" else REDS) == "away"


def test_one_kit_that_is_right_is_enough() -> None:
    assert named(declared("blue", "green")).team(BLUES) == "home"


@pytest.mark.parametrize("said", [declared("red", "red"), declared("green", "yellow")], ids=["equal", "neither"])
def test_where_kits_are_declared_that_say_nothing_patience_ends(
    said: Declared, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tagger.PATIENCE == 60 * SECOND
    monkeypatch.setattr(tagger, "PATIENCE", 6 * SECOND)
    watch = named(said, 6 * SECOND)
    assert watch.team(PLAYERS) == "unknown"
    watch.film(EVERYBODY, 2 * SECOND)
    assert {watch.team(REDS), watch.team(BLUES)} == {"A", "B"} and watch.flips() == []


def test_goalkeepers_in_declared_colours_are_their_team_s_wherever_they_stand() -> None:
    watch = named(declared("red", "blue", ("yellow", "green")), 3 * SECOND)
    assert (watch.tags[41].team, watch.tags[42].team) == ("away", "home")


def test_where_goalkeepers_are_declared_and_shirts_say_nothing_they_are_told_by_where_they_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tagger, "PATIENCE", SECOND)
    watch = named(declared("red", "red", ("yellow", "green")), 20 * SECOND)
    assert watch.team([LEFT]) == watch.team(REDS) and watch.team([RIGHT]) == watch.team(BLUES)


def test_a_number_that_is_on_somebody_in_another_kit_is_soon_judged_anew(known: Watch) -> None:
    wrong = replace(REDS[0], kit="black", role="referee")
    others = [*EVERYBODY[1:]]
    frames = 0
    while known.role(wrong) != "referee" and frames < SECOND:
        known.see([wrong, *others])
        frames += 1
    assert frames < SECOND and known.team([wrong]) is None
    known.film(EVERYBODY, SECOND)
    assert (known.role(REDS[0]), known.team([REDS[0]])) == ("player", known.team(REDS[1:]))


def test_one_kit_in_sun_and_shade_is_not_two_where_an_embedding_says_how_far_kits_lie_apart() -> None:
    means = np.zeros((20, 3), np.float32)
    means[:10, 0], means[10:, 0] = 0.0, 0.3
    means[:, 1] = np.linspace(0, 0.02, 20)
    assert fit(means, TeamSettings()) and fit(means, TeamSettings(apart=0.35)) is None


def test_tracksuits_are_unlearned_when_the_match_begins() -> None:
    warm = [replace(who, kit={"red": "grey", "blue": "mud"}.get(who.kit, who.kit)) for who in PLAYERS]
    watch = Watch().film(warm, 5 * SECOND)
    assert {watch.team(warm[: len(REDS)]), watch.team(warm[len(REDS) :])} == {"A", "B"}
    later = [replace(who, track_id=500 + n) for n, who in enumerate(PLAYERS)]
    watch.film(later, 100 * SECOND)
    assert {watch.team(later[: len(REDS)]), watch.team(later[len(REDS) :])} == {"A", "B"}


def test_a_team_that_is_held_against_the_odds_is_told_with_doubt(known: Watch) -> None:
    person = known.tagger.people[REDS[0].track_id or 0]
    person.odds = -person.odds / abs(person.odds) * (known.tagger._settings.decided - 0.1)
    told = known.tagger._player(person)
    assert known.tagger.names and known.tagger.names[told[0]] == person.team and told[1] < 0.5


def test_a_number_that_begins_is_nobody_who_had_it_before(known: Watch) -> None:
    known.see(EVERYBODY, changes=(change("started", 1),), gone=True)
    assert known.tags[1].team == "unknown" and known.tags[1].team_evidence == 0
