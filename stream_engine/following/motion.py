"""Where objects should be now: each goes on as it went, and the camera's movement comes on top."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

TURNS = 0.35  # share of a newly seen velocity that is believed
GROWS = 0.15  # share of a newly seen size
TIRES = 0.9  # what is left of a velocity after each frame without being seen
LEAST_PX = 4.0


class Motion(NamedTuple):
    """N objects: middles, widths and heights, and pixels a frame beyond what the camera does."""

    at: Array  # N, 2
    size: Array  # N, 2
    velocity: Array  # N, 2

    @classmethod
    def of(cls, boxes: Array) -> "Motion":
        """Objects that have just been found."""
        at = (boxes[:, :2] + boxes[:, 2:]) / 2
        return cls(at, np.maximum(boxes[:, 2:] - boxes[:, :2], LEAST_PX), np.zeros_like(at))

    def rows(self, which: Any) -> "Motion":
        """Some of them."""
        return Motion(*(part[which] for part in self))

    @property
    def boxes(self) -> Array:
        return np.hstack([self.at - self.size / 2, self.at + self.size / 2])

    @property
    def longer(self) -> Array:
        """Each one's longer side."""
        return np.asarray(self.size.max(axis=1))

    def carried(self, matrix: Array) -> "Motion":
        """The same objects, if only the camera had moved: by 2 rows of 3."""
        turn = matrix[:, :2]
        zoom = float(np.hypot(turn[0, 0], turn[1, 0]))
        return Motion(self.at @ turn.T + matrix[:, 2], self.size * zoom, self.velocity @ turn.T)

    def ahead(self, frames: float = 1.0) -> "Motion":
        """So many frames later."""
        return self._replace(at=self.at + self.velocity * frames)

    def unknown(self, row: int) -> "Motion":
        """The same, but nobody knows where one of them is."""
        at = self.at.copy()
        at[row] = np.nan
        return self._replace(at=at)

    def put(self, row: int, other: "Motion") -> "Motion":
        """The same, but one of them is somewhere else and as large as it is there; it goes on as it went."""
        at, size = self.at.copy(), self.size.copy()
        at[row], size[row] = other.at[0], other.size[0]
        return Motion(at, size, self.velocity)

    def seen(self, before: "Motion", found: Array, since: int | Whole) -> "Motion":
        """Corrected by boxes that were found; `before` is where they were so many frames ago, carried by the camera.

        A row of no numbers was not found: it goes on, ever slower. Where `before` is no number, nothing is learned of
        the velocity.
        """
        frames = np.broadcast_to(np.asarray(since, np.float64), len(self.at))[:, None]
        there = np.asarray(np.isfinite(found).all(axis=1))[:, None]
        box = np.where(there, found, 0.0)
        at, size = (box[:, :2] + box[:, 2:]) / 2, np.maximum(box[:, 2:] - box[:, :2], LEAST_PX)
        known = np.isfinite(before.at)
        step = np.where(known, (at - np.where(known, before.at, 0.0)) / frames, self.velocity)
        velocity = self.velocity + TURNS * (step - self.velocity)
        return Motion(
            np.where(there, at, self.at),
            np.where(there, self.size + GROWS * (size - self.size), self.size),
            np.where(there, velocity, self.velocity * TIRES**frames),
        )
