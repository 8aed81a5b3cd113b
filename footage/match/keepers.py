"""Goalkeepers: shots saved or not, dives, and the ball in their hands."""

import math

import numpy as np

from footage.dice import grid
from footage.match.ball import Ball
from footage.match.choices import best_pass
from footage.match.game import HZ, Game, Strike
from footage.match.touches import deflect, wind_up
from footage.world import Action

DIVE_S = 0.45  # before the ball is there
STANDING_M = 0.8
DIVING_M = 2.6


def save(game: Game) -> None:
    """The keeper a shot comes to moves across, dives if it is far, and catches, parries or is beaten."""
    if game.shot_by < 0:
        return
    side = 1 - game.side(game.shot_by)
    who, ball, bodies = game.keeper(side), game.ball, game.bodies
    x, y = (float(v) for v in bodies.at[who])
    if ball.vx * game.way(side) > -2.0 or game.tick - game.kick_tick > 3 * HZ:
        game.shot_by = -1
        return
    seconds = (x - ball.x) / ball.vx
    if seconds < -0.04:
        return
    cross = ball.y + ball.vy * seconds
    high = ball.z + ball.vz * seconds - 4.9 * seconds * seconds
    lateral = cross - y
    if abs(cross) < 4.6 and high < 3.0:
        bodies.want[who] = grid(np.array((x, y + lateral)))
        bodies.pace[who], bodies.slack[who] = 5.5, 0.1
        commit(game, who, seconds, lateral)
    if seconds < 0.035 and game.saved and abs(lateral) < 1.9 and high < 2.7:
        stop(game, who, lateral)


def commit(game: Game, who: int, seconds: float, lateral: float) -> None:
    """Whether he will have it, decided when he throws himself."""
    if seconds > DIVE_S or game.dive_tick >= 0:
        return
    game.dive_tick = game.tick
    far = abs(lateral)
    odds = 0.93 if far < STANDING_M else 0.8 if far < 1.8 else 0.5 if far < DIVING_M else 0.0
    game.saved = game.dice.chance(odds)
    if far > STANDING_M:
        game.act(who, Action.DIVE)


def stop(game: Game, who: int, lateral: float) -> None:
    """The ball in his hands, or off them."""
    ball, dice = game.ball, game.dice
    game.happen("save", who, ball.x, ball.y)
    hard = ball.speed > 17.0 or abs(lateral) > 1.0
    game.shot_by = -1
    if dice.chance(0.35 if hard else 0.9) and not game.preset.corners:
        take(game, who)
        return
    out = math.copysign(dice.uniform(3.0, 8.0), lateral)
    ball.launch((ball.vx * dice.uniform(-0.15, 0.12), ball.vy * 0.3 + out, dice.uniform(0.5, 4.0)))
    game.last_touch = who
    game.path_tick = -99
    game.lost_until[who] = game.tick + 20


def take(game: Game, who: int) -> None:
    """Into the hands."""
    game.owner = game.receiver = game.shot_by = -1
    game.strike = None
    game.hands = game.last_touch = who
    game.attacking = game.side(who)
    game.hold_until = game.tick + int(HZ * game.dice.uniform(2.5, 5.0) / game.preset.pan_speed**1.5)


def pick_up(game: Game) -> None:
    """A keeper takes a free ball with his hands inside the box if an opponent played it last."""
    ball = game.ball
    if ball.z > 2.4 or game.shot_by >= 0 or game.last_touch < 0:
        return
    for side in (0, 1):
        who = game.keeper(side)
        x, y = ball.x * game.way(side), ball.y
        mine = -52.4 < x < -36.5 and abs(y) < 20.0
        fair = game.side(game.last_touch) != side or game.is_keeper(game.last_touch)
        near = float(game.distance_to_ball(np.array([who]))[0]) < 0.95
        if mine and fair and near and game.lost_until[who] <= game.tick and game.strike is None:
            if game.preset.corners or (ball.z > 1.6 and game.dice.chance(0.15)):
                deflect(game, who)
                game.lost_until[who] = game.tick + 20
            else:
                take(game, who)
            return


def carry(game: Game) -> None:
    """The ball moves with the hands; after a while the keeper gives it on."""
    who, bodies = game.hands, game.bodies
    angle = float(bodies.facing[who])
    x, y = (float(v) for v in bodies.at[who])
    gather(game.ball, (x + 0.32 * math.cos(angle), y + 0.32 * math.sin(angle), 1.15))
    if game.restart is not None or not game.is_keeper(who):
        return
    way = game.way(game.side(who))
    bodies.want[who] = grid(np.array((way * -38.5, 0.8 * y)))
    bodies.pace[who], bodies.slack[who] = 2.2, 0.8
    bodies.gaze[who] = np.array((0.0, 0.3 * y))
    if game.strike is None and game.tick >= game.hold_until and not game.acting(who):
        give(game, who, way)


def gather(ball: Ball, to: tuple[float, float, float]) -> None:
    """Into the hands, not at once."""
    gap = math.dist((ball.x, ball.y, ball.z), to)
    share = min(1.0, max(0.12, 0.16 / (gap + 1e-6)))
    ball.put(*(b + (t - b) * share for b, t in zip((ball.x, ball.y, ball.z), to, strict=True)))


def give(game: Game, who: int, way: float) -> None:
    """Throw to somebody free, or punt."""
    game.owner = who
    here = game.ball.xy * way
    rivals = game.bodies.at[game.lineup[1 - game.side(who)]] * way
    worth, strike = best_pass(game, here, rivals)
    game.owner = -1
    long = game.preset.pan_speed > 1.5 or game.dice.chance(0.35)
    if strike is None or (worth < 2.2 and long):
        to = np.array((way * game.dice.uniform(0, 16), game.dice.normal(13.0)))
        strike = Strike(who, 0, "loft", to, climb=0.58)
    wind_up(game, strike, Action.KICK)


def crouch(game: Game) -> None:
    """Keepers stand ready while the ball is near."""
    for side in (0, 1):
        who = game.keeper(side)
        threat = game.attacking != side and -game.ball.x * game.way(side) > 26.0
        ready = threat and game.restart is None and game.hands != who
        if ready and game.bodies.action[who] == Action.MOVE:
            game.act(who, Action.READY)
        elif not ready and game.bodies.action[who] == Action.READY:
            game.act(who, Action.MOVE)
