"""Masks on the wire: COCO's compressed run lengths of a rectangle of the picture."""

from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.bool_]
LARGEST_SIDE = 8192  # bounds what a mask from outside can make us allocate
Whole = Annotated[int, msgspec.Meta(ge=0)]


class MaskRle(msgspec.Struct, frozen=True):
    """COCO RLE of the rectangle whose corner is `x`, `y`; with 0, 0 and the picture's size it is plain COCO."""

    x: int
    y: int
    size: tuple[Whole, Whole]  # rows, columns
    counts: str


class MaskError(ValueError):
    """Run lengths that are not COCO's, or do not fill their rectangle."""


def runs_of(pixels: Pixels) -> NDArray[np.int64]:
    """Lengths of the runs down the columns, beginning with background (0 when the first pixel is set)."""
    flat = pixels.T.ravel()
    if not flat.size:
        return np.zeros(0, np.int64)
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(edges, prepend=0, append=flat.size)
    return np.concatenate(([0], runs)) if flat[0] else runs


def encode(pixels: Pixels, x: int = 0, y: int = 0) -> MaskRle:
    """The mask of a rectangle at `x`, `y`."""
    return MaskRle(x, y, (pixels.shape[0], pixels.shape[1]), pack(runs_of(pixels)))


def decode(mask: MaskRle) -> Pixels:
    """The rectangle's pixels."""
    runs, (rows, columns) = unpack(mask.counts), mask.size
    if max(rows, columns) > LARGEST_SIDE:
        raise MaskError(f"a rectangle of {rows} x {columns}; no picture is larger than {LARGEST_SIDE} a side")
    if ((runs < 0) | (runs > rows * columns)).any() or runs.sum() != rows * columns:
        raise MaskError(f"the runs do not fill the {rows} x {columns} pixels of their rectangle")
    values = np.zeros(len(runs), bool)
    values[1::2] = True
    return np.repeat(values, runs).reshape(columns, rows).T


def pack(runs: NDArray[np.int64]) -> str:
    """COCO's text for run lengths: from the fourth on a difference to the run two before, in groups of five bits."""
    values = runs.copy()
    values[3:] -= runs[1:-2]
    chars = np.zeros((len(values), 13), np.uint8)
    more = np.ones(len(values), bool)
    length = np.zeros(len(values), np.int64)
    for place in range(13):
        if not more.any():
            break
        low = values & 31
        values = values >> 5
        length += more
        ends = np.where(low & 16, values == -1, values == 0)
        chars[:, place] = low + np.where(ends, 0, 32) + 48
        more &= ~ends
    return chars[np.arange(13) < length[:, None]].tobytes().decode("ascii")


def unpack(counts: str) -> NDArray[np.int64]:
    """The run lengths of COCO's text."""
    try:
        codes = np.frombuffer(counts.encode("ascii"), np.uint8).astype(np.int64) - 48
    except UnicodeEncodeError as error:
        raise MaskError("run lengths are ASCII text") from error
    if not codes.size:
        return np.zeros(0, np.int64)
    if codes.min() < 0 or codes.max() > 63 or codes[-1] & 32:
        raise MaskError("these are not COCO run lengths")
    first = np.flatnonzero(np.concatenate(([True], (codes[:-1] & 32) == 0)))
    place = np.arange(codes.size) - np.repeat(first, np.diff(first, append=codes.size))
    if place.max() > 11:
        raise MaskError("a run length of more than 60 bits")
    values = np.add.reduceat((codes & 31) << (5 * place), first)
    last = np.append(first[1:], codes.size) - 1
    negative = (codes[last] & 16) != 0
    values = np.where(negative, values - (np.int64(1) << (5 * (place[last] + 1))), values)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values
