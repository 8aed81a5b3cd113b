"""Scenes to learn from: a second and a half around somebody of a rendered match, with who covers each pixel."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.film import VERSION, Film, Order
from footage.presets import preset
from stream_engine.backends.arrays import BLACK, GREY, window
from stream_engine.boxes import overlap
from training.filmed import SIZE, coded, matches, planes, quality

Bytes = NDArray[np.uint8]
Array = NDArray[np.float64]

SPAN_S = 40.0
FRAMES = 44  # of a scene, one after another
WINDOWS = 2  # stretches of each match that are rendered
EACH = 5  # scenes of a stretch
UNIT = (15, 11)  # a scene is so many times this, in columns and rows of chroma
COLUMNS, ROWS = 240, 176  # of a scene's luma
PERSON_PX = 48  # about how tall people are in a scene; nobody is magnified
NEAR = 0.12  # boxes that overlap so much are of people who meet
LEAST_PX = 40  # people of whom less is there are too small to follow
LOOK_EVERY = 8  # frames between those that are looked at for where people meet
QUALITIES = (35, 95)  # of a lossy coder, from and to before
SHARES = {"corner-crowd": 6, "similar-kits": 5, "league": 3, "floodlight": 3, "fast-pan": 2, "cuts": 1}


@dataclass(frozen=True, slots=True)
class Scene:
    """`people` are all of its match; whoever is not in the picture has a body of no numbers."""

    luma: Bytes  # T, ROWS, COLUMNS
    chroma: Bytes  # T, ROWS / 2, COLUMNS / 2, 2
    ids: Bytes  # T, ROWS, COLUMNS: who covers the pixel
    corner: Array  # T, 2: its left and top in the picture
    scale: float  # pixels of the scene to one of the picture
    target: int  # the place among people of whom it is about
    people: NDArray[np.int64]  # P
    teams: NDArray[np.int64]  # P: alike people wear the same
    body: Array  # T, P, 4: left, top, right, bottom in the picture, hidden parts included
    visible: Array  # T, P: share of the body's pixels
    camera: Array  # T, 2, 3: where a point of the picture before is in this one


class Stretch(NamedTuple):
    """Rendered frames of a match, one after another."""

    yuv: list[Bytes]
    ids: list[Bytes]
    people: NDArray[np.int64]
    teams: NDArray[np.int64]
    body: Array
    visible: Array
    homography: Array  # T, 3, 3


def render(folder: Path, count: int, first_seed: int, progress: Callable[[int], None]) -> list[Path]:
    """Files of scenes of so many matches; those that are there are not rendered again."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, seed) in enumerate(matches(SHARES, count, first_seed)):
        if not all(path.exists() for path in files_of(folder, name, seed)):
            _render_match(folder, name, seed)
        progress(number + 1)
    return [path for name, seed in matches(SHARES, count, first_seed) for path in files_of(folder, name, seed)]


def files_of(folder: Path, name: str, seed: int) -> list[Path]:
    return [folder / f"{VERSION}-{FRAMES}-{name}-{seed}-{number}.npz" for number in range(WINDOWS)]


def load(path: Path) -> list[Scene]:
    """The scenes of a file."""
    with np.load(path) as held:
        parts = {name: held[name] for name in held.files}
    people, teams, body, visible, camera = (parts[name] for name in ("people", "teams", "body", "visible", "camera"))
    return [
        Scene(luma, chroma, ids, corner, float(scale), int(target), people, teams, body, visible, camera)
        for luma, chroma, ids, corner, scale, target in zip(
            *(parts[name] for name in ("luma", "chroma", "ids", "corner", "scale", "target")), strict=True
        )
    ]


