"""Where a shirt is: the band of the torso of somebody's mask, or else the middle of the box without the grass."""

from math import isfinite

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import BLACK, GREY, eroded, planes_of, window
from stream_engine.masks import MaskError, MaskRle, decode
from stream_engine.models.embeddings import Bytes, Jersey

Box = NDArray[np.float64]
Place = tuple[int, int, int, int]

BAND = (0.18, 0.5)  # of the box's height: from below the chin to the hem
MIDDLE = (0.25, 0.75)  # of the box's width: what lies beside it is grass and arms
LEAST_PIXELS = 16  # a shirt of fewer says nothing
LEAST_SHARE = 0.15  # of the region; where less is left without the grass, the shirt is as green
NEAR_GRASS = 12.0  # in chroma, so near a pixel is taken for grass
DARKER = 0.5  # grass in a shadow, to grass


def jersey_of(picture: Bytes, box: Box, mask: MaskRle | None) -> Jersey | None:
    """The shirt of somebody in a box of an NV12 picture; None where the picture does not show one."""
    rows, columns = planes_of(picture)[0].shape
    sides = box.tolist()
    if not all(map(isfinite, sides)):
        return None
    left, top, right, bottom = (min(max(side, 0.0), end) for side, end in zip(sides, (columns, rows) * 2, strict=True))
    band = top + BAND[0] * (bottom - top), top + BAND[1] * (bottom - top)
    if mask is not None and (found := _of_mask(mask, (left, band[0], right, band[1]))):
        return found
    width = right - left
    place = _even(left + MIDDLE[0] * width, band[0], left + MIDDLE[1] * width, band[1])
    if place[2] * place[3] < LEAST_PIXELS:
        return None
    return Jersey(place, _without_grass(picture, place))


def _of_mask(mask: MaskRle, band: tuple[float, float, float, float]) -> Jersey | None:
    """The pixels of a mask in a band; those at its edge are left out where enough remain."""
    place = _even(*band)
    if place[2] * place[3] < LEAST_PIXELS:
        return None
    try:
        own = decode(mask)
    except MaskError:
        return None
    shown = window(own.view(np.uint8), (place[0] - mask.x, place[1] - mask.y, place[2], place[3]), 0) * np.uint8(255)
    count = int(np.count_nonzero(shown))
    if count < LEAST_PIXELS:
        return None
    inner = eroded(shown)
    return Jersey(place, inner if np.count_nonzero(inner) >= max(LEAST_PIXELS, count // 3) else shown)


def _even(left: float, top: float, right: float, bottom: float) -> Place:
    """Left, top, width and height, all even: colours come for two pixels together."""
    x0, y0 = int(left) // 2 * 2, int(top) // 2 * 2
    return x0, y0, max((int(right + 0.5) - x0) // 2 * 2, 0), max((int(bottom + 0.5) - y0) // 2 * 2, 0)


def _without_grass(picture: Bytes, place: Place) -> Bytes:
    """255 where a place does not look like what is to the left and right of it; everywhere, if little is left."""
    light, colours = planes_of(picture)
    left, top, width, height = place
    beside = [(left + side, top, width, height) for side in (-2 * width, 2 * width)]
    luma = np.concatenate([window(light, each, BLACK)[::2, ::2].ravel() for each in beside])
    chroma = np.concatenate([window(colours, _half(each), GREY).reshape(-1, 2) for each in beside])
    real = luma > BLACK
    if np.count_nonzero(real) < LEAST_PIXELS:
        return np.full((height, width), 255, np.uint8)
    grass, brightness = np.median(chroma[real], axis=0), float(np.median(luma[real]))
    far = np.linalg.norm(window(colours, _half(place), GREY).astype(np.float32) - grass, axis=2) > NEAR_GRASS
    other = far.repeat(2, axis=0).repeat(2, axis=1)
    own = window(light, place, BLACK).astype(np.float32)
    other |= (own < DARKER * brightness) | (own * DARKER > brightness)
    if np.count_nonzero(other) < LEAST_SHARE * other.size:
        return np.full((height, width), 255, np.uint8)
    return np.where(other, np.uint8(255), np.uint8(0))


def _half(place: Place) -> Place:
    left, top, width, height = place
    return left // 2, top // 2, width // 2, height // 2
