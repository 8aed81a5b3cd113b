"""Detectors that ask a fixed number of queries: one box and a score for every class of each; nothing is suppressed."""

import numpy as np
from scipy.special import expit

from stream_engine.engines import EngineError, Model
from stream_engine.models.detectors.common import ROLES, Floats, Found, Whole, sides_of


def classes_of(model: Model, boxes: str, scores: str) -> int:
    """Of how many classes the scores are, which are named beside the boxes of the same queries."""
    ours, theirs = sides_of(model, boxes, scores)
    if len(ours) == len(theirs) == 3 and isinstance(theirs[2], int):
        pairs = (ours[1], theirs[1]), (ours[2], 4)
        if all(side == other for side, other in pairs if isinstance(side, int) and isinstance(other, int)):
            return theirs[2]
    raise EngineError(
        f"{model.name}: the outputs of {model.family} are {boxes} [batch, queries, 4] and "
        f"{scores} [batch, queries, classes]; the manifest says {list(ours)} and {list(theirs)}"
    )


def best_pairs(boxes: Floats, logits: Floats, size: tuple[int, int], background: int | None) -> Found:
    """Of all pairs of query and class the best, as many as there are queries; a query may be among them twice.

    `boxes`: N, 4 as middle, width and height in shares of the input.
    """
    queries, classes = logits.shape
    if background is not None:
        logits = logits.copy()
        logits[:, background] = -np.inf  # takes no other class's place among the best
    flat = logits.ravel()
    best = np.argpartition(-flat, queries - 1)[:queries]
    sources = best // classes
    middle, half = boxes[sources, :2], boxes[sources, 2:] / 2
    corners = np.hstack([middle - half, middle + half]) * (size * 2)
    return Found(corners, best % classes, expit(flat[best]), sources)


def one_each(found: Found, roles: Whole) -> Whole:
    """A query is told once in each role: several of the maker's classes may be one role to us."""
    _, first = np.unique(found.sources * len(ROLES) + roles, return_index=True)
    return np.sort(first)
