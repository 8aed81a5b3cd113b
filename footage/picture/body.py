"""The body: a skinned mesh built of lofted tubes, in metres, standing at the origin and facing +x."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Bone(IntEnum):
    """A rigid piece of the skeleton."""

    PELVIS = 0
    CHEST = 1
    HEAD = 2
    ARM_L = 3
    ARM_R = 4
    FOREARM_L = 5
    FOREARM_R = 6
    THIGH_L = 7
    THIGH_R = 8
    SHIN_L = 9
    SHIN_R = 10
    FOOT_L = 11
    FOOT_R = 12


PARENT = (-1, 0, 1, 1, 1, 3, 4, 0, 0, 7, 8, 9, 10)
GIRTH_M = 0.11  # what a girth of 2 would add all around
HEIGHT_M = 1.80  # of the body as modelled; people are scaled

JOINT_M = np.array(
    [
        (0.0, 0.0, 0.95),
        (0.0, 0.0, 1.06),
        (0.005, 0.0, 1.52),
        (0.0, 0.185, 1.44),
        (0.0, -0.185, 1.44),
        (0.0, 0.225, 1.15),
        (0.0, -0.225, 1.15),
        (0.0, 0.095, 0.92),
        (0.0, -0.095, 0.92),
        (0.005, 0.10, 0.50),
        (0.005, -0.10, 0.50),
        (-0.015, 0.10, 0.085),
        (-0.015, -0.10, 0.085),
    ]
)  # proportions after Winter, Biomechanics and Motor Control of Human Movement, table 4.1


class Part(IntEnum):
    """What a triangle is made of; each has its own painted surface."""

    TORSO = 0
    HEAD = 1
    ARM = 2
    LEG = 3
    BOOT = 4


@dataclass(frozen=True, slots=True)
class Ring:
    """One cross-section of a tube: a superellipse around a centre, and the two bones that move it."""

    centre: tuple[float, float, float]
    radius: tuple[float, float]  # along the two axes of the tube's plane
    bones: tuple[int, int]
    share: float  # of the first bone
    square: float = 2.0  # exponent: 2 is an ellipse, more is boxier


@dataclass(frozen=True, slots=True)
class Tube:
    """One tube's vertices with their skinning and where they are on the painted surface of their part."""

    rest: Array  # V, 3; standing
    normal: Array  # V, 3
    part: NDArray[np.int64]  # V
    uv: Array  # V, 2; around and along the tube, 0..1
    bones: NDArray[np.int64]  # V, 2
    share: Array  # V; weight of the first bone
    triangles: NDArray[np.int32]  # F, 3
    coarse: NDArray[np.int32]  # about a quarter as many, over some of the same vertices: for shadows


@dataclass(frozen=True, slots=True)
class Pull:
    """The vertices that a bone moves: one run of the mesh, and how much each is moved."""

    run: slice
    weight: Array  # length of the run, 1


@dataclass(frozen=True, slots=True)
class Mesh:
    """The whole body."""

    rest: Array  # V, 3; standing
    normal: Array  # V, 3
    part: NDArray[np.int64]  # V
    uv: Array  # V, 2
    triangles: NDArray[np.int32]  # F, 3
    coarse: NDArray[np.int32]  # about a quarter as many, over some of the same vertices: for shadows
    pulls: tuple[Pull, ...]  # B


def body_mesh(detail: float = 1.0) -> Mesh:
    """The body; `detail` scales the number of sides of its tubes."""
    return _joined([_loft(part, rings, max(5, round(sides * detail)), axis) for part, rings, sides, axis in tubes()])


