"""When an object begins and ends, and when it has to be pointed at again: what detections say of it."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from stream_engine.boxes import overlap
from stream_engine.following.answers import Settled
from stream_engine.following.objects import PERSONS, Objects
from stream_engine.following.prompts import Pointed
from stream_engine.following.windows import Array, Flags, Whole, moved
from stream_engine.messages import Detection, Role

SAME = 0.25  # IoU of where an object is expected with a detection, at least, to be of one person
TAKEN = 0.6  # IoU with an object's expected box from which on a detection is no news
START_SCORE = 0.35  # of a detection that begins an object
AGREES = 0.25  # IoU of mask and detection: below it one of them is wrong. Of people who are half hidden little is seen
EXPECTED = 3.0  # what the overlap with the expected place counts beside that with the mask; 0, 1 and 3 were tried
DOUBTS = 2  # looks in a row after which the detection is believed
UNSEEN = 30  # frames without being seen after which an object ends
UNFOUND = 12  # looks without a detection after which it does
TWICE = 0.6  # share of a new object's mask in an older one's: it is the same person
SAYS = 100.0  # looks of the detector that a role from outside is worth
LEARNS = 0.3  # what the last detection's score counts


def match(boxes: Array, detections: Array) -> Whole:
    """Of each object its detection, or -1: one to one, so that the overlap is greatest in all; too little is none."""
    shares = overlap(boxes, detections)
    return paired(np.where(shares >= SAME, shares, 0.0))


def paired(worth: Array) -> Whole:
    """Of each row its column, or -1: one to one, so that they are worth most in all; what is worth nothing is none."""
    ours, theirs = linear_sum_assignment(worth, maximize=True)
    good = worth[ours, theirs] > 0
    columns = np.full(len(worth), -1, np.int64)
    columns[ours[good]] = theirs[good]
    return columns


def matched_boxes(matched: Whole, detections: Array) -> Array:
    """The matched detections' boxes; no numbers where none was matched."""
    found = np.full((len(matched), 4), np.nan)
    some = matched >= 0
    found[some] = detections[matched[some]]
    return found


def beginning(detections: Sequence[Detection], boxes: Array, expected: Array, matched: Whole) -> list[int]:
    """Places of detections that begin an object: sure enough, and nobody is known to be there."""
    sure = [place for place, item in enumerate(detections) if item.score >= START_SCORE]
    free = [place for place in sure if place not in set(matched.tolist())]
    if not free or not len(expected):
        return free
    known = overlap(boxes[free], expected).max(axis=1)
    return [place for place, share in zip(free, known.tolist(), strict=True) if share < TAKEN]


def doubted(objects: Objects, matched: Whole) -> Whole:
    """Rows that the detector has found elsewhere for a while."""
    return np.flatnonzero((objects.doubts >= DOUBTS) & (matched >= 0))


def recognised(settled: Settled, expected: Array, detections: Array, matched: Whole) -> Whole:
    """Of each object the detection that means what its mask means, or else the one expected of it, if it is free.

    Where a detection could mean two people, it means the one who was expected there.
    """
    shares = overlap(np.where(settled.seen[:, None], settled.boxes, 0.0), detections)
    means = paired(np.where(shares >= AGREES, shares + EXPECTED * overlap(expected, detections), 0.0))
    left = (means < 0) & ~np.isin(matched, means[means >= 0])
    return np.where(left, matched, means)


def heard(objects: Objects, detections: Sequence[Detection], means: Whole, agreed: Array) -> Objects:
    """After a look of the detector: what it says of roles, who was not found, and who is in doubt.

    `means` are the objects' detections, `agreed` the IoU of each with the box of the mask; no number without a mask.
    """
    votes, score = objects.votes.copy(), objects.score.copy()
    for row, place in enumerate(means.tolist()):
        if place >= 0:
            detection = detections[place]
            votes[row, PERSONS.index(detection.role)] += detection.score
            score[row] += LEARNS * (detection.score - score[row]) if score[row] else detection.score
    there = means >= 0
    doubts = np.where(there & ~(agreed >= AGREES), objects.doubts + 1, 0)
    return objects.changed(votes=votes, score=score, doubts=doubts, unfound=np.where(there, 0, objects.unfound + 1))


def put_right(objects: Objects, detections: Sequence[Detection], matched: Whole, found: Array) -> Objects:
    """After a look of the detector alone: everybody is where it found them, and masks go along."""
    told = heard(objects, detections, matched, np.ones(len(objects))).changed(doubts=objects.doubts)
    since = np.maximum(objects.since, 1)
    now = objects.motion.seen(objects.before, found, since)
    there = np.asarray(np.isfinite(found).all(axis=1))
    return told.changed(
        motion=now, before=now, windows=moved(objects.windows, objects.motion, now),
        boxes=np.where(there[:, None], found, objects.boxes),
        unseen=np.where(there, 0, objects.unseen + since), since=np.zeros_like(since),
    )  # fmt: skip


def meant(objects: Objects, where: Pointed) -> int | None:
    """The row of whoever is followed already where somebody points; None if nobody is."""
    if not len(objects):
        return None
    if 1 in where.labels:
        inside = [under(objects, point) for point, label in zip(where.points, where.labels, strict=True) if label == 1]
        rows = np.flatnonzero(np.all(inside, axis=0))
        return int(rows[0]) if len(rows) else None
    shares = overlap(where.box[None], objects.motion.boxes)[0]
    return int(shares.argmax()) if shares.max() >= TAKEN else None


def under(objects: Objects, point: Array) -> Flags:
    """Whose mask covers a point of the picture."""
    side = objects.logits.shape[-1]
    cells = np.floor((point - objects.windows[:, :2]) / objects.windows[:, 2:] * side).astype(np.int64)
    inside = ((cells >= 0) & (cells < side)).all(axis=1)
    column, row = cells.clip(0, side - 1).T
    return np.asarray(inside & (objects.logits[np.arange(len(objects)), row, column] > 0))


def called(objects: Objects, row: int, role: Role) -> Objects:
    """One of them is what somebody says it is."""
    votes, score = objects.votes.copy(), objects.score.copy()
    votes[row, PERSONS.index(role)] += SAYS
    score[row] = 1.0
    return objects.changed(votes=votes, score=score)


def ended(objects: Objects, size: tuple[int, int], named: Flags) -> Flags:
    """Those who have not been seen, or not been found, for too long, or have left the picture.

    Whoever has a name was pointed at: the detector need not know them.
    """
    at, half = objects.motion.at, objects.motion.size / 2
    gone = (at + half / 2 < 0).any(axis=1) | (at - half / 2 > size).any(axis=1)
    unfound = (objects.unfound > UNFOUND) & ~named
    return np.asarray((objects.unseen > UNSEEN) | unfound | gone)


def doubles(settled: Settled, new: Flags, found: Flags) -> Flags:
    """New objects that neither the net nor the detector sees, or that are somebody who is already there."""
    older = settled.overlap[:, ~new].max(axis=1, initial=0.0)
    return np.asarray(new & (~(settled.seen | found) | (older > TWICE)))
