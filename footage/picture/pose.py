"""From motion to bodies: the pose of everybody at one moment, as rotations and shifts of bones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from footage.picture.body import HEIGHT_M, JOINT_M, PARENT, Array, Bone, Mesh, skin
from footage.picture.gait import CHANNELS, Channel, act, gait, stride_m
from footage.world import Action, Play


@dataclass(frozen=True, slots=True)
class Moment:
    """Everybody at one moment of the play, between its samples."""

    at_m: Array  # P, 2
    facing: Array  # P
    velocity: Array  # P, 2; m/s
    phase: Array  # P; strides so far
    action: NDArray[np.uint8]  # P
    action_s: Array  # P
    present: NDArray[np.bool_]  # P
    ball_m: Array  # 3


class Timeline:
    """A play that can be asked for any moment."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self._velocity = _smooth(np.gradient(play.at_m.astype(float), axis=0) * play.rate)
        speed = np.linalg.norm(self._velocity, axis=2)
        along = np.cos(np.arctan2(self._velocity[..., 1], self._velocity[..., 0]) - play.facing)
        forward = np.where(along < -0.3, -1.0, 1.0)
        step = forward * speed / stride_m(speed) / play.rate + 0.12 / play.rate * (speed < 0.3)
        start = np.array([person.id * 0.37 for person in play.people])
        self._phase = start + np.cumsum(step, axis=0)

    def moment(self, time_s: float) -> Moment:
        """Everybody at `time_s`; beyond the ends, the first or last sample."""
        play = self.play
        place = min(max(time_s * play.rate, 0.0), len(play.at_m) - 1.0)
        first = min(int(place), len(play.at_m) - 2) if len(play.at_m) > 1 else 0
        second, part = min(first + 1, len(play.at_m) - 1), place - first

        def between(values: NDArray[np.floating]) -> Array:
            return np.asarray(values[first] * (1 - part) + values[second] * part, float)

        near = first if part < 0.5 else second
        action_s = play.action_s[near] + (part if part < 0.5 else part - 1.0) / play.rate
        return Moment(
            between(play.at_m), between(play.facing), between(self._velocity), between(self._phase),
            play.action[near], np.maximum(action_s, 0.0).astype(float), play.present[near], between(play.ball_m),
        )  # fmt: skip


def _smooth(values: Array) -> Array:
    kernel = np.array([1, 2, 3, 2, 1]) / 9.0
    padded = np.concatenate((values[:1], values[:1], values, values[-1:], values[-1:]))
    return np.asarray(sum(weight * padded[i : i + len(values)] for i, weight in enumerate(kernel)))


@dataclass(frozen=True, slots=True)
class Build:
    """How people are built: P each."""

    height_m: Array
    girth: Array
    idle: Array  # way of standing, 0..1


def place_bodies(mesh: Mesh, moment: Moment, build: Build) -> tuple[Array, Array]:
    """Points and normals of everybody on the pitch: P, V, 3 each."""
    turn, shift, lift_m = _bones(moment, build)
    points, normals = skin(mesh, turn, shift, build.girth)
    points[..., 2] += lift_m[:, None] - points[..., 2].min(1, keepdims=True)
    scale = build.height_m / HEIGHT_M
    points *= scale[:, None, None]
    yaw = _around("z", moment.facing)
    points = points @ yaw.swapaxes(1, 2)
    points[..., :2] += moment.at_m[:, None]
    return points, normals @ yaw.swapaxes(1, 2)


