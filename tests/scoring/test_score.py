"""The score as a whole: perfect events score 1, and each damage lowers what it should and nothing else."""

from typing import Any

import msgspec
import pytest

from stream_engine.masks import MaskRle
from stream_engine.messages import TrackedObject
from stream_engine.scoring import ScoreError
from stream_engine.scoring.read import Scored, Truth
from stream_engine.scoring.score import Score, score
from stream_engine.scoring.truth import TruthBall
from tests.scoring.fakes import (
    altered,
    answers,
    event_of,
    gap_of,
    make_events,
    make_truth,
    mask_at,
    moved,
    truth_frame,
)

TRUTH = make_truth([("main", 40), ("close", 10), ("main", 40)], fps=10.0)
PERFECT = score(TRUTH, make_events(TRUTH))
LIVE = {"hota_live", "assa_live"}
SWITCHES = {"id_switches", "switches_per_1000"}
MASKS_SEEN = {"mask_iou_visible", "mask_f_visible"}
COUNTED = {"match", "stream", "preset", "seed", "passes", "frames"}


def spoiled(change: Any, truth: Truth = TRUTH) -> Score:
    return score(truth, make_events(truth, change))


def later(item: TrackedObject, by: int) -> TrackedObject:
    """As another track."""
    return altered(item, track_id=(item.track_id or 0) + by)


def differences(damaged: Score) -> set[str]:
    ours, best = msgspec.structs.asdict(damaged), msgspec.structs.asdict(PERFECT)
    return {name for name in ours if ours[name] != pytest.approx(best[name], nan_ok=True)}


def test_perfect_events_score_one() -> None:
    figures = msgspec.structs.asdict(PERFECT)
    shares = {name: value for name, value in figures.items() if isinstance(value, float) and "age" not in name}
    assert (shares.pop("switches_per_1000"), shares.pop("team_warmup_s")) == (0.0, 0.0)
    assert shares == dict.fromkeys(shares, pytest.approx(1.0))
    assert set(shares) > {"hota", "deta", "assa", "idf1", "mota", "mask_iou", "boundary_f", "ball_recall"}
    assert set(shares) > {"mask_iou_visible", "mask_f_visible"}
    assert figures["ap50"] == dict.fromkeys(("player", "goalkeeper", "referee", "ball"), pytest.approx(1.0))
    assert figures["role_accuracy_by_role"] == dict.fromkeys(("player", "goalkeeper", "referee"), 1.0)
    assert (PERFECT.id_switches, PERFECT.team_flips, PERFECT.missing) == (0, 0, {})
    assert (PERFECT.track_team_changes, PERFECT.track_role_changes) == (0, 0)
    assert (PERFECT.frames, PERFECT.scored_frames, PERFECT.passes) == (90, 90, 1)
    assert (PERFECT.match, PERFECT.stream, PERFECT.seed) == ("0123456789abcdef", "cam", 7)
    assert (PERFECT.identity_over_cuts_judged, PERFECT.reentry) == (11, None)


def test_a_new_identity_lowers_what_is_about_identity() -> None:
    damaged = spoiled(lambda frame, item: altered(item, track_id=77) if frame >= 15 and item.track_id == 102 else item)
    assert differences(damaged) == {"hota", "assa", *LIVE, "idf1", "mota", *SWITCHES}
    assert damaged.id_switches == 1
    assert damaged.switches_per_1000 == pytest.approx(1000 / 90)


def test_a_new_identity_after_a_cut_is_told_apart() -> None:
    damaged = spoiled(lambda frame, item: altered(item, track_id=77) if frame >= 50 and item.track_id == 102 else item)
    assert differences(damaged) == {"hota", "assa", *LIVE, "idf1", "mota", *SWITCHES, "identity_over_cuts"}
    assert damaged.identity_over_cuts == pytest.approx(10 / 11)


def test_identities_in_a_close_up_count_neither_way() -> None:
    damaged = spoiled(lambda frame, item: later(item, 500) if 40 <= frame < 50 and item.role != "ball" else item)
    assert differences(damaged) == set()


