"""The light of a match: sun with a stand's shadow, overcast, or four masts; and how the camera shows it."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.presets import Light, Preset
from footage.world import PITCH_WIDTH_M

Vec3 = tuple[float, float, float]
Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Lighting:
    """Lamps (place and share), sky, a stand's shadow and the camera's exposure."""

    kind: str
    lamps_m: tuple[Vec3, ...]
    colour: Vec3
    ambient: Vec3
    shadow: float  # how dark a shadow is, shared by the lamps
    shade: tuple[float, float, float, float]  # a x + b y < c lies in the stand's shadow; share of light left
    sky: Vec3
    exposure: float
    grade: Vec3
    noise: float  # of the sensor, in grey levels

    def shadow_depths(self) -> tuple[float, ...]:
        """Share of the ground's light that each lamp's shadow takes, for the four channels of the shadow picture."""
        lamp, sky = 0.75 * self.colour[1], self.ambient[1]
        share = self.shadow * lamp / (lamp + sky)
        return tuple(share if i < len(self.lamps_m) else 0.0 for i in range(4))

    def sunlit(self, at_m: Array) -> NDArray[np.bool_]:
        """Who stands outside of the stand's shadow: P."""
        a, b, c, _ = self.shade
        return np.asarray(a * at_m[:, 0] + b * at_m[:, 1] >= c)

    def on_ground(self, x: Array, y: Array) -> Array:
        """Light on grass where no body throws a shadow: …, 3; the same everywhere if no stand throws one."""
        if self.shade == NO_SHADE:
            return np.asarray(np.array(self.ambient) + 0.75 * np.array(self.colour))
        a, b, c, left = self.shade
        inside = np.clip((c - a * x - b * y + 0.35) / 0.7, 0, 1)
        open_sky = 1 - (1 - left) * inside
        return np.asarray(np.array(self.ambient) + 0.75 * np.array(self.colour) * open_sky[..., None])

    def on_stands(self) -> Array:
        """Light in the stands: 3."""
        return np.asarray(np.array(self.ambient) * 0.9 + np.array(self.colour) * 0.30)

    def lamps(self) -> dict[str, object]:
        """The shaders' uniforms about lamps."""
        share = 1.0 / len(self.lamps_m)
        at = [(*lamp, share) for lamp in self.lamps_m] + [(0.0, 0.0, 1.0, 0.0)] * (4 - len(self.lamps_m))
        return {"lights": len(self.lamps_m), "light_at": at, "shade": self.shade}

    def tone(self) -> dict[str, object]:
        """The shaders' uniforms about light as a whole."""
        return {
            "light_colour": self.colour, "ambient": self.ambient, "exposure": self.exposure, "grade": self.grade,
        }  # fmt: skip


def as_shown(colours: Array, light: Array, lighting: Lighting) -> NDArray[np.uint8]:
    """What the camera makes of painted colours (0..1) under a light; the shaders do the same."""
    linear = (colours * colours * light * lighting.exposure * np.array(lighting.grade)).astype(np.float32)
    linear *= (1 + linear * np.float32(0.12)) / (1 + linear * np.float32(0.42))
    return np.asarray(np.sqrt(np.clip(linear, 0, 1)) * 255 + 0.5, np.uint8)


NO_SHADE = (0.0, 1.0, -1000.0, 1.0)
FAR_M = 5000.0  # where the sun hangs
KINDS: tuple[Light, ...] = ("sun", "overcast", "floodlight")


def lighting_of(preset: Preset, rng: Generator) -> Lighting:
    """The light of this match."""
    kind = preset.light
    if kind == "any":
        kind = KINDS[rng.choice(len(KINDS), p=[0.45, 0.3, 0.25])]
    warm = float(rng.normal(0, 0.02))
    grade = (1.0 + warm, 1.0, 1.0 - warm)
    if kind == "sun":
        return _sun(rng, grade)
    return _overcast(rng, grade) if kind == "overcast" else _floodlight(rng, grade)


def _sun(rng: Generator, grade: Vec3) -> Lighting:
    height, side = float(rng.uniform(0.45, 1.0)), float(rng.uniform(0, 2 * np.pi))
    at = (FAR_M * np.cos(side) * np.cos(height), FAR_M * np.sin(side) * np.cos(height), FAR_M * np.sin(height))
    shade = NO_SHADE
    if rng.random() < 0.6:
        tilt, reach = float(rng.uniform(-0.15, 0.15)), float(rng.uniform(4, 30))
        sign = 1.0 if at[1] < 0 else -1.0  # the stand towards the sun throws it
        shade = (tilt, sign, -PITCH_WIDTH_M / 2 + reach, 0.10)
    sun: Vec3 = (float(at[0]), float(at[1]), float(at[2]))
    return Lighting(
        "sun", (sun,), colour=(2.3, 2.1, 1.8), ambient=(0.60, 0.68, 0.82), shadow=0.85, shade=shade,
        sky=(0.55, 0.68, 0.85), exposure=0.95, grade=grade, noise=1.2,
    )  # fmt: skip


def _overcast(rng: Generator, grade: Vec3) -> Lighting:
    bright = float(rng.uniform(0.9, 1.1))
    lamp = (float(rng.uniform(-20, 20)), float(rng.uniform(-20, 20)), 400.0)
    return Lighting(
        "overcast", (lamp,), colour=(0.75, 0.76, 0.78), ambient=(1.25, 1.28, 1.33), shadow=0.95, shade=NO_SHADE,
        sky=(0.75, 0.78, 0.80), exposure=bright, grade=grade, noise=1.6,
    )  # fmt: skip


def _floodlight(rng: Generator, grade: Vec3) -> Lighting:
    high = float(rng.uniform(50, 62))
    masts = tuple((sx * 66.0, sy * 54.0, high) for sx in (-1, 1) for sy in (-1, 1))
    bright = float(rng.uniform(0.95, 1.15))
    return Lighting(
        "floodlight", masts, colour=(2.2, 2.25, 2.3), ambient=(0.42, 0.45, 0.50), shadow=0.20, shade=NO_SHADE,
        sky=(0.02, 0.025, 0.04), exposure=bright, grade=grade, noise=2.4,
    )  # fmt: skip
