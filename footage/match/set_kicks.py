"""How set pieces are played: throws, and where corners, free kicks and goal kicks go."""

import math

import numpy as np

from footage.dice import grid, grid1
from footage.match.choices import best_pass
from footage.match.game import Game, Restart, Strike


def flank_of(game: Game, restart: Restart) -> float:
    """+1 if the corner is on the side that the attackers call positive."""
    return math.copysign(1.0, float(restart.spot[1]) * game.way(restart.side))


def overhead(game: Game) -> None:
    """A thrower's ball goes up and behind the head before it leaves."""
    who, ball = game.hands, game.ball
    passed = float(game.bodies.action_s[who])
    up = min(1.0, passed / 0.5)
    back = 0.32 - 0.5 * up if passed < 0.95 else -0.18 + 3.0 * (passed - 0.95)
    angle = float(game.bodies.facing[who])
    x, y = (float(v) for v in game.bodies.at[who])
    ball.put(x + back * math.cos(angle), y + back * math.sin(angle), grid1(1.15 + 0.95 * up))


def thrown(game: Game, restart: Restart) -> Strike:
    """To the best of those near."""
    mates = game.lineup[restart.side, 1:]
    mates = mates[mates != restart.taker]
    rivals = game.bodies.at[game.lineup[1 - restart.side]]
    to = game.bodies.at[mates] + 0.8 * game.bodies.vel[mates]
    far = np.sqrt(((to - restart.spot) ** 2).sum(axis=1))
    free = np.sqrt(((to[:, None, :] - rivals[None, :, :]) ** 2).sum(axis=2)).min(axis=1)
    value = np.minimum(free, 5.0) - 0.9 * np.maximum(0.0, far - 12.0) - 1.5 * (far < 4.0)
    k = int(np.argmax(np.round(value + game.dice.normals(len(mates)), 4)))
    reach = min(1.0, 20.0 / float(far[k]))
    aim = restart.spot + (to[k] - restart.spot) * reach
    return Strike(restart.taker, 0, "throw", grid(aim), int(mates[k]), climb=0.35)


def kicked(game: Game, restart: Restart) -> Strike:
    """Where a corner, goal kick, free kick or kick-off goes."""
    way, dice, who = game.way(restart.side), game.dice, restart.taker
    if restart.kind == "corner":
        flank = flank_of(game, restart) * way
        to = np.array((way * (46.8 + dice.normal(1.3)), flank * dice.uniform(-3.5, 3.0)))
        return Strike(who, 0, "loft", grid(to), climb=0.52 + dice.uniform(0, 0.2))
    here = restart.spot * way
    goal_far = float(np.sqrt(((np.array((52.5, 0.0)) - here) ** 2).sum()))
    if restart.kind == "free_kick" and goal_far < 31.0:
        if goal_far < 27.0 and abs(float(here[1])) < 14.0:
            to = np.array((53.0 * way, dice.normal(2.6)))
            return Strike(who, 0, "shot", to, pace=dice.uniform(20, 25), climb=max(0.4, 1.6 + dice.normal(0.8)))
        to = np.array((way * (45.5 + dice.normal(1.5)), dice.normal(4.0)))
        return Strike(who, 0, "loft", grid(to), climb=0.55)
    game.owner = who
    rivals = game.bodies.at[game.lineup[1 - restart.side]] * way
    worth, strike = best_pass(game, here, rivals)
    game.owner = -1
    long = restart.kind == "goal_kick" and dice.chance(0.6 if game.preset.pan_speed < 1.5 else 0.9)
    if strike is None or long or (worth < 0.9 and restart.kind != "kick_off"):
        to = np.array((way * min(44.0, float(here[0]) + dice.uniform(44, 58)), dice.normal(12.0)))
        return Strike(who, 0, "loft", grid(to), climb=0.65)
    return strike
