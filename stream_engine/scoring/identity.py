"""Identity (Ristani et al., 2016): the best one-to-one match of whole trajectories, counted in boxes."""

from collections.abc import Sequence as Several
from dataclasses import dataclass

import numpy as np

from stream_engine.scoring.boxes import HALF, assign
from stream_engine.scoring.sequence import Sequence


@dataclass(frozen=True, slots=True)
class Identity:
    """Boxes that have the right identity, that lack it, and that have a wrong one."""

    tp: int
    fn: int
    fp: int

    def figures(self) -> dict[str, float]:
        """Everything under the names of the field."""
        return {
            "IDF1": self.tp / max(1.0, self.tp + 0.5 * self.fp + 0.5 * self.fn),
            "IDR": self.tp / max(1, self.tp + self.fn),
            "IDP": self.tp / max(1, self.tp + self.fp),
            "IDTP": self.tp,
            "IDFN": self.fn,
            "IDFP": self.fp,
        }


def identity(sequence: Sequence) -> Identity:
    """Matching trajectories for the fewest boxes in error is matching them for the most boxes in common."""
    common = np.zeros((len(sequence.truth_counts), len(sequence.track_counts)))
    for step in sequence.steps:
        rows, columns = np.nonzero(step.similarity >= HALF)
        common[step.truth[rows], step.tracks[columns]] += 1
    tp = int(common[assign(common)].sum())
    return Identity(tp, sequence.truth_boxes - tp, sequence.track_boxes - tp)


def pool_identity(parts: Several[Identity]) -> Identity:
    """Several sequences as one: every count is added."""
    return Identity(sum(part.tp for part in parts), sum(part.fn for part in parts), sum(part.fp for part in parts))
