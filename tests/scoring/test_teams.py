"""Teams and roles: flips, warm-up, goalkeepers and what changes on a track, on matches made for it."""

from collections import Counter
from typing import Any

import pytest

from stream_engine.messages import TrackedObject
from stream_engine.scoring.align import line_up
from stream_engine.scoring.labels import Labels, label_figures
from stream_engine.scoring.people import people_of
from stream_engine.scoring.read import Scored, Truth
from stream_engine.scoring.teams import assign_teams
from stream_engine.scoring.teams_in_time import team_shares
from tests.scoring.fakes import PEOPLE, Kind, altered, make_events, make_truth, person_in, truth_frame

Change = Any
GOALKEEPERS = (101, 111)


def labelled(truth: Truth, change: Change = None, events: list[Scored] | None = None) -> Labels:
    said = make_events(truth, change) if events is None else events
    return label_figures(truth, [people_of(truth, frames) for frames in line_up(truth, said)])


def told_from(first: int) -> Change:
    """Before this frame nobody's team is decided."""
    return lambda frame, item: undecided(item) if frame < first else item


def undecided(item: TrackedObject) -> TrackedObject:
    return altered(item, team="unknown") if item.team else item


def swapped(item: TrackedObject) -> TrackedObject:
    return altered(item, team={"A": "B", "B": "A", None: None}[item.team])


def test_labels_are_assigned_to_teams_one_to_one() -> None:
    told = Counter({("x", "home"): 9, ("x", "away"): 8, ("y", "home"): 7, ("y", "away"): 1})
    assert assign_teams(told) == {"x": "away", "y": "home"}  # 8 + 7 is more than 9 + 1
    assert assign_teams(Counter()) == {}
    assert assign_teams(Counter({("z", "away"): 1, **told})) == {"x": "away", "y": "home"}


# --- flips --------------------------------------------------------------------------------------


def test_teams_that_change_sides_flip_each_time() -> None:
    truth = make_truth([("main", 900)])
    assert labelled(truth).team_flips == 0
    once = labelled(truth, lambda frame, item: swapped(item) if frame >= 450 else item)
    assert (once.team_flips, once.team_accuracy) == (1, 0.5)
    twice = labelled(truth, lambda frame, item: swapped(item) if 300 <= frame < 600 else item)
    assert twice.team_flips == 2


def uneven(frame: int, no: int, kind: Kind) -> Any:
    """One of home and all of away are in the picture."""
    there = [(at, person) for at, person in enumerate(PEOPLE) if person.team != "home" or person.number == 2]
    return truth_frame(frame, [person_in(frame, at, person) for at, person in there], no, shot=kind)


def test_two_labels_that_change_places_are_one_flip_though_one_is_on_fewer_people() -> None:
    truth = make_truth([("main", 900)], uneven)
    assert labelled(truth, lambda frame, item: swapped(item) if frame >= 450 else item).team_flips == 1


@pytest.mark.parametrize(("after", "expected"), [(swapped, 1), (lambda item: item, 0)])
def test_a_lull_in_which_nobody_is_told_neither_hides_a_flip_nor_is_one(after: Change, expected: int) -> None:
    def lull(frame: int, item: TrackedObject) -> TrackedObject:
        return item if frame < 300 else undecided(item) if frame < 600 else after(item)

    assert labelled(make_truth([("main", 900)]), lull).team_flips == expected


def test_a_short_doubt_is_no_flip() -> None:
    truth = make_truth([("main", 600)])
    assert labelled(truth, lambda frame, item: swapped(item) if 300 <= frame < 345 else item).team_flips == 0


def test_one_label_for_everybody_has_no_side_to_change() -> None:
    found = labelled(make_truth([("main", 300)]), lambda _, item: altered(item, team="A" if item.team else None))
    assert (found.team_accuracy, found.team_flips) == (0.5, 0)


# --- warm-up ------------------------------------------------------------------------------------


def test_teams_are_told_from_the_first_two_seconds_in_which_most_players_have_one() -> None:
    found = labelled(make_truth([("main", 300)]), told_from(150))
    assert found.team_warmup_s == pytest.approx(150 / 30)
    assert (found.team_coverage, found.team_coverage_warm) == (0.5, 1.0)
    assert labelled(make_truth([("main", 300)])).team_warmup_s == 0.0


def test_close_ups_and_pictures_of_nobody_are_no_play() -> None:
    def frame_of(frame: int, no: int, kind: Kind) -> Any:
        return truth_frame(frame, [], no, shot=kind) if 120 <= frame < 180 else None

    truth = make_truth([("main", 60), ("close", 60), ("main", 240)], frame_of)
    assert labelled(truth, told_from(240)).team_warmup_s == pytest.approx((240 - 120) / 30)


