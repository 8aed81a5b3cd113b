"""Where everybody should be by now, and how sure that is: constant velocity, in units of each one's height."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from stream_engine.tracking.seen import Array

MEASURED = 0.05**2  # of a height: how far a box's middle is from the body's
JERK = 0.005**2  # of a height, each frame: how far a velocity changes
BEGINS = 0.1**2  # how far a velocity may be from that of the others at first
GROWS = 0.4  # share of a newly seen size
TIRES = 0.94  # of a velocity beyond the others' is left after each frame unseen
WANDERS = 0.02  # what an unseen place gains in doubt each frame
FASTEST = 0.03**2  # how far an unseen velocity may be from that of the others
MOST_DOUBT = 4.0  # heights squared: people keep their places in the team
LEAST_PX = 4.0
FLAT = 0.5  # of what people go across the picture, how much up and down: the pitch is seen from the side
LEAST_TRUST = 0.3
LIMBS = 1.8  # how much wider a body may be at one time than at another


@dataclass(frozen=True, slots=True)
class Motion:
    """N people: middles, sizes, velocities beyond the camera's, and how far off these may be."""

    at: Array  # N, 2
    size: Array  # N, 2
    velocity: Array  # N, 2: pixels a frame
    doubt: Array  # N, 3: of the place, of place with velocity, of the velocity; heights squared

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def of(cls, boxes: Array, velocity: Array | None = None) -> "Motion":
        """People who have just been found."""
        at = (boxes[:, :2] + boxes[:, 2:]) / 2
        size = np.maximum(boxes[:, 2:] - boxes[:, :2], LEAST_PX)
        doubt = np.tile((MEASURED, 0.0, BEGINS), (len(boxes), 1))
        return cls(at, size, np.zeros_like(at) if velocity is None else np.broadcast_to(velocity, at.shape), doubt)

    def rows(self, which: Any) -> "Motion":
        """Some of them."""
        return Motion(*(getattr(self, part.name)[which] for part in fields(self)))

    def joined(self, others: "Motion") -> "Motion":
        """These and those."""
        parts = [part.name for part in fields(self)]
        return Motion(*(np.concatenate((getattr(self, name), getattr(others, name))) for name in parts))

    @property
    def boxes(self) -> Array:
        return np.hstack([self.at - self.size / 2, self.at + self.size / 2])

    @property
    def spread(self) -> Array:
        """N, 2: how far from where it should be each may be measured, in pixels: one standard deviation."""
        doubt = self.doubt[:, :1] * (1.0, FLAT**2) + MEASURED
        return np.asarray(np.sqrt(doubt) * self.size[:, 1:])

    def carried(self, matrix: Array) -> "Motion":
        """The same people, after a movement of the camera by 2 rows of 3."""
        turn = matrix[:, :2]
        zoom = float(np.sqrt(abs(np.linalg.det(turn))))
        return replace(self, at=self.at @ turn.T + matrix[:, 2], size=self.size * zoom, velocity=self.velocity @ turn.T)

    def ahead(self, frames: int, unseen: Array, common: Array) -> "Motion":
        """So many frames later; who is unseen goes, ever more, as the others do on the whole."""
        place, both, speed = self.doubt.T
        speed = np.where(unseen > 0, np.minimum(speed, FASTEST), speed)
        both = np.clip(both, -np.sqrt(place * speed), np.sqrt(place * speed))
        rate = JERK * (1 - unseen)
        grown = np.stack(
            [
                place + 2 * frames * both + frames**2 * speed + rate * frames**3 / 3 + WANDERS * unseen * frames,
                both + frames * speed + rate * frames**2 / 2,
                speed + rate * frames,
            ],
            axis=1,
        )
        tired = np.where(unseen[:, None] > 0, TIRES**frames, 1.0)
        velocity = common + (self.velocity - common) * tired
        return replace(self, at=self.at + velocity * frames, velocity=velocity, doubt=_bounded(grown))

    def seen(self, rows: Any, boxes: Array) -> "Motion":
        """Corrected by the boxes of some; one that shows only a piece of somebody counts less."""
        found = Motion.of(boxes)
        trust = (found.size / self.size[rows] * (LIMBS, 1.0)).min(axis=1).clip(LEAST_TRUST, 1.0)
        place, both, speed = self.doubt[rows].T
        gain = 1 / (place + MEASURED / trust**2)
        off = found.at - self.at[rows]
        at, velocity, size, doubt = (part.copy() for part in (self.at, self.velocity, self.size, self.doubt))
        at[rows] += (place * gain)[:, None] * off
        velocity[rows] += (both * gain)[:, None] * off
        size[rows] += (GROWS * trust)[:, None] * (found.size - size[rows])
        doubt[rows] = np.stack([place - place**2 * gain, both - place * both * gain, speed - both**2 * gain], axis=1)
        return Motion(at, size, velocity, doubt)


def vague(motion: Motion) -> Array:
    """What speaks against everybody of whom it is hardly known where they are: the logarithm of how far it spreads."""
    return np.asarray(np.log(motion.doubt[:, :1] / MEASURED * (1.0, FLAT**2) + 1).sum(axis=1))


def _bounded(doubt: Array) -> Array:
    """Nobody is farther away than the pitch is long; what goes with the place shrinks with it."""
    return doubt * np.minimum(MOST_DOUBT / np.maximum(doubt[:, :1], MEASURED), 1.0)
