"""Whether a track stays on its person through an encounter: each end of one, and what is no encounter."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.masks import MaskRle
from stream_engine.messages import Box, TrackedObject
from stream_engine.scoring import ScoreError
from stream_engine.scoring.align import line_up
from stream_engine.scoring.crossings import Crossings, Verdicts, crossings
from stream_engine.scoring.people import people_of
from stream_engine.scoring.read import Scored, Truth
from stream_engine.scoring.score import score
from stream_engine.scoring.truth import TruthObject
from tests.scoring.fakes import Kind, altered, make_events, make_truth, mask_at, moved, truth_frame

A, B, AWAY, KEEPER, REFEREE = 2, 3, 12, 1, 21
TRACK = A + 100
AT: Box = (100.0, 100.0, 116.0, 132.0)
BEFORE: Box = moved(AT, 0, 8)  # nearer to the camera: lower in the picture
LEFT, RIGHT = moved(AT, -40, 8), moved(AT, 40, 8)
CLEAR, HIDDEN = 1.0, 0.25
MEETING = [CLEAR] * 10 + [HIDDEN] * 6 + [CLEAR] * 10
HELD, WRONG, LOST = Verdicts(1, 0, 0), Verdicts(0, 1, 0), Verdicts(0, 0, 1)
NONE = Verdicts()


def person(who: int, body: Box, visible: float, mask: MaskRle | None) -> TruthObject:
    """Who is hidden shows the upper quarter."""
    left, top, right, bottom = body
    box = body if visible >= 0.5 else (left, top, right, top + (bottom - top) / 4)
    seen = mask_at(int(left), int(top), int(right - left), int(box[3] - top))
    return TruthObject(who, box, body, visible, (0.0, 0.0), mask or seen)


def scene(
    seen: Sequence[float | None] = MEETING,
    other: int = B,
    shots: Sequence[tuple[Kind, int]] = (),
    after: Box = RIGHT,
    before: Box = BEFORE,
    body: Box = AT,
    who: int = A,
    mask: MaskRle | None = None,
) -> Truth:
    """Of A so much is seen in each frame, nothing at all when he is out of the picture; the other stands before him
    while he is hidden, left of him until then, and somewhere afterwards."""
    hidden = [visible is not None and visible < 0.5 for visible in seen]

    def frame_of(frame: int, no: int, kind: Kind) -> Any:
        place = before if hidden[frame] else after if any(hidden[:frame]) else LEFT
        visible = seen[frame]
        ours = [] if visible is None else [person(who, body, visible, mask)]
        return truth_frame(frame, [*ours, person(other, place, 1.0, mask)], no, shot=kind)

    return make_truth(shots or [("main", len(seen))], frame_of)


def crossed(truth: Truth, change: Any = None, events: list[Scored] | None = None) -> Crossings:
    lined = line_up(truth, events or make_events(truth, change))
    return crossings(truth, [people_of(truth, frames) for frames in lined])


def swapped(item: TrackedObject) -> TrackedObject:
    """A and B under each other's track."""
    other = {A + 100: B + 100, B + 100: A + 100}.get(item.track_id or 0, item.track_id)
    return altered(item, track_id=other)


def from_frame(first: int, change: Any) -> Any:
    return lambda frame, item: change(item) if frame >= first else item


def of_track(track: int, change: Any) -> Any:
    return lambda item: change(item) if item.track_id == track else item


# --- how it ends --------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [RIGHT, LEFT], ids=["cross", "bounce"])
def test_a_track_that_stays_on_its_person_is_held_and_one_that_changes_over_is_wrong(after: Box) -> None:
    truth = scene(after=after)
    assert crossed(truth) == (HELD, NONE)
    assert crossed(truth, from_frame(13, swapped)) == (WRONG, NONE)
    gone = from_frame(13, lambda item: None if item.track_id == TRACK else swapped(item))
    assert crossed(truth, gone) == (WRONG, NONE)  # B is called A, and A is not found


