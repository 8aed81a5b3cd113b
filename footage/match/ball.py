"""The ball: flight, bounce and roll, and how hard to kick it so that it arrives."""

import math
from dataclasses import dataclass

import numpy as np

from footage.dice import F64, grid1

RADIUS_M = 0.11
GRAVITY = 9.81
DRAG = 0.011  # 1/m; a football in the air loses about 0.011 v^2
ROLL = 1.1  # m/s^2, short wet grass
BOUNCE = 0.58  # vertical speed kept
GRIP = 0.78  # horizontal speed kept in a bounce
GOAL_HALF_M = 3.66
GOAL_HIGH_M = 2.44
GOAL_LINE_M = 52.5
NET_DEEP_M = 2.0
FENCE_M = (57.5, 39.0)  # boards around the pitch stop the ball


@dataclass(slots=True)
class Ball:
    """Where it is and how it flies."""

    x: float = 0.0
    y: float = 0.0
    z: float = RADIUS_M
    vx: float = 0.0
    vy: float = 0.0
    vz: float = 0.0
    netted: bool = False  # in the goal

    @property
    def xy(self) -> F64:
        return np.array((self.x, self.y))

    @property
    def speed(self) -> float:
        return math.sqrt(self.vx * self.vx + self.vy * self.vy + self.vz * self.vz)

    def launch(self, velocity: tuple[float, float, float]) -> None:
        self.vx, self.vy, self.vz = (grid1(v) for v in velocity)
        self.netted = False

    def put(self, x: float, y: float, z: float = RADIUS_M) -> None:
        self.x, self.y, self.z = grid1(x), grid1(y), grid1(z)
        self.vx = self.vy = self.vz = 0.0
        self.netted = False


def fly(ball: Ball, dt: float) -> None:
    """One step of a ball that nobody holds."""
    speed = ball.speed
    aloft = ball.z > RADIUS_M + 0.01 or ball.vz > 0.3
    slow = DRAG * speed * dt
    if not aloft:
        slow += min(1.0, ROLL * dt / speed) if speed > 1e-4 else 1.0
        ball.vz = 0.0
    keep = max(0.0, 1.0 - slow)
    ball.vx *= keep
    ball.vy *= keep
    if aloft:
        ball.vz = ball.vz * keep - GRAVITY * dt
    ball.x += ball.vx * dt
    ball.y += ball.vy * dt
    ball.z += ball.vz * dt
    if ball.z < RADIUS_M:
        bounce(ball)
    ball.x, ball.y, ball.z = grid1(ball.x), grid1(ball.y), grid1(ball.z)
    ball.vx, ball.vy, ball.vz = grid1(ball.vx), grid1(ball.vy), grid1(ball.vz)


def bounce(ball: Ball) -> None:
    """Off the ground, or to rest on it."""
    ball.z = RADIUS_M
    if ball.vz < -0.9:
        ball.z += 0.02
        ball.vz *= -BOUNCE
        ball.vx *= GRIP
        ball.vy *= GRIP
    else:
        ball.vz = 0.0


def enclose(ball: Ball) -> None:
    """The net and the boards stop it."""
    if ball.netted:
        hold(ball)
        return
    depth = abs(ball.x) - GOAL_LINE_M
    if 0.15 < depth < NET_DEEP_M and abs(ball.y) < GOAL_HALF_M and ball.z < GOAL_HIGH_M:  # from beside or behind
        ball.vy *= -0.3
        ball.vx *= 0.3
        ball.y = math.copysign(GOAL_HALF_M, ball.y)
    if abs(ball.x) > FENCE_M[0] and ball.vx * ball.x > 0:
        ball.vx *= -0.25
    if abs(ball.y) > FENCE_M[1] and ball.vy * ball.y > 0:
        ball.vy *= -0.25


def hold(ball: Ball) -> None:
    """A ball in the goal stays there; the net takes its speed."""
    end = math.copysign(1.0, ball.x)
    if abs(ball.x) > GOAL_LINE_M + NET_DEEP_M - 0.25 and ball.vx * end > 0:
        ball.vx *= -0.08
        ball.vy *= 0.3
    if abs(ball.x) < GOAL_LINE_M + 0.3 and ball.vx * end < 0:
        ball.vx = 0.0
    if abs(ball.y) > GOAL_HALF_M - 0.2 and ball.vy * ball.y > 0:
        ball.vy *= -0.08
    if ball.z > GOAL_HIGH_M - 0.2 and ball.vz > 0:
        ball.vz = 0.0


def path(ball: Ball, seconds: float, dt: float = 1 / 30, every: int = 3) -> F64:
    """Where it will be if nobody touches it: rows of x, y, z, one each `every` steps."""
    ghost = Ball(ball.x, ball.y, ball.z, ball.vx, ball.vy, ball.vz)
    rows = [(ghost.x, ghost.y, ghost.z)]
    for step in range(1, round(seconds / dt) + 1):
        fly(ghost, dt)
        if step % every == 0:
            rows.append((ghost.x, ghost.y, ghost.z))
    return np.array(rows)


def ground_speed(distance: float, arrive: float) -> float:
    """How hard to pass along the ground so that it still has this speed there."""
    steady = ROLL / DRAG
    return math.sqrt(max(0.0, (arrive * arrive + steady) * math.exp(2 * DRAG * distance) - steady))


def along_ground(ball: Ball, to: F64, arrive: float) -> tuple[float, float, float]:
    """The velocity of a ground pass."""
    dx, dy = float(to[0]) - ball.x, float(to[1]) - ball.y
    distance = math.sqrt(dx * dx + dy * dy) + 1e-6
    speed = min(27.0, ground_speed(distance, arrive))
    return dx / distance * speed, dy / distance * speed, 0.0


def landing(start_z: float, speed: float, climb: float, end_z: float) -> float:
    """How far a ball flies until it comes down to a height."""
    ghost = Ball(z=start_z, vx=speed * math.cos(climb), vz=speed * math.sin(climb))
    for _ in range(160):
        fly(ghost, 1 / 30)
        if ghost.vz < 0 and ghost.z <= max(end_z, RADIUS_M + 0.03):
            break
        if ghost.vz > 0 and ghost.x > 0.5 and ghost.z <= RADIUS_M + 0.05:
            break
    return ghost.x


def lofted(ball: Ball, to: F64, climb: float, end_z: float = RADIUS_M) -> tuple[float, float, float]:
    """The velocity of a lofted ball that comes down at a point."""
    dx, dy = float(to[0]) - ball.x, float(to[1]) - ball.y
    distance = math.sqrt(dx * dx + dy * dy) + 1e-6
    speed = math.sqrt(GRAVITY * distance / max(0.2, math.sin(2 * climb)))
    for _ in range(4):
        speed = min(36.0, speed * math.sqrt(distance / max(0.5, landing(ball.z, speed, climb, end_z))))
    flat = speed * math.cos(climb)
    return dx / distance * flat, dy / distance * flat, speed * math.sin(climb)