def mirrored(scene: Scene) -> Scene:
    """The same in a mirror."""
    width = SIZE[0]
    corner = scene.corner.copy()
    corner[:, 0] = width - corner[:, 0] - COLUMNS / scene.scale
    body = scene.body[..., [2, 1, 0, 3]] * (-1, 1, -1, 1) + (width, 0, width, 0)
    flip = np.array([(-1, 0, width), (0, 1, 0), (0, 0, 1)], np.float64)
    last = np.broadcast_to((0.0, 0.0, 1.0), (len(scene.camera), 1, 3))
    camera = (flip @ np.concatenate((scene.camera, last), 1) @ flip)[:, :2]
    return replace(
        scene, luma=scene.luma[..., ::-1], chroma=scene.chroma[:, :, ::-1], ids=scene.ids[..., ::-1], corner=corner,
        body=body, camera=camera,
    )  # fmt: skip


# --- rendering ----------------------------------------------------------------------------------


def _render_match(folder: Path, name: str, seed: int) -> None:
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), 5])
    film = Film(Order(preset(name), seed, SPAN_S, SIZE))
    for path, first in zip(files_of(folder, name, seed), _beginnings(film, rng), strict=True):
        stretch = _stretch(film, first, rng)
        scenes = [_scene(stretch, target) for target in _targets(stretch, rng)]
        fresh = path.with_suffix(".new.npz")
        shared = {"people": stretch.people, "teams": stretch.teams, "body": stretch.body, "visible": stretch.visible}
        own = ("luma", "chroma", "ids", "corner", "scale", "target")
        parts = {key: np.array([getattr(scene, key) for scene in scenes]) for key in own}
        np.savez(fresh, **parts, **shared, camera=_camera(stretch.homography))
        fresh.replace(path)
    film.close()


