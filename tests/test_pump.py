"""The pump: frames go through the stage, gaps and marks pass by in their places."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from stream_engine.backlog import MOST_HEARD, Backlog
from stream_engine.messages import Detections, FrameRef, Gap, Item, Mark, Prompt, StageTime
from stream_engine.pulse import WORKER, Pulse, State
from stream_engine.pump import Batch, Pump, Transform
from stream_engine.stages.detect import Off
from tests.fakes import frame_ref, prompt


class FakeInbox:
    """Gives what it was filled with, one list a call."""

    def __init__(self, *batches: list[Item]) -> None:
        self.batches = list(batches)
        self.rejected = 0

    def receive(self, wait_ms: int) -> list[Item]:
        return self.batches.pop(0) if self.batches else []


class FakeSink:
    def __init__(self) -> None:
        self.items: list[Item] = []

    def send(self, items: list[Item]) -> None:
        self.items += items

    def tick(self) -> None: ...

    def end(self) -> None: ...

    def close(self) -> None: ...


class Recorder(Off):
    """An empty stage that remembers what it was told."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []
        self.batches: list[int] = []

    def process(self, jobs: Sequence[FrameRef]) -> list[Detections]:
        self.batches.append(len(jobs))
        return super().process(jobs)

    def forget(self, stream: str) -> None:
        self.forgotten.append(stream)


