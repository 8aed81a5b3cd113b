"""The camera: the lens that turns metres into pixels, and the operator who pans, tilts and zooms it."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from footage.dice import F64, Dice
from footage.presets import Preset
from footage.world import Play, View

ASPECT = 16 / 9
FOV = (math.radians(9.0), math.radians(20.5))  # main camera
LEAD_S = 0.75  # how far ahead of the ball an operator looks
LEAD_M = 9.0
BALL_S = 0.2  # over which the ball's velocity is judged


def axes(view: View) -> F64:
    """Rows: right, up and forward of the camera."""
    forward = np.array((
        math.cos(view.tilt) * math.cos(view.pan), math.cos(view.tilt) * math.sin(view.pan), math.sin(view.tilt),
    ))  # fmt: skip
    right = np.array((math.sin(view.pan), -math.cos(view.pan), 0.0))
    return np.stack((right, np.cross(right, forward), forward))


def projection(view: View, width: int, height: int) -> F64:
    """3x4 from pitch metres (x, y, z, 1) to pixels, y down, the first pixel's centre at 0.5."""
    frame = axes(view)
    focal = 0.5 * height / math.tan(0.5 * view.fov)
    inner = np.array(((focal, 0.0, 0.5 * width), (0.0, focal, 0.5 * height), (0.0, 0.0, 1.0)))
    outer = np.stack((frame[0], -frame[1], frame[2]))
    eye = np.array(view.eye_m)
    out: F64 = inner @ np.column_stack((outer, -outer @ eye))
    return out


def homography(view: View, width: int, height: int) -> F64:
    """3x3 from the pitch's plane (x, y, 1) to pixels."""
    return projection(view, width, height)[:, [0, 1, 3]]


def pixels(view: View, points: F64, width: int, height: int) -> tuple[F64, F64]:
    """Pixels of points (N, 3), and how far in front of the camera they are."""
    rows = np.column_stack((points, np.ones(len(points)))) @ projection(view, width, height).T
    depth = rows[:, 2]
    return rows[:, :2] / np.where(np.abs(depth) < 1e-6, 1e-6, depth)[:, None], depth


def view_projection(view: View, width: int, height: int, near: float = 1.0, far: float = 400.0) -> NDArray[np.float32]:
    """OpenGL's 4x4 for column vectors: clip = M @ (x, y, z, 1)."""
    frame = axes(view)
    turn = np.eye(4)
    turn[:3, :3] = np.stack((frame[0], frame[1], -frame[2]))
    turn[:3, 3] = -turn[:3, :3] @ np.array(view.eye_m)
    scale = 1.0 / math.tan(0.5 * view.fov)
    lens = np.zeros((4, 4))
    lens[0, 0], lens[1, 1] = scale * height / width, scale
    lens[2, 2], lens[2, 3] = (far + near) / (near - far), 2 * far * near / (near - far)
    lens[3, 2] = -1.0
    return np.asarray(lens @ turn, dtype=np.float32)


@dataclass(slots=True)
class Spring:
    """A critically damped follower: no jumps in position or speed, whatever the target does."""

    at: F64
    speed: F64 = field(init=False)

    def __post_init__(self) -> None:
        self.speed = np.zeros_like(self.at)

    def step(self, target: F64, rate: float, dt: float) -> F64:
        fade = math.exp(-rate * dt)
        gap = self.at - target
        pull = (self.speed + rate * gap) * dt
        self.at = target + (gap + pull) * fade
        self.speed = (self.speed - rate * pull) * fade
        return self.at


@dataclass(frozen=True, slots=True)
class Moment:
    """The play at an instant between two samples."""

    at_m: F64
    ball_m: F64
    ball_speed: F64  # metres a second over the last moments
    playing: NDArray[np.bool_]


def moment(play: Play, seconds: float) -> Moment:
    """Everybody at this instant; only the past is looked at."""
    here, ball = sampled(play, seconds)
    before = sampled(play, max(0.0, seconds - BALL_S))[1]
    passed = min(BALL_S, max(seconds, 1e-3))
    present = play.present[min(len(play.present) - 1, int(seconds * play.rate))]
    playing = present & np.array([person.side is not None for person in play.people])
    return Moment(here, ball, (ball - before) / passed, playing)


def sampled(play: Play, seconds: float) -> tuple[F64, F64]:
    """People and ball between two samples."""
    place = min(max(seconds * play.rate, 0.0), len(play.at_m) - 1.0)
    low = min(int(place), max(0, len(play.at_m) - 2))
    high = min(low + 1, len(play.at_m) - 1)
    share = place - low
    at = play.at_m[low] * (1 - share) + play.at_m[high] * share
    ball = play.ball_m[low] * (1 - share) + play.ball_m[high] * share
    return at.astype(np.float64), ball.astype(np.float64)