def test_a_person_who_is_missed_lowers_detection_and_what_follows() -> None:
    damaged = spoiled(lambda frame, item: None if item.track_id == 102 and frame % 2 else item)
    figures = {"hota", "deta", "assa", *LIVE, "idf1", "mota", "recall", "mask_coverage", *MASKS_SEEN, "ap50"}
    assert differences(damaged) == figures
    assert damaged.mask_iou_visible == damaged.mask_f_visible == pytest.approx(1 - 1 / 22)
    assert damaged.recall == pytest.approx(1 - 1 / 22)
    assert damaged.ap50["player"] is not None and damaged.ap50["player"] < 1 == damaged.ap50["referee"]


def test_a_person_who_is_not_there_lowers_precision() -> None:
    def events() -> list[Scored]:
        made = []
        for frame in TRUTH.frames:
            ghost = TrackedObject(555, "player", "A", 0.95, (600.0, 10.0, 616.0, 42.0), None, fresh=True)
            made.append(event_of(frame.frame, [*answers(TRUTH, frame), ghost]))
        return [*made]

    damaged = score(TRUTH, events())
    assert differences(damaged) == {"hota", "hota_live", "deta", "idf1", "mota", "precision", "ap50"}
    assert damaged.precision == pytest.approx(11 / 12)


def test_a_shifted_box_lowers_localisation() -> None:
    damaged = spoiled(
        lambda _, item: altered(item, box_px=moved(item.box_px, 2)) if item.role != "ball" else item
    )  # IoU 14/18
    assert differences(damaged) == {"hota", "deta", "assa", *LIVE, "loca"}
    assert damaged.hota == pytest.approx(15 / 19)  # right at the alphas up to 0.75
    assert damaged.loca == pytest.approx((15 * 14 / 18 + 4) / 19)  # where nothing is right, LocA is 1


def test_a_poor_mask_lowers_the_masks() -> None:
    def shrink(_: int, item: TrackedObject) -> TrackedObject:
        return altered(item, mask=mask_at(item.mask.x, item.mask.y, 16, 16)) if item.mask else item

    damaged = spoiled(shrink)
    assert differences(damaged) == {"mask_iou", "boundary_f", *MASKS_SEEN}
    assert damaged.mask_iou is not None and 0.4 < damaged.mask_iou < 0.6


def test_without_masks_there_are_no_figures_of_masks() -> None:
    damaged = spoiled(lambda _, item: altered(item, mask=None))
    assert (damaged.mask_iou, damaged.boundary_f, damaged.mask_coverage) == (None, None, None)
    half = spoiled(lambda _, item: altered(item, mask=None) if item.track_id > 105 else item)
    assert half.mask_iou == 1.0
    assert half.mask_coverage == half.mask_iou_visible == pytest.approx(5 / 11)


def test_a_mask_that_cannot_be_read_is_an_error_with_its_place() -> None:
    def garble(frame: int, item: TrackedObject) -> TrackedObject:
        bad = altered(item.mask, counts="!") if item.mask else None  # type: ignore[arg-type]
        return altered(item, mask=bad) if frame == 3 and item.track_id == 102 else item

    with pytest.raises(ScoreError, match=r"frame 3, person 2, track 102: a mask cannot be read"):
        spoiled(garble)


def test_a_wrong_role_lowers_roles_and_detection_by_role() -> None:
    damaged = spoiled(lambda _, item: altered(item, role="player") if item.role == "referee" else item)
    assert differences(damaged) == {"role_accuracy", "role_accuracy_by_role", "ap50"}
    assert damaged.role_accuracy == pytest.approx(10 / 11)
    assert damaged.ap50["referee"] is None  # the events have none


def test_a_wrong_team_lowers_teams() -> None:
    damaged = spoiled(lambda _, item: altered(item, team="B") if item.track_id == 102 else item)
    assert differences(damaged) == {"team_accuracy", "team_accuracy_warm"}
    assert damaged.team_accuracy == pytest.approx(0.9)


