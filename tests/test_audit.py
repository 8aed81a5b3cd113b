"""The audit: a subscriber's own account of holes, gaps and duplicates."""

from stream_engine.audit import Audit
from stream_engine.messages import Cause, Event, GapEvent, TrackChange
from stream_engine.records import frame_event
from tests.fakes import tagged


def event(seq: int, epoch: int = 1) -> Event:
    return frame_event(tagged(epoch=epoch, seq=seq), now_ns=2_000_000_000)


def gap(first: int, last: int, cause: Cause = "late", epoch: int = 1) -> Event:
    return GapEvent(stream="cam", epoch=epoch, first_seq=first, last_seq=last, cause=cause, detail="", noted_ns=0)


def audited(*events: Event) -> Audit:
    audit = Audit()
    for each in events:
        audit.add(each)
    return audit


def test_a_flow_without_holes_has_none() -> None:
    audit = audited(event(5), event(6), gap(7, 8), event(9))
    assert (audit.events, audit.gaps, audit.unexplained_holes) == (3, {"late": 2}, 0)


def test_a_frame_that_never_came_is_a_hole_until_a_gap_explains_it() -> None:
    audit = audited(event(0), event(4))
    assert audit.unexplained_holes == 3
    audit.add(gap(1, 2))
    assert audit.unexplained_holes == 1


def test_a_gap_without_a_known_cause_counts_as_a_hole() -> None:
    assert audited(event(0), gap(1, 3, "unknown"), event(4)).unexplained_holes == 3


def test_a_later_epoch_has_to_start_at_zero() -> None:
    assert audited(event(7), event(2, epoch=2)).unexplained_holes == 2


def test_an_event_wins_over_a_gap_that_covers_it_too() -> None:
    audit = audited(event(0), event(1), gap(1, 3, "worker_lost"), event(4))
    assert audit.gaps == {"worker_lost": 2}
    assert audit.duplicates == 0


def test_an_event_that_comes_twice_is_a_duplicate() -> None:
    assert audited(event(0), event(0)).duplicates == 1


def test_changes_of_identity_are_no_part_of_the_account() -> None:
    change = TrackChange(
        stream="cam", epoch=9, seq=99, kind="lost", track_ids=(3,), name=None, by="tracker", detail="", noted_ns=0
    )
    audit = audited(change, event(5), change, event(6))
    assert (audit.events, audit.frames, audit.unexplained_holes) == (2, 2, 0)
