"""The board: one shared page of progress, written by working loops and read by whoever watches.

Every field has one writer. A worker's loop stamps its own row, so a wedged loop looks wedged; the
supervisor writes `pid`, `restarts`, `lost_ns`, `down` and `stopping`; decode and publish write their halves
of a stream's row. Rows outlive the workers, which is how counters, epochs and the ledger survive a restart.
"""

import enum
import time
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from stream_engine.messages import Cause

CLOSED = 64  # closed epochs that a stream remembers; more reconnects than that cannot fall into one hole
CAUSES: tuple[Cause, ...] = get_args(Cause)


class State(enum.IntEnum):
    """Where a working loop is."""

    ABSENT = 0  # no process, or not ready yet
    IDLE = 1  # waiting for input
    BUSY = 2  # has work in hand
    BLOCKED = 3  # waiting for the next stage to take its output
    OPENING = 4  # waits for something outside, with a timeout of its own
    ENDED = 5  # came to the end of its work


FlowWord = Literal["connecting", "live", "lost", "ended", "failed"]


class Flow(enum.IntEnum):
    """How a stream is doing, as its decoder sees it."""

    CONNECTING = 0
    LIVE = 1
    LOST = 2
    ENDED = 3
    FAILED = 4

    @property
    def word(self) -> FlowWord:
        """As events say it."""
        return _FLOW_WORDS[self.value]


_FLOW_WORDS: tuple[FlowWord, ...] = get_args(FlowWord)

WORKER = np.dtype(
    [
        ("pid", "<i8"),
        ("restarts", "<i8"),
        ("lost_ns", "<i8"),  # when the last loss was noticed
        ("down", "<i8"),  # given up for now
        ("stopping", "<i8"),  # asked to end, after whoever comes before it
        ("state", "<i8"),
        ("since_ns", "<i8"),  # when the loop last came round
        ("done", "<i8"),
        ("dropped", "<i8"),
        ("rejected", "<i8"),
        ("last_seq", "<i8"),
    ]
)
STREAM = np.dtype(
    [
        ("flow", "<i8"),  # by decode, from here
        ("epoch", "<i8"),
        ("last_seq", "<i8"),
        ("given", "<i8"),  # sequence numbers given out, over all epochs
        ("closed_epoch", "<i8", CLOSED),  # how past epochs ended, at epoch % CLOSED
        ("closed_last_seq", "<i8", CLOSED),
        ("published_epoch", "<i8"),  # by publish, from here
        ("published_next", "<i8"),
        ("frames", "<i8"),
        ("ease", "<i8"),  # the level of easing.py; decode reads it
        ("eased", "<i8"),  # frames published with a level above 0
        *((f"gap_{cause}", "<i8") for cause in CAUSES),
    ]
)


class Board:
    """The shared page, by worker and stream name."""

    def __init__(self, path: Path, workers: tuple[str, ...], streams: tuple[str, ...], *, create: bool = False) -> None:
        size = len(workers) * WORKER.itemsize + len(streams) * STREAM.itemsize
        mode: Literal["w+", "r+"] = "w+" if create else "r+"
        page = np.memmap(str(path), np.uint8, mode, shape=(size,))
        split = len(workers) * WORKER.itemsize
        self._workers = page[:split].view(WORKER)
        self._streams = page[split:].view(STREAM)
        self.worker_names, self.stream_names = workers, streams
        if create:
            path.chmod(0o600)
            for field in ("published_epoch", "closed_epoch", "closed_last_seq", "last_seq"):
                self._streams[field] = -1

    @property
    def done(self) -> int:
        """Frames that all workers have worked on so far: it grows while anything gets on."""
        return int(self._workers["done"].sum())

    def worker(self, name: str) -> np.void:
        """The live row of a worker; item access reads and writes shared memory."""
        row: np.void = self._workers[self.worker_names.index(name)]
        return row

    def stream(self, name: str) -> np.void:
        """The live row of a stream."""
        row: np.void = self._streams[self.stream_names.index(name)]
        return row


class Pulse:
    """One worker's hand on its row; called from the working loop itself, never from a helper thread."""

    def __init__(self, row: np.void) -> None:
        self._row = row

    def stamp(self, state: State) -> None:
        """The loop has come round and is in this state now."""
        self._row["since_ns"] = time.monotonic_ns()
        self._row["state"] = state

    def done(self, frames: int, last_seq: int) -> None:
        self._row["done"] += frames
        self._row["last_seq"] = last_seq

    def dropped(self, frames: int) -> None:
        self._row["dropped"] += frames

    def rejected(self, messages: int) -> None:
        self._row["rejected"] += messages


def close_epoch(row: np.void) -> None:
    """Note how the open epoch of a stream ended; the number last, so that a reader never takes a mixed pair."""
    place = int(row["epoch"]) % CLOSED
    row["closed_epoch"][place] = -1
    row["closed_last_seq"][place] = row["last_seq"]
    row["closed_epoch"][place] = row["epoch"]


def closed_tail(row: np.void, epoch: int) -> int:
    """The last number that a past epoch gave out; -1 of one that is not remembered."""
    place = epoch % CLOSED
    last_seq = int(row["closed_last_seq"][place])
    return last_seq if int(row["closed_epoch"][place]) == epoch else -1


def is_untold(row: np.void) -> bool:
    """Whether a stream's decoder has given out numbers that publish has not accounted for."""
    told = int(row["published_epoch"]), int(row["published_next"])
    return bool(row["given"]) and told < (int(row["epoch"]), int(row["last_seq"]) + 1)


def stuck_for_s(row: np.void, now_ns: int) -> float:
    """How long a loop that should come round has not; 0 for one that is not running."""
    if row["state"] in (State.ABSENT, State.ENDED):
        return 0.0
    return max(0.0, (now_ns - int(row["since_ns"])) / 1e9)
