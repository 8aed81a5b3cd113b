"""What the net sees of scenes: squares of pixels, in other light, and whose each pixel is."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.picture.inputs import BALL_ID
from stream_engine.backends.arrays import BLACK, GREY, window
from training.propagator.net import SIDE
from training.propagator.scenes import Scene

Bytes = NDArray[np.uint8]
Array = NDArray[np.float64]
Floats = NDArray[np.float32]
SHARP = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR)
BLURRED, NOISY = 0.15, 0.4


class Light(NamedTuple):
    """How a scene is seen; the same for all of its frames."""

    curve: Bytes  # 256
    chroma: Array  # 2, 3
    way: int  # of shrinking
    blur: float
    noise: float
    chance: Generator  # of the noise


def light(rng: Generator) -> Light:
    """Another exposure, contrast, saturation and white balance; sometimes noise, and out of focus."""
    gain, lift, gamma = rng.uniform(0.8, 1.2), rng.uniform(-14, 14), np.exp(rng.uniform(-0.25, 0.25))
    curve = np.clip(((np.arange(256) / 255.0) ** gamma) * 255 * gain + lift, 0, 255).astype(np.uint8)
    turn, saturation = rng.normal(0, 0.06), rng.uniform(0.7, 1.3)
    mix = saturation * np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    shift = 128 - mix @ np.array((128, 128)) + rng.normal(0, 4, 2)
    blur = float(rng.uniform(0.4, 0.9)) if rng.random() < BLURRED else 0.0
    noise = float(rng.uniform(1, 5)) if rng.random() < NOISY else 0.0
    return Light(curve, np.column_stack((mix, shift)), SHARP[int(rng.integers(3))], blur, noise, rng)


PLAIN = Light(np.arange(256).astype(np.uint8), np.eye(2, 3), cv2.INTER_AREA, 0.0, 0.0, np.random.default_rng(0))


class Views(NamedTuple):
    """N squares."""

    luma: Bytes  # N, SIDE, SIDE
    chroma: Bytes  # N, SIDE / 2, SIDE / 2, 2
    own: Floats  # N, SIDE, SIDE: share of each cell that the object covers
    rivals: Floats  # N, SIDE, SIDE: share that other people cover


def placed(scene: Scene, step: int, windows: Array) -> tuple[NDArray[np.int64], Array]:
    """Windows on the scene's own even pixels, and where in the picture these really are."""
    corner = np.concatenate((scene.corner[step], (0.0, 0.0)))
    inside = np.round((windows - corner) * scene.scale / 2).astype(np.int64) * 2
    inside[:, 2:] = np.maximum(inside[:, 2:], 16)
    return inside, inside / scene.scale + corner


def seen(scene: Scene, step: int, inside: NDArray[np.int64], who: list[int], lit: Light) -> Views:
    """What lies in windows on the scene's pixels, each with the eyes of one of its people."""
    count, half = len(inside), SIDE // 2
    luma, chroma = np.empty((count, SIDE, SIDE), np.uint8), np.empty((count, half, half, 2), np.uint8)
    own, rivals = np.empty((count, SIDE, SIDE), np.float32), np.empty((count, SIDE, SIDE), np.float32)
    for row, (left, top, width, height) in enumerate(inside.tolist()):
        part = window(scene.luma[step], (left, top, width, height), BLACK)
        luma[row] = cv2.resize(part, (SIDE, SIDE), interpolation=lit.way)
        part = window(scene.chroma[step], (left // 2, top // 2, width // 2, height // 2), GREY)
        chroma[row] = cv2.resize(part, (half, half), interpolation=lit.way)
        ids = window(scene.ids[step], (left, top, width, height), 0)
        person = int(scene.people[who[row]])
        covered = (ids == person).astype(np.float32)
        own[row] = cv2.resize(covered, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        covered = ((ids != person) & (ids > 0) & (ids < BALL_ID)).astype(np.float32)
        rivals[row] = cv2.resize(covered, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return Views(*_lit(luma, chroma, lit), own, rivals)


def _lit(luma: Bytes, chroma: Bytes, lit: Light) -> tuple[Bytes, Bytes]:
    luma = np.asarray(cv2.LUT(luma.reshape(-1, SIDE), lit.curve), np.uint8)
    if lit.noise:
        grain = lit.chance.normal(0, lit.noise, luma.shape).astype(np.int16)
        luma = np.clip(luma + grain, 0, 255).astype(np.uint8)
    luma = luma.reshape(-1, SIDE, SIDE)
    if lit.blur:
        luma = np.stack([cv2.GaussianBlur(each, (0, 0), lit.blur) for each in luma])
    colours = cv2.transform(chroma.reshape(-1, SIDE // 2, 2), lit.chroma).reshape(chroma.shape)
    return luma, np.asarray(colours, np.uint8)
