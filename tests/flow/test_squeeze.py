"""Two streams and one stage that is too slow for both: who gives way, and that every frame is told. Time is counted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.audit import Audit
from stream_engine.backlog import Backlog
from stream_engine.config import Config, DetectConfig, StreamConfig
from stream_engine.easing import is_handed_on, is_left_out, left_out
from stream_engine.messages import Beside, Detections, Event, FrameRef, GapEvent, Item, TaggedTracks, TrackEvent
from stream_engine.pulse import STREAM, WORKER
from stream_engine.pump import Transform
from stream_engine.stages.decode import Epochs
from stream_engine.stages.detect import Detect
from stream_engine.stages.publish import Publisher, StreamAccount
from stream_engine.stages.relief import relief
from tests.fakes import frame_ref

MS = 1_000_000
FRAME_NS, EACH_FRAME_NS = 33 * MS, 2 * MS  # from one to the next, and what each takes, looked at or not
MAIN, WIDE = (StreamConfig(name=n, url="srt://h:1", priority=p) for n, p in (("main", 9), ("wide", 1)))


class Clock:
    now_ns = 1_000 * MS


class SlowEyes:
    """A detector that takes its time for each picture, of which it needs nothing."""

    def __init__(self, clock: Clock, look_ns: int) -> None:
        self._clock, self.look_ns = clock, look_ns

    def take(self, nv12: Any) -> int:
        return 0

    def answer(self, taken: Sequence[int]) -> list[Any]:
        self._clock.now_ns += self.look_ns * len(taken)
        return [()] * len(taken)

    @contextmanager
    def view(self, ref: FrameRef) -> Iterator[NDArray[np.uint8]]:
        yield np.zeros((3, 2), np.uint8)


class Heard:
    """An output that holds the account."""

    dropped = 0

    def __init__(self) -> None:
        self.audit, self.events = Audit(), list[Event]()

    def send(self, event: Event) -> None:
        self.audit.add(event)
        self.events.append(event)

    def close(self) -> None: ...


class Way:
    """From decode into the backlog."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    def send(self, item: Item) -> None:
        self._backlog.add([item])


class Chain:
    """Decode's account, a backlog, detect and publish."""

    def __init__(self, look_ms: int) -> None:
        self.clock, self.heard = Clock(), Heard()
        board = np.zeros(2, STREAM)
        board["last_seq"] = board["closed_epoch"] = board["published_epoch"] = -1
        self.rows = {MAIN.name: board[0], WIDE.name: board[1]}
        self.backlog = Backlog(dict.fromkeys(self.rows, MAIN.max_age_ms * MS), "waited too long for detect")
        self.eyes = SlowEyes(self.clock, look_ms * MS)
        self.work = Transform("detect", Detect(self.eyes, self.eyes, DetectConfig(net="fake", camera=False)))
        self.epochs = {name: Epochs(name, row, Way(self.backlog)) for name, row in self.rows.items()}
        nobody = np.zeros(1, WORKER)[0]
        accounts = {name: StreamAccount(name, row, {"publish": nobody}) for name, row in self.rows.items()}
        eased = relief(Config(streams=(MAIN, WIDE)), self.rows, self.clock.now_ns)
        self.publisher = Publisher(accounts, [self.heard], eased, lambda: self.clock.now_ns, lambda: 5)
        for epochs in self.epochs.values():
            epochs.open((64, 36))
        self._next_ns = self.clock.now_ns

    def runs(self, seconds: float) -> list[Event]:
        """What was told in this time."""
        known, until = len(self.heard.events), self.clock.now_ns + int(seconds * 1e9)
        while self.clock.now_ns < until:
            while self._next_ns <= self.clock.now_ns:
                self._decode(MAIN)
                self._decode(WIDE)
                self._next_ns += FRAME_NS
            self._work()
        return self.heard.events[known:]

    def ends(self) -> None:
        """Nothing more comes."""
        while len(self.backlog):
            self._work()

    def _decode(self, stream: StreamConfig) -> None:
        epochs, ease = self.epochs[stream.name], int(self.rows[stream.name]["ease"])
        if not is_handed_on(epochs.last_seq + 1, ease):
            epochs.missing(1, "overload", left_out(ease, stream.priority))
            return
        ref = frame_ref(stream.name, epochs.epoch, epochs.give(1), arrival_ns=self._next_ns, decoder_ns=0, ease=ease)
        self.backlog.add([ref])

    def _work(self) -> None:
        batch, _ = self.backlog.take(self.clock.now_ns, most_frames=1)
        if not batch:
            self.clock.now_ns = self._next_ns
        self.clock.now_ns += EACH_FRAME_NS * sum(not isinstance(item, Beside) for item in batch)
        self.publisher.send([published(item) for item in self.work(batch)])
        self.publisher.tick()


def published(item: Item) -> Item:
    return TaggedTracks(item.frame, None, None, (), item.times) if isinstance(item, Detections) else item


def frames(events: list[Event], stream: StreamConfig) -> list[TrackEvent]:
    return [event for event in events if isinstance(event, TrackEvent) and event.stream == stream.name]


def lost(events: list[Event], stream: StreamConfig) -> list[GapEvent]:
    return [event for event in events if isinstance(event, GapEvent) and event.stream == stream.name]


def test_a_squeeze_costs_the_less_important_stream_looks_and_nobody_a_frame() -> None:
    chain = Chain(look_ms=18)  # 1.2 s of work in a second
    chain.runs(10)
    events = chain.runs(3)
    assert {event.ease for event in frames(events, MAIN)} == {0}
    assert all(event.ease in (1, 2, 3) for event in frames(events, WIDE))
    assert not lost(events, MAIN) and not lost(events, WIDE)
    assert max(event.age_ns for event in events if isinstance(event, TrackEvent)) < MAIN.max_age_ms * MS / 2
    assert chain.heard.audit.unexplained_holes == 0


def test_in_a_hard_squeeze_frames_of_the_less_important_stream_are_left_out_and_each_is_told_with_its_reason() -> None:
    chain = Chain(look_ms=38)  # 2.4 s of work in a second
    chain.runs(20)
    events = chain.runs(10)
    assert len(frames(events, MAIN)) > 290 and not lost(events, MAIN)
    assert len(frames(events, WIDE)) < 160
    assert lost(events, WIDE) and all(
        is_left_out(gap.detail) and "priority 1" in gap.detail for gap in lost(events, WIDE)
    )
    chain.ends()
    given = {name: int(row["given"]) for name, row in chain.rows.items()}
    assert chain.heard.audit.unexplained_holes == chain.heard.audit.duplicates == 0
    assert chain.heard.audit.never_told(given) == 0


def test_when_the_squeeze_is_over_everything_is_as_before() -> None:
    chain = Chain(look_ms=38)
    chain.runs(20)
    chain.eyes.look_ns = MS
    chain.runs(40)
    events = chain.runs(2)
    assert {event.ease for event in events if isinstance(event, TrackEvent)} == {0}
    assert len(frames(events, WIDE)) >= 60
