"""CLEAR MOT (Bernardin and Stiefelhagen, 2008): misses, false positives and switches of identity, frame by frame.

In each frame the pairs of the frame before are kept while they are similar enough; the rest is matched for the
greatest similarity. A switch is a truth object whose track differs from its last one, however long ago that was.
"""

import math
from collections.abc import Iterator
from collections.abc import Sequence as Several
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stream_engine.boxes import EPS
from stream_engine.scoring.boxes import HALF, Ints, assign
from stream_engine.scoring.sequence import Sequence, Step

KEEP = 1000.0  # outweighs the similarities of a whole frame: continuing a pair comes first
NOBODY = -1


class Outcome(NamedTuple):
    """What became of one frame: matched rows and columns, and which of them switched identity."""

    rows: Ints
    columns: Ints
    switched: Ints


@dataclass(frozen=True, slots=True)
class Clear:
    """Counts of one sequence or of several; `blank`: a sequence without truth or without results has no rates."""

    tp: int = 0
    fn: int = 0
    fp: int = 0
    switches: int = 0
    mostly_tracked: int = 0
    partly_tracked: int = 0
    mostly_lost: int = 0
    fragments: int = 0
    frames: int = 0
    similarity: float = 0.0
    blank: bool = False

    def figures(self) -> dict[str, float]:
        """Everything under the names of the field."""
        counts = {
            "CLR_TP": self.tp,
            "CLR_FN": self.fn,
            "CLR_FP": self.fp,
            "IDSW": self.switches,
            "MT": self.mostly_tracked,
            "PT": self.partly_tracked,
            "ML": self.mostly_lost,
            "Frag": self.fragments,
            "CLR_Frames": self.frames,
        }
        return counts | (dict.fromkeys(self._rates(), 0.0) | {"MLR": 1.0} if self.blank else self._rates())

    def _rates(self) -> dict[str, float]:
        truth, found = max(1, self.tp + self.fn), max(1, self.tp + self.fp)
        people = max(1, self.mostly_tracked + self.partly_tracked + self.mostly_lost)
        soft_switches = math.log10(self.switches) if self.switches else 0.0
        return {
            "MOTA": (self.tp - self.fp - self.switches) / truth,
            "MOTP": self.similarity / max(1, self.tp),
            "MODA": (self.tp - self.fp) / truth,
            "MOTAL": (self.tp - self.fp - soft_switches) / truth,
            "sMOTA": (self.similarity - self.fp - self.switches) / truth,
            "CLR_Re": self.tp / truth,
            "CLR_Pr": self.tp / found,
            "CLR_F1": self.tp / max(1.0, self.tp + 0.5 * self.fn + 0.5 * self.fp),
            "FP_per_frame": self.fp / max(1, self.frames),
            "MTR": self.mostly_tracked / people,
            "PTR": self.partly_tracked / people,
            "MLR": self.mostly_lost / people,
            "MOTP_sum": self.similarity,
        }


def outcomes(sequence: Sequence) -> Iterator[Outcome]:
    """Frame by frame; frames in which one side is empty leave the memory of pairs as it is."""
    last = np.full(len(sequence.truth_counts), NOBODY, np.int64)  # track of each truth id, whenever it was
    before = last.copy()  # in the frame before
    for step in sequence.steps:
        if not step.similarity.size:
            nothing = np.zeros(0, np.int64)
            yield Outcome(nothing, nothing, nothing)
            continue
        rows, columns = _match(step, before)
        who, tracks = step.truth[rows], step.tracks[columns]
        switched = (last[who] != NOBODY) & (last[who] != tracks)
        last[who] = tracks
        before[:] = NOBODY
        before[who] = tracks
        yield Outcome(rows, columns, rows[switched])


def _match(step: Step, before: Ints) -> tuple[Ints, Ints]:
    going_on = step.tracks[None, :] == before[step.truth][:, None]
    gain = np.where(step.similarity < HALF - EPS, 0.0, KEEP * going_on + step.similarity)
    rows, columns = assign(gain)
    real = gain[rows, columns] > EPS
    return rows[real], columns[real]


def clear(sequence: Sequence) -> Clear:
    """The counts of one sequence."""
    people = len(sequence.truth_counts)
    if not sequence.truth_boxes or not sequence.track_boxes:
        # The reference tool counts no frames here, which its pooled FP_per_frame shows.
        return Clear(fn=sequence.truth_boxes, fp=sequence.track_boxes, mostly_lost=people, blank=True)
    hits = np.zeros(people, np.int64)
    runs = np.zeros(people, np.int64)
    tracked = np.zeros(people, bool)
    tp, switches, similarity = 0, 0, 0.0
    for step, outcome in zip(sequence.steps, outcomes(sequence), strict=True):
        who = step.truth[outcome.rows]
        tp, switches = tp + len(who), switches + len(outcome.switched)
        similarity += float(step.similarity[outcome.rows, outcome.columns].sum())
        if step.similarity.size:
            now = np.zeros(people, bool)
            now[who] = True
            runs += now & ~tracked
            hits, tracked = hits + now, now
    share = hits / sequence.truth_counts
    mostly, partly = int((share > 0.8).sum()), int((share >= 0.2).sum())
    return Clear(
        tp=tp,
        fn=sequence.truth_boxes - tp,
        fp=sequence.track_boxes - tp,
        switches=switches,
        mostly_tracked=mostly,
        partly_tracked=partly - mostly,
        mostly_lost=people - partly,
        fragments=int(np.maximum(runs - 1, 0).sum()),
        frames=len(sequence.steps),
        similarity=similarity,
    )


def pool_clear(parts: Several[Clear]) -> Clear:
    """Several sequences as one: every count is added."""
    names = [name for name in Clear.__slots__ if name != "blank"]
    return Clear(**{name: sum(getattr(part, name) for part in parts) for name in names})
