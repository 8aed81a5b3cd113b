"""Cuts, re-entry and the ball: each definition on matches made for it."""

from typing import Any

import msgspec
import pytest

from stream_engine.messages import TrackedObject
from stream_engine.scoring.align import line_up
from stream_engine.scoring.ball import BallCounts, count_ball
from stream_engine.scoring.care import cares
from stream_engine.scoring.endurance import Endurance, Kept, endurance
from stream_engine.scoring.people import people_of
from stream_engine.scoring.read import Truth
from stream_engine.scoring.truth import TruthBall
from tests.scoring.fakes import PEOPLE, Kind, altered, make_events, make_truth, moved, person_in, truth_frame

Change = Any


def endured(truth: Truth, change: Change = None) -> Endurance:
    return endurance(truth, [people_of(truth, frames) for frames in line_up(truth, make_events(truth, change))])


def renamed(item: TrackedObject, whom: int, to: int) -> TrackedObject:
    return altered(item, track_id=to) if item.track_id == whom + 100 else item


# --- don't care ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visible", "height_px", "picture_height", "wipe", "expected"),
    [
        (0.15, 8.0, 1080, False, True),
        (0.149, 80.0, 1080, False, False),
        (1.0, 7.9, 1080, False, False),
        (1.0, 2.7, 360, False, True),  # limits in pixels are those of 1080p
        (1.0, 2.6, 360, False, False),
        (1.0, 15.9, 2160, False, False),
        (1.0, 80.0, 1080, True, False),
    ],
)
def test_whom_anybody_cares_about(
    visible: float, height_px: float, picture_height: int, wipe: bool, expected: bool
) -> None:
    seen = msgspec.structs.replace(person_in(0, 0, PEOPLE[0]), visible=visible, box_px=(0.0, 0.0, 5.0, height_px))
    assert cares(truth_frame(0, [seen], wipe=wipe), seen, picture_height) == expected


# --- over cuts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shots", "judged"),
    [
        ([("main", 60), ("close", 10), ("main", 60)], 11),
        ([("main", 60), ("close", 10), ("replay", 20), ("wide", 60)], 11),
        ([("main", 60), ("wide", 60)], 11),
        ([("main", 60), ("wide", 60), ("main", 60)], 22),
        ([("main", 60), ("close", 60)], 0),
        ([("close", 10), ("main", 60)], 0),
        ([("main", 60), ("close", 10), ("main", 4)], 0),  # too short to be sure of anybody
    ],
)
def test_live_shots_that_follow_each_other_are_compared(shots: list[tuple[Kind, int]], judged: int) -> None:
    assert endured(make_truth(shots)).cuts == Kept(judged, judged)


def test_the_track_that_a_person_mostly_had_counts() -> None:
    truth = make_truth([("main", 60), ("main", 90)])
    change_late = endured(truth, lambda frame, item: renamed(item, 2, 7) if frame >= 110 else item)
    assert change_late.cuts == Kept(11, 11)  # 50 frames of 90 are as before
    change_soon = endured(truth, lambda frame, item: renamed(item, 2, 7) if frame >= 100 else item)
    assert change_soon.cuts == Kept(10, 11)


def test_who_has_no_track_was_not_kept_and_where_nobody_has_one_nobody_is_judged() -> None:
    truth = make_truth([("main", 60), ("main", 90)])
    one = endured(truth, lambda _, item: altered(item, track_id=None) if item.track_id == 102 else item)
    assert one.cuts == Kept(10, 11)
    assert endured(truth, lambda _, item: altered(item, track_id=None)).cuts == Kept(0, 0)


def test_only_the_frames_around_the_cut_count() -> None:
    truth = make_truth([("main", 120), ("main", 120)])
    early = endured(truth, lambda frame, item: renamed(item, 2, 7) if frame < 60 or frame >= 210 else item)
    assert early.cuts == Kept(11, 11)


def test_who_is_not_found_after_the_cut_was_not_kept() -> None:
    truth = make_truth([("main", 60), ("main", 60)])
    lost = endured(truth, lambda frame, item: None if item.track_id == 102 and frame >= 64 else item)
    assert lost.cuts == Kept(10, 11)
    silent = endured(truth, lambda frame, item: None if frame >= 60 else item)
    assert silent.cuts == Kept(0, 11)


def test_who_was_not_found_before_or_is_not_to_be_found_after_is_not_judged() -> None:
    truth = make_truth([("main", 60), ("main", 60)])
    unknown = endured(truth, lambda frame, item: None if item.track_id == 102 and frame < 56 else item)
    assert unknown.cuts == Kept(10, 10)
    assert endured(make_truth([("main", 60), ("main", 60)], absent(2, 64, 119))).cuts == Kept(10, 10)
    assert endured(make_truth([("main", 60), ("main", 60)], hidden(2, 64, 119))).cuts == Kept(10, 10)
    assert endured(make_truth([("main", 60), ("main", 60)], hidden(2, 65, 119))).cuts == Kept(11, 11)
    assert endured(make_truth([("main", 60)])).cuts.share is None


def test_a_wipe_before_and_after_a_cut_takes_no_part() -> None:
    def wiped(frame: int, no: int, kind: Kind) -> Any:
        everybody = [person_in(frame, at, person) for at, person in enumerate(PEOPLE)]
        return truth_frame(frame, [] if 60 <= frame < 90 else everybody, no, shot=kind, wipe=60 <= frame < 90)

    found = endured(make_truth([("main", 75), ("wide", 75)], wiped))
    assert found == Endurance(Kept(11, 11), Kept(0, 0), Kept(0, 0))
    assert endured(make_truth([("main", 150)], wiped)).reentry_short == Kept(0, 0)  # nobody was away