@pytest.mark.parametrize(
    "change",
    [
        of_track(TRACK, lambda item: altered(item, track_id=77)),
        of_track(TRACK, lambda item: altered(item, track_id=None)),
        of_track(TRACK, lambda item: None),
        of_track(TRACK, lambda item: altered(item, box_px=moved(AT, 0, 150), mask=mask_at(100, 250))),
        lambda item: None,
    ],
    ids=["another track", "no track", "not found", "on nobody", "silence"],
)
def test_a_track_that_is_on_nobody_is_lost(change: Any) -> None:
    assert crossed(scene(), from_frame(13, change)) == (LOST, NONE)


@pytest.mark.parametrize(("swaps", "expected"), [(2, HELD), (3, WRONG)])
def test_most_of_the_five_frames_decide(swaps: int, expected: Verdicts) -> None:
    truth = scene()
    late = crossed(truth, lambda frame, item: swapped(item) if 16 <= frame < 16 + swaps else item)
    assert late == (expected, NONE)


def test_what_is_neither_held_nor_wrong_in_most_frames_is_lost() -> None:
    """On B in two frames, and in the other three A has another track."""

    def change(frame: int, item: TrackedObject) -> TrackedObject:
        if frame in (16, 17):
            return swapped(item)
        return altered(item, track_id=77) if frame >= 16 and item.track_id == TRACK else item

    assert crossed(scene(), change) == (LOST, NONE)


def test_frames_in_which_nobody_knows_either_of_them_do_not_count() -> None:
    silent = {13, 14, 15, 16, 17, 18, 19}
    held = crossed(scene(), lambda frame, item: None if item.track_id == TRACK and frame in silent else item)
    assert held == (HELD, NONE)  # one frame of the five is left


# --- in which kit -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "other", "same"),
    [(A, B, True), (A, AWAY, False), (A, KEEPER, False), (A, REFEREE, False), (KEEPER, 11, False), (KEEPER, A, False)],
)
def test_one_team_and_one_role_are_one_kit(who: int, other: int, same: bool) -> None:
    assert crossed(scene(who=who, other=other)) == ((HELD, NONE) if same else (NONE, HELD))


# --- what is judged -----------------------------------------------------------------------------


def test_a_cut_within_ends_it_without_a_verdict() -> None:
    assert crossed(scene(shots=[("main", 13), ("main", 13)])) == (NONE, NONE)
    assert crossed(scene(shots=[("main", 20), ("main", 6)])) == (NONE, NONE)  # four frames before the cut are too few
    assert crossed(scene(shots=[("main", 21), ("main", 5)])) == (HELD, NONE)
    assert crossed(scene(shots=[("close", 26)])) == (NONE, NONE)
    assert crossed(scene(shots=[("wide", 26)])) == (HELD, NONE)


@pytest.mark.parametrize(
    ("seen", "judged"),
    [
        ([CLEAR] * 10 + [HIDDEN] * 30, 0),
        ([CLEAR] * 10 + [HIDDEN] * 86 + [CLEAR] * 5, 1),  # the fifth frame is 3 s after the first hidden one
        ([CLEAR] * 10 + [HIDDEN] * 87 + [CLEAR] * 5, 0),
        ([CLEAR] * 10 + [HIDDEN] * 6 + [CLEAR] * 4, 0),
        ([CLEAR] * 10 + [HIDDEN] * 6 + [CLEAR] * 4 + [0.69] + [CLEAR] * 4, 0),
        ([CLEAR] * 10 + [HIDDEN] * 6 + [CLEAR] * 4 + [HIDDEN] + [CLEAR] * 5, 1),  # one encounter
        ([CLEAR] * 10 + [HIDDEN] * 6 + [0.7] * 5, 1),
        ([CLEAR] * 10 + [HIDDEN] * 6 + [CLEAR] * 5 + [HIDDEN] * 6 + [CLEAR] * 5, 2),
        ([CLEAR] * 10 + [HIDDEN] * 2 + [None] + [HIDDEN] * 2 + [CLEAR] * 9, 0),  # he left the picture
        ([CLEAR] * 10 + [None] + [HIDDEN] * 4 + [CLEAR] * 9, 0),
    ],
)
def test_who_comes_back_in_time_is_judged(seen: list[float | None], judged: int) -> None:
    found = crossed(scene(seen)).same
    assert found == Verdicts(held=judged)


