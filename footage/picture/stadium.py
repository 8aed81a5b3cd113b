"""The stadium's shapes: boards, stands, walls, goals, nets and flags as triangles in pitch metres."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from footage.world import PITCH_LENGTH_M, PITCH_WIDTH_M

Floats = NDArray[np.float32]
Point = tuple[float, float, float]
Edge = tuple[tuple[float, float], tuple[float, float]]

GROUND_M = (132.0, 92.0)  # of which there is a picture
BOARD_M = 0.95
HALF_L, HALF_W = PITCH_LENGTH_M / 2, PITCH_WIDTH_M / 2
BOARDS_AT = (HALF_L + 5.0, HALF_W + 4.5)
STANDS_AT = (BOARDS_AT[0] + 4.0, BOARDS_AT[1] + 3.5)
GOAL_M = (7.32, 2.44, 2.0)  # width, height, depth
ROOF_M = 0.8  # how deep a goal's net is at the top
POST_M, STAY_M = 0.06, 0.025  # radii: posts and crossbar; stanchions and flagpoles


@dataclass(frozen=True, slots=True)
class Quad:
    """A rectangle in space, from one end of its lower edge to the other and back along the upper one."""

    corners: tuple[Point, Point, Point, Point]
    uv: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)  # left, top, right, bottom in its picture


def sloping(lower: Edge, upper: Edge, heights: tuple[float, float], uv: tuple[float, float, float, float]) -> Quad:
    """A quad between two level edges."""
    (a, b), (d, c), (low, high) = lower, upper, heights
    return Quad(((*a, low), (*b, low), (*c, high), (*d, high)), uv)


def upright(edge: Edge, low: float, high: float, right: float = 1.0) -> Quad:
    """A wall; its picture is repeated `right` times along it."""
    return sloping(edge, edge, (low, high), (0.0, 0.0, right, 1.0))


def triangles(quads: list[Quad]) -> Floats:
    """Six vertices for each quad: position and texture coordinates."""
    corners = np.array([quad.corners for quad in quads], np.float32)
    uv = np.array([[(u0, v1), (u1, v1), (u1, v0), (u0, v0)] for u0, v0, u1, v1 in (q.uv for q in quads)], np.float32)
    vertices = np.concatenate((corners, uv), 2)
    return np.ascontiguousarray(vertices[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 5))


def boards() -> list[Quad]:
    """Boards along the far touchline, behind both goals and along the near side."""
    x, y = BOARDS_AT
    per_m = 1 / 48.0  # the picture's eight panels of 6 m
    long, short = 2 * x * per_m, 2 * y * per_m
    return [
        upright(((-x, y), (x, y)), 0.0, BOARD_M, long),
        upright(((x, y), (x, -y)), 0.0, BOARD_M, short),
        upright(((-x, -y), (-x, y)), 0.0, BOARD_M, short),
        upright(((x, -y), (-x, -y)), 0.0, BOARD_M, long),
    ]


def board_backs() -> list[Quad]:
    """What is seen of boards from behind."""
    x, y = BOARDS_AT[0] + 0.05, BOARDS_AT[1] + 0.05
    corners = ((-x, y), (x, y), (x, -y), (-x, -y), (-x, y))
    return [upright(edge, 0.0, BOARD_M) for edge in pairwise(corners)]


def stands() -> list[Quad]:
    """Two tiers around three sides and a lower one on the camera's side."""
    x, y = STANDS_AT
    quads = []
    for near, far, heights, top, bottom in ((0.0, 16.0, (1.2, 9.0), 0.5, 1.0), (17.0, 36.0, (11.5, 26.0), 0.0, 0.5)):
        a, b, c, d = x + near, x + far, y + near, y + far
        along, across = (2 * b) / 60.0, (2 * d) / 60.0
        quads += [
            sloping(((-b, c), (b, c)), ((-b, d), (b, d)), heights, (0.0, top, along, bottom)),
            sloping(((a, c), (a, -c)), ((b, c), (b, -c)), heights, (0.3, top, 0.3 + across, bottom)),
            sloping(((-a, -c), (-a, c)), ((-b, -c), (-b, c)), heights, (0.6, top, 0.6 + across, bottom)),
        ]
    # few rows on the main camera's side: it stands above and behind them
    lower, upper = ((x, -y), (-x, -y)), ((x, -y - 5), (-x, -y - 5))
    return [*quads, sloping(lower, upper, (1.2, 3.6), (0.1, 0.8, 0.1 + x / 30.0, 1.0))]


