"""Events beside the truth they answer, frame by frame, and why an event is missing.

The stamp of a picture says which frame it is. A looped clip comes pass after pass: when the number of the frame falls,
a new pass begins. A frame of truth between the first and the last event that has no event is missing; the cause is
that of the gap in its place, `source_lost` when the connection was opened anew there, `unstamped` when its event lost
its stamp, else `unknown`. When the whole is scored, what lies before the first event and after the last of the clip is
missing in the same way: a run that ended early has not found what it did not answer.
"""

import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import NamedTuple

from stream_engine.messages import GapEvent, TrackEvent
from stream_engine.scoring import ScoreError
from stream_engine.scoring.read import Scored, Truth
from stream_engine.scoring.truth import TruthFrame
from stream_engine.stamp import Stamp, stamp_of


class Aligned(NamedTuple):
    """One frame of truth with its event, or with the cause why there is none."""

    truth: TruthFrame
    event: TrackEvent | None
    missing: str | None


Pass = list[Aligned]


class Placed(NamedTuple):
    """An event, and which frame it answers."""

    frame: int
    event: TrackEvent


@dataclass(frozen=True, slots=True)
class Account:
    """The gaps of a stream: for each epoch the runs of lost frames in order."""

    runs: dict[int, list[tuple[int, int, str]]]

    def cause_at(self, epoch: int, seq: int) -> str:
        runs = self.runs.get(epoch, [])
        at = bisect_right(runs, seq, key=lambda run: run[0]) - 1
        return runs[at][2] if at >= 0 and seq <= runs[at][1] else "unknown"

    def causes_within(self, epoch: int, after: float, before: float) -> Iterable[str]:
        """One cause for each frame that the gaps of this epoch name between two frames."""
        for first, last, cause in self.runs.get(epoch, []):
            low, high = max(first, after + 1), min(last, before - 1)
            yield from repeat(cause, min(max(0, int(high - low) + 1), sys.maxsize))

    def between(self, a: TrackEvent, b: TrackEvent) -> Iterable[str]:
        """One cause for each frame that was lost from event to event."""
        if a.epoch == b.epoch:
            return (self.cause_at(a.epoch, seq) for seq in range(a.seq + 1, b.seq))
        opened = sorted(epoch for epoch in self.runs if a.epoch < epoch < b.epoch)
        return chain(
            self.causes_within(a.epoch, a.seq, float("inf")),
            *(self.causes_within(epoch, -1, float("inf")) for epoch in opened),
            self.causes_within(b.epoch, -1, b.seq),
        )

    def before(self, b: TrackEvent, most: int) -> list[str]:
        """The causes of the frames before the first event, in order; at most so many, the latest ones."""
        backwards = Account({-epoch: _mirrored(runs) for epoch, runs in self.runs.items()})
        return list(islice(backwards.after(-b.epoch, -b.seq), most))[::-1]

    def after(self, epoch: int, seq: int) -> Iterable[str]:
        """One cause for each frame that was lost after the last event."""
        later = sorted(other for other in self.runs if other > epoch)
        endless = float("inf")
        return chain(
            self.causes_within(epoch, seq, endless), *(self.causes_within(no, -endless, endless) for no in later)
        )


def line_up(truth: Truth, events: Sequence[Scored], whole: bool = False) -> list[Pass]:
    """The passes of the clip; every one is contiguous in frames. `whole`: from the first frame of truth to the last."""
    placed, unstamped = _placed(truth, [event for event in events if isinstance(event, TrackEvent)])
    account = _account([event for event in events if isinstance(event, GapEvent)], unstamped)
    passes: list[Pass] = [[]]
    last: Placed | None = None
    for this in placed:
        if last is not None and this.frame == last.frame:
            last = this  # the sender repeated a picture; its first event counts
            continue
        if last is not None:
            _bridge(truth, passes, last, this, account)
        passes[-1].append(Aligned(truth.frames[this.frame], this.event, None))
        last = this
    if whole:
        _complete(truth, passes, placed[0], placed[-1], account)
    return passes


