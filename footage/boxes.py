"""Matches without pictures: who is where in the frames of the main camera, in MOTChallenge's form."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from footage.camera import projection, view_projection
from footage.direction import direct
from footage.film import DETAIL, MARGIN_S, Order
from footage.match.play import play_match
from footage.picture.body import body_mesh
from footage.picture.looks import build_of
from footage.picture.pose import Build, Moment, Timeline, place_bodies
from footage.picture.projecting import NEAREST_M
from footage.shoot import seqinfo
from footage.world import View
from stream_engine.mot.clips import Found
from stream_engine.scoring.care import LEAST_HEIGHT_PX, LEAST_VISIBLE

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

REACH_M = 2.5  # from where somebody stands to the end of whatever he stretches out
CELLS = 56.0  # of the tallest body's height; fewer hide too much of whoever is behind, more leave holes in bodies
NOBODY = -1
JITTER = 0.03  # of a box's sides, at a noise of 1; with it a share of 0.02 is missed, and more of who is half hidden
MISSED = 0.02
FALSE = 0.3  # a frame
T = TypeVar("T", Moment, Build)


@dataclass(frozen=True, slots=True)
class Seen:
    """Those of whom something is seen in one frame."""

    ids: Ints  # N
    boxes: Array  # N, 4 of what is seen: left, top, right, bottom
    visible: Array  # N, share of the body

    def chosen(self, which: NDArray[np.bool_]) -> "Seen":
        return Seen(self.ids[which], self.boxes[which], self.visible[which])


class Boxes:
    """A match that is played and filmed, and never drawn."""

    def __init__(self, order: Order, *, cuts: bool = False) -> None:
        self.order = order
        preset = order.preset if cuts else replace(order.preset, shot_s=None)
        play = order.tracking or play_match(preset, order.seed, order.seconds + MARGIN_S)
        self.views = direct(play, preset, order.seed, order.fps, order.seconds)
        self._timeline, self._mesh = Timeline(play), body_mesh(DETAIL)
        self._build = build_of(play.people, order.chance("build"))
        self._ids = np.array([person.id for person in play.people])

    def frame(self, number: int) -> Seen:
        """Who is to be found in a frame, as `scoring/care.py` has it."""
        matrix = view_projection(self.views[number], *self.order.size)
        moment = self._timeline.moment(self.views[number].play_s)
        near = np.flatnonzero(moment.present & _about(matrix, moment.at_m))
        if not near.size:
            return Seen(np.zeros(0, np.int64), np.zeros((0, 4)), np.zeros(0))
        points, _ = place_bodies(self._mesh, _only(moment, near), _only(self._build, near))
        seen = seen_of(self._ids[near], *_pixels(matrix, points, self.order.size), self.order.size)
        tall = (seen.boxes[:, 3] - seen.boxes[:, 1]) * 1080 / self.order.size[1]
        return seen.chosen((seen.visible >= LEAST_VISIBLE) & (tall >= LEAST_HEIGHT_PX))


def move_between(before: View, now: View, size: tuple[int, int]) -> Array:
    """Where a camera on its stand takes the picture of the frame before, as nearly as two rows of three can say it."""
    across, down = (each.ravel() for each in np.meshgrid(*(np.linspace(0, side, 9) for side in size)))
    turn = projection(now, *size)[:, :3] @ np.linalg.inv(projection(before, *size)[:, :3])
    x, y, depth = turn @ np.stack((across, down, np.ones(len(across))))
    old, new = across + 1j * down, (x + 1j * y) / depth
    around = old - old.mean()
    by = complex((around.conj() * new).sum() / (around.conj() * around).sum())
    to = complex(new.mean() - by * old.mean())
    return np.array([(by.real, -by.imag, to.real), (by.imag, by.real, to.imag)])


def _about(matrix: NDArray[np.float32], at_m: Array) -> NDArray[np.bool_]:
    """Whoever may be in the picture, however he stretches."""
    x, y, _, depth = (np.column_stack((at_m, np.zeros(len(at_m)), np.ones(len(at_m)))) @ matrix.T.astype(float)).T
    reach = REACH_M * float(np.abs(matrix[:2, :3]).max()) * np.sqrt(2)
    return np.asarray((depth > REACH_M) & (np.abs(x) < depth + reach) & (np.abs(y) < depth + reach))


def _only(everybody: T, who: Ints) -> T:
    kept = {part.name: getattr(everybody, part.name) for part in fields(everybody)}
    return replace(everybody, **{name: values[who] for name, values in kept.items() if name != "ball_m"})


def _pixels(matrix: NDArray[np.float32], points: Array, size: tuple[int, int]) -> tuple[Array, Array, Array]:
    """Across and down of P, V, 3 points: P, V; how far away each body is: P."""
    clip = points @ matrix[[0, 1, 3], :3].T.astype(float) + matrix[[0, 1, 3], 3].astype(float)
    depth = np.maximum(clip[..., 2], NEAREST_M)
    return (
        (clip[..., 0] / depth * 0.5 + 0.5) * size[0],
        (0.5 - clip[..., 1] / depth * 0.5) * size[1],
        depth.mean(1),
    )


def seen_of(ids: Ints, x: Array, y: Array, far: Array, size: tuple[int, int]) -> Seen:
    """Who is seen of bodies that are clouds of points: the nearer body takes each cell of the picture."""
    cell = float((y.max(1) - y.min(1)).max()) / CELLS
    columns, rows = int(size[0] / cell) + 1, int(size[1] / cell) + 1
    order = np.argsort(-far)
    ids, x, y = ids[order], x[order], y[order]
    body = np.broadcast_to(np.arange(len(ids))[:, None], x.shape)
    place = np.floor(y / cell).astype(np.int64) * columns + np.floor(x / cell).astype(np.int64)
    inside = (x >= 0) & (y >= 0) & (x < size[0]) & (y < size[1])
    owner = np.full(rows * columns, NOBODY)
    owner[place[inside]] = body[inside]  # the nearest comes last
    shown = inside.copy()
    shown[inside] = owner[place[inside]] == body[inside]
    low = [np.where(shown, at, np.inf).min(1) for at in (x, y)]
    high = [np.where(shown, at, -np.inf).max(1) for at in (x, y)]
    whole = np.array([len(np.unique(cells)) for cells in place])
    visible = np.bincount(owner[owner != NOBODY], minlength=len(ids)) / whole
    return Seen(ids, np.stack(low + high, 1), visible).chosen(np.asarray(shown.any(1)))


def found_of(seen: Seen, noise: float, chance: Generator, size: tuple[int, int]) -> Found:
    """What a detector finds: all at a noise of 0; at 1 boxes are off, some people missed, some boxes of nobody."""
    if not noise:
        return Found(seen.boxes, np.ones(len(seen.boxes)))
    hidden = 1 - seen.visible
    there = chance.random(len(hidden)) >= noise * (MISSED + 0.5 * hidden**2)
    sides = np.tile(seen.boxes[there, 2:] - seen.boxes[there, :2], 2)
    boxes = seen.boxes[there] + chance.normal(0.0, JITTER * noise, sides.shape) * sides
    scores = 0.9 - 0.5 * hidden[there] + chance.normal(0.0, 0.05 * noise, len(boxes))
    wrong = _of_nobody(sides[:, :2], int(chance.poisson(FALSE * noise)), chance, size)
    scores = np.concatenate((scores, chance.uniform(0.1, 0.6, len(wrong))))
    return Found(np.concatenate((boxes, wrong)), np.clip(scores, 0.01, 1.0))


def _of_nobody(sides: Array, count: int, chance: Generator, size: tuple[int, int]) -> Array:
    """Boxes as large as those of people, anywhere in the picture."""
    if not len(sides):
        return np.zeros((0, 4))
    sides = sides[chance.integers(0, len(sides), count)]
    corner = chance.random((count, 2)) * (np.array(size) - sides)
    return np.hstack((corner, corner + sides))


def write_boxes(order: Order, folder: Path, noise: float = 0.0, cuts: bool = False) -> int:
    """gt/gt.txt, det/det.txt, camera.txt and seqinfo.ini; how many boxes of truth there are."""
    boxes, chance = Boxes(order, cuts=cuts), order.chance("found")
    everybody = [boxes.frame(number) for number in range(order.frames)]
    found = [found_of(seen, noise, chance, order.size) for seen in everybody]
    texts = {
        "gt/gt.txt": [line for number, seen in enumerate(everybody, 1) for line in _truth_lines(number, seen)],
        "det/det.txt": [line for number, told in enumerate(found, 1) for line in _found_lines(number, told)],
        "camera.txt": list(_moves(boxes.views[: order.frames], order.size)),
        "seqinfo.ini": [seqinfo(folder.name, order.frames, order.size, order.fps)],
    }
    for name, lines in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("".join(lines))
    return len(texts["gt/gt.txt"])


def _truth_lines(number: int, seen: Seen) -> Iterator[str]:
    for who, box, visible in zip(seen.ids.tolist(), seen.boxes, seen.visible.tolist(), strict=True):
        yield f"{number},{who},{_sides(box)},1,1,{visible:.3g}\n"


def _found_lines(number: int, found: Found) -> Iterator[str]:
    for box, score in zip(found.boxes, found.scores.tolist(), strict=True):
        yield f"{number},-1,{_sides(box)},{score:.3g},-1,-1,-1\n"


def _moves(views: list[View], size: tuple[int, int]) -> Iterator[str]:
    for number, (before, now) in enumerate(pairwise(views), 2):
        if not now.cut:
            parts = move_between(before, now, size).ravel().tolist()
            yield f"{number},{','.join(f'{part:.8g}' for part in parts)}\n"


def _sides(box: Array) -> str:
    left, top, right, bottom = box.tolist()
    return f"{left:.1f},{top:.1f},{right - left:.1f},{bottom - top:.1f}"