def walls() -> list[Quad]:
    """Concrete between, above and below the tiers, and the roof's dark underside."""
    x, y = STANDS_AT
    far = 200.0
    floor = sloping(((-far, -far), (far, -far)), ((-far, far), (far, far)), (-0.3, -0.3), (0.0, 0.0, 1.0, 1.0))
    quads = [floor, *board_backs()]
    for out, low, high in ((0.0, 0.0, 1.2), (16.5, 8.8, 11.6), (36.0, 26.0, 34.0)):
        a, b = x + out, y + out
        edges: tuple[Edge, ...] = (((-a, b), (a, b)), ((a, b), (a, -b)), ((-a, -b), (-a, b)))
        quads += [upright(edge, low, high) for edge in edges]
    return [*quads, upright(((-x, -y), (x, -y)), 0.0, 1.2)]


def goal_nets() -> list[Quad]:
    """Nets of both goals; texture coordinates in metres, so that the shader can draw meshes."""
    half, high, depth = GOAL_M[0] / 2, GOAL_M[1], GOAL_M[2]
    quads = []
    for sign in (-1, 1):
        line, back, roof = sign * HALF_L, sign * (HALF_L + depth), sign * (HALF_L + ROOF_M)
        behind, above = ((back, -half), (back, half)), ((roof, -half), (roof, half))
        quads.append(sloping(behind, above, (0.0, high), (0.0, 0.0, 2 * half, 2.7)))
        quads.append(sloping(((line, -half), (line, half)), above, (high, high), (0.0, 0.0, 2 * half, ROOF_M)))
        for y in (-half, half):
            lower, upper = ((line, y), (back, y)), ((line, y), (roof, y))
            quads.append(sloping(lower, upper, (0.0, high), (0.0, 0.0, depth, high)))
    return quads


def flags() -> list[Quad]:
    """The four corner flags."""
    quads = []
    for sx in (-1, 1):
        for y in (-HALF_W, HALF_W):
            pole, end = sx * HALF_L, sx * HALF_L - sx * 0.45
            quads.append(Quad(((pole, y, 1.15), (end, y + 0.1, 1.2), (end, y + 0.1, 1.5), (pole, y, 1.5))))
    return quads


def goal_frames() -> Floats:
    """Posts, crossbars and stanchions of both goals, and the corner flags' poles: triangles of position and normal."""
    rods = []
    half, high, depth = GOAL_M[0] / 2, GOAL_M[1], GOAL_M[2]
    for sign in (-1, 1):
        line, back, roof = sign * HALF_L, sign * (HALF_L + depth), sign * (HALF_L + ROOF_M)
        sides = (-half, half)
        rods += [_rod((line, y, 0), (line, y, high), POST_M) for y in sides]
        rods.append(_rod((line, -half - POST_M, high), (line, half + POST_M, high), POST_M))
        rods += [_rod((line, y, high), (roof, y, high), STAY_M) for y in sides]
        rods += [_rod((back, y, 0), (roof, y, high), STAY_M) for y in sides]
        rods += [_rod((line, y, 0), (line, y, 1.5), STAY_M) for y in (-HALF_W, HALF_W)]
    return np.concatenate(rods).astype(np.float32)


def _rod(start: Point, end: Point, radius: float) -> NDArray[np.float64]:
    a, b = np.array(start, float), np.array(end, float)
    axis = (b - a) / np.linalg.norm(b - a)
    side = np.cross(axis, (0.3, 0.5, 0.81))
    side /= np.linalg.norm(side)
    other = np.cross(axis, side)
    angle = np.linspace(0, 2 * np.pi, 9)
    out = np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * other
    low, high = a + out * radius, b + out * radius
    positions = np.stack((low[:-1], low[1:], high[:-1], low[1:], high[1:], high[:-1]), 1)
    normals = np.stack((out[:-1], out[1:], out[:-1], out[1:], out[1:], out[:-1]), 1)
    return np.concatenate((positions, normals), 2).reshape(-1, 6)
