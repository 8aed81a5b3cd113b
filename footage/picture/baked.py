"""The pictures of what stands still: grass and lines, the crowd, advertising boards; with the light baked in."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.picture.light import Lighting, as_shown
from footage.picture.looks import COLOURS, Wardrobe
from footage.picture.stadium import GROUND_M, HALF_L, HALF_W
from footage.world import PITCH_LENGTH_M, PITCH_WIDTH_M

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

GROUND_PX = (4096, 1152)  # the main camera sees the ground foreshortened; a square texel would blur it lengthwise
LINE_M = 0.12
BITS = 4  # of a texel's fraction, as OpenCV draws
MUTED = np.array([
    (0.12, 0.12, 0.14), (0.22, 0.22, 0.26), (0.5, 0.5, 0.5), (0.3, 0.2, 0.15), (0.15, 0.2, 0.32), (0.7, 0.7, 0.68),
])  # fmt: skip
SPONSORS = ["NORTHWIND", "OAKBANK", "Quarry & Sons", "LUMEN AIR", "Tidewater", "HALDEN STEEL", "orchard.", "KESTREL"]


def ground_texture(rng: Generator, rain: bool, light: Lighting) -> Bytes:
    """Grass with mowing pattern, wear and lines as the camera shows it unshadowed; row 0 is the far side."""
    width, height = GROUND_PX
    x = ((np.arange(width) + 0.5) / width - 0.5) * GROUND_M[0]
    y = (0.5 - (np.arange(height) + 0.5) / height) * GROUND_M[1]
    band = PITCH_LENGTH_M / float(rng.choice([16, 18, 20, 22]))
    stripes = np.sign(np.sin((x + HALF_L) * np.pi / band))[None, :]
    if rng.random() < 0.35:  # chequered
        stripes = stripes * np.sign(np.sin((y + HALF_W) * np.pi / (PITCH_WIDTH_M / 12)))[:, None]
    depth = np.float32(rng.uniform(0.05, 0.10))
    shade = np.float32(1.0) + depth * stripes.astype(np.float32) + np.zeros((height, 1), np.float32)
    for cells, strength in ((12, 0.035), (60, 0.03), (400, 0.03), (1400, 0.03)):
        coarse = rng.standard_normal((round(cells * GROUND_M[1] / GROUND_M[0]) + 1, cells), dtype=np.float32)
        shade += strength * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    shade += 0.03 * rng.standard_normal((height, width), dtype=np.float32)
    outside = (np.abs(x)[None, :] > HALF_L + 3.5) | (np.abs(y)[:, None] > HALF_W + 3.0)
    grass = np.array(rng.choice([(0.30, 0.44, 0.20), (0.27, 0.42, 0.21), (0.34, 0.45, 0.21)], axis=0), np.float32)
    picture = shade[..., None] * grass * (0.85 if rain else 1.0)
    worn = _wear(x, y, rng)
    picture += worn[..., None] * (np.array((0.42, 0.36, 0.20), np.float32) - picture)
    track = np.array((0.16, 0.22, 0.17), np.float32) if rng.random() < 0.6 else np.array((0.35, 0.16, 0.12), np.float32)
    picture[outside] = track * (1.0 + 0.05 * rng.standard_normal((int(outside.sum()), 1), dtype=np.float32))
    white = _lines()[..., None] * np.float32(0.9)
    picture += white * (np.float32(0.90) * np.clip(shade[..., None], 0.85, 1.05) - picture)
    return as_shown(picture, light.on_ground(x[None, :], y[:, None]), light)


def _wear(x: NDArray[np.float64], y: NDArray[np.float64], rng: Generator) -> Floats:
    """Bare patches where keepers and assistants stand."""
    worn = np.zeros((len(y), len(x)), np.float32)
    for centre in (-HALF_L + 3, HALF_L - 3):
        worn += 0.30 * np.exp(-(((x - centre) / 3.0) ** 2))[None, :] * np.exp(-((y / 3.5) ** 2))[:, None]
    noise = cv2.resize(rng.random((142, 205), dtype=np.float32), (len(x), len(y)), interpolation=cv2.INTER_LINEAR)
    return np.asarray(worn * noise, np.float32)


def _lines() -> Floats:
    """Coverage of the white lines, drawn with square texels and then shrunk to the ground's."""
    chalk = Chalk()
    chalk.line((-HALF_L, -HALF_W), (HALF_L, -HALF_W), (HALF_L, HALF_W), (-HALF_L, HALF_W), (-HALF_L, -HALF_W))
    chalk.line((0, -HALF_W), (0, HALF_W))
    chalk.arc((0, 0), 9.15, 0, 360)
    for sign in (-1, 1):
        end, spot = sign * HALF_L, (sign * (HALF_L - 11), 0.0)
        for depth, half in ((16.5, 20.16), (5.5, 9.16)):
            inner = sign * (HALF_L - depth)
            chalk.line((end, -half), (inner, -half), (inner, half), (end, half))
        towards = 180 if sign > 0 else 0
        chalk.arc(spot, 9.15, towards - 53, towards + 53)
        for corner in (-1, 1):
            middle = {(-1, -1): 45, (1, -1): 135, (-1, 1): -45, (1, 1): -135}[(sign, corner)]
            chalk.arc((end, corner * HALF_W), 1.0, middle - 45, middle + 45)
        chalk.spot(*spot)
    chalk.spot(0, 0)
    return np.asarray(cv2.resize(chalk.canvas, GROUND_PX, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255.0)


class Chalk:
    """Draws on the ground in pitch metres."""

    def __init__(self) -> None:
        self._scale = GROUND_PX[0] / GROUND_M[0]
        self._thick = max(1, round(LINE_M * self._scale))
        self.canvas = np.zeros((round(GROUND_M[1] * self._scale), GROUND_PX[0]), np.uint8)

    def line(self, *points: tuple[float, float]) -> None:
        for a, b in pairwise(points):
            cv2.line(self.canvas, self._at(*a), self._at(*b), 255, self._thick, cv2.LINE_AA, BITS)

    def arc(self, middle: tuple[float, float], radius: float, start: float, end: float) -> None:
        """Between two angles in degrees."""
        angles = np.radians(np.linspace(start, end, 97))
        self.line(*[(middle[0] + radius * float(np.cos(a)), middle[1] + radius * float(np.sin(a))) for a in angles])

    def spot(self, x: float, y: float) -> None:
        radius = round(0.15 * self._scale * (1 << BITS))
        cv2.circle(self.canvas, self._at(x, y), radius, 255, -1, cv2.LINE_AA, BITS)

    def _at(self, x: float, y: float) -> tuple[int, int]:
        px = (x / GROUND_M[0] + 0.5) * GROUND_PX[0]
        py = (0.5 - y / GROUND_M[1]) * len(self.canvas)
        return round((px - 0.5) * (1 << BITS)), round((py - 0.5) * (1 << BITS))


def crowd_texture(rng: Generator, kits: Wardrobe, full: float, light: Lighting) -> Bytes:
    """A section of the stands: 120 seats by 40 rows, row 0 at the top, as the camera shows it."""
    seats, rows, wide, high = 120, 40, 17, 25
    picture = np.empty((rows * high, seats * wide, 3), np.uint8)
    picture[:] = (np.array(COLOURS[kits.home.shirt]) * 0.35 + 0.06) * 255  # empty seats
    scarfs = np.array([COLOURS[kits.home.shirt], COLOURS[kits.home.second]])
    for row in range(rows):
        for seat in range(seats):
            if rng.random() > full or seat % 24 == 0:  # aisles
                continue
            supporter = rng.random() < 0.45
            colour = scarfs[0 if rng.random() < 0.8 else 1] if supporter else MUTED[rng.integers(len(MUTED))]
            _spectator(picture, row * high, seat * wide, colour, rng)
    depth = np.linspace(0.75, 1.0, rows * high, dtype=np.float32)[:, None, None]
    hazy = (picture * 0.72 + picture.mean((0, 1)) * 0.28) / 255  # air between, and a lens that is set on the pitch
    return as_shown(hazy * depth, light.on_stands() * 0.55, light)


def _spectator(picture: Bytes, top: int, left: int, colour: NDArray[np.float64], rng: Generator) -> None:
    dx, dy = (int(v) for v in rng.integers(-2, 3, 2))
    light = float(rng.uniform(0.6, 1.0))
    body = tuple(float(v) * light * 255 for v in colour)
    skin = float(rng.uniform(90, 215))
    centre = (left + 8 + dx, top + 9 + dy)
    cv2.ellipse(picture, (centre[0], centre[1] + 12), (7, 9), 0, 0, 360, body, -1, cv2.LINE_AA)
    cv2.circle(picture, centre, 4, (skin, skin * 0.78, skin * 0.64), -1, cv2.LINE_AA)
    if rng.random() < 0.7:
        dark = float(rng.uniform(10, 75))
        hair = (dark, dark * 0.8, dark * 0.6)
        cv2.ellipse(picture, (centre[0], centre[1] - 2), (4, 3), 0, 180, 360, hair, -1, cv2.LINE_AA)


def board_texture(rng: Generator) -> Bytes:
    """Advertising boards in a row: 8 of 6 m by 0.95 m."""
    high, wide = 80, 512
    panels = []
    names = list(COLOURS)
    for sponsor in rng.permutation(SPONSORS):
        ground, ink = (np.array(COLOURS[names[i]]) for i in rng.choice(len(names), 2, replace=False))
        if abs(float(ground.mean() - ink.mean())) < 0.25:
            ink = np.array((0.95, 0.95, 0.95)) if ground.mean() < 0.5 else np.array((0.05, 0.05, 0.05))
        panel = np.empty((high, wide, 3), np.uint8)
        panel[:] = ground * 255
        font, scale, thick = cv2.FONT_HERSHEY_DUPLEX, 1.9, 4
        size, _ = cv2.getTextSize(str(sponsor), font, scale, thick)
        place = ((wide - size[0]) // 2, (high + size[1]) // 2)
        cv2.putText(panel, str(sponsor), place, font, scale, (ink * 255).tolist(), thick, cv2.LINE_AA)
        panels.append(panel)
    return np.concatenate(panels, 1)