def _complete(truth: Truth, passes: list[Pass], first: Placed, last: Placed, account: Account) -> None:
    """Missing frames from the beginning of the clip to the first event, and from the last to the end."""
    causes = account.before(first.event, first.frame)
    causes = ["unknown"] * (first.frame - len(causes)) + causes
    passes[0][:0] = [Aligned(truth.frames[n], None, why) for n, why in enumerate(causes)]
    ending = range(last.frame + 1, truth.header.frames)
    filled = chain(account.after(last.event.epoch, last.event.seq), repeat("unknown"))
    passes[-1] += [Aligned(truth.frames[n], None, why) for n, why in zip(ending, filled, strict=False)]


def _mirrored(runs: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    return [(-last, -first, cause) for first, last, cause in reversed(runs)]


def _bridge(truth: Truth, passes: list[Pass], last: Placed, this: Placed, account: Account) -> None:
    """What lies between two events: missing frames, or the end of a pass."""
    same_epoch = last.event.epoch == this.event.epoch
    causes = account.between(last.event, this.event)
    if this.frame > last.frame:
        filled = chain(causes, repeat("unknown" if same_epoch else "source_lost"))
        numbers = range(last.frame + 1, this.frame)
        passes[-1] += [Aligned(truth.frames[n], None, why) for n, why in zip(numbers, filled, strict=False)]
        return
    ending, beginning = range(last.frame + 1, truth.header.frames), range(this.frame)
    # After a new connection nobody knows how far the sender went on, or where it began again.
    lost = list(islice(causes, len(ending) + len(beginning))) if same_epoch else []
    passes[-1] += [Aligned(truth.frames[n], None, why) for n, why in zip(ending, lost, strict=False)]
    rest = lost[len(ending) :]
    begun = beginning[len(beginning) - len(rest) :]
    passes.append([Aligned(truth.frames[n], None, why) for n, why in zip(begun, rest, strict=True)])


def _account(gaps: list[GapEvent], unstamped: list[TrackEvent]) -> Account:
    runs: dict[int, list[tuple[int, int, str]]] = {}
    for gap in gaps:
        if gap.last_seq >= gap.first_seq:
            runs.setdefault(gap.epoch, []).append((gap.first_seq, gap.last_seq, gap.cause))
    for event in unstamped:
        runs.setdefault(event.epoch, []).append((event.seq, event.seq, "unstamped"))
    return Account({epoch: sorted(found) for epoch, found in runs.items()})


# --- stamps -------------------------------------------------------------------------------------


def _placed(truth: Truth, events: list[TrackEvent]) -> tuple[list[Placed], list[TrackEvent]]:
    """Events with their frames in the order in which they came, and those that carry no stamp."""
    stamps = [(stamp_of(event.user_data), event) for event in events]
    found = [(stamp, event) for stamp, event in stamps if stamp is not None]
    if not found:
        raise ScoreError(
            f"none of the {len(events)} frame events carries a stamp; only a match made with its truth can be scored, "
            "sent without encoding it anew"
        )
    _check_match(truth, [stamp for stamp, _ in found])
    for stamp, event in found:
        _check_place(truth, stamp, event)
    return [Placed(stamp.frame, event) for stamp, event in found], [event for stamp, event in stamps if stamp is None]


def _check_match(truth: Truth, stamps: list[Stamp]) -> None:
    ours = truth.header.match
    if others := sorted({stamp.match for stamp in stamps} - {ours}):
        share = sum(stamp.match != ours for stamp in stamps)
        which = "the events" if share == len(stamps) else f"{share} of {len(stamps)} events"
        raise ScoreError(f"{which} belong to match {', '.join(others)}, the truth is of match {ours}")


def _check_place(truth: Truth, stamp: Stamp, event: TrackEvent) -> None:
    header, where = truth.header, f"event {event.epoch}/{event.seq}"
    if stamp.frame >= header.frames:
        raise ScoreError(f"{where} answers frame {stamp.frame}, but the truth ends with {header.frames - 1}")
    if (event.width, event.height) != (header.width, header.height):
        raise ScoreError(
            f"{where} has a picture of {event.width} x {event.height}, the truth {header.width} x {header.height}; "
            "score the video of the truth's folder as it is, not scaled"
        )
