"""AP50: average precision of detection at an overlap of 0.5, for each role, as COCO computes it.

Results of a role go by falling score; in its frame each takes the truth of that role that it overlaps most, if that is
free. A result that only meets a "don't care", as it is seen or as a whole body, counts neither way, nor does that
truth; under a wipe there is neither. Precision, made falling, is read at 101 recalls and averaged. The ball has few
pixels, and half of an overlap of a few pixels is luck: its boxes, truth and result alike, are grown about their middle
to at least 12 px a side (at 1080p).
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.boxes import Floats, grown, overlap
from stream_engine.messages import Role, TrackedObject
from stream_engine.scoring.ball import ball_counts
from stream_engine.scoring.boxes import HALF, boxes_of
from stream_engine.scoring.people import People
from stream_engine.scoring.read import Truth

ROLES: tuple[Role, ...] = ("player", "goalkeeper", "referee", "ball")
RECALLS: Floats = np.linspace(0, 1, 101)
LEAST_BALL_PX = 12.0
BARELY_HALF = HALF - 1e-10  # as COCO: equal is enough

Bools = NDArray[np.bool_]


class Look(NamedTuple):
    """What is to be found of one role in a frame, and what was found."""

    similarity: Floats  # of each truth (rows) with each result (columns)
    counts: Bools  # of each truth: it is no "don't care"
    scores: Floats  # of each result


def ap50_by_role(truth: Truth, frames: list[People]) -> dict[str, float | None]:
    """None for a role that the truth or the events never have."""
    looks = {role: [_look(truth, frame, role) for frame in frames] for role in ROLES[:-1]}
    looks["ball"] = [_look_for_ball(truth, frame) for frame in frames]
    return {role: average_precision(found) if _is_told(found) else None for role, found in looks.items()}


def average_precision(looks: Iterable[Look]) -> float | None:
    """AP over frames; None when there is nothing to be found."""
    looks = list(looks)
    wanted = sum(int(look.counts.sum()) for look in looks)
    if not wanted:
        return None
    parts = [_sort_out(look) for look in looks]
    scores, hits, kept = (np.concatenate([part[at] for part in parts]) for at in range(3))
    order = np.argsort(-scores[kept], kind="stable")
    right = hits[kept][order]
    tp = np.cumsum(right)
    precision = tp / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(tp / wanted, RECALLS, side="left")
    return float(np.append(precision, 0.0)[np.minimum(at, len(precision))].mean())


def _is_told(looks: list[Look]) -> bool:
    return any(len(look.scores) for look in looks)


def _sort_out(look: Look) -> tuple[Floats, Bools, Bools]:
    """Of each result by falling score: the score, whether it is right, whether it counts at all."""
    order = np.argsort(-look.scores, kind="stable")
    similarity = look.similarity.T[order]
    free = look.counts.copy()
    idle = ~look.counts  # "don't care" that no result has taken
    right, kept = np.zeros(len(order), bool), np.ones(len(order), bool)
    for at, row in enumerate(similarity):
        if (best := _best(row, free)) is not None:
            free[best], right[at] = False, True
        elif (best := _best(row, idle)) is not None:
            idle[best], kept[at] = False, False
    return look.scores[order], right, kept


def _best(row: Floats, free: Bools) -> int | None:
    """Which free one is overlapped most; of equals the last, as COCO has it."""
    if not row.size:
        return None
    open_row = np.where(free, row, 0.0)
    best = len(row) - 1 - int(open_row[::-1].argmax())
    return best if open_row[best] >= BARELY_HALF else None


def _look(truth: Truth, frame: People, role: Role) -> Look:
    """Whoever is barely seen is "don't care" for every role: nobody can tell it."""
    of_role = np.array([truth.people[seen.id].role == role for seen in frame.truth], bool)
    rows = of_role | ~frame.counts
    columns = np.array([item.role == role for item in frame.results], bool)
    return Look(frame.similarity[np.ix_(rows, columns)], frame.counts[rows], _scores(frame.results)[columns])


def _look_for_ball(truth: Truth, frame: People) -> Look:
    aligned = frame.aligned
    if aligned.truth.wipe:
        return Look(np.zeros((0, 0)), np.zeros(0, bool), np.zeros(0))
    told = [aligned.truth.ball.box_px] if aligned.truth.ball.box_px else []
    found = [item for item in aligned.event.objects if item.role == "ball"] if aligned.event else []
    ours, theirs = (
        grown(boxes_of(boxes), LEAST_BALL_PX * truth.scale) for boxes in (told, [item.box_px for item in found])
    )
    return Look(overlap(ours, theirs), np.array([ball_counts(aligned.truth)] * len(told), bool), _scores(found))


def _scores(items: Iterable[TrackedObject]) -> Floats:
    return np.array([item.score for item in items], np.float64)
