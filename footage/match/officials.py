"""The referee, his assistants, the staff beside the pitch, and who comes on or goes off."""

import math

import numpy as np

from footage.dice import grid
from footage.match.game import Game
from footage.match.tactics import last_line
from footage.world import PITCH_WIDTH_M, Action

TOUCH_M = PITCH_WIDTH_M / 2


def place(game: Game) -> None:
    """Wants of everybody who does not play."""
    referee(game)
    for k, who in enumerate(game.cast.assistants):
        assistant(game, who, -1.0 if k == 0 else 1.0)
    staff(game)
    swap(game)
    leave(game)


def referee(game: Game) -> None:
    """On a diagonal beside the play, some 14 m off the ball, out of the way of it."""
    who, bodies = game.cast.referee, game.bodies
    ball_x, ball_y = (float(v) for v in game.focus)
    spot = np.array((0.82 * ball_x, -0.42 * ball_x * 0.65 + 0.35 * ball_y))
    gap = spot - game.ball.xy
    far = float(np.sqrt((gap * gap).sum())) + 1e-6
    if far < 11.0:
        spot = game.ball.xy + gap * (11.0 / far)
    if game.restart is not None and game.restart.kind == "corner":
        way = game.way(game.restart.side)
        spot = np.array((38.5 * way, -7.0 * math.copysign(1.0, float(game.restart.spot[1]))))
    if game.restart is not None and game.restart.kind == "kick_off":
        spot = np.array((-3.0, 11.5))
    spot = np.clip(spot, (-46.0, -30.0), (46.0, 30.0))
    far = float(np.sqrt(((spot - bodies.at[who]) ** 2).sum()))
    bodies.want[who] = grid(spot)
    bodies.pace[who] = min(7.2, 0.8 + 0.36 * far * (0.5 + 0.5 * game.preset.pan_speed))
    bodies.slack[who] = 2.2
    bodies.gaze[who] = game.ball.xy


def assistant(game: Game, who: int, flank: float) -> None:
    """On the touchline, level with the second last defender or the ball; each has one half."""
    bodies, half = game.bodies, -flank  # the near one runs on the right half
    side = 0 if half > 0 else 1
    line = min(52.3, last_line(game, side)) * half
    if game.restart is not None and game.restart.kind == "kick_off":
        line = 16.0 * half
    aside = 0.7
    if game.restart is not None and game.restart.kind == "corner" and abs(line) > 40.0:
        line, aside = 53.6 * half, 2.2  # behind the corner flag, out of the taker's way
    bodies.want[who] = grid(np.array((line, flank * (TOUCH_M + aside))))
    far = abs(line - float(bodies.at[who, 0]))
    bodies.pace[who] = min(7.4, 0.7 + 0.95 * far)
    bodies.slack[who] = 0.7
    bodies.gaze[who] = np.array((game.ball.x, game.ball.y))


def staff(game: Game) -> None:
    """Coaches wander in their technical areas; one sits still further back."""
    edge = math.copysign(1.0, game.bench_y)
    homes = ((-11.0, 36.6), (11.5, 36.6), (2.0, 37.4))
    for who, (x, y) in zip(game.cast.staff, homes, strict=True):
        shift = game.wander[who] * np.array((0.9, 0.2))
        spot = np.array((x + float(shift[0]), edge * max(36.0, y + float(shift[1]))))
        game.bodies.want[who] = grid(spot)
        game.bodies.pace[who], game.bodies.slack[who] = 1.3, 1.1
        game.bodies.gaze[who] = game.ball.xy


def swap(game: Game) -> None:
    """One walks to the halfway line and off; the other waits there and comes on."""
    change = game.swap
    if change is None:
        return
    bodies = game.bodies
    edge = math.copysign(1.0, game.bench_y)
    waiting = np.array((1.2, edge * (TOUCH_M + 1.2)))
    if not bodies.present[change.enters]:
        bodies.present[change.enters] = True
        bodies.at[change.enters] = np.array((4.0, game.bench_y))
        bodies.vel[change.enters] = 0.0
        bodies.facing[change.enters] = grid(np.array([-edge * math.pi / 2]))[0]
    bodies.want[change.enters] = waiting
    bodies.pace[change.enters], bodies.slack[change.enters] = 2.6, 0.4
    bodies.gaze[change.enters] = np.zeros(2)
    bodies.want[change.leaves] = np.array((-1.2, edge * (TOUCH_M + 2.0)))
    bodies.pace[change.leaves], bodies.slack[change.leaves] = 3.0, 0.3
    off = abs(float(bodies.at[change.leaves, 1])) > TOUCH_M - 0.5
    if off and abs(float(bodies.at[change.leaves, 0])) < 4.0:
        game.lineup[change.side, change.slot] = change.enters
        game.gone.append(change.leaves)
        game.swap = None


def leave(game: Game) -> None:
    """Whoever was taken off walks to the bench and is no more seen."""
    bodies = game.bodies
    for who in game.gone:
        bodies.want[who] = np.array((-4.0, game.bench_y))
        bodies.pace[who], bodies.slack[who] = 1.6, 0.3
        if abs(float(bodies.at[who, 1])) > abs(game.bench_y) - 1.0:
            bodies.present[who] = False
    game.gone = [who for who in game.gone if bodies.present[who]]


def flag(game: Game, y: float) -> None:
    """The assistant on whose half it happened raises the flag."""
    near, far = game.cast.assistants
    who = near if game.ball.x > 0 else far
    if not game.acting(who) and abs(y) <= TOUCH_M + 6:
        game.act(who, Action.FLAG)
