"""The backlog: order holds, late frames become gaps where they stood, the newest always passes."""

from hypothesis import given
from hypothesis import strategies as st

from stream_engine.backlog import MOST_HEARD, Backlog, merge_gaps
from stream_engine.backlog import MOST_HEARD as MOST_IN_THE_STAGE
from stream_engine.messages import Beside, Change, Correction, Detections, Gap, Heard, Item, Mark, Tracks
from tests.fakes import frame_ref, prompt

MS = 1_000_000
BUDGET = {"a": 100 * MS, "b": 100 * MS}


def seqs(items: list[Item]) -> list[object]:
    return [_told(item) for item in items if not isinstance(item, Mark)]


def _told(item: Item) -> object:
    if isinstance(item, Gap):
        return item.first_seq, item.last_seq
    if isinstance(item, Heard):
        return item.kind if isinstance(item, Correction) else item.name
    return "mark" if isinstance(item, Mark) else item.frame.seq


def test_late_frames_become_one_gap_and_fresh_ones_pass() -> None:
    backlog = Backlog(BUDGET)
    backlog.add([frame_ref("a", seq=n, arrival_ns=n * 30 * MS) for n in range(6)])
    batch, dropped = backlog.take(now_ns=200 * MS, most_frames=16)
    assert seqs(batch) == [(0, 3), 4, 5]
    assert dropped == 4
    assert isinstance(batch[0], Gap) and batch[0].cause == "late"


def test_the_newest_frame_of_each_stream_passes_however_late() -> None:
    backlog = Backlog(BUDGET)
    backlog.add([frame_ref("a", seq=0, arrival_ns=0), frame_ref("b", seq=7, arrival_ns=0)])
    assert seqs(backlog.take(10_000 * MS, 16)[0]) == [0, 7]


def test_lossless_drops_nothing() -> None:
    backlog = Backlog(None)
    backlog.add([frame_ref("a", seq=n, arrival_ns=0) for n in range(5)])
    assert seqs(backlog.take(10_000 * MS, 16)[0]) == [0, 1, 2, 3, 4]


def test_a_batch_holds_at_most_so_many_frames_and_the_rest_waits() -> None:
    backlog = Backlog(None)
    backlog.add([frame_ref("a", seq=n) for n in range(5)])
    assert seqs(backlog.take(0, 2)[0]) == [0, 1]
    assert len(backlog) == 3


def test_gaps_merge_only_where_they_continue_each_other() -> None:
    gaps = [Gap("a", 1, 0, 1, "late", ""), Gap("a", 1, 2, 2, "late", ""), Gap("a", 1, 4, 4, "late", "")]
    merged = merge_gaps([gaps[0], Gap("b", 1, 0, 0, "late", ""), gaps[1], gaps[2]])
    assert [(g.stream, g.first_seq, g.last_seq) for g in merged if isinstance(g, Gap)] == [
        ("a", 0, 2),
        ("b", 0, 0),
        ("a", 4, 4),
    ]


def test_gaps_do_not_merge_across_a_frame() -> None:
    items: list[Item] = [Gap("a", 1, 0, 0, "late", ""), frame_ref("a", seq=1), Gap("a", 1, 2, 2, "late", "")]
    assert merge_gaps(items) == items


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 300)), max_size=40),
    st.integers(0, 400),
    st.integers(1, 5),
)
def test_every_frame_comes_out_once_in_the_order_of_its_stream(
    arrivals: list[tuple[str, int]], now_ms: int, most: int
) -> None:
    backlog, count = Backlog(BUDGET), {"a": 0, "b": 0}
    for stream, arrival_ms in arrivals:
        backlog.add([frame_ref(stream, seq=count[stream], arrival_ns=arrival_ms * MS)])
        count[stream] += 1
    out: list[Item] = []
    while len(backlog):
        out += backlog.take(now_ms * MS, most)[0]
    for stream, frames in count.items():
        covered: list[int] = []
        for item in out:
            if isinstance(item, Gap) and item.stream == stream:
                covered += range(item.first_seq, item.last_seq + 1)
            elif not isinstance(item, Beside) and item.frame.stream == stream:
                covered.append(item.frame.seq)
        assert covered == list(range(frames))


def seen(seq: int, cut: bool, stream: str = "a") -> Detections:
    frame = frame_ref(stream, seq=seq, arrival_ns=seq * 30 * MS)
    return Detections(frame, cut, None, True, (), frame.times)


