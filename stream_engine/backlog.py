"""What waits at a stage: in order, bounded, and in live mode never older than its stream allows."""

from collections import Counter, deque
from collections.abc import Iterator

from stream_engine.heirs import heir
from stream_engine.messages import Beside, Gap, Heard, Item, Topic, gap_of, stream_of

MOST_HEARD = 32  # of a stream, waiting for its next frame here or in the stage, which takes no more either


class Backlog:
    """A queue of frames, and of what travels beside them; what is too old turns into gaps where it stood.

    `budget_ns` gives each stream's age limit; None keeps everything (lossless). The newest frame of a
    stream is never too old: a chain that is slower than its budget still answers, with an honest age.
    """

    def __init__(self, budget_ns: dict[str, int] | None, detail: str = "") -> None:
        self.budget_ns, self._detail = budget_ns, detail
        self._items: deque[Item] = deque()
        self._heard: Counter[str] = Counter()  # of each stream, those that no frame has followed yet
        self._handed: Counter[str] = Counter()  # those of them that the stage has already

    def __len__(self) -> int:
        return len(self._items)

    def add(self, items: list[Item]) -> int:
        """These come last; how much that was said was refused, because too many of their stream wait."""
        taken = [item for item in items if not isinstance(item, Heard) or self._has_room(item)]
        self._items.extend(taken)
        return len(items) - len(taken)

    def _has_room(self, said: Heard) -> bool:
        room = self._heard[said.stream] < MOST_HEARD
        self._heard[said.stream] += room
        return room

    @property
    def frames(self) -> int:
        """How many frames wait."""
        return sum(not isinstance(item, Beside) for item in self._items)

    def streams(self) -> set[str]:
        """The streams of which a frame waits."""
        return {item.frame.stream for item in self._items if not isinstance(item, Beside)}

    def take(self, now_ns: int, most_frames: int) -> tuple[list[Item], int]:
        """The next items, at most so many frames among them, and how many frames were dropped as late."""
        dropped = self._drop_late(now_ns)
        batch: list[Item] = []
        frames = 0
        while self._items:
            frames += not isinstance(self._items[0], Beside)
            if frames > most_frames:
                break
            batch.append(self._items.popleft())
            self._note_taken(batch[-1])
        return batch, dropped

    def _note_taken(self, item: Item) -> None:
        """A frame makes room for as much that is said as went before it."""
        if isinstance(item, Heard):
            self._handed[item.stream] += 1
        elif not isinstance(item, Beside):
            self._heard[item.frame.stream] -= self._handed.pop(item.frame.stream, 0)

    def _drop_late(self, now_ns: int) -> int:
        if self.budget_ns is None or len(self._items) < 2:
            return 0
        newest = {i.frame.stream: i for i in self._items if not isinstance(i, Beside)}
        late = [
            not isinstance(item, Beside)
            and newest[item.frame.stream] is not item
            and now_ns - item.frame.arrival_ns > self.budget_ns[item.frame.stream]
            for item in self._items
        ]
        if any(late):
            self._items = deque(merge_gaps(list(self._without(late))))
        return sum(late)

    def _without(self, late: list[bool]) -> Iterator[Item]:
        """Gaps in the place of what is late; what else it told, the stream's next frame tells."""
        lost: dict[str, Topic] = {}
        for item, dropped in zip(self._items, late, strict=True):
            if isinstance(item, Beside):
                yield item
                continue
            whole = heir(item, lost.pop(item.frame.stream, None))
            if dropped:
                lost[item.frame.stream] = whole
                yield gap_of(item.frame, "late", self._detail)
            else:
                yield whole


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
