"""How decode hands frames to the flow: in live mode it gives way, in lossless mode it waits for credit."""

import threading
import time
from typing import Protocol

import numpy as np

from stream_engine.backlog import merge_gaps
from stream_engine.bus import Outbox
from stream_engine.messages import Beside, Item, Mark, gap_of
from stream_engine.pulse import Pulse, State

MAX_WAITING = 256  # gaps and marks that wait for room; frames never wait
SPARE_SLOTS = 8  # of the ring, kept free so that no reader is lapped
ASK_AFTER_S = 0.5  # without progress, ask for the account: what was lost on the way frees its credit
POLL_S = 0.001
CLOSE_S = 1.0


class Sender(Protocol):
    """The way out of a decoder."""

    def send(self, item: Item) -> None:
        """Hand on a frame, a gap or a mark."""

    def close(self) -> None:
        """Hand on what still waits, and stop."""


class LiveSender:
    """Never waits: a frame that finds no room becomes a gap, which goes ahead of the next frame."""

    def __init__(self, outbox: Outbox, pulse: Pulse) -> None:
        self._outbox, self._pulse = outbox, pulse
        self._waiting: list[Item] = []

    def send(self, item: Item) -> None:
        self._flush()
        if not self._waiting and self._outbox.try_send(item):
            return
        if not isinstance(item, Beside):
            self._pulse.dropped(1)
            item = gap_of(item.frame, "overload")
        self._waiting = merge_gaps([*self._waiting, item])[-MAX_WAITING:]

    def _flush(self) -> None:
        while self._waiting and self._outbox.try_send(self._waiting[0]):
            del self._waiting[0]

    def close(self) -> None:
        until = time.monotonic() + CLOSE_S
        while self._waiting and time.monotonic() < until:
            self._pulse.stamp(State.BLOCKED)
            self._flush()
            time.sleep(POLL_S)
        self._outbox.close()


class LosslessSender:
    """Keeps at most so many frames in flight that the ring laps nobody.

    The credit is what publish has stamped on the board: it cannot be lost with a worker.
    """

    def __init__(self, outbox: Outbox, row: np.void, pulse: Pulse, slots: int, stopping: threading.Event) -> None:
        self._outbox, self._row, self._pulse, self._stopping = outbox, row, pulse, stopping
        self._window = max(1, slots - SPARE_SLOTS)

    def send(self, item: Item) -> None:
        if not isinstance(item, Beside):
            frame = item.frame
            if not self._await_credit(frame.stream, frame.epoch, frame.seq):
                item = gap_of(frame, "overload", "the service was stopped")
        self._outbox.send(item, self._waits)

    def _await_credit(self, stream: str, epoch: int, seq: int) -> bool:
        ask_at = time.monotonic() + ASK_AFTER_S
        while not self._has_credit(epoch, seq):
            if not self._goes_on():
                return False
            if time.monotonic() > ask_at:
                self._outbox.try_send(Mark(stream, epoch, seq - 1, "sync"))
                ask_at = time.monotonic() + ASK_AFTER_S
            time.sleep(POLL_S)
        return True

    def _has_credit(self, epoch: int, seq: int) -> bool:
        """An epoch starts when publish has closed the one before: its frames lie in the same ring."""
        return bool(self._row["published_epoch"] == epoch and seq - int(self._row["published_next"]) < self._window)

    def _goes_on(self) -> bool:
        return self._waits() and not self._stopping.is_set()

    def _waits(self) -> bool:
        """For ever: whether there is any use in it, the supervisor knows."""
        self._pulse.stamp(State.BLOCKED)
        return True

    def close(self) -> None:
        self._outbox.close()
