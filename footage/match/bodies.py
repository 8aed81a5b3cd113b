"""How bodies move: bounded acceleration and turning, easing in and out of places, elbows instead of overlap."""

import numpy as np

from footage.dice import F64, grid
from footage.match.game import DT, Bodies
from footage.world import ACTION_S, Action

ACCELERATION = 3.8  # m/s^2, what footballers reach in play
SHOVE = 6.0  # m/s^2 that others can add
ELBOW_M = 0.55
LASTS = np.array([ACTION_S.get(Action(k), 1e9) for k in range(len(Action))])
LIES_S = {Action.FALL: 2.1, Action.TACKLE: 0.9, Action.THROW_IN: 1.4, Action.DIVE: 1.3}


def move(bodies: Bodies) -> None:
    """One tick for everybody."""
    push(bodies)
    turn(bodies)
    age(bodies)
    bodies.at = grid(bodies.at)
    bodies.vel = grid(bodies.vel)
    bodies.acc = grid(bodies.acc)
    bodies.facing = grid(bodies.facing)
    bodies.spin = grid(bodies.spin)


def desired(bodies: Bodies) -> F64:
    """The velocity everybody would like."""
    gap = bodies.want - bodies.at
    far = np.sqrt((gap * gap).sum(axis=1)) + 1e-9
    near = np.where(bodies.moving, 0.3 * np.minimum(bodies.slack, 1.0), bodies.slack)
    bodies.moving = far > near
    speed = np.minimum(np.minimum(bodies.pace, bodies.top_speed), np.minimum(1.5 * far, np.sqrt(4.4 * far)))
    speed = np.where(bodies.moving, speed, 0.0)
    for action, seconds in LIES_S.items():
        begun = 0.45 if action == Action.DIVE else 0.0
        held = (bodies.action == action) & (bodies.action_s < seconds) & (bodies.action_s >= begun)
        speed[held] = 0.0
    out: F64 = gap * (speed / far)[:, None]
    return out


def push(bodies: Bodies) -> None:
    """Towards the desired velocity, past one another."""
    pull = (desired(bodies) - bodies.vel) / 0.26
    strength = np.sqrt((pull * pull).sum(axis=1)) + 1e-9
    fast = np.sqrt((bodies.vel * bodies.vel).sum(axis=1))
    limit = ACCELERATION - 0.12 * fast
    limit = np.where(bodies.action == Action.DIVE, 6.5, limit)
    pull = pull * np.minimum(1.0, limit / strength)[:, None]
    bodies.acc = bodies.acc + (pull + elbows(bodies) - bodies.acc) * 0.34
    bodies.vel = bodies.vel + bodies.acc * DT
    fast = np.sqrt((bodies.vel * bodies.vel).sum(axis=1)) + 1e-9
    bodies.vel = bodies.vel * np.minimum(1.0, (bodies.top_speed + 0.3) / fast)[:, None]
    bodies.at = bodies.at + bodies.vel * DT


def elbows(bodies: Bodies) -> F64:
    """Away from whom one touches, and sideways past whom one is about to run into."""
    apart = bodies.at[:, None, :] - bodies.at[None, :, :]
    drift = bodies.vel[:, None, :] - bodies.vel[None, :, :]
    out = shoved(apart, apart, ELBOW_M, 30.0) + evade(apart, drift)
    size = np.sqrt((out * out).sum(axis=1)) + 1e-9
    scaled: F64 = out * np.minimum(1.0, SHOVE / size)[:, None]
    scaled[~bodies.present] = 0.0
    return scaled


def evade(apart: F64, drift: F64) -> F64:
    """Past people whom one would meet within a second, everybody to the right."""
    fast = (drift * drift).sum(axis=2) + 1e-6
    meet = np.clip(-(apart * drift).sum(axis=2) / fast, 0.0, 0.9)
    aside = np.stack((-drift[:, :, 1], drift[:, :, 0]), axis=2) * (0.2 / np.sqrt(fast))[:, :, None]
    soon = apart + drift * meet[:, :, None] + aside
    near = (apart * apart).sum(axis=2) < 16.0
    return shoved(soon, soon * (near * (1.0 - meet))[:, :, None], 0.7, 9.0)


def shoved(apart: F64, along: F64, reach: float, strength: float) -> F64:
    """The sum of pushes from everybody within reach."""
    far = np.sqrt((apart * apart).sum(axis=2))
    weight = np.where(far < reach, (reach - far) * strength / np.maximum(far, 0.05), 0.0)
    np.fill_diagonal(weight, 0.0)
    out: F64 = (along * weight[:, :, None]).sum(axis=1)
    return out


def turn(bodies: Bodies) -> None:
    """Look where one runs; when slow, look at what is going on."""
    look = bodies.gaze - bodies.at
    look = look / (np.sqrt((look * look).sum(axis=1)) + 1e-6)[:, None]
    fast = np.sqrt((bodies.vel * bodies.vel).sum(axis=1))
    ahead = bodies.vel / (fast + 1e-6)[:, None]
    share = np.clip((fast - bodies.turn_from) / 1.4, 0.0, 1.0)
    share = (share * share * (3 - 2 * share))[:, None]
    mixed = look * (1 - share) + ahead * share
    error = np.arctan2(mixed[:, 1], mixed[:, 0]) - bodies.facing
    error = error - 2 * np.pi * np.round(error / (2 * np.pi))
    still = (bodies.action == Action.FALL) | (bodies.action == Action.DIVE) | (bodies.action == Action.TACKLE)
    wish = np.where(still, 0.0, np.clip(4.5 * error, -6.0, 6.0))
    wish = np.where(np.abs(error) < 0.06, 0.0, wish)
    bodies.spin = bodies.spin + np.clip((wish - bodies.spin) * 0.25, -1.0, 1.0)
    bodies.facing = bodies.facing + bodies.spin * DT


def age(bodies: Bodies) -> None:
    """Actions end by themselves."""
    bodies.action_s = grid(bodies.action_s + DT)
    over = bodies.action_s >= LASTS[bodies.action]
    bodies.action[over] = Action.MOVE
    bodies.action_s[over] = 0.0
