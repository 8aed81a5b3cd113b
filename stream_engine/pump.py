"""The pump: it turns a stage into a working loop. Inbox, backlog, work, sink; it stamps the pulse itself."""

import math
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from stream_engine.backlog import Backlog
from stream_engine.bus import Outbox, now_ns
from stream_engine.messages import Beside, Gap, Heard, Item, StageTime, Topic, stream_of
from stream_engine.pulse import Pulse, State
from stream_engine.stages import Hearing, Stage

IDLE_MS = 100  # how long a loop waits for input before it comes round
DRAIN_MS = 50  # silence after which a stopping worker has seen everything
STOPPING_S = 1.0  # live, what the next stage gets to take each item while the service stops
BATCH_SHARE = 0.1  # of the age that a stream allows, for one batch
STALL_SHARE = 0.25  # of the time after which a worker counts as stuck: a batch may take four times what was expected
LEARN = 0.3  # how much the last batch tells of what a frame takes
FLOWS_S = 1.0  # a stream without a frame for so long is not waited for
MAX_BACKLOG = 4096  # items; beyond it the pipe fills and the stage before waits


class Work(Protocol):
    """What becomes of a batch."""

    @property
    def refused(self) -> int:
        """How much of what was said has come to nothing so far."""

    def __call__(self, items: list[Item]) -> list[Item]: ...


class Source(Protocol):
    """Where a pump's items come from."""

    rejected: int

    def receive(self, wait_ms: int) -> list[Item]: ...


class Sink(Protocol):
    """Where a pump's results go: the next pipe, or the outputs."""

    def send(self, items: list[Item]) -> None: ...

    def tick(self) -> None: ...

    def end(self) -> None:
        """Everything that came has been sent, and the worker was asked to stop."""

    def close(self) -> None: ...


class PipeSink:
    """The next stage's pipe; in either mode it waits for room, and says so on the pulse."""

    def __init__(self, outbox: Outbox, pulse: Pulse, stopping: threading.Event, stopping_s: float = STOPPING_S) -> None:
        self._outbox, self._pulse, self._stopping, self._stopping_s = outbox, pulse, stopping, stopping_s

    def send(self, items: list[Item]) -> None:
        for item in items:
            until = time.monotonic() + self._stopping_s
            self._outbox.send(item, lambda until=until: self._waiting(until))  # type: ignore[misc]

    def _waiting(self, until: float) -> bool:
        """Whether to wait on: for ever, but not for a stage that is gone when everything stops."""
        self._pulse.stamp(State.BLOCKED)
        return not self._stopping.is_set() or time.monotonic() < until

    def tick(self) -> None:
        """Nothing is periodic here."""

    def end(self) -> None:
        """The next stage is told by whoever asked."""

    def close(self) -> None:
        self._outbox.close()


class Transform:
    """A stage in a pump's hands: frames go through, gaps and marks pass by in place, what it hears ends in it."""

    def __init__(self, name: str, stage: Stage[Any, Any], hearing: Hearing[Any] | None = None) -> None:
        self._name, self._stage, self._hearing = name, stage, hearing or Deaf()
        self._epochs: dict[str, int] = {}

    @property
    def refused(self) -> int:
        return self._hearing.refused

    def __call__(self, items: list[Item]) -> list[Item]:
        """One call of the stage for all frames, unless it has to forget or to hear of something in between."""
        done: list[Item] = []
        batch: list[Item] = []
        for item in items:
            if isinstance(item, Heard):
                done += self._work(batch)
                batch = []
                self._hearing.hear(item)
                continue
            if not isinstance(item, Beside) and self._epochs.get(item.frame.stream) != item.frame.epoch:
                done += self._work(batch)
                batch = []
                self._stage.forget(item.frame.stream)
                self._epochs[item.frame.stream] = item.frame.epoch
            batch.append(item)
        return done + self._work(batch)

    def _work(self, items: list[Item]) -> list[Item]:
        jobs = [item for item in items if not isinstance(item, Beside)]
        results = iter(self._timed(jobs, now_ns()))
        return [item if isinstance(item, Beside) else next(results) for item in items]

    def _timed(self, jobs: Sequence[Topic], start_ns: int) -> list[Topic | Gap]:
        results = self._stage.process(jobs) if jobs else []
        if len(results) != len(jobs):
            raise ValueError(f"stage {self._name} gave {len(results)} results for {len(jobs)} jobs")
        time_ = StageTime(self._name, start_ns, now_ns())
        return [
            result if isinstance(result, Gap) else msgspec.structs.replace(result, times=(*result.times, time_))
            for result in results
        ]