@pytest.mark.parametrize(
    ("seen", "judged"),
    [
        ([CLEAR] * 3 + [HIDDEN] * 6 + [CLEAR] * 9, 1),
        ([CLEAR] * 2 + [HIDDEN] * 6 + [CLEAR] * 9, 0),
        ([0.6] * 9 + [HIDDEN] * 6 + [CLEAR] * 9, 0),
        ([CLEAR] * 9 + [0.5] * 20 + [HIDDEN] * 6 + [CLEAR] * 9, 1),  # however slowly B comes
        ([CLEAR] * 9 + [0.5] * 20 + [CLEAR] * 9, 0),
        ([HIDDEN] * 6 + [CLEAR] * 9, 0),
    ],
)
def test_who_was_followed_is_judged(seen: list[float | None], judged: int) -> None:
    assert crossed(scene(seen)).same.judged == judged


def test_the_latest_ten_clear_frames_say_which_track_followed_him() -> None:
    truth = scene([CLEAR] * 20 + [HIDDEN] * 6 + [CLEAR] * 9)

    def renamed(*frames: int) -> Any:
        return lambda frame, item: altered(item, track_id=77) if item.track_id == TRACK and frame in frames else item

    assert crossed(truth, renamed(*range(10))).same == HELD
    assert crossed(truth, renamed(*range(10), 11, 13, 15)).same == HELD  # 77 in three frames, 102 in seven
    assert crossed(truth, renamed(*range(15, 40))).same == HELD  # five each: the later one
    assert crossed(truth, renamed(*range(15, 20))).same == LOST
    scarce = crossed(truth, lambda frame, item: None if item.track_id == TRACK and frame < 18 else item)
    assert scarce.same == NONE


def test_somebody_has_to_be_before_him() -> None:
    assert crossed(scene(before=LEFT)) == (NONE, NONE)  # a graphic hides him
    assert crossed(scene(before=moved(AT, 0, -4))) == (NONE, NONE)  # the other is behind him
    assert crossed(scene(before=moved(AT, 13, 0))) == (NONE, NONE)  # 3 of 16 columns
    assert crossed(scene(before=moved(AT, 12, 0))) == (HELD, NONE)  # 4 of 16


@pytest.mark.parametrize(("left", "expected"), [(-5.0, HELD), (-6.0, NONE)])
def test_the_picture_s_edge_is_nobody(left: float, expected: Verdicts) -> None:
    """Of a body 16 px wide, of which a quarter is seen, 5 or 6 px lie outside: 31 % (44 % are hidden), or 37.5 %."""
    body = (left, 100.0, left + 16, 132.0)
    found = crossed(scene(body=body, before=moved(body, 0, 8)), lambda _, item: altered(item, mask=None))
    assert found.same == expected


def test_each_pass_of_a_clip_is_judged_by_itself() -> None:
    truth = scene()
    assert crossed(truth, events=[*make_events(truth), *make_events(truth, from_frame(13, swapped))]).same == (1, 1, 0)
    open_end = scene(MEETING[:16])
    assert crossed(open_end, events=make_events(open_end) * 2) == (NONE, NONE)  # A is not back in the next pass


def test_frames_without_an_event_are_frames_in_which_nobody_is_found() -> None:
    truth = scene()
    assert crossed(truth, events=[event for event in make_events(truth) if event.seq not in range(16, 21)]).same == LOST  # type: ignore[union-attr]


def test_where_nobody_has_a_track_nobody_is_judged() -> None:
    truth = scene()
    unclaimed = make_events(truth, lambda _, item: altered(item, track_id=None))
    assert crossed(truth, events=unclaimed) == (NONE, NONE)
    figures = score(truth, unclaimed)
    assert (figures.crossings_same_judged, figures.crossings_same_wrong, figures.crossings_same_lost) == (0, None, None)


