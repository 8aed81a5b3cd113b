"""Two people who meet may have been taken for each other; their looks, once they are apart, say whether they were."""

from dataclasses import dataclass, field

import numpy as np

from stream_engine.tracking.seen import Array, Whole

MEET = 0.3  # share of the smaller box that lies in the other
APART = 0.05
APART_FRAMES = 2
WAITS = 60  # frames after which nothing more is learned of a meeting
ENOUGH = 3  # looks at each


@dataclass(slots=True)
class Meeting:
    """Of two; `far` is how far their looks since are from what each was known for: rows are theirs, columns whose."""

    last_seq: int
    apart: int = 0
    far: Array = field(default_factory=lambda: np.zeros((2, 2)))
    looks: Whole = field(default_factory=lambda: np.zeros((2, 1), np.int64))

    def heard(self, whose: int, far: Array) -> None:
        """One look at the first or the second, and how far it is from what each was known for."""
        if np.isfinite(far).all():
            self.far[whose] += far
            self.looks[whose] += 1

    @property
    def says_swap(self) -> float:
        """How much nearer they look to each other's looks than to their own."""
        mean = self.far / np.maximum(self.looks, 1)
        return float(mean[0, 0] - mean[0, 1] + mean[1, 1] - mean[1, 0])


def shared(boxes: Array) -> Array:
    """Of each two the share of the smaller box that lies in the other; N, N with nothing on the diagonal."""
    both, area = _common(boxes)
    share = both / np.maximum(np.minimum(area[:, None], area[None]), 1e-9)
    np.fill_diagonal(share, 0.0)
    return np.asarray(share)


def covered(boxes: Array) -> Array:
    """Of each box the share that lies in one of somebody nearer: whose box ends lower."""
    both, area = _common(boxes)
    behind = boxes[:, None, 3] < boxes[None, :, 3]
    return np.asarray(np.where(behind, both / np.maximum(area[:, None], 1e-9), 0.0).max(axis=1, initial=0.0))


def _common(boxes: Array) -> tuple[Array, Array]:
    """The area that each two boxes have in common, and that of each."""
    near = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    far = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    return np.prod(np.maximum(near - far, 0), axis=2), np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)


class Meetings:
    """Of one stream; by the two ids, the smaller first."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], Meeting] = {}

    def clear(self) -> None:
        """Nobody has met anybody."""
        self._open.clear()

    def go_on(self, seq: int, ids: Whole, boxes: Array) -> None:
        """Who meets in this frame."""
        share = shared(boxes)
        ours, theirs = np.nonzero(np.triu(share > MEET))
        for a, b in zip(ids[ours].tolist(), ids[theirs].tolist(), strict=True):
            self._open[min(a, b), max(a, b)] = Meeting(seq)
        place = {track_id: row for row, track_id in enumerate(ids.tolist())}
        for (a, b), met in list(self._open.items()):
            near = a in place and b in place and share[place[a], place[b]] > APART
            met.apart = 0 if near else met.apart + 1
            if seq - met.last_seq > WAITS or met.last_seq > seq:
                del self._open[a, b]

    def waiting(self) -> set[int]:
        """Whose looks would tell something."""
        return {who for pair, met in self._open.items() if met.apart >= APART_FRAMES for who in pair}

    def ids(self) -> set[int]:
        """Who met anybody lately."""
        return {who for pair in self._open for who in pair}

    def of(self, track_id: int) -> list[tuple[int, int]]:
        """Whom somebody met lately, as pairs."""
        return [pair for pair in self._open if track_id in pair]

    def forget(self, track_id: int) -> None:
        """It is known who this is: nothing is to be learned of whom it met."""
        for pair in self.of(track_id):
            del self._open[pair]

    def hear(self, ids: Whole, known: Whole, far: Array) -> None:
        """Looks at some, and how far they are from what everybody who is known looked like before."""
        column = {track_id: place for place, track_id in enumerate(known.tolist())}
        for row, track_id in enumerate(ids.tolist()):
            for pair in self.of(track_id):
                if pair[0] in column and pair[1] in column:
                    self._open[pair].heard(pair.index(track_id), far[row, [column[who] for who in pair]])

    def judged(self, swaps: float) -> list[tuple[tuple[int, int], float]]:
        """Pairs that were taken for each other, and how much says so; of these and of those who were not, no more.

        Nobody is in two of them: what else was gathered of those who swap is of who they were taken for.
        """
        ripe = [(met.says_swap, pair) for pair, met in self._open.items() if met.looks.max() >= ENOUGH]
        wrong: list[tuple[tuple[int, int], float]] = []
        for says, pair in sorted(ripe, reverse=True):
            if pair in self._open and says > swaps:
                wrong.append((pair, says))
                for who in pair:
                    self.forget(who)
            elif pair in self._open and self._open[pair].looks.min() >= ENOUGH:
                del self._open[pair]
        return wrong
