"""publish: tagged tracks in, one event per frame out, in order, without an unexplained hole."""

import time
from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np

from stream_engine.config import Config
from stream_engine.ledger import Ledger
from stream_engine.messages import (
    Cause,
    Event,
    Gap,
    GapEvent,
    Heard,
    Item,
    Mark,
    StatusEvent,
    TaggedTracks,
    TrackEvent,
    stream_of,
)
from stream_engine.outputs import Output, open_outputs
from stream_engine.pipeline import WorkerPlan, serving
from stream_engine.pulse import CAUSES, Board, Flow, FlowWord, closed_tail
from stream_engine.records import frame_event, track_change
from stream_engine.stages.relief import Relief, relief

STATUS_EVERY_NS = 1_000_000_000


def build(config: Config, board: Board, plan: WorkerPlan) -> "Publisher":
    """The publisher of a host, taking up the accounts that the board remembers."""
    accounts = {
        name: StreamAccount(name, board.stream(name), {w: board.worker(w) for w in serving(config, name)})
        for name in plan.streams
    }
    rows = {name: board.stream(name) for name in plan.streams}
    return Publisher(accounts, open_outputs(config.outputs), relief(config, rows, time.monotonic_ns()))


class StreamAccount:
    """One stream's ledger and its row on the board."""

    def __init__(self, stream: str, row: np.void, losses: dict[str, np.void]) -> None:
        self._row, self._losses = row, losses
        self._unexplained: Cause = "unknown"
        self._known_loss_ns = self._last_loss_ns
        self.told_state: str | None = None
        self.ledger = Ledger(stream, partial(closed_tail, row), self._explain)
        if row["published_epoch"] >= 0:
            self.ledger.resume(int(row["published_epoch"]), int(row["published_next"]))

    def _explain(self, last_arrival_ns: int) -> Cause:
        lost = any(worker["lost_ns"] > last_arrival_ns for worker in self._losses.values())
        return "worker_lost" if lost else self._unexplained

    def end(self) -> list[TaggedTracks | Gap]:
        """What the decoder has numbered and nobody will bring any more, because the service is stopped."""
        self._unexplained = "overload"  # whoever had it gave up waiting for the next stage
        return self.ledger.account(
            Mark(self.ledger.stream, int(self._row["epoch"]), int(self._row["last_seq"]), "close")
        )

    def is_plausible(self, item: Item) -> bool:
        """Whether the decoder has given out these numbers: it stamps them on the board before it sends."""
        if isinstance(item, Heard):
            return False
        if isinstance(item, Gap | Mark):
            epoch, seq = item.epoch, item.last_seq
        else:
            epoch, seq = item.frame.epoch, item.frame.seq
        now = int(self._row["epoch"])
        return 0 <= epoch <= now and seq >= -1 and (epoch < now or seq <= int(self._row["last_seq"]))

    def reject(self) -> None:
        self._losses["publish"]["rejected"] += 1

    def note(self, sent: Event) -> None:
        """Stamp the board after an event has left, so that a successor knows where to go on."""
        if isinstance(sent, TrackEvent):
            self._row["frames"] += 1
            self._row["eased"] += sent.ease > 0
        elif isinstance(sent, GapEvent):
            frames = sent.last_seq - sent.first_seq + 1
            self._row[f"gap_{sent.cause}"] += 1 if sent.cause == "source_lost" else max(0, frames)
        self.settle()

    def settle(self) -> None:
        self._row["published_next"] = self.ledger.next_seq
        self._row["published_epoch"] = self.ledger.epoch

    @property
    def _last_loss_ns(self) -> int:
        return max((int(worker["lost_ns"]) for worker in self._losses.values()), default=0)

    def has_lost_a_worker(self) -> bool:
        """Whether one was lost since this was last asked."""
        before, self._known_loss_ns = self._known_loss_ns, self._last_loss_ns
        return before != self._known_loss_ns

    @property
    def is_stopping(self) -> bool:
        """Whether anybody who serves the stream has been asked to end."""
        return any(worker["stopping"] for worker in self._losses.values())

    @property
    def is_stopped(self) -> bool:
        """Whether everybody before publish has been stopped: it is the last to be asked."""
        return bool(self._losses["publish"]["stopping"])

    @property
    def state(self) -> FlowWord | Literal["down"]:
        down = any(worker["down"] for worker in self._losses.values())
        return "down" if down else Flow(int(self._row["flow"])).word

    def _counts(self, field: str) -> dict[str, int]:
        return {name: int(worker[field]) for name, worker in self._losses.items() if worker[field]}

    def status(self, noted_ns: int, output_dropped: int) -> StatusEvent:
        return StatusEvent(
            stream=self.ledger.stream,
            state=self.state,
            epoch=int(self._row["epoch"]),
            decoded=int(self._row["given"]),
            frames=int(self._row["frames"]),
            gaps={cause: int(self._row[f"gap_{cause}"]) for cause in CAUSES if self._row[f"gap_{cause}"]},
            restarts=self._counts("restarts"),
            rejected=self._counts("rejected"),
            stale=self.ledger.stale,
            output_dropped=output_dropped,
            noted_ns=noted_ns,
            ease=int(self._row["ease"]),
            eased=int(self._row["eased"]),
        )