def tubes() -> list[tuple[Part, list[Ring], int, str]]:
    """Part, rings, sides and axis of every tube."""
    tubes: list[tuple[Part, list[Ring], int, str]] = [(Part.TORSO, _torso(), 14, "z"), (Part.HEAD, _head(), 14, "z")]
    for side, (arm, forearm) in ((1, (Bone.ARM_L, Bone.FOREARM_L)), (-1, (Bone.ARM_R, Bone.FOREARM_R))):
        tubes.append((Part.ARM, _arm(side, arm, forearm), 8, "z"))
    for side, (thigh, shin, foot) in (
        (1, (Bone.THIGH_L, Bone.SHIN_L, Bone.FOOT_L)),
        (-1, (Bone.THIGH_R, Bone.SHIN_R, Bone.FOOT_R)),
    ):
        tubes.append((Part.LEG, _leg(side, thigh, shin), 10, "z"))
        tubes.append((Part.BOOT, _boot(side, foot), 8, "x"))
    return tubes


def _torso() -> list[Ring]:
    pelvis, chest, head = Bone.PELVIS, Bone.CHEST, Bone.HEAD
    outline = [  # z, front-back, sideways, share of the pelvis, boxiness
        (0.80, 0.02, 0.03, 1.0, 2.0), (0.83, 0.10, 0.13, 1.0, 2.3), (0.90, 0.128, 0.178, 1.0, 2.4),
        (0.955, 0.134, 0.186, 1.0, 2.4), (0.96, 0.126, 0.176, 1.0, 2.4), (1.03, 0.115, 0.160, 0.7, 2.4),
        (1.12, 0.116, 0.160, 0.25, 2.4), (1.22, 0.128, 0.176, 0.0, 2.5), (1.32, 0.134, 0.190, 0.0, 2.6),
        (1.40, 0.122, 0.196, 0.0, 2.6), (1.445, 0.100, 0.182, 0.0, 2.4), (1.475, 0.075, 0.120, 0.0, 2.2),
        (1.495, 0.060, 0.070, 0.0, 2.0),
    ]  # fmt: skip
    rings = [Ring((0, 0, z), (rx, ry), (pelvis, chest), w, square) for z, rx, ry, w, square in outline]
    return [*rings, Ring((0.005, 0, 1.515), (0.052, 0.056), (head, chest), 0.3)]


def _head() -> list[Ring]:
    outline = [  # z, centre x, front-back, sideways
        (1.49, 0.0, 0.055, 0.056), (1.545, 0.005, 0.052, 0.053), (1.565, 0.022, 0.070, 0.054),
        (1.59, 0.022, 0.086, 0.064), (1.62, 0.014, 0.095, 0.072), (1.65, 0.008, 0.101, 0.076),
        (1.68, 0.004, 0.103, 0.078), (1.71, 0.0, 0.102, 0.078), (1.74, -0.003, 0.096, 0.074),
        (1.77, -0.005, 0.080, 0.062), (1.79, -0.006, 0.055, 0.043), (1.80, -0.006, 0.012, 0.010),
    ]  # fmt: skip
    return [Ring((x, 0, z), (rx, ry), (Bone.HEAD, Bone.HEAD), 1.0) for z, x, rx, ry in outline]


def _arm(side: int, arm: Bone, forearm: Bone) -> list[Ring]:
    outline = [  # z, y, radius, share of the upper arm
        (1.475, 0.150, 0.020, 1.0), (1.468, 0.172, 0.055, 1.0), (1.43, 0.193, 0.066, 1.0), (1.36, 0.206, 0.064, 1.0),
        (1.27, 0.214, 0.062, 1.0), (1.235, 0.216, 0.060, 1.0), (1.23, 0.216, 0.045, 1.0), (1.18, 0.220, 0.042, 0.8),
        (1.15, 0.224, 0.041, 0.5), (1.11, 0.227, 0.042, 0.15), (1.06, 0.230, 0.040, 0.0), (0.98, 0.233, 0.031, 0.0),
        (0.92, 0.235, 0.027, 0.0), (0.89, 0.236, 0.036, 0.0), (0.85, 0.236, 0.042, 0.0), (0.80, 0.234, 0.034, 0.0),
        (0.77, 0.232, 0.012, 0.0),
    ]  # fmt: skip
    rings = []
    for z, y, radius, share in outline:
        flat = 0.62 if z < 0.90 else 1.0  # hands are flat
        rings.append(Ring((0, side * y, z), (radius, radius * flat), (arm, forearm), share))
    return rings