def test_the_score_has_the_shares() -> None:
    truth = scene([CLEAR] * 10 + ([HIDDEN] * 6 + [CLEAR] * 10) * 4)

    def change(frame: int, item: TrackedObject) -> TrackedObject:
        if 28 <= frame < 42:
            return swapped(item)  # wrong after the second, and after the third B's track is on A again
        return altered(item, track_id=77) if frame >= 60 and item.track_id == TRACK else item

    figures = score(truth, make_events(truth, change))
    assert figures.crossings_same_judged == 4
    assert (figures.crossings_same_wrong, figures.crossings_same_lost) == (0.5, 0.25)
    assert (figures.crossings_other_judged, figures.crossings_other_wrong, figures.crossings_other_lost) == (
        0,
        None,
        None,
    )


# --- masks --------------------------------------------------------------------------------------


def on_b(item: TrackedObject) -> TrackedObject:
    return altered(item, mask=mask_at(140, 108)) if item.track_id == TRACK else item


def test_masks_say_on_whom_a_track_lies_and_boxes_only_without_them() -> None:
    truth, astray = scene(), from_frame(16, on_b)
    assert crossed(truth, astray) == (WRONG, NONE)  # its box is still on A
    assert crossed(truth, lambda _, item: altered(item, mask=None)) == (HELD, NONE)
    assert crossed(scene(mask=MaskRle(0, 0, (0, 0), "")), astray) == (HELD, NONE)  # the truth has none


@pytest.mark.parametrize(("aside", "expected"), [(10, HELD), (14, LOST)])
def test_a_mask_on_nobody_is_on_nobody(aside: int, expected: Verdicts) -> None:
    """Of 16 columns of an oval the last 6 or 2 lie on A: a third, or a twentieth."""
    beside = of_track(TRACK, lambda item: altered(item, mask=mask_at(100 - aside, 100)))
    assert crossed(scene(after=RIGHT), from_frame(16, beside)) == (expected, NONE)


def test_a_mask_of_two_persons_is_on_him_who_has_more_of_it() -> None:
    truth = scene(after=moved(AT, 12, 8))

    def wide(left: int) -> Any:
        return from_frame(16, of_track(TRACK, lambda item: altered(item, mask=mask_at(left, 100, 28, 40))))

    assert crossed(truth, wide(96)).same == HELD
    assert crossed(truth, wide(104)).same == WRONG


def test_a_mask_that_cannot_be_read_is_an_error_with_its_place_though_nobody_is_paired_with_it() -> None:
    def garble(item: TrackedObject) -> TrackedObject:
        bad = altered(item.mask, counts="!")  # type: ignore[arg-type]
        return altered(item, box_px=moved(AT, 0, 150), mask=bad)

    with pytest.raises(ScoreError, match=r"frame 16, person 2, track 102: a mask cannot be read"):
        crossed(scene(), from_frame(16, of_track(TRACK, garble)))


# --- whatever the tracks are called -------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.permutations(range(8)))
def test_other_names_of_tracks_change_nothing(random: Any, names: list[int]) -> None:
    seen = [random.choice([CLEAR] * 5 + [HIDDEN]) for _ in range(56)]
    truth = scene(seen, other=random.choice([B, AWAY]))
    tracks = [random.sample(range(8), 2) for _ in range(7)]  # of both, for eight frames each
    found = [random.random() < 0.8 for _ in seen]

    def named(names: Sequence[int]) -> Crossings:
        def change(frame: int, item: TrackedObject) -> TrackedObject | None:
            if item.role == "ball":
                return item
            track = names[tracks[frame // 8][item.track_id != TRACK]]
            return altered(item, track_id=track) if found[frame] else None

        return crossed(truth, change)

    assert named(names) == named(range(8)) == named(range(1000, 0, -100))