# --- re-entry -----------------------------------------------------------------------------------


def absent(who: int, first: int, last: int) -> Any:
    def frame_of(frame: int, no: int, kind: Kind) -> Any:
        there = [(at, person) for at, person in enumerate(PEOPLE) if person.id != who or not first <= frame <= last]
        return truth_frame(frame, [person_in(frame, at, person) for at, person in there], no, shot=kind)

    return frame_of


def hidden(who: int, first: int, last: int) -> Any:
    def frame_of(frame: int, no: int, kind: Kind) -> Any:
        seen = {who: 0.1} if first <= frame <= last else {}
        everybody = enumerate(PEOPLE)
        objects = [person_in(frame, at, person, visible=seen.get(person.id, 1.0)) for at, person in everybody]
        return truth_frame(frame, objects, no, shot=kind)

    return frame_of


@pytest.mark.parametrize(("frames", "long", "short"), [(29, 0, 0), (30, 0, 1), (299, 0, 1), (300, 1, 0)])
def test_absences_count_by_their_length(frames: int, long: int, short: int) -> None:
    truth = make_truth([("main", 60 + frames + 60)], absent(2, 60, 60 + frames - 1))
    found = endured(truth)
    assert (found.reentry, found.reentry_short) == (Kept(long, long), Kept(short, short))


def test_a_person_who_comes_back_as_another_track_was_not_kept() -> None:
    truth = make_truth([("main", 200)], absent(2, 60, 119))
    found = endured(truth, lambda frame, item: renamed(item, 2, 7) if frame >= 120 else item)
    assert found.reentry_short == Kept(0, 1)


def test_a_person_who_is_not_found_when_back_was_not_kept() -> None:
    truth = make_truth([("main", 200)], absent(2, 60, 119))
    silent = endured(truth, lambda frame, item: None if frame >= 120 else item)
    assert silent.reentry_short == Kept(0, 1)


def test_who_is_hidden_is_absent() -> None:
    truth = make_truth([("main", 200)], hidden(2, 60, 119))
    assert endured(truth).reentry_short == Kept(1, 1)
    other = endured(truth, lambda frame, item: renamed(item, 2, 7) if frame >= 120 else item)
    assert other.reentry_short == Kept(0, 1)


def test_an_absence_that_spans_a_cut_is_none() -> None:
    truth = make_truth([("main", 90), ("main", 90)], absent(2, 60, 119))
    assert endured(truth).reentry_short == Kept(0, 0)


# --- the ball -----------------------------------------------------------------------------------


def counted(ball: TruthBall, wipe: bool = False, change: Change = None) -> BallCounts:
    truth = make_truth([("main", 1)], lambda frame, no, kind: truth_frame(frame, [], no, ball=ball, wipe=wipe))
    seen = make_truth([("main", 1)], lambda frame, no, kind: truth_frame(frame, [], no))
    [frames] = line_up(truth, make_events(seen, change))
    return count_ball(truth, frames)


AT = (300.0, 320.0, 306.0, 326.0)
FULL = TruthBall((0, 0, 0), AT, 1.0)


def test_a_ball_counts_by_how_much_of_it_is_seen() -> None:
    assert counted(FULL) == BallCounts(1, 1, 1, True)
    assert counted(TruthBall((0, 0, 0), AT, 0.25)) == BallCounts(1, 1, 1, True)
    assert counted(TruthBall((0, 0, 0), AT, 0.24)) == BallCounts(0, 0, 0, True)  # right, and nobody cares
    assert counted(FULL, wipe=True) == BallCounts(0, 0, 0, False)  # nothing is judged under a wipe
    assert counted(TruthBall((0, 0, 0), None, 0.0)) == BallCounts(0, 0, 1, True)  # there is none to be seen


@pytest.mark.parametrize(("apart", "hit"), [(4.2, True), (4.3, False)])  # half of 6 * sqrt(2) is 4.24
def test_a_ball_is_right_within_half_its_diagonal(apart: float, hit: bool) -> None:
    found = counted(FULL, change=lambda _, item: altered(item, box_px=moved(item.box_px, apart)))
    assert found == BallCounts(int(hit), 1, 1, True)


def test_a_small_ball_is_right_within_eight_pixels_of_1080p() -> None:
    small = TruthBall((0, 0, 0), (302.0, 322.0, 304.0, 324.0), 1.0)  # the picture has 360 rows: 2.67 px
    for apart, hit in ((2.6, 1), (2.7, 0)):
        assert (
            counted(small, change=lambda _, item, by=apart: altered(item, box_px=moved(item.box_px, by))).right == hit
        )


def test_of_several_balls_the_surest_is_the_answer() -> None:
    truth = make_truth([("main", 1)])
    [frames] = line_up(truth, make_events(truth))
    [ball] = [item for item in frames[0].event.objects if item.role == "ball"]  # type: ignore[union-attr]
    wrong = altered(ball, box_px=moved(ball.box_px, 50), score=0.99)
    event = altered(frames[0].event, objects=(ball, wrong))  # type: ignore[arg-type]
    assert count_ball(truth, [frames[0]._replace(event=event)]) == BallCounts(0, 1, 1, True)  # type: ignore[arg-type]


def test_events_that_never_have_a_ball_have_no_figures_of_it() -> None:
    found = counted(FULL, change=lambda _, item: None)
    assert (found.precision, found.recall) == (None, None)