class Deaf:
    """A stage to which nobody says anything."""

    def __init__(self) -> None:
        self.refused = 0

    def hear(self, said: Heard) -> None:
        self.refused += 1


class Straight:
    """No stage: everything passes by."""

    refused = 0

    def __call__(self, items: list[Item]) -> list[Item]:
        return items


class Batch(NamedTuple):
    """How many frames a stage takes at once, how long the first of them waits for others, how long all may take."""

    most_frames: int
    window_ms: float = 0.0
    most_ns: float = math.inf


class Pump:
    """The loop of a worker: inbox, backlog, work, sink. It stamps the pulse itself."""

    def __init__(self, inbox: Source, backlog: Backlog, pulse: Pulse, sink: Sink, batch: Batch) -> None:
        self._inbox, self._backlog, self._pulse, self._sink = inbox, backlog, pulse, sink
        self._batch = batch
        self._frame_ns = 0.0  # what a frame took lately
        self._flowed: dict[str, float] = {}  # when a frame of each stream last waited here

    def run(self, work: Work, streams: frozenset[str], stopping: threading.Event) -> None:
        """Work until asked to stop, then until the inbox has been silent."""
        while True:
            self._pulse.stamp(State.IDLE)
            wait_ms = 0 if len(self._backlog) else DRAIN_MS if stopping.is_set() else IDLE_MS
            room = len(self._backlog) < MAX_BACKLOG
            fresh = room and self._take_in(wait_ms, streams)
            if stopping.is_set() and not fresh and not len(self._backlog):
                self._sink.end()
                return
            if fresh and self._batch.window_ms and not stopping.is_set():
                self._gather(streams)
            self._turn(work)
            self._sink.tick()

    def _gather(self, streams: frozenset[str]) -> None:
        """Wait a moment for a frame of every stream that flows, so that one call serves them all."""
        until = time.monotonic() + self._batch.window_ms / 1000
        while (waiting := self._backlog.streams()) and self._backlog.frames < self._batch.most_frames:
            now = time.monotonic()
            self._flowed |= dict.fromkeys(waiting, now)
            flowing = {stream for stream, at in self._flowed.items() if now - at < FLOWS_S}
            if now >= until or waiting >= flowing:
                return
            self._take_in(math.ceil((until - now) * 1000), streams)

    def _turn(self, work: Work) -> None:
        batch, dropped = self._backlog.take(now_ns(), self._most_frames())
        if dropped:
            self._pulse.dropped(dropped)
        if not batch:
            return
        self._pulse.stamp(State.BUSY)
        start_ns, refused = now_ns(), work.refused
        done = work(batch)
        spent_ns = now_ns() - start_ns
        self._pulse.rejected(work.refused - refused)
        self._sink.send(done)
        frames = [item for item in batch if not isinstance(item, Beside)]
        if frames:
            took_ns = max(spent_ns / len(frames), 1.0)
            self._frame_ns += (took_ns - self._frame_ns) * (LEARN if self._frame_ns else 1.0)
            self._pulse.done(len(frames), frames[-1].frame.seq)

    def _most_frames(self) -> int:
        """Frames to work on at once: so few that the loop comes round, and live that none grows old meanwhile."""
        ages_ns = (self._backlog.budget_ns or {}).values()
        most_ns = min(self._batch.most_ns, *(age_ns * BATCH_SHARE for age_ns in ages_ns), math.inf)
        if most_ns == math.inf:
            return self._batch.most_frames
        if not self._frame_ns:
            return 1  # nobody knows yet how long it takes
        return min(self._batch.most_frames, max(1, int(most_ns / self._frame_ns)))

    def _take_in(self, wait_ms: int, streams: frozenset[str]) -> bool:
        """Whether anything has come of this worker's streams; what else came, or was too much, counts as rejected."""
        items = self._inbox.receive(wait_ms)
        known = [item for item in items if stream_of(item) in streams]
        refused = self._backlog.add(known)
        self._pulse.rejected(self._inbox.rejected + len(items) - len(known) + refused)
        self._inbox.rejected = 0
        return bool(known)
