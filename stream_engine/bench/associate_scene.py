"""A scene made of numbers: people who cross each other all the time under a camera that pans and zooms after them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream_engine.boxes import Floats
from stream_engine.masks import MaskRle, encode
from stream_engine.mot.clips import Found
from stream_engine.tracking.appearance import Appearance

PEOPLE, FPS, SIZE = 25, 25.0, (1920, 1080)
SEED = 11
WAVES = 4  # that a person's way is made of
PITCH_PX = (600.0, 250.0)  # how far people roam about the middle of the picture
JITTER = 0.02  # of the sides of the boxes
PARTS, SIDE = 5, 64  # of looks
HIDDEN = 0.7  # of a box behind another one, from which on nobody finds it
UNLIKE = 0.35  # by how much one look at a person differs from another, in lengths of the vector


@dataclass(frozen=True, slots=True)
class Scene:
    """Everybody in every frame."""

    boxes: Floats  # T, N, 4; as a detector finds them
    there: NDArray[np.bool_]  # T, N: who is found
    looks: NDArray[np.float32]  # N, PARTS, SIDE: what each is like

    def found(self, number: int) -> Found:
        boxes = self.boxes[number, self.there[number]]
        return Found(boxes, np.full(len(boxes), 0.9))

    def appearance(self, number: int, rows: NDArray[np.int64]) -> Appearance:
        """What a network would say of some of those who are found in this frame."""
        chance, who = np.random.default_rng([SEED, number]), np.flatnonzero(self.there[number])[rows]
        vectors = self.looks[who] + chance.normal(0, UNLIKE / np.sqrt(SIDE), (len(who), PARTS, SIDE))
        vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
        return Appearance(vectors.astype(np.float32), np.ones((len(who), PARTS), np.float32))

    def masks(self, number: int) -> tuple[MaskRle, ...]:
        """An ellipse in the box of each who is found."""
        return tuple(_ellipse(box) for box in np.round(self.found(number).boxes).astype(int).tolist())


def scene_of(frames: int, people: int = PEOPLE) -> Scene:
    """The same one every time."""
    chance = np.random.default_rng(SEED)
    seconds = np.arange(frames)[:, None, None] / FPS
    rates, phases = chance.uniform(0.02, 0.16, (2, WAVES, people)), chance.uniform(0, 2 * np.pi, (2, WAVES, people))
    ways = np.sin(2 * np.pi * rates[:, None] * seconds[None] + phases[:, None]).sum(2) / np.sqrt(WAVES)  # 2, T, N
    at = np.moveaxis(ways, 0, 2) * PITCH_PX
    pan = 200 * np.sin(2 * np.pi * 0.11 * seconds[:, 0]), 40 * np.sin(2 * np.pi * 0.23 * seconds[:, 0])
    zoom = 1 + 0.15 * np.sin(2 * np.pi * 0.05 * seconds[:, 0])
    x = SIZE[0] / 2 + zoom * (at[..., 0] + pan[0])
    y = SIZE[1] / 2 + zoom * (at[..., 1] + pan[1])
    tall = zoom * (90 + 0.06 * at[..., 1])
    wide = tall * (0.38 + 0.08 * np.sin(2 * np.pi * 2.6 * seconds[..., 0] + phases[0, 0]))
    boxes = np.stack((x - wide / 2, y - tall, x + wide / 2, y), 2)
    boxes += chance.normal(0, JITTER, boxes.shape) * np.tile(boxes[..., 2:] - boxes[..., :2], 2)
    looks = chance.normal(size=(people, PARTS, SIDE))
    there = np.array([_found(each) for each in boxes])
    return Scene(boxes, there, (looks / np.linalg.norm(looks, axis=2, keepdims=True)).astype(np.float32))


def _found(boxes: Floats) -> NDArray[np.bool_]:
    """Who is not hidden by somebody in front, whose box ends lower."""
    near = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    far = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    shared = np.prod(np.maximum(near - far, 0), axis=2) * (boxes[None, :, 3] > boxes[:, None, 3])
    return np.asarray(shared.max(axis=1) < HIDDEN * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))


def _ellipse(box: list[int]) -> MaskRle:
    left, top, right, bottom = box
    y, x = np.ogrid[-1 : 1 : (bottom - top) * 1j, -1 : 1 : (right - left) * 1j]
    return encode(x * x + y * y <= 1, left, top)
