"""What waits at a stage: in order, bounded, and in live mode never older than its stream allows."""

from collections import deque

from stream_engine.messages import Gap, Item, Mark, gap_of, stream_of


class Backlog:
    """A queue of frames, gaps and marks; what is too old turns into gaps where it stood.

    `budget_ns` gives each stream's age limit; None keeps everything (lossless). The newest frame of a
    stream is never too old: a chain that is slower than its budget still answers, with an honest age.
    """

    def __init__(self, budget_ns: dict[str, int] | None) -> None:
        self._budget_ns = budget_ns
        self._items: deque[Item] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def add(self, items: list[Item]) -> None:
        self._items.extend(items)

    def streams(self) -> set[str]:
        """The streams of which a frame waits."""
        return {item.frame.stream for item in self._items if not isinstance(item, Gap | Mark)}

    def take(self, now_ns: int, most_frames: int) -> tuple[list[Item], int]:
        """The next items, at most so many frames among them, and how many frames were dropped as late."""
        dropped = self._drop_late(now_ns)
        batch: list[Item] = []
        frames = 0
        while self._items:
            frames += not isinstance(self._items[0], Gap | Mark)
            if frames > most_frames:
                break
            batch.append(self._items.popleft())
        return batch, dropped

    def _drop_late(self, now_ns: int) -> int:
        if self._budget_ns is None or len(self._items) < 2:
            return 0
        newest = {i.frame.stream: i for i in self._items if not isinstance(i, Gap | Mark)}
        late = [
            not isinstance(item, Gap | Mark)
            and newest[item.frame.stream] is not item
            and now_ns - item.frame.arrival_ns > self._budget_ns[item.frame.stream]
            for item in self._items
        ]
        if any(late):
            self._items = deque(merge_gaps([_as_gap(i) if d else i for i, d in zip(self._items, late, strict=True)]))
        return sum(late)


def _as_gap(item: Item) -> Item:
    return item if isinstance(item, Gap | Mark) else gap_of(item.frame, "late")


def merge_gaps(items: list[Item]) -> list[Item]:
    """Neighbouring gaps of one stream and one cause become one."""
    merged: list[Item] = []
    open_gap: dict[str, int] = {}  # stream -> where in `merged` a gap may still grow
    for item in items:
        stream = stream_of(item)
        place = open_gap.pop(stream, None)
        if isinstance(item, Gap):
            before = merged[place] if place is not None else None
            if place is not None and isinstance(before, Gap) and _continues(before, item):
                merged[place] = Gap(stream, item.epoch, before.first_seq, item.last_seq, item.cause, item.detail)
                open_gap[stream] = place
                continue
            open_gap[stream] = len(merged)
        merged.append(item)
    return merged


def _continues(before: Gap, after: Gap) -> bool:
    return (before.epoch, before.cause, before.detail, before.last_seq + 1) == (
        after.epoch,
        after.cause,
        after.detail,
        after.first_seq,
    )
