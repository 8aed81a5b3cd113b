"""The ledger: whatever comes or fails to come, every frame ends once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.ledger import OVERLAP, Ledger
from stream_engine.messages import Cause, Gap, Item, Mark, TaggedTracks
from tests.fakes import tagged


def ledger(tail: int = -1, cause: Cause = "worker_lost") -> Ledger:
    return Ledger("cam", lambda epoch: tail, lambda arrival: cause)


def outcome(items: list[TaggedTracks | Gap]) -> list[object]:
    return [("gap", i.epoch, i.first_seq, i.last_seq, i.cause) if isinstance(i, Gap) else i.frame.seq for i in items]


def test_frames_in_order_pass_untouched() -> None:
    book = ledger()
    assert [outcome(book.account(tagged(seq=n))) for n in range(3)] == [[0], [1], [2]]


def test_a_hole_becomes_a_gap_before_the_frame_that_shows_it() -> None:
    book = ledger()
    book.account(tagged(seq=0))
    assert outcome(book.account(tagged(seq=4))) == [("gap", 1, 1, 3, "worker_lost"), 4]


def test_a_frame_that_comes_after_its_account_is_closed_is_stale() -> None:
    book = ledger()
    book.account(tagged(seq=5))
    assert book.account(tagged(seq=3)) == []
    assert book.stale == 1


def test_a_gap_that_overlaps_what_is_known_tells_only_the_rest() -> None:
    book = ledger()
    book.account(tagged(seq=4))
    assert outcome(book.account(Gap("cam", 1, 3, 7, "late", ""))) == [("gap", 1, 5, 7, "late")]
    assert book.account(Gap("cam", 1, 3, 7, "late", "")) == []


def test_an_empty_gap_is_told_because_it_says_that_the_source_is_lost() -> None:
    book = ledger()
    book.account(tagged(seq=0))
    assert outcome(book.account(Gap("cam", 1, 1, 0, "source_lost", "gone"))) == [("gap", 1, 1, 0, "source_lost")]


def test_a_new_epoch_closes_the_tail_of_the_old_one() -> None:
    book = ledger(tail=9)
    book.account(tagged(seq=6))
    assert outcome(book.account(tagged(epoch=2, seq=0))) == [("gap", 1, 7, 9, "worker_lost"), 0]


def test_a_mark_asks_for_the_account_up_to_its_place() -> None:
    book = ledger()
    book.account(tagged(seq=0))
    assert outcome(book.account(Mark("cam", 1, 3, "sync"))) == [("gap", 1, 1, 3, "worker_lost")]
    assert book.account(Mark("cam", 1, 3, "close")) == []


def test_a_resumed_ledger_covers_what_its_predecessor_may_not_have_delivered() -> None:
    book = ledger()
    book.resume(epoch=1, next_seq=100)
    assert outcome(book.account(tagged(seq=120))) == [("gap", 1, 100 - OVERLAP, 119, "worker_lost"), 120]


def test_only_what_publish_reads_is_accounted() -> None:
    with pytest.raises(TypeError, match="not FrameRef"):
        ledger().account(tagged().frame)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=6), st.data())
def test_whatever_is_lost_on_the_way_events_and_gaps_add_up_to_what_was_given_out(
    lengths: list[int], data: st.DataObject
) -> None:
    """Epochs of these lengths; any message may be lost, marks too; the last close is asked for until it comes."""
    tails = {epoch: length - 1 for epoch, length in enumerate(lengths, 1)}
    book = Ledger("cam", lambda epoch: tails.get(epoch, -1), lambda _: "worker_lost")
    sent: list[Item] = []
    for epoch, length in enumerate(lengths, 1):
        sent.append(Mark("cam", epoch, -1, "open"))
        sent += [tagged(epoch=epoch, seq=seq) for seq in range(length)]
        sent.append(Mark("cam", epoch, length - 1, "close"))
    came = [item for item in sent[:-1] if data.draw(st.booleans())] + sent[-1:]
    told: list[tuple[int, int]] = []
    for item in came:
        for out in book.account(item):
            if isinstance(out, Gap):
                told += [(out.epoch, seq) for seq in range(out.first_seq, out.last_seq + 1)]
            else:
                told.append((out.frame.epoch, out.frame.seq))
    assert told == [(epoch, seq) for epoch, length in enumerate(lengths, 1) for seq in range(length)]


ITEMS = st.one_of(
    st.builds(tagged, epoch=st.integers(1, 3), seq=st.integers(0, 30)),
    st.builds(
        lambda epoch, first, length: Gap("cam", epoch, first, first + length, "late", ""),
        st.integers(1, 3), st.integers(0, 30), st.integers(-1, 6),
    ),
    st.builds(lambda epoch, last: Mark("cam", epoch, last, "sync"), st.integers(1, 3), st.integers(-1, 30)),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(ITEMS, max_size=40))
def test_any_flow_comes_out_contiguous_within_each_epoch_and_nothing_twice(items: list[Item]) -> None:
    book = ledger()
    expected: dict[int, int] = {}
    epoch_before = 0
    for item in items:
        for out in book.account(item):
            epoch, first, last = (
                (out.epoch, out.first_seq, out.last_seq)
                if isinstance(out, Gap)
                else (out.frame.epoch, out.frame.seq, out.frame.seq)
            )
            assert epoch >= epoch_before
            epoch_before = epoch
            assert first == expected.get(epoch, 0)
            expected[epoch] = max(expected.get(epoch, 0), last + 1)
