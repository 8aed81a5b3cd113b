"""From who covers each pixel to the truth: boxes, masks and visible shares, and the cut list."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from footage.picture.inputs import BALL_ID, BALL_RADIUS_M, Bodies, Bytes
from footage.picture.projecting import CORNERS, boxes_of
from footage.world import View
from stream_engine.masks import encode
from stream_engine.messages import Box
from stream_engine.scoring.truth import Shot, TruthBall, TruthObject

Array = NDArray[np.float64]
NOTHING = np.zeros((0, 0), np.bool_)


class Extent(NamedTuple):
    """The visible part of somebody: its upper left corner, and which pixels from there on."""

    left: int
    top: int
    pixels: NDArray[np.bool_]

    def box_px(self) -> Box:
        rows, columns = self.pixels.shape
        return float(self.left), float(self.top), float(self.left + columns), float(self.top + rows)

    def share(self, whole: float) -> float:
        """Of the pixels that there would be."""
        return round(min(1.0, float(self.pixels.sum()) / whole), 3)


def truth_objects(identity: Bytes, bodies: Bodies, areas: Array, at_m: Array) -> tuple[TruthObject, ...]:
    """The truth about everybody in the picture, hidden people included."""
    everybody = zip(bodies.ids.tolist(), bodies.boxes, areas, at_m, strict=True)
    return tuple(_object(identity, who, box, float(area), at) for who, box, area, at in everybody)


def _object(identity: Bytes, who: int, body_px: Array, area: float, at_m: Array) -> TruthObject:
    left, top, right, bottom = (round(float(v), 2) for v in body_px)
    seen = _extent(identity, who, (left, top, right, bottom))
    if seen is None:
        seen = Extent(round((left + right) / 2), round((top + bottom) / 2), NOTHING)
    return TruthObject(
        id=who,
        box_px=seen.box_px(),
        body_px=(left, top, right, bottom),
        visible=seen.share(max(area, 1.0)),
        at_m=(round(float(at_m[0]), 3), round(float(at_m[1]), 3)),
        mask=encode(seen.pixels, seen.left, seen.top),
    )


def truth_ball(identity: Bytes, matrix: NDArray[np.float32], at_m: Array) -> TruthBall:
    """The truth about the ball."""
    size = (identity.shape[1], identity.shape[0])
    left, top, right, bottom = boxes_of(matrix, (at_m + CORNERS * BALL_RADIUS_M)[None], size)[0]
    at = (float(at_m[0]), float(at_m[1]), float(at_m[2]))
    seen = _extent(identity, BALL_ID, (left, top, right, bottom))
    if seen is None:
        return TruthBall(at, None, 0.0)
    # the ball is a sphere: nearly a circle, wherever it is
    return TruthBall(at, seen.box_px(), seen.share(np.pi / 4 * _diameter_px(matrix, at_m, size[1]) ** 2))


def _diameter_px(matrix: NDArray[np.float32], at_m: Array, height: int) -> float:
    depth = float(matrix[3, :3] @ at_m + matrix[3, 3])
    scale = float(np.linalg.norm(matrix[1, :3])) * height / 2
    return 2 * BALL_RADIUS_M * scale / max(depth, 0.1)


def _extent(identity: Bytes, who: int, box: Box) -> Extent | None:
    """Somebody's visible part, looked for around a box."""
    height, width = identity.shape
    left, top = max(int(box[0]) - 2, 0), max(int(box[1]) - 2, 0)
    area = identity[top : min(int(box[3]) + 3, height), left : min(int(box[2]) + 3, width)] == who
    rows, columns = np.flatnonzero(area.any(1)), np.flatnonzero(area.any(0))
    if not rows.size:
        return None
    pixels = area[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Extent(left + int(columns[0]), top + int(rows[0]), pixels)


def shots_of(views: list[View]) -> Iterator[Shot]:
    """The cut list."""
    first = 0
    for number in range(1, len(views) + 1):
        if number == len(views) or views[number].shot_no != views[first].shot_no:
            yield Shot(views[first].shot_no, first, number - 1, views[first].shot)
            first = number