def test_an_untold_team_lowers_coverage() -> None:
    damaged = spoiled(lambda _, item: altered(item, team="unknown") if item.track_id == 102 else item)
    assert differences(damaged) == {"team_coverage", "team_coverage_warm"}
    none = spoiled(lambda _, item: altered(item, team=None))
    assert (none.team_accuracy, none.team_coverage, none.team_flips) == (None, 0.0, None)
    assert none.team_warmup_s is none.team_accuracy_warm is none.team_coverage_warm is none.track_team_changes is None
    assert (none.goalkeeper_team_accuracy, none.goalkeeper_teams_judged) == (None, 0)


def test_a_lost_and_a_misplaced_ball_lower_the_ball() -> None:
    lost = spoiled(lambda frame, item: None if item.role == "ball" and frame % 10 == 0 else item)
    assert differences(lost) == {"ball_recall", "ap50"}
    assert lost.ball_recall == pytest.approx(0.9)
    away = spoiled(
        lambda frame, item: (
            altered(item, box_px=moved(item.box_px, 30)) if item.role == "ball" and frame % 10 == 0 else item
        )
    )
    assert differences(away) == {"ball_recall", "ball_precision", "ap50"}
    assert away.ball_precision == pytest.approx(0.9)


def test_older_events_raise_the_ages_alone() -> None:
    events = [altered(event, age_ns=80_000_000) if event.seq % 50 == 0 else event for event in make_events(TRUTH)]  # type: ignore[arg-type,union-attr]
    damaged = score(TRUTH, events)  # type: ignore[arg-type]
    assert differences(damaged) == {"age_p99_ms"}
    assert damaged.age_p99_ms == pytest.approx(80.0)


def test_dropped_frames_are_misses_and_are_told_by_cause() -> None:
    events = [event for event in make_events(TRUTH) if not 10 <= event.seq < 19]  # type: ignore[union-attr]
    damaged = score(TRUTH, [*events, gap_of(10, 15, "late")])
    assert damaged.missing == {"late": 6, "unknown": 3}
    assert (damaged.frames, damaged.scored_frames) == (90, 81)
    assert damaged.recall == pytest.approx(0.9)
    assert damaged.ball_recall == pytest.approx(0.9)
    assert damaged.hota == pytest.approx(0.9, abs=0.01)
    assert damaged.mask_iou == damaged.mask_iou_visible == 1.0
    assert damaged.mask_iou_visible_judged == 81 * 11
    renamed = make_events(TRUTH, lambda frame, item: later(item, 500 * (frame > 20)) if item.role != "ball" else item)
    assert score(TRUTH, [*renamed[:10], *renamed[19:]]).switches_per_1000 == pytest.approx(11_000 / 81)


def test_events_without_objects_have_no_figures_but_age_and_missing() -> None:
    empty = spoiled(lambda _, item: None)
    figures = msgspec.structs.asdict(empty)
    told = {name for name, value in figures.items() if value is not None}
    counts = {name for name in figures if name.endswith("_judged")} | {"ap50", "role_accuracy_by_role"}
    ages = {"age_p50_ms", "age_p95_ms", "age_p99_ms"}
    assert told == COUNTED | {"scored_frames", "missing"} | counts | ages
    assert set(empty.ap50.values()) == set(empty.role_accuracy_by_role.values()) == {None}


def test_each_pass_of_a_clip_is_a_sequence_of_its_own() -> None:
    first = make_events(TRUTH)
    second = [
        event_of(frame.frame, [later(item, 50) for item in answers(TRUTH, frame)], seq=90 + at)
        for at, frame in enumerate(TRUTH.frames)
    ]
    both = score(TRUTH, [*first, *second])
    counted = {"identity_over_cuts_judged", "mask_iou_visible_judged", "goalkeeper_teams_judged"}
    assert differences(both) == {"passes", "frames", "scored_frames", *counted}
    assert (both.passes, both.id_switches) == (2, 0)


def barely_seen(frame: int, no: int, kind: Any) -> Any:
    """Person 2 is nearly hidden, person 3 is 7 px high at 1080p; frames 10 to 19 have a wipe."""
    made = TRUTH.frames[frame].objects
    hidden, small = altered(made[1], visible=0.1), made[2]  # type: ignore[arg-type]
    left, top = small.box_px[:2]
    small = altered(small, box_px=(left, top, left + 16, top + 7 / 3))  # type: ignore[assignment,arg-type]
    return truth_frame(frame, (made[0], hidden, small, *made[3:]), wipe=10 <= frame < 20)  # type: ignore[arg-type]