class Publisher:
    """The end of the flow: orders, fills gaps, adds ages, hands events to the outputs."""

    def __init__(
        self,
        accounts: dict[str, StreamAccount],
        outputs: list[Output],
        relief: Relief | None = None,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._accounts, self._outputs, self._relief = accounts, outputs, relief
        self._monotonic_ns, self._wall_ns = monotonic_ns, wall_ns
        self._next_status_ns = 0

    @property
    def dropped(self) -> int:
        """Events that outputs have lost."""
        return sum(output.dropped for output in self._outputs)

    def send(self, items: list[Item]) -> None:
        """Publish what these items amount to."""
        for item in items:
            account = self._accounts[stream_of(item)]
            if not account.is_plausible(item):
                account.reject()
                continue
            if self._relief and (account.has_lost_a_worker() or (isinstance(item, Mark) and item.kind == "open")):
                self._relief.settle(account.ledger.stream, self._monotonic_ns())
            self._publish(account, account.ledger.account(item))
            if isinstance(item, TaggedTracks):  # also if its frame was told as lost: who is who changed all the same
                self._tell_changes(item)

    def _tell_changes(self, tagged: TaggedTracks) -> None:
        for change in tagged.changes:
            self._hand_out(track_change(tagged.frame, change, self._wall_ns()))

    def tick(self) -> None:
        """Say how each stream is doing: once a second, and at once when its state has changed."""
        now_ns = self._monotonic_ns()
        if self._relief and not any(account.is_stopping for account in self._accounts.values()):
            self._relief.act(now_ns)
        due = now_ns >= self._next_status_ns
        if due:
            self._next_status_ns = now_ns + STATUS_EVERY_NS
        for account in self._accounts.values():
            if due or account.state != account.told_state:
                account.told_state = account.state
                self._hand_out(account.status(self._wall_ns(), self.dropped))

    def end(self) -> None:
        """Close the accounts and say how they came out, if the service ends here and not only this worker."""
        for account in self._accounts.values():
            if account.is_stopped:
                self._publish(account, account.end())
                self._hand_out(account.status(self._wall_ns(), self.dropped))

    def close(self) -> None:
        for output in self._outputs:
            output.close()

    def _publish(self, account: StreamAccount, outcomes: list[TaggedTracks | Gap]) -> None:
        for outcome in outcomes:
            event = self._event(outcome)
            self._hand_out(event)
            account.note(event)
            if self._relief:
                self._relief.hear(event, self._monotonic_ns())
        account.settle()

    def _hand_out(self, event: Event) -> None:
        for output in self._outputs:
            output.send(event)

    def _event(self, outcome: TaggedTracks | Gap) -> Event:
        if isinstance(outcome, Gap):
            return GapEvent(
                stream=outcome.stream,
                epoch=outcome.epoch,
                first_seq=outcome.first_seq,
                last_seq=outcome.last_seq,
                cause=outcome.cause,
                detail=outcome.detail,
                noted_ns=self._wall_ns(),
            )
        return frame_event(outcome, self._monotonic_ns())
