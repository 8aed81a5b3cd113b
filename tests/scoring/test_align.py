"""Events beside their truth: passes, gaps, and stamps that do not fit."""

from collections import Counter
from typing import Any

import pytest

from stream_engine.messages import TrackEvent
from stream_engine.scoring import ScoreError
from stream_engine.scoring.align import line_up
from stream_engine.scoring.read import Scored
from stream_engine.stamp import Stamp
from tests.scoring.fakes import event_of, gap_of, make_truth

TRUTH = make_truth([("main", 10)])


def missing(events: list[Scored], whole: bool = False) -> list[tuple[int, int, str]]:
    """Pass, frame and cause of what has no event."""
    passes = line_up(TRUTH, events, whole)
    return [(no, m.truth.frame, m.missing) for no, frames in enumerate(passes) for m in frames if m.missing]


def frames(events: list[Scored]) -> list[list[int]]:
    return [[aligned.truth.frame for aligned in found] for found in line_up(TRUTH, events)]


def told(numbers: Any, epoch: int = 1, first_seq: int = 0) -> list[Scored]:
    return [event_of(number % 10, (), seq=first_seq + at, epoch=epoch) for at, number in enumerate(numbers)]


def test_only_what_lies_between_the_first_and_the_last_event_is_scored() -> None:
    assert frames(told(range(3, 8))) == [[3, 4, 5, 6, 7]]


def test_of_the_whole_also_the_beginning_and_the_end_are_missing() -> None:
    assert missing(told(range(3, 8)), whole=True) == [(0, frame, "unknown") for frame in (0, 1, 2, 8, 9)]
    assert missing(told(range(10)), whole=True) == []
    twice = [*told([5, 6]), *told([0, 1, 2], epoch=2)]
    assert [(no, frame) for no, frame, _ in missing(twice, whole=True)] == [
        *((0, frame) for frame in range(5)),
        *((1, frame) for frame in range(3, 10)),
    ]


def test_of_the_whole_the_beginning_and_the_end_have_the_causes_of_their_gaps() -> None:
    events = [gap_of(1, 1, "decode_error"), gap_of(2, 3, "late"), *told([4, 5], first_seq=4)]
    ending: list[Scored] = [gap_of(6, 6, "overload"), gap_of(0, 1, "worker_lost", epoch=2)]
    assert missing([*events, *ending], whole=True) == [
        *((0, 0, "unknown"), (0, 1, "decode_error"), (0, 2, "late"), (0, 3, "late")),
        *((0, 6, "overload"), (0, 7, "worker_lost"), (0, 8, "worker_lost"), (0, 9, "unknown")),
    ]
    again = [gap_of(0, 0, "late"), gap_of(1, 1, "overload"), *told([2], epoch=2), gap_of(1, 2**63 - 1, epoch=2)]
    assert missing(again, whole=True) == [
        *((0, 0, "late"), (0, 1, "overload")),
        *((0, frame, "late") for frame in range(3, 10)),
    ]


def test_a_missing_frame_has_the_cause_of_the_gap_in_its_place() -> None:
    events: list[Scored] = [
        event_of(0, ()),
        event_of(6, ()),
        gap_of(1, 2, "late"),
        gap_of(3, 3, "worker_lost"),
        event_of(9, ()),
    ]
    assert missing(events) == [
        (0, 1, "late"),
        (0, 2, "late"),
        (0, 3, "worker_lost"),
        *((0, frame, "unknown") for frame in (4, 5, 7, 8)),
    ]


def test_a_frame_that_was_never_decoded_is_unknown() -> None:
    events: list[Scored] = [event_of(0, (), seq=0), event_of(2, (), seq=1)]
    assert missing(events) == [(0, 1, "unknown")]


def test_an_event_that_lost_its_stamp_is_missing_as_such() -> None:
    events: list[Scored] = [event_of(0, ()), event_of(1, (), user_data=()), event_of(2, ())]
    assert missing(events) == [(0, 1, "unstamped")]


def test_a_falling_frame_number_begins_a_new_pass() -> None:
    assert frames(told(range(25))) == [list(range(10)), list(range(10)), list(range(5))]


def test_frames_lost_where_a_pass_ends_belong_to_both() -> None:
    events: list[Scored] = [event_of(7, (), seq=7), gap_of(8, 11, "overload"), event_of(2, (), seq=12)]
    assert missing(events) == [(0, 8, "overload"), (0, 9, "overload"), (1, 0, "overload"), (1, 1, "overload")]


def test_frames_lost_in_a_new_connection_are_the_sources() -> None:
    again = told([6, 7], epoch=2)
    assert missing([*told([0, 1]), gap_of(0, -1, "source_lost"), *again]) == [
        (0, frame, "source_lost") for frame in (2, 3, 4, 5)
    ]
    late_first = [*told([0, 1]), gap_of(2, 2, "late", epoch=1), gap_of(0, 0, "decode_error", epoch=2)]
    later = told([6, 7], epoch=2, first_seq=1)
    causes = Counter(cause for _, _, cause in missing([*late_first, *later]))
    assert causes == {"late": 1, "decode_error": 1, "source_lost": 2}


def test_a_new_connection_that_begins_earlier_is_a_new_pass_and_nothing_is_missing_between() -> None:
    assert frames([*told([4, 5]), *told([2, 3], epoch=2)]) == [[4, 5], [2, 3]]


def test_of_a_repeated_picture_the_first_event_counts() -> None:
    events = told([0, 1, 1, 2])
    [found] = line_up(TRUTH, events)
    assert [aligned.event for aligned in found] == [events[0], events[1], events[3]]


def other(event: TrackEvent, **changes: Any) -> TrackEvent:
    return event_of(event.seq, (), **changes)


def test_events_without_stamps_are_refused() -> None:
    with pytest.raises(ScoreError, match=r"none of the 1 frame events carries a stamp; only a match made with"):
        line_up(TRUTH, [event_of(0, (), user_data=(b"else",))])


def test_events_of_another_match_are_refused_with_both_names() -> None:
    stranger = event_of(1, (), user_data=(Stamp("ff" * 8, 1, 1).pack(),))
    with pytest.raises(ScoreError, match=r"the events belong to match f{16}, the truth is of match 0123456789abcdef"):
        line_up(TRUTH, [stranger])
    with pytest.raises(ScoreError, match=r"1 of 2 events belong to match f{16}"):
        line_up(TRUTH, [event_of(0, ()), stranger])


def test_a_frame_beyond_the_truth_and_another_size_are_refused() -> None:
    with pytest.raises(ScoreError, match=r"event 1/10 answers frame 10, but the truth ends with 9"):
        line_up(TRUTH, [event_of(10, ())])
    with pytest.raises(ScoreError, match=r"event 1/0 has a picture of 320 x 180, the truth 640 x 360"):
        line_up(TRUTH, [event_of(0, (), width=320, height=180)])


def test_a_hostile_sequence_number_takes_no_time() -> None:
    events: list[Scored] = [event_of(0, (), seq=0), gap_of(1, 2**62, "late"), event_of(3, (), seq=2**62 + 1)]
    assert missing(events) == [(0, 1, "late"), (0, 2, "late")]
    again: list[Scored] = [event_of(0, (), seq=0), gap_of(1, 2**62, "late"), event_of(3, (), seq=9, epoch=3)]
    assert missing(again) == [(0, 1, "late"), (0, 2, "late")]