def test_close_ups_do_not_help_the_live_figures() -> None:
    """Half of the frames are close-ups, in which everything is right; in the live shots everybody changes once."""
    truth = make_truth([("main", 30), ("close", 60), ("main", 30)])
    damaged = spoiled(lambda frame, item: later(item, 50 * (frame >= 90)), truth)
    assert damaged.assa_live == pytest.approx(0.5)
    assert damaged.assa == pytest.approx(0.75)
    assert damaged.hota_live is not None and damaged.hota is not None and damaged.hota_live < damaged.hota - 0.1
    close = make_truth([("close", 30)])
    assert spoiled(None, close).hota_live is None
    assert spoiled(None, close).hota == pytest.approx(1.0)


def test_a_run_that_ends_early_scores_low_on_the_whole() -> None:
    half = make_events(TRUTH)[9:54]
    assert score(TRUTH, half).recall == 1.0
    whole = score(TRUTH, half, whole=True)
    assert (whole.frames, whole.scored_frames, whole.missing) == (90, 45, {"unknown": 45})
    assert whole.recall == whole.ball_recall == pytest.approx(0.5)
    assert whole.hota is not None and whole.hota < 0.6
    assert whole.identity_over_cuts == 0.0  # nobody is found again after the cut


def covered(frame: int, no: int, kind: Any) -> Any:
    """In frames 10 to 19 a wipe covers everybody but the first three, and the ball."""
    everybody, wipe = TRUTH.frames[frame].objects, 10 <= frame < 20
    ball: dict[str, Any] = {"ball": TruthBall((0, 0, 0), None, 0.0)} if wipe else {}
    return truth_frame(frame, everybody[:3] if wipe else everybody, wipe=wipe, **ball)


def test_whoever_a_wipe_covers_may_be_held_through() -> None:
    truth, unwiped = make_truth([("main", 60)], covered), make_truth([("main", 60)])

    def wrong(frame: int, item: TrackedObject) -> TrackedObject:
        return altered(item, role="other", team="B", box_px=moved(item.box_px, 9)) if 10 <= frame < 20 else item

    silent = score(truth, make_events(truth, lambda frame, item: None if 10 <= frame < 20 else item))
    held, poor = score(truth, make_events(unwiped)), score(truth, make_events(unwiped, wrong))
    assert silent == held == poor
    assert held.hota == pytest.approx(1.0)
    assert (held.mota, held.ball_precision) == (1.0, 1.0)
    assert list(held.ap50.values()) == [pytest.approx(1.0)] * 4
    assert (held.frames, held.scored_frames) == (60, 60)


def with_one_behind(frame: int, no: int, kind: Any) -> Any:
    """Person 2 is wholly hidden behind person 1."""
    front, back, *others = TRUTH.frames[frame].objects
    left, top, right, bottom = moved(front.box_px, 3)
    x, y = (left + right) / 2, (top + bottom) / 2
    hidden = {"box_px": (x, y, x, y), "body_px": (left, top, right, bottom), "visible": 0.0}
    return truth_frame(frame, (front, altered(back, **hidden, mask=MaskRle(0, 0, (0, 0), "")), *others))  # type: ignore[arg-type]


def test_the_hidden_may_be_answered_as_whole_bodies() -> None:
    truth = make_truth([("main", 40)], with_one_behind)

    def whole_body(frame: int, item: TrackedObject) -> TrackedObject:
        return altered(item, box_px=truth.frames[frame].objects[1].body_px) if item.track_id == 102 else item

    held = score(truth, make_events(truth, whole_body))
    silent = score(truth, make_events(truth, lambda _, item: None if item.track_id == 102 else item))
    for figures in (held, silent):
        assert (figures.recall, figures.precision, figures.mask_coverage) == (1.0, 1.0, 1.0)
        assert figures.hota == pytest.approx(1.0)
        assert figures.id_switches == 0
        assert list(figures.ap50.values()) == [pytest.approx(1.0)] * 4


