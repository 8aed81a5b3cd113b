"""Who is whom from one frame to the next: what speaks against each pair, and the pairs against which least does."""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import linear_sum_assignment

from stream_engine.tracking.motion import Motion, vague
from stream_engine.tracking.people import People
from stream_engine.tracking.seen import Array, Flags, Seen, Whole
from stream_engine.tracking.settings import TrackerSettings
from stream_engine.tracking.shapes import Shape, against_shapes

TALLER, WIDER = 0.15, 0.35  # usual change of a box's height and width, as logarithms; limbs make it wide
MOST_SIZE = 4.0  # what a difference in size counts at most: a piece of somebody is still somebody
NEVER = 1e6


def match(people: People, seen: Seen, shapes: Mapping[int, Shape], settings: TrackerSettings) -> Whole:
    """Of each of the people the row that is seen, or -1: by propagate's word, by sure boxes, by the others."""
    matched = _followed(people, seen)
    if not len(people) or not len(seen):
        return matched
    sure, lately = seen.scores >= settings.sure, people.unseen <= settings.lost
    for reach, most in zip(settings.reaches, settings.most, strict=True):
        _pair((people, seen, shapes), matched, (lately, sure), (reach, most))
    _pair((people, seen, shapes), matched, (lately, ~sure), (settings.doubtful_reach, settings.doubtful_most))
    return matched


def _followed(people: People, seen: Seen) -> Whole:
    """Whom propagate follows."""
    matched = np.full(len(people), -1, np.int64)
    if len(seen) and (seen.objects >= 0).any():
        order = np.argsort(seen.objects, kind="stable")
        place = np.searchsorted(seen.objects, people.objects, sorter=order).clip(0, len(seen) - 1)
        same = (seen.objects[order[place]] == people.objects) & (people.objects >= 0)
        told = np.flatnonzero(same)
        told = told[np.argsort(people.unseen[told], kind="stable")]  # of two with one object it is who was seen last
        told = told[np.unique(people.objects[told], return_index=True)[1]]
        matched[told] = order[place[told]]
    return matched


def _pair(
    given: tuple[People, Seen, Mapping[int, Shape]],
    matched: Whole,
    who: tuple[Flags, Flags],
    how: tuple[float, float],
) -> None:
    """Some who are not paired yet with some rows that are nobody's."""
    (people, seen, shapes), (tracks, rows), (reach, most) = given, who, how
    ours = np.flatnonzero(tracks & (matched < 0))
    if not len(ours):
        return
    free = rows.copy()
    free[matched[matched >= 0]] = False
    theirs = np.flatnonzero(free)
    if not len(theirs):
        return
    motion = people.motion.rows(ours)
    against = doubts(motion, seen.boxes[theirs], reach) + vague(motion)[:, None]
    if shapes and seen.masks:
        before = [shapes.get(one) for one in people.ids[ours].tolist()]
        against = against_shapes(against, before, motion.at, [seen.masks[row] for row in theirs.tolist()], most)
    mine, yours = pairs(against, most)
    matched[ours[mine]] = theirs[yours]


def doubts(motion: Motion, boxes: Array, reach: float) -> Array:
    """What speaks against each pair, N x M, as squares of standard deviations; NEVER where grown boxes do not meet.

    Boxes grow by this reach, in widths and heights, and by how far off the expected one may be.
    """
    at, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    spread = motion.spread
    off = at[None] - motion.at[:, None]
    far = ((off / spread[:, None]) ** 2).sum(axis=2)
    size = np.log(sides[None] / motion.size[:, None]) / (WIDER, TALLER)
    against = far + np.minimum((size**2).sum(axis=2), MOST_SIZE)
    half = (0.5 + reach) * motion.size + 2 * spread
    meet = (np.abs(off) < half[:, None] + (0.5 + reach) * sides[None]).all(axis=2)
    return np.where(meet, against, NEVER)


def pairs(against: Array, most: float) -> tuple[Whole, Whole]:
    """Rows and columns, one to one: as many as possible with no more than this against them, and least in all."""
    if not against.size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    ours, theirs = linear_sum_assignment(np.minimum(against, most))
    good = against[ours, theirs] < most
    return ours[good], theirs[good]