def _leg(side: int, thigh: Bone, shin: Bone) -> list[Ring]:
    outline = [  # z, x, y, radius, share of the thigh; down to 0.66 it is the shorts' leg
        (0.93, 0.0, 0.085, 0.086, 1.0), (0.86, 0.0, 0.092, 0.104, 1.0), (0.76, 0.0, 0.096, 0.107, 1.0),
        (0.665, 0.0, 0.098, 0.108, 1.0), (0.66, 0.0, 0.098, 0.076, 1.0), (0.60, 0.004, 0.100, 0.070, 1.0),
        (0.545, 0.008, 0.100, 0.062, 0.85), (0.50, 0.010, 0.100, 0.059, 0.5), (0.46, 0.004, 0.100, 0.056, 0.15),
        (0.40, -0.008, 0.101, 0.060, 0.0), (0.33, -0.014, 0.101, 0.060, 0.0), (0.24, -0.010, 0.100, 0.048, 0.0),
        (0.14, -0.012, 0.100, 0.038, 0.0), (0.07, -0.012, 0.100, 0.036, 0.0),
    ]  # fmt: skip
    return [Ring((x, side * y, z), (r, r * 0.94), (thigh, shin), share) for z, x, y, r, share in outline]


def _boot(side: int, foot: Bone) -> list[Ring]:
    outline = [  # x, z, sideways, upward
        (-0.085, 0.045, 0.012, 0.012), (-0.078, 0.048, 0.032, 0.040), (-0.03, 0.055, 0.038, 0.052),
        (0.03, 0.048, 0.040, 0.046), (0.09, 0.038, 0.045, 0.034), (0.14, 0.032, 0.044, 0.028),
        (0.175, 0.028, 0.032, 0.022), (0.19, 0.026, 0.010, 0.010),
    ]  # fmt: skip
    return [Ring((x, side * 0.10, z), (ry, rz), (foot, foot), 1.0) for x, z, ry, rz in outline]


def _loft(part: Part, rings: list[Ring], sides: int, axis: str) -> Tube:
    """A tube through rings; its seam, where u goes from 1 to 0, has its vertices twice."""
    surface = surface_of(rings, np.linspace(0, 1, sides + 1), axis)
    rest = surface.reshape(-1, 3)
    triangles = _tube_triangles(len(rings), sides + 1)
    centre = np.repeat([ring.centre for ring in rings], sides + 1, 0)
    triangles = _outward(rest, triangles, centre)
    turn = np.linspace(0, 1, sides + 1)
    right = rings[-1].centre[1] < 0  # painted with the left one's picture, mirrored
    u, v = np.meshgrid(1 - turn if right else turn, along(rings), indexing="xy")
    return Tube(
        rest=rest,
        normal=_smooth_normals(rest, triangles, sides + 1),
        part=np.full(len(rest), int(part)),
        uv=np.stack((u, v), -1).reshape(-1, 2),
        bones=np.repeat([ring.bones for ring in rings], sides + 1, 0),
        share=np.repeat([ring.share for ring in rings], sides + 1).astype(float),
        triangles=triangles,
        coarse=_tube_triangles(len(rings), sides + 1, step=2),
    )


def surface_of(rings: list[Ring], around: Array, axis: str) -> Array:
    """Points of a tube: rings, len(around), 3; `around` counts turns."""
    angle = around * 2 * np.pi
    points = []
    for ring in rings:
        power = 2.0 / ring.square
        a = ring.radius[0] * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
        b = ring.radius[1] * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
        flat = np.zeros_like(angle)
        offset = np.stack((a, b, flat) if axis == "z" else (flat, a, b), -1)
        points.append(np.asarray(ring.centre) + offset)
    return np.array(points)