class Asked(Recorder):
    """Remembers in which order it was told of frames and of prompts; refuses what is called no-one."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[int | str] = []
        self.refused = 0

    def process(self, jobs: Sequence[FrameRef]) -> list[Detections]:
        self.told += [job.seq for job in jobs]
        return super().process(jobs)

    def hear(self, prompt: Prompt) -> None:
        self.refused += prompt.name == "no-one"
        self.told.append(prompt.name)


def drain(inbox: FakeInbox, stage: Off, most_frames: int = 16) -> tuple[FakeSink, np.void]:
    row, sink, stopping = np.zeros(1, WORKER)[0:1], FakeSink(), threading.Event()
    stopping.set()
    pump = Pump(inbox, Backlog(None), Pulse(row[0]), sink, Batch(most_frames))
    work = Transform("detect", stage, stage if isinstance(stage, Asked) else None)
    pump.run(work, frozenset({"cam"}), stopping)
    return sink, row[0]


def test_gaps_and_marks_keep_their_places_among_the_results() -> None:
    gap, mark = Gap("cam", 1, 1, 2, "late", ""), Mark("cam", 1, 3, "sync")
    sink, _ = drain(FakeInbox([frame_ref(seq=0), gap, frame_ref(seq=3), mark]), Off())
    first, second, third, fourth = sink.items
    assert isinstance(first, Detections) and first.frame.seq == 0
    assert (second, fourth) == (gap, mark)
    assert isinstance(third, Detections) and third.frame.seq == 3


def test_each_result_carries_the_time_of_its_stage_after_those_before() -> None:
    sink, _ = drain(FakeInbox([frame_ref()]), Off())
    (result,) = sink.items
    assert isinstance(result, Detections)
    assert [time_.stage for time_ in result.times] == ["decode", "detect"]
    assert isinstance(result.times[-1], StageTime) and result.times[-1].done_ns >= result.times[-1].start_ns


def test_a_batch_is_bounded_and_everything_is_worked_off_before_stopping() -> None:
    stage = Recorder()
    sink, row = drain(FakeInbox([frame_ref(seq=n) for n in range(10)]), stage, most_frames=4)
    assert stage.batches == [4, 4, 2]
    assert len(sink.items) == 10
    assert (row["done"], row["last_seq"], row["state"]) == (10, 9, State.IDLE)


def test_the_stage_forgets_a_stream_whose_epoch_begins() -> None:
    stage = Recorder()
    sink, _ = drain(FakeInbox([frame_ref(seq=8), frame_ref(epoch=2, seq=0), frame_ref(epoch=2, seq=1)]), stage)
    assert stage.forgotten == ["cam", "cam"]
    assert stage.batches == [1, 2], "frames of two epochs are never worked on together"
    assert [i.frame.seq for i in sink.items if isinstance(i, Detections)] == [8, 0, 1]


def test_items_of_a_stream_that_is_not_served_here_are_rejected_and_counted() -> None:
    sink, row = drain(FakeInbox([frame_ref("stranger"), frame_ref("cam")]), Off())
    assert len(sink.items) == 1
    assert row["rejected"] == 1


def test_a_stage_that_loses_a_frame_is_an_error_and_not_a_silent_shift() -> None:
    class Loses(Off):
        def process(self, jobs: Sequence[FrameRef]) -> list[Detections]:
            return super().process(jobs)[1:]

    with pytest.raises(ValueError, match="gave 1 results for 2 jobs"):
        drain(FakeInbox([frame_ref(seq=0), frame_ref(seq=1)]), Loses())


class TwoFeeds(FakeInbox):
    """Frames of two streams, one a call; asks to stop when it has nothing more."""

    def __init__(self, stopping: threading.Event, *batches: list[Item]) -> None:
        super().__init__(*batches)
        self._stopping = stopping

    def receive(self, wait_ms: int) -> list[Item]:
        if not self.batches:
            self._stopping.set()
        return super().receive(wait_ms)


A0, B0, A1, B1, A2 = (frame_ref(name, seq=seq) for name, seq in (("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2)))
MARK = Mark("a", 1, 1, "sync")


@pytest.mark.parametrize(
    ("window_ms", "then", "batches"),
    [
        (0.0, [[A1], [B1]], [1, 1]),
        (10_000.0, [[A1], [B1]], [2]),
        (10_000.0, [[A1, A2], [B1]], [3]),
        (10_000.0, [[A1, MARK], [B1]], [2]),
    ],
)
def test_a_frame_waits_in_the_window_for_those_of_other_streams(
    window_ms: float, then: list[list[Item]], batches: list[int]
) -> None:
    stage, stopping = Recorder(), threading.Event()
    inbox = TwoFeeds(stopping, [A0, B0], *then)
    pump = Pump(inbox, Backlog(None), Pulse(np.zeros(1, WORKER)[0]), FakeSink(), Batch(16, window_ms))
    pump.run(Transform("detect", stage), frozenset({"a", "b", "never there"}), stopping)
    assert stage.batches[2:] == batches, "the first two frames open epochs, which are never worked on together"


def test_a_stream_that_is_alone_waits_for_nobody() -> None:
    stage, stopping = Recorder(), threading.Event()
    pump = Pump(
        TwoFeeds(stopping, [A0], [A1]), Backlog(None), Pulse(np.zeros(1, WORKER)[0]), FakeSink(), Batch(16, 60_000.0)
    )
    pump.run(Transform("detect", stage), frozenset({"a", "b"}), stopping)
    assert stage.batches == [1, 1]


class Slow(Recorder):
    """Takes 40 ms for each frame, on a clock of its own."""

    def __init__(self, clock: list[int]) -> None:
        super().__init__()
        self._clock = clock

    def process(self, jobs: Sequence[FrameRef]) -> list[Detections]:
        self._clock[0] += len(jobs) * 40_000_000
        return super().process(jobs)


def test_a_slow_stage_takes_so_few_frames_at_once_that_they_do_not_grow_old_in_its_hands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, stopping = [0], threading.Event()
    monkeypatch.setattr("stream_engine.pump.now_ns", lambda: clock[0])
    waiting: list[Item] = [frame_ref(seq=seq, arrival_ns=10**12) for seq in range(60)]
    inbox = TwoFeeds(stopping, waiting[:16], waiting[16:])
    stage = Slow(clock)
    pump = Pump(inbox, Backlog({"cam": 500_000_000}), Pulse(np.zeros(1, WORKER)[0]), FakeSink(), Batch(16))
    pump.run(Transform("detect", stage), frozenset({"cam"}), stopping)
    assert stage.batches == [1] * 60
    quick = Recorder()
    inbox = TwoFeeds(threading.Event(), waiting[:16], waiting[16:])
    stopping = inbox._stopping
    Pump(inbox, Backlog({"cam": 500_000_000}), Pulse(np.zeros(1, WORKER)[0]), FakeSink(), Batch(16)).run(
        Transform("detect", quick), frozenset({"cam"}), stopping
    )
    assert max(quick.batches) > 4 and sum(quick.batches) == 60


def test_without_an_age_limit_a_slow_stage_still_comes_round_before_it_counts_as_stuck(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, stopping = [0], threading.Event()
    monkeypatch.setattr("stream_engine.pump.now_ns", lambda: clock[0])
    waiting: list[Item] = [frame_ref(seq=seq) for seq in range(31)]
    inbox, stage = TwoFeeds(stopping, waiting), Slow(clock)
    pump = Pump(inbox, Backlog(None), Pulse(np.zeros(1, WORKER)[0]), FakeSink(), Batch(16, 0.0, 400_000_000))
    pump.run(Transform("detect", stage), frozenset({"cam"}), stopping)
    assert stage.batches == [1, 10, 10, 10], "the first shows how long a frame takes"


class EndingSink(FakeSink):
    def end(self) -> None:
        self.ended_after = len(self.items)


def test_the_sink_hears_of_the_end_once_everything_has_been_sent() -> None:
    stopping, sink = threading.Event(), EndingSink()
    pump = Pump(TwoFeeds(stopping, [A0], [A1]), Backlog(None), Pulse(np.zeros(1, WORKER)[0]), sink, Batch(16))
    pump.run(Transform("detect", Off()), frozenset({"a"}), stopping)
    assert sink.ended_after == 2


def test_a_stage_hears_of_a_prompt_between_the_frames_it_came_between_and_passes_nothing_on() -> None:
    stage = Asked()
    sink, row = drain(FakeInbox([frame_ref(seq=0), frame_ref(seq=1), prompt(), MARK, frame_ref(seq=2)]), stage)
    assert stage.told == [0, 1, "scorer", 2]
    assert [item.frame.seq for item in sink.items if isinstance(item, Detections)] == [0, 1, 2]
    assert len(sink.items) == 3 and (row["done"], row["rejected"]) == (3, 1), "the mark is of another stream"


def test_a_prompt_with_the_first_frame_of_an_epoch_is_not_forgotten_with_the_one_before() -> None:
    stage = Asked()
    drain(FakeInbox([frame_ref(seq=8), prompt(), frame_ref(epoch=2, seq=0)]), stage)
    assert (stage.told, stage.forgotten) == ([8, "scorer", 0], ["cam", "cam"])


def test_prompts_do_not_count_among_the_frames_that_are_worked_on_together() -> None:
    stage = Asked()
    prompts: list[Item] = [prompt(str(n)) for n in range(5)]
    _, row = drain(FakeInbox([*prompts, frame_ref(seq=0), frame_ref(seq=1)]), stage, most_frames=2)
    assert stage.batches == [2] and row["done"] == 2


def test_prompts_that_are_refused_or_of_another_stream_or_too_many_are_counted_as_rejected() -> None:
    stage = Asked()
    many: list[Item] = [prompt(str(n)) for n in range(MOST_HEARD + 3)]
    _, row = drain(FakeInbox([prompt("no-one"), prompt("x", "stranger"), frame_ref(seq=0)], many), stage)
    assert stage.told == ["no-one", 0, *(str(n) for n in range(MOST_HEARD))]
    assert row["rejected"] == 1 + 1 + 3


def test_a_stage_that_hears_no_prompts_rejects_one_and_lives() -> None:
    sink, row = drain(FakeInbox([prompt(), frame_ref()]), Off())
    assert (len(sink.items), row["rejected"]) == (1, 1)


def test_a_frame_waits_in_the_window_for_those_of_other_streams_however_many_prompts_come() -> None:
    stage, stopping = Asked(), threading.Event()
    prompts: list[Item] = [prompt(str(n), "a") for n in range(4)]
    inbox = TwoFeeds(stopping, [A0, B0], [*prompts, A1], [B1])
    pump = Pump(inbox, Backlog(None), Pulse(np.zeros(1, WORKER)[0]), FakeSink(), Batch(3, 10_000.0))
    pump.run(Transform("detect", stage, stage), frozenset({"a", "b"}), stopping)
    assert stage.batches == [1, 1, 2]