def _bones(moment: Moment, build: Build) -> tuple[Array, Array, Array]:
    speed = np.linalg.norm(moment.velocity, axis=1)
    course = np.arctan2(moment.velocity[:, 1], moment.velocity[:, 0]) - moment.facing
    pose = gait(speed, moment.phase, build.idle)
    _strafe(pose, speed, course)
    act(pose, moment.action, moment.action_s)
    to_left = (moment.action == Action.DIVE) & (np.sin(course) > 0)
    pose[to_left, Channel.ROLL] *= -1.0  # the keyframes of a dive go to the right
    local = _rotations(np.radians(pose), _look(moment))
    turn = np.zeros_like(local)
    shift = np.zeros(local.shape[:-1])
    for bone, parent in enumerate(PARENT):
        above = turn[:, parent] if parent >= 0 else np.broadcast_to(np.eye(3), local[:, 0].shape)
        offset = shift[:, parent] if parent >= 0 else 0.0
        moved = JOINT_M[bone] - np.einsum("pij,j->pi", local[:, bone], JOINT_M[bone])
        turn[:, bone] = above @ local[:, bone]
        shift[:, bone] = np.einsum("pij,pj->pi", above, moved) + offset
    return turn, shift, pose[:, Channel.LIFT_CM] / 100.0


def _strafe(pose: Array, speed: Array, course: Array) -> None:
    """Sideways steps: the legs swing outwards instead of forward; leaning goes where the body goes."""
    forward, aside = np.abs(np.cos(course)), np.sin(course)
    keep = np.where(speed > 0.3, np.maximum(forward, 0.35), 1.0)
    swing = np.where(speed > 0.3, aside, 0.0)
    for side, sign in ((0, 1.0), (1, -1.0)):
        pose[:, Channel.SPREAD_L + side] += sign * swing * pose[:, Channel.HIP_L + side] * 0.5
        pose[:, Channel.HIP_L + side] *= keep
    pose[:, Channel.LEAN] *= np.where(speed > 0.3, np.cos(course), 1.0)


def _look(moment: Moment) -> Array:
    """How far the head turns towards the ball, to the left positive."""
    towards = moment.ball_m[:2] - moment.at_m
    angle = np.arctan2(towards[:, 1], towards[:, 0]) - moment.facing
    angle = (angle + np.pi) % (2 * np.pi) - np.pi
    return np.asarray(np.clip(angle, -1.1, 1.1) * 0.8)


def _rotations(pose: Array, look: Array) -> Array:
    """Local rotation of every bone: P, B, 3, 3."""
    local = np.broadcast_to(np.eye(3), (len(pose), len(Bone), 3, 3)).copy()
    c = [pose[:, channel] for channel in range(CHANNELS)]
    local[:, Bone.PELVIS] = _around("x", c[Channel.ROLL]) @ _around("y", c[Channel.PITCH])
    local[:, Bone.CHEST] = _around("z", c[Channel.TWIST]) @ _around("y", c[Channel.LEAN])
    upright = c[Channel.HEAD_NOD] - 0.6 * c[Channel.LEAN]
    local[:, Bone.HEAD] = _around("z", look * 0.75) @ _around("y", upright)
    for side, sign in ((0, 1.0), (1, -1.0)):
        out = _around("x", sign * c[Channel.ARM_OUT_L + side])
        local[:, Bone.ARM_L + side] = _around("y", -c[Channel.SHOULDER_L + side]) @ out
        local[:, Bone.FOREARM_L + side] = _around("y", -c[Channel.ELBOW_L + side])
        spread = _around("x", sign * c[Channel.SPREAD_L + side])
        local[:, Bone.THIGH_L + side] = spread @ _around("y", -c[Channel.HIP_L + side])
        local[:, Bone.SHIN_L + side] = _around("y", c[Channel.KNEE_L + side])
        local[:, Bone.FOOT_L + side] = _around("y", -c[Channel.ANKLE_L + side])
    return local


def _around(axis: str, angle: Array) -> Array:
    """Rotations about one axis: P, 3, 3."""
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.zeros((len(angle), 3, 3))
    i, j, k = {"x": (0, 1, 2), "y": (1, 2, 0), "z": (2, 0, 1)}[axis]
    turn[:, i, i] = 1.0
    turn[:, j, j] = turn[:, k, k] = cos
    turn[:, k, j], turn[:, j, k] = sin, -sin
    return turn
