"""Networks that take people as RGB pictures: one vector for the whole body, or one for each part as well."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Net
from stream_engine.backends.arrays import (
    HALVES,
    IMAGENET,
    Colours,
    colours_of,
    crop_into,
    neutral,
    run_batch,
    stretched_into,
    window,
)
from stream_engine.engines import Model
from stream_engine.masks import MaskRle, decode
from stream_engine.models.reid import Boxes, Bytes
from stream_engine.models.reid.layout import PROMPTS, ROLE_LOGITS, VISIBILITY, Layout, body_parts, whole_body
from stream_engine.models.reid.together import place_in, place_of
from stream_engine.tracking.appearance import Appearance, Floats

OTHERS, OWN = 0, 1  # channels of prompts: KPR has its negative one first, then those of the person


class Crops(NamedTuple):
    """People as the net takes them, but for the colours."""

    rgb: Bytes  # N, rows, columns, 3
    prompts: Bytes  # N, channels, rows, columns: 255 where somebody is


def whole(net: Net, row: Model) -> "PixelFamily":
    """OSNet, ResNet and the like."""
    return PixelFamily(net, whole_body(row), IMAGENET)


def parts(net: Net, row: Model) -> "PixelFamily":
    """BPBReID, PRTReID, KPR and the like."""
    return PixelFamily(net, body_parts(row), IMAGENET)


def solider(net: Net, row: Model) -> "PixelFamily":
    """The same with a backbone of SOLIDER's, which is used to other colours."""
    return PixelFamily(net, body_parts(row), HALVES)


class PixelFamily:
    """The box of each person stretched over the input, as these networks learned it."""

    def __init__(self, net: Net, layout: Layout, colours: Colours) -> None:
        self._net, self._layout, self._colours = net, layout, colours
        self.parts, self.size = layout.parts, layout.size
        self._around = neutral(colours)  # what is not the person is as around a picture that the net pads

    def take(self, picture: Bytes, boxes: Boxes, masks: Sequence[MaskRle | None]) -> Crops:
        """What is in the boxes, without what the masks leave out; a net with prompts is told instead."""
        layout, count = self._layout, len(boxes)
        sides = layout.height, layout.width
        rgb = np.empty((count, *sides, 3), np.uint8)
        prompts = np.zeros((count, layout.prompts, *sides), np.uint8)
        known = [None if mask is None else (mask, decode(mask).astype(np.uint8)) for mask in masks]
        for row, place in enumerate(map(place_of, boxes)):
            own = _drawn(known[row], place)
            crop_into(picture, place, None if layout.prompts else own, self._around, rgb[row])
            if layout.prompts:
                others = [_drawn(each, place) for at, each in enumerate(known) if at != row]
                _prompt(own, [each for each in others if each is not None], prompts[row])
        return Crops(rgb, prompts)

    def answer(self, taken: Crops) -> Appearance:
        """One batch of them all."""
        layout, count = self._layout, len(taken.rgb)
        given: dict[str, Floats] = {layout.picture: colours_of(taken.rgb, self._colours)}
        if layout.prompts:
            given[PROMPTS] = taken.prompts * np.float32(1 / 255)
        told = run_batch(self._net, given, layout.batch)
        vectors = told[layout.embeddings].reshape(count, self.parts, self.size)
        visibility = told.get(VISIBILITY, np.ones((count, self.parts))).astype(np.float32)
        return Appearance(vectors, visibility, chances(told[ROLE_LOGITS]) if layout.roles else None)


def chances(logits: NDArray[np.float32]) -> Floats:
    """Probabilities of rows of logits."""
    with np.errstate(invalid="ignore"):
        powers = np.exp(logits - logits.max(1, keepdims=True))
        shares: Floats = powers / powers.sum(1, keepdims=True)
    return shares


def _drawn(known: tuple[MaskRle, Bytes] | None, place: tuple[int, int, int, int]) -> Bytes | None:
    """What of a mask lies at this place of the picture."""
    return None if known is None else window(known[1], place_in(known[0], place), 0)


def _prompt(own: Bytes | None, others: Sequence[Bytes], prompts: Bytes) -> None:
    """Who is meant and who is not; channels of single parts of the body stay empty, for nobody knows them."""
    if own is not None and len(prompts) > OWN:
        stretched_into(own * np.uint8(255), prompts[OWN])
    if others:
        beside = np.maximum.reduce(others)
        stretched_into((beside if own is None else beside & ~own) * np.uint8(255), prompts[OTHERS])