def _beginnings(film: Film, rng: Generator) -> list[int]:
    """Where stretches without a cut begin: the more people meet there, the more likely."""
    views, shots = film.views, np.array([view.shot_no for view in film.views])
    wiped = np.array([view.wipe is not None for view in views])
    looked = list(range(0, film.order.frames, LOOK_EVERY))
    meets = np.array([_meetings(film.bodies(number)[1]) for number in looked])
    starts = np.arange(0, film.order.frames - FRAMES, LOOK_EVERY)
    whole = [shots[at] == shots[at + FRAMES - 1] and not wiped[at : at + FRAMES].any() for at in starts]
    starts = starts[np.array(whole)]
    among = [meets[at // LOOK_EVERY : (at + FRAMES) // LOOK_EVERY].mean() + 0.05 for at in starts]
    chances = np.array(among) / np.sum(among)
    return [int(at) for at in rng.choice(starts, WINDOWS, replace=False, p=chances)]


def _meetings(boxes: Array) -> float:
    """How many pairs of people are before one another, the nearest four of each at most."""
    shares = overlap(boxes, boxes)
    np.fill_diagonal(shares, 0)
    return float(np.minimum((shares > NEAR).sum(1), 4).sum())


def _stretch(film: Film, first: int, rng: Generator) -> Stretch:
    everybody = film.play.people
    people = np.array([person.id for person in everybody])
    teams = np.array([_team(person.role, person.side) for person in everybody])
    body = np.full((FRAMES, len(people), 4), np.nan)
    visible = np.zeros((FRAMES, len(people)))
    how = quality(rng, *QUALITIES)
    yuv, ids, homographies = [], [], []
    for step in range(FRAMES):
        frame = film.frame(first + step)
        yuv.append(coded(film.lens.develop(frame.bgr, first + step), how))
        ids.append(frame.identity)
        homographies.append(np.reshape(frame.truth.homography, (3, 3)))
        for thing in frame.truth.objects:
            (place,) = np.flatnonzero(people == thing.id)
            body[step, place], visible[step, place] = thing.body_px, thing.visible
    return Stretch(yuv, ids, people, teams, body, visible, np.array(homographies))


def _team(role: str, side: str | None) -> int:
    """People of one number wear the same."""
    return zlib.crc32(f"{role} {side}".encode())


def _camera(homography: Array) -> Array:
    """How the pitch moved from each frame to the next, near the middle of the picture; still before the first."""
    corners = np.array([(480, 400), (1440, 400), (960, 900)], np.float64)
    moves = [np.eye(2, 3)]
    for before, now in pairwise(homography):
        there = cv2.perspectiveTransform(corners[None], now @ np.linalg.inv(before))[0]
        moves.append(cv2.getAffineTransform(corners.astype(np.float32), there.astype(np.float32)))
    return np.array(moves)


def _targets(stretch: Stretch, rng: Generator) -> list[int]:
    """Those who meet others most, one at random among them; everybody can be seen at the beginning."""
    heights = stretch.body[..., 3] - stretch.body[..., 1]
    middles = (stretch.body[..., 0] + stretch.body[..., 2]) / 2, (stretch.body[..., 1] + stretch.body[..., 3]) / 2
    inside = (middles[0] > 0) & (middles[0] < SIZE[0]) & (middles[1] > 0) & (middles[1] < SIZE[1])
    enough = np.nan_to_num(heights) * stretch.visible
    fit = np.flatnonzero((enough[:3].min(0) >= LEAST_PX * 0.6) & (inside.mean(0) > 0.8))
    hidden = np.clip(1 - stretch.visible, 0, 1) * inside
    met = np.zeros(len(stretch.people))
    for boxes in stretch.body[::4]:
        known = np.flatnonzero(np.isfinite(boxes[:, 0]))
        shares = overlap(boxes[known], boxes[known])
        np.fill_diagonal(shares, 0)
        met[known] += (shares > NEAR).sum(1)
    interest = hidden.mean(0) * 4 + met / len(stretch.body[::4]) + rng.uniform(0, 0.3, len(met))
    order = fit[np.argsort(-interest[fit])]
    best = list(order[: EACH - 1])
    rest = [at for at in order if at not in best]
    chosen = best + ([rest[int(rng.integers(len(rest)))]] if rest else [])
    while 0 < len(chosen) < EACH:
        chosen.append(chosen[int(rng.integers(len(chosen)))])  # few people: some are taken twice
    return [int(at) for at in chosen] or [int(np.nanargmax(enough[0]))] * EACH


def _scene(stretch: Stretch, target: int) -> Scene:
    """What is around somebody, wherever they go."""
    boxes = stretch.body[:, target]
    at = _steady((boxes[:, :2] + boxes[:, 2:]) / 2)
    unit = max(8, round(8 * float(np.nanmedian(boxes[:, 3] - boxes[:, 1])) / PERSON_PX))
    width, height = UNIT[0] * 2 * unit, UNIT[1] * 2 * unit
    corner = np.round((at - (width / 2, height / 2)) / 2) * 2
    luma = np.empty((FRAMES, ROWS, COLUMNS), np.uint8)
    chroma = np.empty((FRAMES, ROWS // 2, COLUMNS // 2, 2), np.uint8)
    ids = np.empty((FRAMES, ROWS, COLUMNS), np.uint8)
    for step, (yuv, who) in enumerate(zip(stretch.yuv, stretch.ids, strict=True)):
        left, top = (int(v) for v in corner[step])
        y, uv = planes(yuv)
        part = window(y, (left, top, width, height), BLACK)
        luma[step] = cv2.resize(part, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
        part = window(uv, (left // 2, top // 2, width // 2, height // 2), GREY)
        chroma[step] = cv2.resize(part, (COLUMNS // 2, ROWS // 2), interpolation=cv2.INTER_AREA)
        part = window(who, (left, top, width, height), 0)
        ids[step] = cv2.resize(part, (COLUMNS, ROWS), interpolation=cv2.INTER_NEAREST)
    scale = COLUMNS / width
    still = np.zeros((0, 2, 3))
    return Scene(
        luma, chroma, ids, corner, scale, target, stretch.people, stretch.teams, stretch.body, stretch.visible, still
    )


def _steady(points: Array) -> Array:
    """Where somebody is, without gaps; they are held where they were when they are out of the picture."""
    known = np.flatnonzero(np.isfinite(points[:, 0]))
    steps = np.arange(len(points))
    return np.stack([np.interp(steps, known, points[known, axis]) for axis in (0, 1)], 1)
