"""The ledger of one stream: every frame ends once, as an event or inside a gap with a cause."""

from collections.abc import Callable

from stream_engine.messages import Cause, Gap, Item, Mark, TaggedTracks

REMEMBERED = 64  # epochs; a longer jump is not walked
OVERLAP = 8  # frames; what a killed publish may have stamped but not yet delivered

Tail = Callable[[int], int]  # epoch -> last seq its decoder gave out, -1 if nobody knows
Explain = Callable[[int], Cause]  # arrival of the last frame that came through -> why the next ones did not


class UntoldError(Exception):
    """Frames were decoded, and it could not be told what became of them: whose, and why."""


class Ledger:
    """What has been published of a stream, and what its next item means."""

    def __init__(self, stream: str, tail: Tail, explain: Explain) -> None:
        self.stream = stream
        self.epoch = 0
        self.next_seq = 0
        self.stale = 0  # frames that came after their account was closed
        self._tail = tail
        self._explain = explain
        self._last_arrival_ns = 0

    def resume(self, epoch: int, next_seq: int) -> None:
        """Take up the account of a publish that died; its last few events may not have left it."""
        self.epoch, self.next_seq = epoch, max(0, next_seq - OVERLAP)

    def account(self, item: Item) -> list[TaggedTracks | Gap]:
        """What to publish, in order, now that this item has come."""
        match item:
            case Mark():
                return self._mark(item)
            case Gap():
                return self._gap(item)
            case TaggedTracks():
                return self._frame(item)
            case _:
                raise TypeError(f"publish reads tagged tracks, gaps and marks, not {type(item).__name__}")

    def _frame(self, item: TaggedTracks) -> list[TaggedTracks | Gap]:
        frame = item.frame
        if (frame.epoch, frame.seq) < (self.epoch, self.next_seq):
            self.stale += 1
            return []
        holes = self._advance(frame.epoch, frame.seq)
        self.next_seq = frame.seq + 1
        self._last_arrival_ns = frame.arrival_ns
        return [*holes, item]

    def _gap(self, gap: Gap) -> list[TaggedTracks | Gap]:
        if (gap.epoch, gap.last_seq + 1) < (self.epoch, self.next_seq):
            return []
        holes = self._advance(gap.epoch, gap.first_seq)
        first = max(gap.first_seq, self.next_seq)
        if first > gap.last_seq and gap.last_seq >= gap.first_seq:
            return holes  # accounted for already
        self.next_seq = max(self.next_seq, gap.last_seq + 1)
        return [*holes, Gap(gap.stream, gap.epoch, first, gap.last_seq, gap.cause, gap.detail)]

    def _mark(self, mark: Mark) -> list[TaggedTracks | Gap]:
        if mark.epoch < self.epoch:
            return []
        return self._advance(mark.epoch, mark.last_seq + 1)

    def _advance(self, epoch: int, seq: int) -> list[TaggedTracks | Gap]:
        """Close what is open before this place; the holes found on the way."""
        holes: list[TaggedTracks | Gap] = []
        # Epochs of which nothing came are holes too, as far back as anybody remembers how they ended.
        for past in range(max(self.epoch, epoch - REMEMBERED), epoch):
            if past > self.epoch:
                self.epoch, self.next_seq = past, 0
            holes += self._hole(self._tail(past))
        if epoch > self.epoch:
            self.epoch, self.next_seq = epoch, 0
        return holes + self._hole(seq - 1)

    def _hole(self, last_seq: int) -> list[TaggedTracks | Gap]:
        if last_seq < self.next_seq:
            return []
        hole = Gap(self.stream, self.epoch, self.next_seq, last_seq, self._explain(self._last_arrival_ns), "")
        self.next_seq = last_seq + 1
        return [hole]
