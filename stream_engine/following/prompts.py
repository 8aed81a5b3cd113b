"""Where somebody points: at an object of a stream, by a box, by points, or by a mask."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import shares_in
from stream_engine.following.objects import PERSONS
from stream_engine.following.windows import Array
from stream_engine.masks import MaskError, MaskRle, decode
from stream_engine.messages import Prompt
from stream_engine.models.propagators import Prompts

CORNERS = (2, 3)  # labels of a box's corners
NOTHING = -1  # label of a point that says nothing
TALL, WIDE = 0.1, 0.04  # share of the picture's height that is looked at around points, where nobody else is known
LEAST_PX = 2.0


class PromptError(ValueError):
    """What is pointed at cannot be anything."""


@dataclass(frozen=True, slots=True)
class Pointed:
    """One prompt, in pixels of the picture."""

    box: Array  # 4: where the object is, about
    points: NDArray[np.float64]  # K, 2
    labels: tuple[int, ...]  # of the points
    mask: MaskRle | None = None


def by_box(box: Array) -> Pointed:
    """A detection, or a box from outside."""
    return Pointed(box, box.reshape(2, 2), CORNERS)


def pointed(prompt: Prompt, size: tuple[int, int], usual: tuple[float, float] | None) -> Pointed:
    """A prompt from outside for a picture of this size; `usual` are width and height of those who are followed."""
    if prompt.role not in PERSONS:
        raise PromptError(f"a {prompt.role} is not followed; {', '.join(PERSONS)} are")
    ways = [prompt.box_px is not None, bool(prompt.points_px), prompt.mask is not None]
    if sum(ways) != 1:
        raise PromptError("one of box_px, points_px and mask is needed, and only one")
    if prompt.mask is not None:
        return _by_mask(prompt.mask, size)
    if prompt.box_px is not None:
        box = np.array(prompt.box_px, np.float64)
        _check(box, size, "the box")
        return by_box(box.clip(0, size * 2))
    if len(prompt.labels) != len(prompt.points_px) or not set(prompt.labels) <= {0, 1} or 1 not in prompt.labels:
        raise PromptError("labels: one for each point is needed, 1 on the object or 0 beside it, and one of them 1")
    points = np.array(prompt.points_px, np.float64)
    for point in points:
        _check(np.concatenate((point - LEAST_PX, point + LEAST_PX)), size, "a point")
    inside = points[np.array(prompt.labels) == 1]
    width, height = usual or (size[1] * WIDE, size[1] * TALL)
    middle, half = (inside.min(axis=0) + inside.max(axis=0)) / 2, np.array((width, height)) / 2
    box = np.concatenate((np.minimum(middle - half, inside.min(axis=0)), np.maximum(middle + half, inside.max(axis=0))))
    return Pointed(box, points, prompt.labels)


def _by_mask(mask: MaskRle, size: tuple[int, int]) -> Pointed:
    rows, columns = mask.size
    if mask.x < 0 or mask.y < 0 or mask.x + columns > size[0] or mask.y + rows > size[1]:
        raise PromptError(f"the mask reaches out of the picture of {size[0]} x {size[1]}")
    try:
        set_ = decode(mask)
    except MaskError as error:
        raise PromptError(f"the mask cannot be read: {error}") from None
    down, across = np.flatnonzero(set_.any(axis=1)), np.flatnonzero(set_.any(axis=0))
    if not down.size:
        raise PromptError("the mask is empty")
    box = np.array((mask.x + across[0], mask.y + down[0], mask.x + across[-1] + 1, mask.y + down[-1] + 1), np.float64)
    return Pointed(box, np.zeros((0, 2)), (), mask)


def _check(box: Array, size: tuple[int, int], what: str) -> None:
    if not np.isfinite(box).all():
        raise PromptError(f"{what} is no number")
    if (box[2:] - box[:2] < LEAST_PX).any():
        raise PromptError(f"{what} has no area")
    if (box[2:] <= 0).any() or (box[:2] >= size).any():
        raise PromptError(f"{what} is outside of the picture of {size[0]} x {size[1]}")


def for_net(given: Sequence[Pointed], windows: Array, side: int, mask_side: int) -> Prompts:
    """Prompts as a net takes them, over its windows."""
    most = max(1, *(len(each.labels) for each in given))
    points = np.zeros((len(given), most, 2), np.float32)
    labels = np.full((len(given), most), NOTHING, np.int32)
    masks = np.zeros((len(given), mask_side, mask_side), np.float32)
    for row, (each, window) in enumerate(zip(given, windows, strict=True)):
        count = len(each.labels)
        points[row, :count] = (each.points - window[:2]) * (side / window[2:])
        labels[row, :count] = each.labels
        if each.mask is not None:
            labels[row, 0] = NOTHING
            masks[row] = _over(each.mask, window, mask_side)
    return Prompts(points, labels, masks, np.array([each.mask is not None for each in given]))


def _over(mask: MaskRle, window: Array, side: int) -> NDArray[np.float32]:
    """The share of each cell of a window that a mask covers."""
    left, top, width, height = (round(float(value)) for value in window)
    canvas = np.zeros((height, width), np.float32)
    pixels = decode(mask)
    x0, y0 = max(mask.x, left), max(mask.y, top)
    x1, y1 = min(mask.x + mask.size[1], left + width), min(mask.y + mask.size[0], top + height)
    if x1 > x0 and y1 > y0:
        canvas[y0 - top : y1 - top, x0 - left : x1 - left] = pixels[
            y0 - mask.y : y1 - mask.y, x0 - mask.x : x1 - mask.x
        ]
    return shares_in(canvas, side)
