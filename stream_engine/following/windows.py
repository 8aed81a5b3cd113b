"""The square of the picture around each object, and masks from one square to another."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import redrawn
from stream_engine.following.motion import Motion

Array = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

CONTEXT = 1.4  # side of the square over the longer side of the object
LEAST_PX = 32  # a smaller square shows nothing
MOST_PX = 4096
EMPTY = -12.0  # logit where a mask does not reach


def around(motion: Motion) -> Whole:
    """Left, top, width and height of each object's square: whole pixels, all of them even; it may leave the picture."""
    side = (motion.longer * CONTEXT).clip(LEAST_PX, MOST_PX)
    half = np.round(side / 2)[:, None].astype(np.int64)
    middle = np.round(motion.at / 2).astype(np.int64) * 2
    corner = middle - half // 2 * 2
    return np.hstack([corner, half * 2, half * 2])


def carried(logits: Floats, before: Array, now: Array, side: int, empty: float = EMPTY) -> NDArray[np.float32]:
    """Masks [N, m, m] over windows, drawn over other windows [N, side, side]; windows are left, top, width, height.

    What `now` shows and `before` did not is empty.
    """
    out = np.empty((len(logits), side, side), np.float32)
    ratio = np.asarray(now[:, 2:] / before[:, 2:]) * (logits.shape[-1] / side)
    start = (now[:, :2] - before[:, :2]) / before[:, 2:] * logits.shape[-1]
    for row, mask in enumerate(logits):
        (a, b), (x, y) = ratio[row].tolist(), start[row].tolist()
        # From a cell's middle here to a cell's middle there.
        matrix = np.array([[a, 0, x + a / 2 - 0.5], [0, b, y + b / 2 - 0.5]])
        redrawn(mask, matrix, out[row], empty)
    return out


def moved(windows: Array, before: Motion, now: Motion) -> Array:
    """Windows that go where their objects go, and grow as they grow."""
    grown = (now.longer / before.longer)[:, None]
    sides = windows[:, 2:] * grown
    middle = now.at + (windows[:, :2] + windows[:, 2:] / 2 - before.at) * grown
    return np.hstack([middle - sides / 2, sides])


def shares_of(logits: Floats) -> NDArray[np.float32]:
    """From 0 to 1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, EMPTY, -EMPTY))), np.float32)


class Others(NamedTuple):
    """What N masks have to do with one another."""

    shares: NDArray[np.float32]  # N, side, side: over each one's window, where any of the others is
    overlap: Array  # N, N: share of each one's mask that lies in each other's


def of_others(shares: Floats, windows: Array, groups: Whole, side: int) -> Others:
    """Masks of one group over one another's windows; `shares` are N, m, m from 0 to 1."""
    count = len(shares)
    others = Others(np.zeros((count, side, side), np.float32), np.zeros((count, count)))
    ends = windows[:, :2] + windows[:, 2:]
    meet = (windows[:, None, :2] < ends[None]).all(2) & (windows[None, :, :2] < ends[:, None]).all(2)
    meet &= groups[:, None] == groups[None]
    np.fill_diagonal(meet, val=False)
    ours, theirs = np.nonzero(meet)
    drawn = carried(shares[theirs], windows[theirs], windows[ours], side, empty=0.0)
    own = shares if shares.shape[-1] == side else carried(shares, windows, windows, side, empty=0.0)
    area = np.maximum(own.sum((1, 2)), 1.0)
    for row, other, mask in zip(ours.tolist(), theirs.tolist(), drawn, strict=True):
        np.maximum(others.shares[row], mask, out=others.shares[row])
        others.overlap[row, other] = float(np.vdot(own[row], mask)) / area[row]
    return others


def boxes_of(logits: Floats, windows: Array) -> Array:
    """Boxes around what is above 0 in masks over windows, in the picture; no numbers where nothing is.

    The edge is looked for between the cells, on the lines through the middles of rows and columns with anything set.
    """
    boxes = np.full((len(logits), 4), np.nan)
    side = logits.shape[-1]
    for axis, (low, high) in enumerate(((0, 2), (1, 3))):
        best = logits.max(axis=1 + axis)  # over the rows for a column, and the other way round
        there = best > 0
        some = there.any(axis=1)
        first, last = there.argmax(axis=1), side - 1 - there[:, ::-1].argmax(axis=1)
        rows = np.arange(len(logits))
        inner, outer = best[rows, first], best[rows, np.maximum(first - 1, 0)]
        start = first + 0.5 - _beyond(inner, outer) * (first > 0) - 0.5 * (first == 0)
        inner, outer = best[rows, last], best[rows, np.minimum(last + 1, side - 1)]
        end = last + 0.5 + _beyond(inner, outer) * (last < side - 1) + 0.5 * (last == side - 1)
        scale = windows[:, 2 + axis] / side
        boxes[some, low] = (windows[:, axis] + start * scale)[some]
        boxes[some, high] = (windows[:, axis] + end * scale)[some]
    return boxes


def _beyond(inner: Floats, outer: Floats) -> Array:
    """How far from the middle of the last cell inside to that of the first outside the edge lies, in cells."""
    step = np.maximum(inner - outer, 1e-6)
    return np.asarray((inner / step).clip(0, 1), np.float64)
