"""Objects and masks for tests: rectangles whose edges are known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.following.motion import Motion
from stream_engine.following.objects import Objects, begun
from stream_engine.following.windows import Array, Floats

SIDE = 16
INSIDE, OUTSIDE = 8.0, -8.0


def boxes(*rows: Sequence[float]) -> Array:
    return np.array(rows, np.float64).reshape(-1, 4)


def windows(*rows: Sequence[float]) -> Array:
    """Left, top, width, height."""
    return boxes(*rows)


def flat(left: int, top: int, right: int, bottom: int, side: int = SIDE, inside: float = INSIDE) -> NDArray[np.float32]:
    """Logits that are of one value in these cells, and of its opposite outside."""
    logits = np.full((side, side), -inside, np.float32)
    logits[top:bottom, left:right] = inside
    return logits


def sloping(box: Sequence[float], side: int = SIDE) -> NDArray[np.float32]:
    """Logits that are 0 on the edges of a box given in cells, and rise by 1 a cell towards its middle."""
    cells = np.arange(side) + 0.5
    across = np.minimum(cells - box[0], box[2] - cells)
    down = np.minimum(cells - box[1], box[3] - cells)
    return np.asarray(np.minimum(across[None], down[:, None]), np.float32)


def objects(at: Array, logits: Floats | None = None, **changes: Any) -> Objects:
    """Objects of these boxes with ids from 1 and handles from 0, just begun but for what a test changes."""
    count = len(at)
    made = begun(np.arange(1, count + 1), np.arange(count), Motion.of(at), SIDE)
    if logits is not None:
        changes["logits"] = np.asarray(logits, np.float32)
    return made.changed(**{name: np.asarray(value) for name, value in changes.items()})
