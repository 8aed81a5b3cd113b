"""Who gets to a free ball first, and where."""

import numpy as np

from footage.dice import grid
from footage.match.ball import path
from footage.match.game import HZ, Game

AHEAD_S = 4.5
STEP_S = 0.1
HIGH_M = 2.2  # a header's reach


def look_ahead(game: Game) -> None:
    """Predict the ball and the best chaser of each side."""
    game.path = path(game.ball, AHEAD_S)
    game.path_tick = game.tick
    bodies = game.bodies
    players = game.field_players
    times = np.arange(len(game.path)) * STEP_S
    start = bodies.at[players] + 0.3 * bodies.vel[players]
    gap = np.sqrt(((start[:, None, :] - game.path[None, :, :2]) ** 2).sum(axis=2))
    need = np.maximum(0.0, gap - 0.5) / (0.82 * bodies.top_speed[players])[:, None] + 0.12
    blocked = np.maximum(0.0, game.lost_until[players] - game.tick) / HZ
    late = np.maximum(need, blocked[:, None]) > times[None, :]
    outside = (np.abs(game.path[:, 0]) > 53.0) | (np.abs(game.path[:, 1]) > 34.6)
    late |= ((game.path[:, 2] > HIGH_M) | outside)[None, :]
    first = np.where(late.all(axis=1), len(times), np.argmin(late, axis=1))
    arrive = np.where(first < len(times), np.minimum(first, len(times) - 1) * STEP_S, AHEAD_S + need[:, -1])
    arrive = arrive + 0.001 * np.minimum(gap.min(axis=1), 50.0)
    for side in (0, 1):
        mine = arrive[side * 11 : side * 11 + 11].copy()
        mine[0] += 0.4
        if game.receiver >= 0 and game.side(game.receiver) == side:
            mine[players[side * 11 : side * 11 + 11] == game.receiver] -= 0.5
        if game.shot_by >= 0 and game.side(game.shot_by) != side:
            mine[0] += 9.0
        best = int(np.argmin(np.round(mine, 4)))
        who = int(players[side * 11 + best])
        k = min(int(first[side * 11 + best]), len(times) - 1)
        game.chaser[side] = who
        game.chase_to[side] = grid(np.clip(game.path[k, :2], (-53.5, -35.0), (53.5, 35.0)))
        game.chase_s[side] = float(arrive[side * 11 + best])
