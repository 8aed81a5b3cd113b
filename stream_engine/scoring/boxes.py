"""Who belongs to whom: boxes as rows, and their pairs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from stream_engine.boxes import EPS, Floats
from stream_engine.messages import Box

Ints = NDArray[np.int64]
HALF = 0.5  # the overlap from which two boxes are the same thing, in every measure here


def boxes_of(boxes: Sequence[Box]) -> Floats:
    """One row a box: left, top, right, bottom."""
    return np.array(boxes, np.float64).reshape(-1, 4)


def assign(gain: Floats) -> tuple[Ints, Ints]:
    """The one-to-one pairs of rows and columns with the greatest sum."""
    rows, columns = linear_sum_assignment(-gain)
    return rows, columns


def pairs_from(similarity: Floats, least: float = HALF) -> tuple[Ints, Ints]:
    """The one-to-one pairs that are at least so similar and together most similar."""
    enough = np.where(similarity < least - EPS, 0.0, similarity)
    rows, columns = assign(enough)
    real = enough[rows, columns] > EPS
    return rows[real], columns[real]
