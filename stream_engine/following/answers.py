"""From what a net answers to one mask for each object: which candidate, whose pixels, and what speaks for it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import largest_piece
from stream_engine.boxes import overlap
from stream_engine.following.windows import EMPTY, Array, Flags, Floats, Others, Whole, boxes_of, of_others, shares_of
from stream_engine.models.propagators import Answers

MOTION = 0.2  # what the predicted box says against the predicted IoU; SAMURAI's 0.15 to 0.25
LOSER = -1.0  # greatest logit where somebody else is more likely
LEAST_CELLS = 4  # fewer are nothing


class Chosen(NamedTuple):
    """One mask for each of N objects, and the K that were not taken."""

    logits: Floats  # N, side, side
    iou: Floats  # N
    object_logit: Floats  # N
    pointers: Floats  # N, width
    bodies: Array  # N, 4: the whole body in the picture, or what is around the mask; no numbers: nobody is seen
    alternative_iou: Floats  # N, K
    alternative_box: Array  # N, K, 4


def ordered(parts: Sequence[Chosen], rows: Whole) -> Chosen:
    """Parts one after another, sorted by their rows; who has fewer alternatives gets some that are nothing."""
    most = max(part.alternative_iou.shape[1] for part in parts)
    order = np.argsort(rows, kind="stable")
    together: Any = zip(*(_widened(part, most) for part in parts), strict=True)
    return Chosen(*(np.concatenate(each)[order] for each in together))


def _widened(chosen: Chosen, most: int) -> Chosen:
    more = most - chosen.alternative_iou.shape[1]
    return chosen._replace(
        alternative_iou=np.pad(chosen.alternative_iou, ((0, 0), (0, more))),
        alternative_box=np.pad(chosen.alternative_box, ((0, 0), (0, more), (0, 0))),
    )


def sound(answers: Answers) -> tuple[Answers, int]:
    """The same, but whoever got anything that is no finite number is not seen; and how many those are."""
    parts: Any = [part for part in answers if part is not None]
    bad = ~np.all([np.isfinite(part).reshape(len(part), -1).all(axis=1) for part in parts], axis=0)
    if not bad.any():
        return answers, 0

    def mended(part: Any, instead: float) -> Any:
        return np.where(bad.reshape(-1, *[1] * (part.ndim - 1)), part.dtype.type(instead), part)

    return Answers(
        mended(answers.masks, EMPTY), mended(answers.iou, 0), mended(answers.object_logit, EMPTY),
        mended(answers.pointers, 0), None if answers.bodies is None else mended(answers.bodies, 0),
    ), int(bad.sum())  # fmt: skip


def choose(answers: Answers, windows: Array, expected: Array) -> Chosen:
    """The candidate that the net and the expected boxes speak for."""
    count, candidates, side = answers.masks.shape[:3]
    each = np.arange(count)
    best = np.zeros(count, np.int64)
    if candidates > 1:
        flat = boxes_of(answers.masks.reshape(-1, side, side), np.repeat(windows, candidates, axis=0))
        near = overlap(np.nan_to_num(flat), expected)[np.arange(len(flat)), np.repeat(each, candidates)]
        best = ((1 - MOTION) * answers.iou + MOTION * near.reshape(count, candidates)).argmax(axis=1)
    logits = answers.masks[each, best]
    rest = np.array([[c for c in range(candidates) if c != b] for b in best.tolist()], np.int64)
    rest = rest.reshape(count, candidates - 1)
    if answers.bodies is None:
        bodies = boxes_of(logits, windows)
    else:
        bodies = answers.bodies[each, best] * np.tile(windows[:, 2:], 2) + np.tile(windows[:, :2], 2)
    return Chosen(
        logits, answers.iou[each, best], answers.object_logit, answers.pointers[each, best],
        np.where((answers.object_logit > 0)[:, None], bodies, np.nan),
        np.take_along_axis(answers.iou, rest, 1), _outside(answers.masks, logits, rest, windows),
    )  # fmt: skip


def _outside(masks: Floats, chosen: Floats, rest: Whole, windows: Array) -> Array:
    """The box of each alternative's largest piece outside of the chosen mask, in the picture; none has no area."""
    boxes = np.zeros((*rest.shape, 4))
    scale = windows[:, 2:] / masks.shape[-1]
    for row, places in enumerate(rest.tolist()):
        for column, place in enumerate(places):
            piece = largest_piece((masks[row, place] > 0) & (chosen[row] <= 0))
            if piece is not None:
                boxes[row, column] = np.array(piece) * np.tile(scale[row], 2) + np.tile(windows[row, :2], 2)
    return boxes


class Settled(NamedTuple):
    """Masks after those that overlap have been told apart."""

    logits: NDArray[np.float32]  # N, side, side; nowhere above 0 where nobody is seen
    boxes: Array  # N, 4: around the masks; no numbers where nobody is seen
    cells: Array  # N: of the mask, before any of it was lost to others
    overlap: Array  # N, N: share of each one's mask that lies in each other's

    @property
    def seen(self) -> Flags:
        return np.asarray(np.isfinite(self.boxes[:, 0]))

    def rows(self, which: slice) -> "Settled":
        """Some of them, as far as they have to do with one another."""
        return Settled(self.logits[which], self.boxes[which], self.cells[which], self.overlap[which, which])

    def agreement(self, found: Array) -> Array:
        """IoU of each one's box with its own detection; no number where one of them is missing."""
        return agreement(self.boxes, found)


def agreement(boxes: Array, found: Array) -> Array:
    """IoU of each with each other's row; no number where either has none."""
    shares = np.full(len(boxes), np.nan)
    both = np.flatnonzero(np.isfinite(boxes[:, 0]) & np.isfinite(found[:, 0]))
    shares[both] = np.diagonal(overlap(boxes[both], found[both]))
    return shares


def settle(chosen: Chosen, windows: Array, groups: Whole) -> Settled:
    """Where masks of one group overlap, the likelier has the pixel."""
    shares = shares_of(chosen.logits) * (chosen.object_logit > 0)[:, None, None]
    others: Others = of_others(shares, windows, groups, shares.shape[-1])
    logits = np.where(others.shares > shares, np.minimum(chosen.logits, LOSER), chosen.logits)
    there = (chosen.object_logit > 0) & ((logits > 0).sum((1, 2)) >= LEAST_CELLS)
    logits = np.where(there[:, None, None], logits, EMPTY).astype(np.float32)
    cells: Any = (shares > 0.5).sum((1, 2))
    return Settled(logits, boxes_of(logits, windows), cells.astype(np.float64), others.overlap)