def test_a_cut_in_a_frame_that_is_late_is_told_by_the_streams_next_frame_alone() -> None:
    backlog = Backlog(BUDGET, "waited too long for propagate")
    backlog.add([seen(0, False), seen(1, True), seen(4, False, "b"), seen(4, False), seen(5, False)])
    batch, dropped = backlog.take(now_ns=200 * MS, most_frames=16)
    assert dropped == 2
    assert [(i.frame.stream, i.frame.seq, i.cut) for i in batch if isinstance(i, Detections)] == [
        ("b", 4, False),
        ("a", 4, True),
        ("a", 5, False),
    ]
    assert [i.detail for i in batch if isinstance(i, Gap)] == ["waited too long for propagate"]


def test_corrections_keep_their_place_as_prompts_do() -> None:
    backlog = Backlog(BUDGET)
    backlog.add([frame_ref("a", seq=0), Correction("a", "swap", (3, 7)), frame_ref("a", seq=1)])
    assert seqs(backlog.take(0, 16)[0]) == [0, "swap", 1]
    assert backlog.add([Correction("a", "split", (3,))] * (MOST_HEARD + 1)) == 1


def test_prompts_keep_their_place_and_do_not_count_as_frames() -> None:
    backlog = Backlog(BUDGET)
    backlog.add([prompt("x", "a"), frame_ref("a", seq=0), prompt("y", "a"), prompt("z", "a"), frame_ref("a", seq=1)])
    assert (backlog.frames, backlog.streams()) == (2, {"a"})
    assert seqs(backlog.take(0, 1)[0]) == ["x", 0, "y", "z"]
    assert seqs(backlog.take(0, 1)[0]) == [1]


def test_a_prompt_among_frames_that_are_late_goes_to_the_next_one_that_is_not() -> None:
    backlog = Backlog(BUDGET)
    frames = [frame_ref("a", seq=n, arrival_ns=n * 30 * MS) for n in range(6)]
    backlog.add([frames[0], prompt("x", "a"), *frames[1:3], prompt("y", "a"), *frames[3:]])
    batch, dropped = backlog.take(now_ns=200 * MS, most_frames=16)
    assert seqs(batch) == [(0, 0), "x", (1, 2), "y", (3, 3), 4, 5]
    assert dropped == 4


def test_prompts_beyond_what_may_wait_for_a_frame_are_refused_wherever_the_others_wait() -> None:
    backlog = Backlog(BUDGET)
    assert backlog.add([prompt(str(n), "a") for n in range(MOST_HEARD - 1)]) == 0
    backlog.take(0, 16)
    assert backlog.add([prompt("x", "a"), prompt("y", "a"), prompt("z", "b")]) == 1, "the stage has the others"
    assert seqs(backlog.take(0, 16)[0]) == ["x", "z"]
    assert backlog.add([frame_ref("b"), prompt("y", "a"), frame_ref("a"), prompt("y", "a")]) == 2
    backlog.take(0, 16)
    assert backlog.add([prompt("y", "a")]) == 0, "their frame has come"
    assert MOST_HEARD <= MOST_IN_THE_STAGE


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["frame", "prompt"])), max_size=60), st.integers(1, 5))
def test_every_prompt_that_is_not_refused_comes_out_once_between_the_frames_it_came_between(
    arrivals: list[tuple[str, str]], most: int
) -> None:
    backlog, out = Backlog(BUDGET), list[Item]()
    refused, wanted = 0, list[Item]()
    for place, (stream, what) in enumerate(arrivals):
        item = frame_ref(stream, seq=place) if what == "frame" else prompt(str(place), stream)
        was_refused = backlog.add([item])
        refused += was_refused
        wanted += [] if was_refused else [item]
        if place % 7 == 0:
            out += backlog.take(0, most)[0]
    while len(backlog):
        out += backlog.take(0, most)[0]
    assert out == wanted
    assert refused <= max(0, len(arrivals) - MOST_HEARD)


def test_changes_of_identity_in_frames_that_are_late_are_told_by_their_streams_next_frame_alone() -> None:
    def tracks(seq: int, stream: str = "a") -> Tracks:
        frame = frame_ref(stream, seq=seq, arrival_ns=seq * 30 * MS)
        began = Change("started", seq, (seq,), None, "tracker", "")
        return Tracks(frame, False, None, (), frame.times, changes=(began,))

    backlog = Backlog(BUDGET)
    backlog.add([tracks(0), tracks(1), tracks(3, "b"), tracks(4), tracks(4, "b"), tracks(5)])
    batch, dropped = backlog.take(now_ns=200 * MS, most_frames=16)
    assert dropped == 3
    told = {(i.frame.stream, i.frame.seq): [c.seq for c in i.changes] for i in batch if isinstance(i, Tracks)}
    assert told == {("a", 4): [0, 1, 4], ("b", 4): [3, 4], ("a", 5): [5]}
