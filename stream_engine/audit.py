"""The subscriber's side of the account: is every frame of every epoch an event or inside a named gap?"""

from collections import Counter
from dataclasses import dataclass, field

from stream_engine.messages import Event, GapEvent, TrackEvent


@dataclass(slots=True)
class EpochAudit:
    """What has been heard of one epoch."""

    next_seq: int
    missing: set[int] = field(default_factory=set)

    def frame(self, seq: int) -> bool:
        """Whether this frame is new."""
        self._reach(seq)
        if seq == self.next_seq:
            self.next_seq += 1
            return True
        if seq in self.missing:
            self.missing.discard(seq)
            return True
        return False

    def gap(self, first_seq: int, last_seq: int) -> int:
        """How many frames, unheard of until now, this gap explains."""
        self._reach(first_seq)
        fresh = max(0, last_seq + 1 - max(first_seq, self.next_seq))
        explained = self.missing.intersection(range(first_seq, last_seq + 1))
        self.missing -= explained
        self.next_seq = max(self.next_seq, last_seq + 1)
        return fresh + len(explained)

    def _reach(self, seq: int) -> None:
        if seq > self.next_seq:
            self.missing.update(range(self.next_seq, seq))
            self.next_seq = seq


class Audit:
    """One subscriber's audit of all streams; it starts wherever the subscription started."""

    def __init__(self) -> None:
        self.events = 0
        self.duplicates = 0
        self.gaps_of: dict[str, Counter[str]] = {}
        self._epochs: dict[str, dict[int, EpochAudit]] = {}

    def add(self, event: Event) -> None:
        """Take note of one published record."""
        if isinstance(event, TrackEvent):
            if self._epoch(event.stream, event.epoch, event.seq).frame(event.seq):
                self.events += 1
            else:
                self.duplicates += 1
        elif isinstance(event, GapEvent):
            audit = self._epoch(event.stream, event.epoch, event.first_seq)
            gaps = self.gaps_of.setdefault(event.stream, Counter())
            gaps[event.cause] += audit.gap(event.first_seq, event.last_seq)

    def _epoch(self, stream: str, epoch: int, seq: int) -> EpochAudit:
        epochs = self._epochs.setdefault(stream, {})
        if epoch not in epochs:
            epochs[epoch] = EpochAudit(next_seq=0 if epochs else seq)
        return epochs[epoch]

    @property
    def gaps(self) -> Counter[str]:
        """Frames in gaps by cause, of all streams."""
        return sum(self.gaps_of.values(), Counter())

    @property
    def unexplained_holes(self) -> int:
        """Frames that neither came nor were explained."""
        missing = sum(len(epoch.missing) for epochs in self._epochs.values() for epoch in epochs.values())
        return missing + self.gaps["unknown"]

    def never_told(self, decoded: dict[str, int]) -> int:
        """Frames that decoders have numbered and nobody has told of, neither as event nor as gap.

        Holds for an audit that began in the first epoch of a service, once the pipeline has run empty.
        """
        heard = sum(
            epoch.next_seq - len(epoch.missing) for epochs in self._epochs.values() for epoch in epochs.values()
        )
        return sum(decoded.values()) - heard

    @property
    def frames(self) -> int:
        """All frames that are accounted for."""
        return self.events + sum(self.gaps.values())
