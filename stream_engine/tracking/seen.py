"""What is seen in one frame, as arrays; and what of it is no use to anybody."""

from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from stream_engine.masks import MaskRle
from stream_engine.messages import Role

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

ROLES: tuple[Role, ...] = get_args(Role)
BALL = ROLES.index("ball")
MOST = 400  # people in one frame; more are a detector gone wild, and the least sure of them are left out
FARTHEST_PX = 1e6
SAME = 0.004  # of a height: boxes that differ by no more are one person told twice
EDGE_PX = 1.5  # so near the picture's edge a box is cut off by it
SLENDER, STOUT = 0.5, 0.55  # widths of people who stand and who run, in heights


@dataclass(frozen=True, slots=True)
class Move:
    """How the picture moved since frame `since_seq`, by 2 rows of 3."""

    since_seq: int
    matrix: Array


@dataclass(frozen=True, slots=True)
class Seen:
    """N people in one frame of one stream; every array has N rows."""

    seq: int
    size: tuple[int, int]  # of the picture: width, height
    boxes: Array  # N, 4: left, top, right, bottom
    scores: Array
    roles: Whole  # places in ROLES
    objects: Whole  # what propagate calls them; -1: it does not follow them
    fresh: Flags  # found in this very frame
    masks: tuple[MaskRle | None, ...] = ()
    camera: Array | None = None  # how the picture moved since the frame before, by 2 rows of 3; None: nobody knows
    since_seq: int | None = None  # the frame since which it moved so; None: the one before, whichever came
    cut: bool = False
    back: Move | None = None  # this camera was on air before
    epoch: int = 0  # another one: frames are numbered anew
    names: tuple[str | None, ...] = ()  # that somebody outside gave
    places: Whole = field(default_factory=lambda: np.zeros(0, np.int64))  # where each row was in what came

    def __len__(self) -> int:
        return len(self.boxes)

    def rows(self, which: Any) -> "Seen":
        """Some of them."""
        chosen = np.arange(len(self))[which]
        masks, names = (tuple(of[row] for row in chosen.tolist()) if of else () for of in (self.masks, self.names))
        parts = {name: getattr(self, name)[which] for name in ("boxes", "scores", "roles", "objects", "fresh")}
        places = self.places if len(self.places) else np.arange(len(self))
        return replace(self, masks=masks, names=names, places=places[which], **parts)


def completed(seen: Seen) -> Seen:
    """The same; whoever is cut off by the picture's edge has a box that reaches out of it, as wide as people are."""
    left, top, right, bottom = seen.boxes.T.copy()
    across, down = seen.size
    wide = np.maximum(right - left, SLENDER * (bottom - top))
    left, right = np.where(left <= EDGE_PX, right - wide, left), np.where(right >= across - EDGE_PX, left + wide, right)
    tall = np.maximum(bottom - top, (right - left) / STOUT)
    top, bottom = np.where(top <= EDGE_PX, bottom - tall, top), np.where(bottom >= down - EDGE_PX, top + tall, bottom)
    return replace(seen, boxes=np.stack([left, top, right, bottom], axis=1))


def usable(seen: Seen) -> Flags:
    """Who can be followed: boxes with an area, finite scores, no object twice, and not more than anybody can count."""
    with np.errstate(invalid="ignore"):
        width, height = (seen.boxes[:, 2:] - seen.boxes[:, :2]).T
        good = np.isfinite(seen.boxes).all(axis=1) & np.isfinite(seen.scores) & (width > 0) & (height > 0)
        good &= (np.abs(seen.boxes) < FARTHEST_PX).all(axis=1) & (seen.scores > 0)
    good &= _first_of(seen.objects, good)
    good &= _told_once(seen, good)
    if good.sum() > MOST:
        least = np.sort(seen.scores[good])[-MOST]
        good &= seen.scores >= least
        good[np.flatnonzero(good)[MOST:]] = False
    return np.asarray(good)


def _told_once(seen: Seen, good: Flags) -> Flags:
    """Not those whose very box has been told before, and whom nobody follows."""
    boxes = np.where(good[:, None], seen.boxes, np.arange(len(seen))[:, None] * -FARTHEST_PX)
    apart, tall = np.abs(boxes[:, None] - boxes[None]).max(axis=2), boxes[:, 3] - boxes[:, 1]
    near = apart <= SAME * tall[:, None]
    return np.asarray((seen.objects >= 0) | ~np.tril(near, -1).any(axis=1))


def _first_of(objects: Whole, good: Flags) -> Flags:
    """Not those whose object has been told before in the same frame."""
    first = np.ones(len(objects), bool)
    named = np.flatnonzero(good & (objects >= 0))
    first[named] = False
    first[named[np.unique(objects[named], return_index=True)[1]]] = True
    return first
