"""What a frame says about every object: the arrays that the rules judge."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.boxes import overlap

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """N objects of any streams; whatever is no number speaks against writing.

    Areas need one unit over time: a region that follows the object's size makes them independent of the zoom.
    """

    frame: Whole  # N: number in the object's stream, rising
    object_logit: Floats  # N
    iou: Floats  # N: predicted for the chosen mask
    area: Floats  # N: of the chosen mask
    box: Floats  # N, 4: around the chosen mask
    alternative_iou: Floats  # N, K: predicted for the other answers of the net; K may be 0
    alternative_box: Floats  # N, K, 4: around each one's largest piece outside the chosen mask; no area: no such piece
    detection_iou: Floats  # N: of the mask's box with the matched detection's; NaN: none was matched
    overlap: Floats  # N, N: share of each one's mask that lies in each other's; the diagonal does not count
    rival: Floats  # N: greatest IoU of its box with that of another of its kind
    at_border: Flags  # N: the picture's edge cuts it off
    cut: Flags  # N: the camera changed on this frame
    prompted: Flags  # N: the mask comes from a prompt, not from memory

    def __len__(self) -> int:
        return len(self.frame)

    def check(self) -> None:
        """Raise unless all arrays are of the same objects."""
        if self.frame.ndim != 1 or self.alternative_iou.ndim != 2:
            raise ValueError(
                f"evidence: frame has to be [N] and alternative_iou [N, K]; they are {list(self.frame.shape)}"
                f" and {list(self.alternative_iou.shape)}"
            )
        count, others = len(self.frame), self.alternative_iou.shape[1]
        sides = {"box": (4,), "alternative_iou": (others,), "alternative_box": (others, 4), "overlap": (count,)}
        for name in (field.name for field in fields(self)):
            shape, wanted = getattr(self, name).shape, (count, *sides.get(name, ()))
            if shape != wanted:
                raise ValueError(f"evidence: {name} is {list(shape)}, but {list(wanted)} is needed")


def rivals(boxes: NDArray[np.float64], kinds: Whole) -> NDArray[np.float64]:
    """Of each box the greatest IoU with another of its kind; objects of two streams have to be of two kinds."""
    if not len(boxes):
        return np.zeros(0)
    shares = np.where(kinds[:, None] == kinds[None, :], overlap(boxes, boxes), 0.0)
    np.fill_diagonal(shares, 0.0)
    return np.asarray(shares.max(axis=1), np.float64)
