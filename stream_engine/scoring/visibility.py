"""How good masks are by how much of a person can be seen.

Every person who counts in a frame with an event is judged: by the masks' measures where he was paired with a result
that has a mask, else by 0. That tells of finding as well as of drawing, while `mask_iou` tells of drawing alone.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stream_engine.boxes import Floats
from stream_engine.scoring.people import People
from stream_engine.scoring.shapes import Shape

VISIBLE, LEAST = 0.7, 0.3  # seen at least: visible; occluded


class MasksSeen(NamedTuple):
    """Means over persons and frames; None where nobody was judged."""

    mask_iou_visible: float | None
    mask_f_visible: float | None
    mask_iou_visible_judged: int
    mask_iou_occluded: float | None
    mask_iou_occluded_judged: int


def masks_seen(people: Sequence[People], shapes: Sequence[list[Shape]]) -> MasksSeen:
    """Over all frames; nobody is judged where no result has a mask."""
    if not any(found.mask is not None for frame in people for found in frame.results):
        return MasksSeen(None, None, 0, None, 0)
    answered = [(frame, found) for frame, found in zip(people, shapes, strict=True) if frame.aligned.event is not None]
    rows = [row for frame, found in answered for row in _rows(frame, found)]
    seen, j, f = np.array(rows, np.float64).reshape(-1, 3).T
    visible, occluded = seen >= VISIBLE, (seen >= LEAST) & (seen < VISIBLE)
    return MasksSeen(_mean(j[visible]), _mean(f[visible]), int(visible.sum()), _mean(j[occluded]), int(occluded.sum()))


def _rows(frame: People, shapes: list[Shape]) -> list[tuple[float, float, float]]:
    """Of each person who counts: the share that is seen, J and F."""
    masked = (pair.truth.id for pair in frame.pairs if pair.found.mask is not None)
    of_person = dict(zip(masked, shapes, strict=True))
    none = Shape(0.0, 0.0)
    persons = (seen for seen, counts in zip(frame.truth, frame.counts, strict=True) if counts)
    return [(seen.visible, *of_person.get(seen.id, none)) for seen in persons]


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if values.size else None