def along(rings: list[Ring]) -> Array:
    """How far along the tube each ring is, 0..1."""
    centres = np.array([ring.centre for ring in rings])
    way = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(centres, axis=0), axis=1))))
    return np.asarray(way / way[-1])


def _tube_triangles(rings: int, columns: int, step: int = 1) -> NDArray[np.int32]:
    """Two triangles for each field of the net; with a step, of a net of every so manieth ring and column."""
    chosen = [np.unique(np.append(np.arange(0, count, step), count - 1)) for count in (rings, columns)]
    place = chosen[0][:, None] * columns + chosen[1][None]
    a, b, c, d = place[:-1, :-1], place[:-1, 1:], place[1:, :-1], place[1:, 1:]
    return np.stack((a, b, c, b, d, c), -1).reshape(-1, 3).astype(np.int32)


def _outward(rest: Array, triangles: NDArray[np.int32], centre: Array) -> NDArray[np.int32]:
    """Turn every triangle so that its front looks away from the tube's middle."""
    corners = rest[triangles]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = np.einsum("ij,ij->i", face, corners.mean(1) - centre[triangles].mean(1)) < 0
    turned = triangles.copy()
    turned[inward] = turned[inward][:, ::-1]
    return turned


def _smooth_normals(rest: Array, triangles: NDArray[np.int32], columns: int) -> Array:
    corners = rest[triangles]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal = np.zeros_like(rest)
    for corner in range(3):
        np.add.at(normal, triangles[:, corner], face)
    seam = normal.reshape(-1, columns, 3)
    seam[:, 0] += seam[:, -1]
    seam[:, -1] = seam[:, 0]
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    return np.asarray(normal / np.maximum(length, 1e-12))


def _joined(tubes: list[Tube]) -> Mesh:
    starts = np.cumsum([0, *(len(tube.rest) for tube in tubes)])
    bones, share = np.concatenate([tube.bones for tube in tubes]), np.concatenate([tube.share for tube in tubes])
    return Mesh(
        rest=np.concatenate([tube.rest for tube in tubes]),
        normal=np.concatenate([tube.normal for tube in tubes]),
        part=np.concatenate([tube.part for tube in tubes]),
        uv=np.concatenate([tube.uv for tube in tubes]),
        triangles=np.concatenate([t.triangles + s for t, s in zip(tubes, starts, strict=False)]).astype(np.int32),
        coarse=np.concatenate([t.coarse + s for t, s in zip(tubes, starts, strict=False)]).astype(np.int32),
        pulls=tuple(_pull(bone, bones, share) for bone in Bone),
    )


def _pull(bone: Bone, bones: NDArray[np.int64], share: Array) -> Pull:
    weight = (bones[:, 0] == bone) * share + (bones[:, 1] == bone) * (1 - share)
    moved = np.flatnonzero(weight)
    run = slice(int(moved[0]), int(moved[-1]) + 1)
    return Pull(run, weight[run, None])


def skin(mesh: Mesh, turn: Array, shift: Array, girth: Array) -> tuple[Array, Array]:
    """Points and normals of many bodies: `turn` P,B,3,3 and `shift` P,B,3 of each bone, `girth` P thickens."""
    swell = (girth[:, None, None] - 1.0) * mesh.normal * (GIRTH_M, GIRTH_M, 0.0)
    rest = mesh.rest + swell
    points, normals = np.zeros_like(rest), np.zeros_like(rest)
    for bone, pull in enumerate(mesh.pulls):
        back = turn[:, bone].swapaxes(1, 2)
        points[:, pull.run] += pull.weight * (rest[:, pull.run] @ back + shift[:, bone, None])
        normals[:, pull.run] += pull.weight * (mesh.normal[pull.run] @ back)
    return points, normals
