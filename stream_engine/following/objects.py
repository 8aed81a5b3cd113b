"""The objects of one stream, a row each."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.following.motion import Motion
from stream_engine.following.windows import EMPTY, Array, Whole, around, moved
from stream_engine.messages import Role

PERSONS: tuple[Role, ...] = ("player", "goalkeeper", "referee", "other")  # who is followed; a ball is too small


@dataclass(frozen=True, slots=True)
class Objects:
    """N of them; every part has N rows."""

    ids: Whole
    handles: Whole  # of their memories
    motion: Motion  # where it is by now
    before: Motion  # where it was when the net last looked, carried by the camera alone
    windows: Array  # N, 4: where the mask lies now: left, top, width, height
    logits: NDArray[np.float32]  # N, side, side: the mask
    boxes: Array  # N, 4: what is told of where it is; no numbers: it was not seen
    votes: Array  # N, PERSONS: how surely the detector said which role
    score: Array  # N
    since: Whole  # frames since the net last looked for it
    unseen: Whole  # frames since the net or the detector last saw it
    unfound: Whole  # looks of the detector in a row that did not find it
    doubts: Whole  # looks in a row in which detector and mask disagreed

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, which: Any) -> "Objects":
        """Some of them."""
        parts: Any = (getattr(self, field.name) for field in fields(self))
        chosen: Any = (part.rows(which) if isinstance(part, Motion) else part[which] for part in parts)
        return Objects(*chosen)

    def joined(self, others: "Objects") -> "Objects":
        """These and those."""
        names = [field.name for field in fields(self)]
        return Objects(*(_joined(getattr(self, name), getattr(others, name)) for name in names))

    def changed(self, **parts: Any) -> "Objects":
        """The same, some parts of it replaced."""
        return replace(self, **parts)

    def ahead(self, camera: Array, frames: int) -> "Objects":
        """So many frames later, after a movement of the camera by 2 rows of 3; masks go with their objects."""
        now = self.motion.carried(camera).ahead(frames)
        return replace(
            self, motion=now, before=self.before.carried(camera), since=self.since + frames,
            windows=moved(self.windows, self.motion, now),
            boxes=_corners(moved(_sides(self.boxes), self.motion, now)),
        )  # fmt: skip

    @property
    def roles(self) -> list[Role]:
        """What each is by the votes so far."""
        return [PERSONS[place] for place in self.votes.argmax(axis=1).tolist()]


def _sides(boxes: Array) -> Array:
    return np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])


def _corners(windows: Array) -> Array:
    return np.hstack([windows[:, :2], windows[:, :2] + windows[:, 2:]])


def _joined(ours: Any, theirs: Any) -> Any:
    if isinstance(ours, Motion):
        return Motion(*(np.concatenate(parts) for parts in zip(ours, theirs, strict=True)))
    return np.concatenate((ours, theirs))


def nobody(side: int) -> Objects:
    """No objects, with masks of so many cells a side."""
    return begun(np.zeros(0, np.int64), np.zeros(0, np.int64), Motion.of(np.zeros((0, 4))), side)


def begun(ids: Whole, handles: Whole, motion: Motion, side: int) -> Objects:
    """Objects that have just been found: nothing is known of them but where they are."""
    count, none = len(ids), np.zeros(len(ids), np.int64)
    return Objects(
        ids=ids, handles=handles, motion=motion, before=motion, windows=around(motion).astype(np.float64),
        logits=np.full((count, side, side), EMPTY, np.float32), boxes=np.full((count, 4), np.nan),
        votes=np.zeros((count, len(PERSONS))),
        score=np.zeros(count), since=none, unseen=none, unfound=none, doubts=none,
    )  # fmt: skip