def interest(now: Moment) -> tuple[F64, float]:
    """The point worth looking at, and how wide the picture should be to either side of it."""
    ball = now.ball_m[:2]
    people = now.at_m[now.playing]
    gap = np.sqrt(((people - ball) ** 2).sum(axis=1))
    close = np.exp(-((gap / 15.0) ** 2))
    quiet = math.exp(-float((now.ball_speed**2).sum()) / 4.0)  # nobody films a ball that lies alone
    around = float(np.exp(-((gap / 35.0) ** 2)).sum())
    alone = quiet * (1.0 - min(1.0, max(0.0, 0.5 * around - 0.75)))
    weight = close + 1e-4 + 0.5 * alone
    middle = (people * weight[:, None]).sum(axis=0) / weight.sum()
    lead = now.ball_speed[:2] * LEAD_S
    lead = lead * min(1.0, LEAD_M / (float(np.sqrt((lead * lead).sum())) + 1e-6))
    share = 0.68 * (1.0 - alone)
    point = share * ball + (1.0 - share) * middle + lead
    near = people[np.argsort(gap, kind="stable")[:11]]
    reach = float(np.mean(np.sort(np.abs(near[:, 0] - point[0]))[5:9])) if len(near) >= 9 else 15.0
    half = 9.0 + 0.75 * reach + 0.22 * float(np.sqrt((now.ball_speed**2).sum()))
    return point, min(26.0, max(14.0, half))


def soft(value: float, limit: float) -> float:
    """Itself in the middle, ever closer to the limit beyond it."""
    return math.copysign(limit * (1 - math.exp(-abs(value / limit) * (1 + 1.2 * (value / limit) ** 2))), value)


def tilted(across: float) -> float:
    """Where to tilt to for a ball there: the near touchline needs it, the far one is in the picture anyway."""
    return 0.58 * across - 0.26 * (math.sqrt(across * across + 64.0) - 8.0) - 1.5


def unwrapped(angle: float, before: float) -> float:
    """The same direction, without a jump by a whole turn."""
    return angle - 2 * math.pi * round((angle - before) / (2 * math.pi))


class Operator:
    """Somebody with a camera on a stand, following the ball."""

    def __init__(self, eye_m: tuple[float, float, float], dice: Dice, quick: float, fov: tuple[float, float]) -> None:
        self.eye_m = eye_m
        self.fov = fov
        self._quick = quick
        self._shake = (dice.uniforms(0.3, 5.5, 2, 5), dice.uniforms(0.0, 2 * math.pi, 2, 5))
        self._pan = math.pi / 2
        self._thought: Spring | None = None
        self._hand: Spring | None = None
        self._zoom: Spring | None = None

    def see(self, now: Moment, dt: float) -> tuple[float, float, float]:
        """Pan, tilt and field of view for the next frame."""
        point, half = interest(now)
        point = np.array((soft(float(point[0]), 51.0), soft(float(point[1]), 30.0)))
        target = np.array((point[0], tilted(float(point[1])), 0.9 + 0.4 * float(now.ball_m[2])))
        if self._thought is None or self._hand is None or self._zoom is None:
            self._thought, self._hand = Spring(target), Spring(target)
            self._zoom = Spring(np.array((half,)))
        off = target - self._thought.at
        calm = float(off[0] * off[0] + off[1] * off[1])
        eager = calm / (calm + 6.0)  # small moves of the ball do not move the camera
        self._thought.step(self._thought.at + off * eager, 3.4 * self._quick, dt)
        look = self._hand.step(self._thought.at, 4.2 * self._quick, dt)
        lost = max(0.0, self._aside(now, look) + 3.0 - half)
        half = float(self._zoom.step(np.array((half + lost,)), 1.3 * self._quick, dt)[0])
        return self._aimed(look, half)

    def _aside(self, now: Moment, look: F64) -> float:
        """How far beside the middle of the picture the ball is, in metres where one looks."""
        line, ball = look[:2] - np.array(self.eye_m[:2]), now.ball_m[:2] - np.array(self.eye_m[:2])
        across = abs(float(line[0] * ball[1] - line[1] * ball[0]))
        along = max(1.0, float(line @ ball))
        return min(30.0, across / along * math.hypot(float(line[0]), float(line[1])))

    def _aimed(self, look: F64, half: float) -> tuple[float, float, float]:
        gap = look - np.array(self.eye_m)
        flat = math.hypot(float(gap[0]), float(gap[1]))
        far = math.hypot(flat, float(gap[2]))
        low, high = self.fov
        wish = 2 * math.atan(half / ASPECT / far)
        middle, reach = 0.5 * (low + high), 0.5 * (high - low)
        fov = middle + reach * math.tanh((wish - middle) / reach)
        self._pan = unwrapped(math.atan2(float(gap[1]), float(gap[0])), self._pan)
        return self._pan, math.atan2(float(gap[2]), flat), fov

    def shake(self, seconds: float, fov: float) -> tuple[float, float]:
        """The hand's unrest: well below a pixel up to one, at 1080 lines."""
        rates, phases = self._shake
        waves = np.sin(2 * math.pi * rates * seconds + phases) / (0.5 + rates)
        unit = fov / 1080.0 * 0.55
        return float(waves[0].sum()) * unit, float(waves[1].sum()) * unit * 0.7


def main_camera(preset: Preset, dice: Dice) -> Operator:
    """The high camera at the halfway line."""
    eye = (dice.uniform(-2.5, 2.5), dice.uniform(-75.0, -62.0), dice.uniform(14.0, 22.0))
    return Operator(eye, dice, preset.pan_speed**0.35, FOV)
