"""Masks, where boxes cannot tell people apart: whose shape is whose, from one frame to the next."""

from typing import NamedTuple

import numpy as np

from stream_engine.masks import MaskError, MaskRle, decode
from stream_engine.tracking.seen import Array

AMBIGUOUS = 6.0  # pairs against which so little more speaks than against the best one of a row could be meant as well
COUNTS = 10.0  # what speaks against two shapes that have nothing in common


class Shape(NamedTuple):
    """What somebody's mask was, and where they were then."""

    mask: MaskRle
    at: Array


def against_shapes(
    against: Array, shapes: list[Shape | None], at: Array, masks: list[MaskRle | None], most: float
) -> Array:
    """The same, and what shapes say against pairs of rows and columns that could be meant as well as another.

    `shapes` and `at` are of the rows: what each looked like, and where each should be now; `masks` are of the columns.
    """
    told = against.copy()
    best = against.min(axis=0, initial=np.inf)
    for column, mask in enumerate(masks):
        rivals = np.flatnonzero((against[:, column] <= best[column] + AMBIGUOUS) & (against[:, column] < most))
        if mask is None or len(rivals) < 2:
            continue
        for row in rivals.tolist():
            if (shape := shapes[row]) is not None:
                told[row, column] += COUNTS * (1 - alike(shape.mask, at[row] - shape.at, mask))
    return told


def alike(before: MaskRle, step: Array, now: MaskRle) -> float:
    """The overlap (IoU) of two masks, one of them moved by so many pixels; 0 where one cannot be read."""
    try:
        ours, theirs = decode(before), decode(now)
    except MaskError:
        return 0.0
    left, top = (round(before.x + float(step[0])) - now.x, round(before.y + float(step[1])) - now.y)
    rows = slice(max(top, 0), min(top + ours.shape[0], theirs.shape[0]))
    columns = slice(max(left, 0), min(left + ours.shape[1], theirs.shape[1]))
    both = 0
    if rows.start < rows.stop and columns.start < columns.stop:
        mine = ours[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        both = int((mine & theirs[rows, columns]).sum())
    either = int(ours.sum()) + int(theirs.sum()) - both
    return both / either if either else 0.0
