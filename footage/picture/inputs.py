"""What a scene is made of, and what it is asked to draw."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

MOST_PEOPLE = 253  # an identity is a byte; 0 is nobody
BALL_ID = 254  # among the identities of people
BALL_RADIUS_M = 0.11
MOST_BODIES = 48


@dataclass(frozen=True, slots=True)
class Textures:
    """The still pictures of one match."""

    ground: Bytes
    crowd: Bytes
    boards: Bytes
    people: Bytes


@dataclass(frozen=True, slots=True)
class Bodies:
    """Who is drawn, at most MOST_BODIES, those who throw shadows first."""

    points: NDArray[np.float64]  # P, V, 3
    normals: NDArray[np.float64]  # P, V, 3
    boxes: NDArray[np.float64]  # P, 4 in pixels
    cells: Floats  # P, 4: places in the picture of people
    ids: NDArray[np.int64]  # P
    shadows: int  # how many throw one


@dataclass(frozen=True, slots=True)
class Shown:
    """Where the camera is and what time it is."""

    matrix: Floats  # 4, 4: pitch metres to clip space
    seconds: float
    metres_per_px: float  # at the goals, about
    soft_background: int  # 1 is sharp; 4 draws the background at a quarter of the size

    def view(self) -> bytes:
        """The matrix as shaders take it."""
        return np.ascontiguousarray(self.matrix.T, np.float32).tobytes()
