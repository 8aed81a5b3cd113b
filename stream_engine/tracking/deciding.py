"""Who of those who are not to be seen somebody is who has just come up: what place and looks say together."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from stream_engine.tracking.motion import Motion, vague
from stream_engine.tracking.seen import Array, Whole

UNKNOWN = 29.0  # how unlikely somebody is whom nobody knows, anywhere in the picture
LOOKS_LIKE, SHARP = 0.41, 60.0  # distance of looks that says nothing; what a distance of 1 less than it speaks for
MOST_LOOKS = 16.0  # that looks may say for or against
PLACE_ALONE = 0.2
FAR_OFF = -8.0  # that a place may say against: less than looks may say for


def of_place(motion: Motion, boxes: Array) -> Array:
    """What the places of N boxes say for being each of M people, beside being somebody unknown."""
    found = Motion.of(boxes)
    off = (((found.at[:, None] - motion.at[None]) / motion.spread[None]) ** 2).sum(axis=2)
    tall = np.log(found.size[:, None, 1] / motion.size[None, :, 1]) / 0.2
    unlike = off + np.minimum(tall**2, 9.0) + vague(motion)[None]
    return np.asarray(np.maximum(UNKNOWN - unlike, FAR_OFF))


def of_looks(unlike: Array) -> Array:
    """What distances of looks say; nothing where there is none."""
    said = np.clip((LOOKS_LIKE - unlike) * SHARP, -MOST_LOOKS, MOST_LOOKS)
    return np.where(np.isfinite(said), said, 0.0)


def both(place: Array, unlike: Array) -> Array:
    """What place and looks say; place alone says less, for looks are still to come."""
    return np.where(np.isfinite(unlike), place + of_looks(unlike), place * PLACE_ALONE)


def chosen(said: Array, least: float, margin: float) -> tuple[Whole, Whole]:
    """Rows and columns that are one: for whom all in all most speaks, and for none of the two as much for another."""
    if not said.size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    ours, theirs = linear_sum_assignment(np.maximum(said, 0.0), maximize=True)
    value = said[ours, theirs]
    others = said.copy()
    others[ours, theirs] = -np.inf
    next_best = np.maximum(others[ours].max(axis=1), others[:, theirs].max(axis=0))
    good = (value >= least) & (value - np.maximum(next_best, 0.0) >= margin)
    return ours[good], theirs[good]
