"""What camera and weather add to a picture: the blur of a swing, rain, noise; out comes the encoder's format."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.picture.light import Lighting

Bytes = NDArray[np.uint8]
NOISE_ZERO = 16  # video black: noise around it can be added and taken off without clipping
LONGEST_PX = 60.0  # a smear at any swing
SHUTTER = 0.5  # share of a frame's time that the shutter is open
PATTERNS = 4
DROPS = 900


def _bt709() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """From full-range BGR to limited-range Y and to U and V, with offsets (ITU-R BT.709-6, sections 3 and 4)."""
    red, blue = 0.2126, 0.0722
    luma = np.array((blue, 1 - red - blue, red))
    u = (np.array((1.0, 0.0, 0.0)) - luma) / (2 * (1 - blue))
    v = (np.array((0.0, 0.0, 1.0)) - luma) / (2 * (1 - red))
    to_y = np.append(luma * 219 / 255, 16.0)[None]
    return to_y, np.array([np.append(row * 224 / 255, 128.0) for row in (u, v)])


TO_Y, TO_UV = _bt709()


class Lens:
    """One camera of one match."""

    def __init__(self, size: tuple[int, int], lighting: Lighting, rain: bool, rng: Generator) -> None:
        self._size = size
        width, height = size
        self._noise = [_noise(width, height, lighting.noise, rng) for _ in range(PATTERNS)]
        self._rain = [_streaks(width, height, rng) for _ in range(PATTERNS)] if rain else []

    def blur(self, bgr: Bytes, identity: Bytes, swing_px: tuple[float, float]) -> Bytes:
        """Smear what stands still while the camera swings, frame to frame; people, whom it follows, stay sharp."""
        wide, high = (round(min(abs(way) * SHUTTER, LONGEST_PX)) for way in swing_px)
        if wide < 2 and high < 2:
            return bgr
        smeared = cv2.blur(bgr, (max(wide, 1), max(high, 1)))
        cv2.copyTo(bgr, identity, smeared)
        return np.asarray(smeared, np.uint8)

    def develop(self, bgr: Bytes, frame: int) -> Bytes:
        """Planar YUV 4:2:0 with rain and noise; `frame` chooses the pattern."""
        width, height = self._size
        yuv = np.empty((height * 3 // 2, width), np.uint8)
        luma = yuv[:height]
        cv2.transform(bgr, TO_Y, luma)
        half = cv2.resize(bgr, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        chroma = cv2.split(cv2.transform(half, TO_UV))
        yuv[height:] = np.concatenate([plane.ravel() for plane in chroma]).reshape(height // 2, width)
        step = frame * 2654435761 % 4294967296  # Knuth's multiplicative hash: patterns without a visible period
        if self._rain:
            _add(luma, self._rain[step % PATTERNS], step >> 7)
        _add(luma, self._noise[(step >> 3) % PATTERNS], step >> 11)
        cv2.subtract(luma, np.array((NOISE_ZERO, 0.0, 0.0, 0.0)), luma)
        return yuv


def _add(luma: Bytes, pattern: Bytes, shift: int) -> None:
    """Add a pattern twice as large as the picture, shifted."""
    height, width = luma.shape
    top, left = shift % (pattern.shape[0] - height + 1), (shift >> 9) % (pattern.shape[1] - width + 1)
    cv2.add(luma, pattern[top : top + height, left : left + width], luma)


def _noise(width: int, height: int, strength: float, rng: Generator) -> Bytes:
    size = (height + height // 4, width + width // 4)
    fine = rng.standard_normal(size, dtype=np.float32)
    soft = cv2.GaussianBlur(fine, (3, 3), 0.6)  # sensors are read through a Bayer filter: noise is never white
    return np.asarray(np.clip(soft / soft.std() * strength + NOISE_ZERO, 0, 2 * NOISE_ZERO).round(), np.uint8)


def _streaks(width: int, height: int, rng: Generator) -> Bytes:
    size = (height + height // 4, width + width // 4)
    drops = np.zeros(size, np.uint8)
    length, slant = height // 22, rng.uniform(-0.15, 0.15)
    across, down = rng.integers(0, size[1], DROPS), rng.integers(0, size[0], DROPS)
    for x, y, light in zip(across, down, rng.integers(6, 26, DROPS), strict=True):
        end = (int(x + slant * length), int(y + length * rng.uniform(0.5, 1.5)))
        cv2.line(drops, (int(x), int(y)), end, int(light), 1, cv2.LINE_AA)
    return np.asarray(cv2.blur(drops, (2, 5)), np.uint8)