def test_a_poor_box_of_the_person_in_front_is_not_taken_for_the_one_behind() -> None:
    truth = make_truth([("main", 40)], with_one_behind)

    def aside(_: int, item: TrackedObject) -> TrackedObject | None:
        if item.track_id == 102:
            return None
        return altered(item, box_px=moved(item.box_px, 2)) if item.track_id == 101 else item

    found = score(truth, make_events(truth, aside))  # nearer to the body of person 2 than to person 1
    assert (found.recall, found.precision) == (1.0, 1.0)


def outside(frame: int, no: int, kind: Any) -> Any:
    """Of person 1 a strip is seen at the picture's left edge; most of the body lies outside."""
    edge, *others = TRUTH.frames[frame].objects
    strip = {"box_px": (0.0, 100.0, 2.0, 110.0), "body_px": (-30.0, 90.0, 8.0, 130.0), "visible": 0.05}
    return truth_frame(frame, (altered(edge, **strip), *others))  # type: ignore[arg-type]


def test_a_body_is_compared_as_far_as_it_is_in_the_picture() -> None:
    truth = make_truth([("main", 10)], outside)
    inside = (0.0, 90.0, 8.0, 130.0)
    events = make_events(truth, lambda _, item: altered(item, box_px=inside) if item.track_id == 101 else item)
    assert score(truth, events).precision == 1.0


def test_nobody_cares_for_the_hidden_the_tiny_and_those_under_a_wipe() -> None:
    truth = make_truth([("main", 30)], barely_seen)
    found = score(truth, make_events(truth))
    ignored = score(truth, make_events(truth, lambda _, item: None if item.track_id in (102, 103) else item))
    unwiped = score(truth, make_events(truth, lambda frame, item: None if 10 <= frame < 20 else item))
    for figures in (found, ignored, unwiped):
        assert figures.hota == pytest.approx(1.0)
        assert (figures.recall, figures.precision) == (1.0, 1.0)
        assert (figures.ball_recall, figures.ball_precision) == (1.0, 1.0)
        assert list(figures.ap50.values()) == [pytest.approx(1.0)] * 4


def test_a_track_twice_in_an_event_is_refused() -> None:
    with pytest.raises(ScoreError, match=r"event 1/0 has a track_id twice"):
        spoiled(lambda _, item: altered(item, track_id=5) if item.role == "player" else item)


# --- objects that nobody follows ----------------------------------------------------------------

OF_IDENTITY = {"hota", "assa", *LIVE, "idf1", "mota", *SWITCHES, "identity_over_cuts"}


def unclaimed(_: int, item: TrackedObject) -> TrackedObject:
    return altered(item, track_id=None)


def test_objects_without_tracks_are_scored_for_detection_and_nobody_for_identity() -> None:
    seen = spoiled(unclaimed)
    of_tracks = OF_IDENTITY | {"track_team_changes", "track_role_changes"}
    assert differences(seen) == of_tracks | {"identity_over_cuts_judged"}
    assert {getattr(seen, name) for name in of_tracks} == {None}
    assert [seen.deta, seen.loca, seen.recall, seen.precision] == pytest.approx([1.0] * 4)
    assert (seen.identity_over_cuts_judged, seen.ball_recall, seen.role_accuracy) == (0, 1.0, 1.0)


def test_each_object_without_a_track_is_an_identity_of_its_own() -> None:
    """One person has a track throughout, so that identities count; nobody else is the same in any two frames."""
    seen = spoiled(lambda _, item: item if item.track_id == 102 else altered(item, track_id=None))
    assert [seen.deta, seen.recall, seen.precision] == pytest.approx([1.0] * 3)
    assert seen.id_switches == 10 * 88  # 80 frames of live shots and 10 of a close-up, less the first of each
    assert seen.assa is not None and seen.assa == pytest.approx((1 + 10 * (80 / 90 / 80 + 10 / 90 / 10)) / 11)
    assert seen.identity_over_cuts == pytest.approx(1 / 11)
    assert seen.identity_over_cuts_judged == 11


def test_the_track_of_a_ball_is_no_claim_about_persons() -> None:
    assert spoiled(lambda _, item: item if item.role == "ball" else altered(item, track_id=None)).hota is None
