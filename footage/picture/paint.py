"""Painted people: shirts, numbers, faces, socks and boots as one picture for each person, wrapped around the body."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.picture.body import Array, Part, Ring, along, surface_of, tubes
from footage.picture.looks import COLOURS, HAIR, SKIN, Kit, Pattern, Wardrobe
from footage.world import Person

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

HEIGHT = 256  # of a person's picture
WIDTHS = {Part.TORSO: 256, Part.HEAD: 128, Part.ARM: 64, Part.LEG: 64, Part.BOOT: 32}
WIDTH = sum(WIDTHS.values())
LEFT = {part: sum(WIDTHS[p] for p in Part if p < part) for part in Part}
COLUMNS = 6  # people side by side in the atlas
BOOTS = ["black", "white", "orange", "lime", "pink", "red", "sky", "yellow"]
HEM_M, COLLAR_M, SLEEVE_M, SHORTS_M, KNEE_M, SOCK_M, WRIST_M = 0.957, 1.462, 1.234, 0.663, 0.475, 0.44, 0.905


@dataclass(frozen=True, slots=True)
class Person3D:
    """Everything personal that is painted."""

    kit: Kit
    number: int
    keeper: bool
    skin: Floats
    hair: Floats
    boots: Floats
    style: int  # of the hair: bald, short, full, long
    beard: bool
    long_sleeves: bool
    bands: float  # stripes or hoops of the team's shirt


def atlas(people: tuple[Person, ...], kits: Wardrobe, rng: Generator) -> Bytes:
    """The pictures of everybody, COLUMNS to a row."""
    bands = {side: float(2 + rng.integers(3)) for side in ("home", "away", None)}
    maps = _maps()
    rows = -(-len(people) // COLUMNS)
    whole = np.zeros((rows * HEIGHT, COLUMNS * WIDTH, 3), np.uint8)
    for i, person in enumerate(people):
        made = _person(person, kits.of(person), bands[person.side], rng)
        top, left = i // COLUMNS * HEIGHT, i % COLUMNS * WIDTH
        for part, points in maps.items():
            colours = PAINTERS[part](made, points) * _cloth(points, rng)
            start = left + LEFT[part]
            whole[top : top + HEIGHT, start : start + WIDTHS[part]] = np.clip(colours, 0, 1) * 255 + 0.5
    return whole


def cells(count: int) -> Floats:
    """Where each person's picture begins in the atlas, and the share of it that one picture takes: N, 4."""
    rows = -(-count // COLUMNS)
    i = np.arange(count)
    return np.stack(
        (i % COLUMNS / COLUMNS, i // COLUMNS / rows, np.full(count, 1 / COLUMNS), np.full(count, 1 / rows)), 1
    ).astype(np.float32)


def texture_places(part: NDArray[np.int64], uv: Array) -> Floats:
    """Vertices' places within a person's picture, 0..1, kept off the neighbouring parts."""
    left = np.array([LEFT[p] for p in Part])[part]
    width = np.array([WIDTHS[p] for p in Part])[part]
    x = (left + 1.0 + uv[:, 0] * (width - 2.0)) / WIDTH
    return np.stack((x, (1.0 + uv[:, 1] * (HEIGHT - 2.0)) / HEIGHT), 1).astype(np.float32)


def _person(person: Person, kit: Kit, bands: float, rng: Generator) -> Person3D:
    tone = int(rng.choice(len(SKIN), p=[0.22, 0.24, 0.16, 0.14, 0.14, 0.10]))
    hair = HAIR[0] if tone >= 3 else HAIR[int(rng.integers(len(HAIR)))]
    tint = np.float32(1.0 + rng.normal(0, 0.03))
    boots = BOOTS[int(rng.integers(len(BOOTS)))]
    return Person3D(
        kit=kit,
        number=person.number or 0,
        keeper=person.role == "goalkeeper",
        skin=np.asarray(SKIN[tone], np.float32) * tint,
        hair=np.asarray(hair, np.float32),
        boots=_colour(boots if person.role != "other" else "black"),
        style=int(rng.choice(4, p=[0.12, 0.38, 0.35, 0.15])),
        beard=bool(rng.random() < 0.35),
        long_sleeves=person.role != "player" or bool(rng.random() < 0.2),
        bands=bands,
    )


def _maps() -> dict[Part, Array]:
    """For each part the standing body's point under each pixel of its surface; both sides share the left one's."""
    maps: dict[Part, Array] = {}
    for part, rings, _, axis in tubes():
        if part not in maps:
            maps[part] = _surface(rings, WIDTHS[part], axis)
    return maps


def _surface(rings: list[Ring], width: int, axis: str) -> Array:
    surface = surface_of(rings, np.linspace(0, 1, width), axis)
    at, rows = along(rings), np.linspace(0, 1, HEIGHT)
    upper = np.clip(np.searchsorted(at, rows), 1, len(at) - 1)
    part = ((rows - at[upper - 1]) / np.maximum(at[upper] - at[upper - 1], 1e-9))[:, None, None]
    return np.asarray(surface[upper - 1] * (1 - part) + surface[upper] * part)


def _cloth(points: Array, rng: Generator) -> Floats:
    """Folds and unevenness, as light and dark."""
    a, b, c = (float(v) for v in rng.uniform(0, 6.28, 3))
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    folds = np.sin(z * 62 + y * 41 + 3 * np.sin(y * 37 + a)) * np.sin(z * 23 - y * 71 + b) * np.sin(x * 50 + c)
    return np.asarray((1.0 + 0.07 * folds)[..., None], np.float32)


def _colour(name: str) -> Floats:
    return np.asarray(COLOURS[name], np.float32)


def _filled(points: Array, colour: Floats) -> Floats:
    return np.broadcast_to(colour, points.shape).astype(np.float32).copy()


def _shirt(who: Person3D, points: Array, sleeve: bool) -> Floats:
    y, z = points[..., 1], points[..., 2]
    if sleeve:
        y = y - np.sign(y) * 0.05
    across, up = y / 0.19, (z - HEM_M) / 0.52
    pattern = {
        Pattern.PLAIN: np.zeros_like(y, bool),
        Pattern.STRIPES: (across * who.bands * 0.5 + 0.25) % 1.0 > 0.5,
        Pattern.HOOPS: (up * who.bands + 0.1) % 1.0 > 0.5,
        Pattern.HALVES: y > 0,
        Pattern.SLEEVES: np.full_like(y, sleeve, bool),
        Pattern.SASH: (np.abs(up - 0.5 - across * 0.5) < 0.16) & (not sleeve),
    }[who.kit.pattern]
    colours = _filled(points, _colour(who.kit.shirt))
    colours[pattern] = _colour(who.kit.second)
    return colours


def _torso(who: Person3D, points: Array) -> Floats:
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    colours = _shirt(who, points, sleeve=False)
    second = _colour(who.kit.second)
    colours[(z > COLLAR_M) & (z < 1.49)] = second
    colours[(z > HEM_M) & (z < HEM_M + 0.014)] *= 0.8
    if who.number:
        _number(colours, who, (x < 0) & (np.abs(y) < 0.17), 0.5 - y / 0.30, (1.39 - z) / 0.27)
        _number(colours, who, (x > 0) & (np.abs(y) < 0.07), 0.5 + y / 0.12, (1.30 - z) / 0.11)
    if not who.keeper:
        colours[(x > 0) & (np.hypot(y - 0.075, z - 1.36) < 0.026)] = second  # badge
    colours[z < HEM_M] = _colour(who.kit.shorts)
    colours[z > 1.497] = who.skin * 0.9
    return colours


def _number(colours: Floats, who: Person3D, area: NDArray[np.bool_], u: Array, v: Array) -> None:
    cell = 96
    glyph = np.zeros((cell, cell), np.uint8)
    text = str(who.number)
    font, scale, thick = cv2.FONT_HERSHEY_SIMPLEX, 2.4 if len(text) == 1 else 1.9, 10
    size, _ = cv2.getTextSize(text, font, scale, thick)
    place = ((cell - size[0]) // 2, (cell + size[1]) // 2)
    cv2.putText(glyph, text, place, font, scale, 255, thick, cv2.LINE_AA)
    x, y = (u * cell).astype(np.float32), (v * cell).astype(np.float32)
    ink = np.asarray(cv2.remap(glyph, x, y, cv2.INTER_LINEAR) / np.float32(255) * area)[..., None]
    colours += ink * (_number_colour(who.kit) - colours)


def _number_colour(kit: Kit) -> Floats:
    under = _colour(kit.shirt).mean()
    if kit.pattern in (Pattern.STRIPES, Pattern.HOOPS, Pattern.HALVES):
        under = (under + _colour(kit.second).mean()) / 2
    return _colour("black") if under > 0.5 else _colour("white")


def _head(who: Person3D, points: Array) -> Floats:
    x, side, z = points[..., 0], np.abs(points[..., 1]), points[..., 2]
    skin, hair = who.skin, who.hair
    colours = _filled(points, skin)
    colours[z < 1.535] = skin * 0.90
    front = x > 0.045
    colours[front & (side < 0.014) & (z < 1.665) & (z > 1.622)] = skin * 1.07
    colours[front & (side < 0.018) & (np.abs(z - 1.620) < 0.004)] = skin * 0.72
    colours[front & (side < 0.024) & (np.abs(z - 1.598) < 0.005)] = skin * np.array((0.74, 0.52, 0.50), np.float32)
    colours[front & (np.hypot((side - 0.031) / 1.6, z - 1.666) < 0.008)] = 0.82
    colours[front & (np.hypot(side - 0.031, z - 1.666) < 0.0065)] = (0.13, 0.10, 0.08)
    colours[front & (np.abs(side - 0.032) < 0.018) & (np.abs(z - 1.687) < 0.004)] = skin * 0.3 + hair * 0.7
    if who.beard:
        mouth = (side < 0.024) & (np.abs(z - 1.598) < 0.006)
        beard = (x > 0) & (z > 1.55) & (z < 1.611 + 0.9 * np.maximum(side - 0.046, 0)) & ~mouth
        colours[beard] = skin * 0.35 + hair * 0.65
    if who.style:
        line = 1.672 + 0.62 * x - (0.018 if who.style > 1 else 0.0) - np.where((x < 0) & (who.style > 2), 0.05, 0.0)
        covered = (z > line + 0.005 * np.sin(points[..., 1] * 190)) & ((x < 0.085) | (z > 1.735))
        strands = 1.0 + 0.25 * np.sin(points[..., 1] * 400 + x * 300) * np.sin(z * 130)
        colours[covered] = (hair * strands[..., None])[covered]
    return colours


def _arm(who: Person3D, points: Array) -> Floats:
    z = points[..., 2]
    colours = _filled(points, who.skin)
    colours[z < WRIST_M + 0.004] *= 0.94
    if who.keeper:
        colours[z < WRIST_M] = _number_colour(who.kit)
    covered = z > (WRIST_M if who.long_sleeves else SLEEVE_M)
    colours[covered] = _shirt(who, points, sleeve=True)[covered]
    cuff = (z > SLEEVE_M) & (z < SLEEVE_M + 0.02)
    if not who.long_sleeves:
        colours[cuff] = _colour(who.kit.second)
    return colours


def _leg(who: Person3D, points: Array) -> Floats:
    y, z = points[..., 1], points[..., 2]
    colours = _filled(points, who.skin)
    shorts = z > SHORTS_M
    colours[shorts] = _colour(who.kit.shorts)
    colours[shorts & (y > 0.185)] = _colour(who.kit.shirt)  # a stripe down the side
    colours[z < KNEE_M] = _colour(who.kit.second)
    colours[z < SOCK_M] = _colour(who.kit.socks)
    return colours


def _boot(who: Person3D, points: Array) -> Floats:
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    colours = _filled(points, who.boots)
    colours[z < 0.018] = 0.10
    colours[(x > 0.02) & (x < 0.10) & (np.abs(y - 0.1) < 0.012) & (z > 0.05)] = 0.85  # laces
    return colours


PAINTERS = {Part.TORSO: _torso, Part.HEAD: _head, Part.ARM: _arm, Part.LEG: _leg, Part.BOOT: _boot}