def test_play_begins_with_the_first_event_and_goes_on_where_events_are_missing() -> None:
    truth = make_truth([("main", 300)])
    events = make_events(truth, told_from(150))
    late = label_figures(truth, [people_of(truth, frames) for frames in line_up(truth, events[30:], whole=True)])
    assert late.team_warmup_s == pytest.approx((150 - 30) / 30)
    holey = [*events[:40], *events[80:]]
    assert labelled(truth, events=holey).team_warmup_s == pytest.approx(150 / 30)
    assert (
        label_figures(truth, [people_of(truth, frames) for frames in line_up(truth, events[160:])]).team_warmup_s
        is None
    )


def test_who_is_told_of_too_few_is_never_warm() -> None:
    def some(told: int) -> Labels:
        """So many of the eight outfield players have a team."""
        players = {102, 103, 104, 105, 112, 113, 114, 115}
        unlucky = sorted(players)[told:]
        truth = make_truth([("main", 90)])
        return labelled(truth, lambda _, item: undecided(item) if item.track_id in unlucky else item)

    assert (some(7).team_warmup_s, some(6).team_warmup_s) == (0.0, None)
    assert (some(6).team_accuracy, some(6).team_accuracy_warm, some(6).team_coverage_warm) == (1.0, None, None)


def test_goalkeepers_neither_begin_nor_hold_up_the_warm_up() -> None:
    truth = make_truth([("main", 90)])
    without = labelled(truth, lambda _, item: undecided(item) if item.track_id in GOALKEEPERS else item)
    assert without.team_warmup_s == 0.0
    assert without.team_coverage_warm == pytest.approx(0.8)
    alone = labelled(truth, lambda _, item: item if item.track_id in GOALKEEPERS else undecided(item))
    assert alone.team_warmup_s is None


def test_what_was_wrong_before_the_warm_up_is_forgotten() -> None:
    def early(frame: int, item: TrackedObject) -> TrackedObject:
        if frame >= 150 or item.track_id == 102:
            return swapped(item) if frame < 150 else item
        return undecided(item)

    found = labelled(make_truth([("main", 600)]), early)
    assert found.team_accuracy == pytest.approx(4500 / 4650)
    assert found.team_accuracy_warm == 1.0


# --- goalkeepers, roles and tracks ----------------------------------------------------------------


def test_goalkeepers_are_judged_by_themselves_as_far_as_they_are_told() -> None:
    def one_wrong(frame: int, item: TrackedObject) -> TrackedObject:
        if item.track_id == 101:
            return swapped(item)
        return undecided(item) if item.track_id == 111 and frame < 30 else item

    found = labelled(make_truth([("main", 60)]), one_wrong)
    assert found.goalkeeper_team_accuracy == pytest.approx(1 / 3)
    assert found.goalkeeper_teams_judged == 90


def test_roles_are_judged_by_the_role_that_somebody_has() -> None:
    found = labelled(
        make_truth([("main", 60)]),
        lambda _, item: altered(item, role="player") if item.track_id == 101 else item,
    )
    assert found.role_accuracy_by_role == {"player": 1.0, "goalkeeper": 0.5, "referee": 1.0}
    assert found.role_accuracy == pytest.approx(10 / 11)


def test_what_changes_on_a_track_is_counted_and_being_undecided_is_no_change() -> None:
    def restless(frame: int, item: TrackedObject) -> TrackedObject:
        if item.track_id == 102:
            return {0: item, 1: undecided(item), 2: item, 3: swapped(item)}[frame // 15]
        if item.track_id == 103:
            return altered(item, role="goalkeeper" if frame in (20, 40) else "player")
        return item

    found = labelled(make_truth([("main", 60)]), restless)
    assert (found.track_team_changes, found.track_role_changes) == (1, 4)


def test_who_has_another_track_has_changed_nothing() -> None:
    truth = make_truth([("main", 60)])
    renamed = labelled(
        truth, lambda frame, item: altered(swapped(item), track_id=(item.track_id or 0) + 50) if frame > 30 else item
    )
    assert (renamed.track_team_changes, renamed.track_role_changes) == (0, 0)
    nobody = labelled(truth, lambda _, item: altered(item, track_id=None))
    assert (nobody.track_team_changes, nobody.track_role_changes) == (None, None)


def test_shares_of_each_frame_say_who_is_told_and_who_is_right() -> None:
    def change(frame: int, item: TrackedObject) -> TrackedObject:
        return undecided(item) if frame < 2 else swapped(item) if item.track_id == 102 else item

    truth = make_truth([("main", 4)])
    [frames] = [people_of(truth, aligned) for aligned in line_up(truth, make_events(truth, change))]
    told, right = team_shares(truth, frames, {"A": "home", "B": "away"})
    assert told.tolist() == [0.0, 0.0, 1.0, 1.0]
    assert right.tolist() == pytest.approx([0.0, 0.0, 0.9, 0.9])
