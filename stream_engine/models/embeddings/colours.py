"""Kits told by their colours: how much of a shirt has which colour, in the light and without it. No network.

A shirt in the shade is darker and paler than in the sun, and the ratio of its colour to its light is the same. So one
histogram counts colours with their light, which tells white from black, and another only their ratio to it, which
tells red from claret. The roots of shares are taken: their distance is Hellinger's, and a shirt's small second colour
counts for something.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import BLACK, GREY, planes_of, shrunk_into, window
from stream_engine.models.crops import places_of
from stream_engine.models.embeddings import Bytes, Floats, Jersey

MOST = 144  # pixels of a shirt, at the size of its colours, that are counted
STEPS = np.arange(MOST)
SHOWN = 160  # of 255: how much of a pixel of colour has to be the shirt
CHROMA, CHROMA_BLUR = np.arange(-56, 56, 10.0), 9.0  # middles of the cells, and how far a colour spreads over them
LUMA, LUMA_BLUR = np.arange(20, 256, 40.0), 26.0
RATIO, RATIO_BLUR = np.arange(-1.1, 1.2, 0.2), 0.18
LEAST_LIGHT = 24.0  # over black; what is darker has no colour
WITH_LIGHT = len(CHROMA) * len(CHROMA) * len(LUMA)
WITHOUT = len(RATIO) * len(RATIO)


class Pixels(NamedTuple):
    """Some of each shirt's pixels."""

    colours: Bytes  # N, MOST, 3: luma and chroma
    shown: NDArray[np.bool_]  # N, MOST: which of them there are


class Colours:
    """An Embedder that needs no network."""

    size = WITH_LIGHT + WITHOUT
    apart = 0.35  # on rendered matches: two teams are 0.37 and more, halves of one in sun and shade mostly below 0.3

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def take(self, picture: Bytes, jerseys: Sequence[Jersey]) -> Pixels:
        """Pixels spread over each shirt."""
        light, chroma = planes_of(picture)
        colours = np.zeros((len(jerseys), MOST, 3), np.uint8)
        shown = np.zeros((len(jerseys), MOST), np.bool_)
        for row, jersey in enumerate(jerseys):
            found = _pixels(light, chroma, jersey)
            colours[row, : len(found)], shown[row, : len(found)] = found, True
        return Pixels(colours, shown)

    def answer(self, takens: Sequence[Pixels]) -> list[Floats]:
        """Of all shirts at once."""
        if not takens:
            return []
        told = described(Pixels(*(np.concatenate(parts) for parts in zip(*takens, strict=True))))
        return [told[place] for place in places_of(len(taken.shown) for taken in takens)]


def described(pixels: Pixels) -> Floats:
    """Roots of the shares of all colours, of length 1; zeros where there are no pixels."""
    seen = pixels.shown.astype(np.float32)
    light, blue, red = (pixels.colours[..., at].astype(np.int64) for at in range(3))
    joint = REDS.take(red, axis=0)
    joint *= LIGHTS.take(light, axis=0)
    counted = _counted(BLUES.take(blue, axis=0), joint, seen)
    bare = _counted(RATIOS.take(256 * light + blue, axis=0), RATIOS.take(256 * light + red, axis=0), seen)
    return np.hstack([_rooted(counted), _rooted(bare)]) * np.float32(np.sqrt(0.5))


def _pixels(light: Bytes, chroma: Bytes, jersey: Jersey) -> Bytes:
    """At most so many, N, 3, evenly spread; the best there are if none is the shirt's whole."""
    left, top, width, height = jersey.place
    halves = left // 2, top // 2, width // 2, height // 2
    size = halves[2], halves[3]
    luma, share = (np.empty(size[::-1], np.uint8) for _ in range(2))
    shrunk_into(window(light, (left // 2 * 2, top // 2 * 2, 2 * size[0], 2 * size[1]), BLACK), luma)
    shrunk_into(jersey.mask, share)
    places = np.flatnonzero(share >= min(SHOWN, int(share.max(initial=1))))
    if len(places) > MOST:
        chosen = (STEPS * ((len(places) - 1) / (MOST - 1))).astype(np.int64)
        chosen[-1] = len(places) - 1
        places = places[chosen]
    found = np.empty((len(places), 3), np.uint8)
    found[:, 0] = luma.ravel()[places]
    found[:, 1:] = window(chroma, halves, GREY).reshape(-1, 2)[places]
    return found


def _spread(values: NDArray[np.float64], middles: NDArray[np.float64], blur: float) -> Floats:
    """Shares of each value in cells around these middles; what lies beyond them is in the last."""
    within = np.clip(values, middles[0], middles[-1])
    near = np.exp(-0.5 * ((within[..., None] - middles) / blur) ** 2)
    shares: Floats = (near / near.sum(-1, keepdims=True)).astype(np.float32)
    return shares


def _counted(these: Floats, those: Floats, seen: Floats) -> Floats:
    """Of each shirt how much of its pixels is in each cell of these and in each of those."""
    these *= seen[..., None]
    return np.asarray(np.matmul(these.transpose(0, 2, 1), those).reshape(len(seen), -1), np.float32)


def _rooted(counted: Floats) -> Floats:
    whole = counted.sum(1, keepdims=True)
    roots: Floats = np.sqrt(np.divide(counted, whole, out=np.zeros_like(counted), where=whole > 0))
    return roots


BLUES = _spread(np.arange(256.0) - GREY, CHROMA, CHROMA_BLUR)
REDS = BLUES.repeat(len(LUMA), axis=1)  # side by side with the light's: red for red, and in each of them all lights
LIGHTS = np.tile(_spread(np.arange(256.0), LUMA, LUMA_BLUR), len(CHROMA))
OVER = np.maximum(np.arange(256) - BLACK, LEAST_LIGHT)
RATIOS = _spread((np.arange(256.0) - GREY) / OVER[:, None], RATIO, RATIO_BLUR).reshape(-1, len(RATIO))  # by light first
