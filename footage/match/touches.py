"""Feet and heads on the ball: first touch, dribbling, kicks that leave, headers, tackles."""

import math

import numpy as np

from footage.dice import F64, grid
from footage.match import ball as balls
from footage.match.game import CONTACT_S, DT, HZ, Game, Strike
from footage.match.tactics import last_line
from footage.world import Action

CONTROL_M = 0.75
LOST_M = 1.9  # a dribbler this far from the ball has lost it


def wind_up(game: Game, strike: Strike, action: Action) -> None:
    """The body begins to kick, head or throw; the ball leaves a moment later."""
    strike.at_tick = game.tick + round(CONTACT_S[action] * HZ)
    game.strike = strike
    game.act(strike.by, action)


def release(game: Game) -> None:
    """The ball leaves, if the one who meant to play it still can."""
    strike = game.strike
    if strike is None or game.tick < strike.at_tick:
        return
    game.strike = None
    gap = float(game.distance_to_ball(np.array([strike.by]))[0])
    if gap > (1.5 if strike.how == "head" else 1.4):
        return
    velocity = aimed(game, strike)
    game.owner = game.hands = -1
    game.ball.launch(velocity)
    sent(game, strike)


def aimed(game: Game, strike: Strike) -> tuple[float, float, float]:
    """The velocity for what was meant."""
    ball = game.ball
    if strike.how == "ground":
        return balls.along_ground(ball, strike.to, strike.pace)
    if strike.how in ("loft", "clear", "throw"):
        return balls.lofted(ball, strike.to, strike.climb, 1.0 if strike.how == "throw" else 0.11)
    dx, dy = float(strike.to[0]) - ball.x, float(strike.to[1]) - ball.y
    far = math.sqrt(dx * dx + dy * dy) + 1e-6
    seconds = far / strike.pace
    climb = (strike.climb - ball.z) / seconds + 0.5 * balls.GRAVITY * seconds
    return dx / far * strike.pace, dy / far * strike.pace, min(12.0, max(-6.0, climb))


def sent(game: Game, strike: Strike) -> None:
    """Remember who played it and to whom."""
    game.last_kick = game.last_touch = strike.by
    game.attacking = game.side(strike.by)
    game.kick_tick = game.tick
    game.receiver = strike.receiver
    game.offside = stood_offside(game, strike)
    game.shot_by = -1
    game.path_tick = -99
    game.lost_until[strike.by] = game.tick + 14
    if strike.how in ("shot", "head") and strike.pace > 9.0 and abs(float(strike.to[0])) > 52.0:
        game.shot_by, game.saved, game.dive_tick = strike.by, False, -1
        game.happen("shot", strike.by, game.ball.x, game.ball.y)


def stood_offside(game: Game, strike: Strike) -> int:
    """The receiver, if the assistant would raise the flag once he plays the ball."""
    if strike.receiver < 0 or strike.how == "throw" or game.restart is not None or game.preset.corners:
        return -1
    side = game.side(strike.by)
    ahead = float(game.bodies.at[strike.receiver, 0]) * game.way(side)
    return strike.receiver if ahead > last_line(game, side) + 0.6 else -1


def touched(game: Game, person: int) -> None:
    """Somebody has the ball under control."""
    game.owner = game.last_touch = person
    game.attacking = game.side(person)
    game.receiver = game.shot_by = -1
    game.since_tick = game.touch_tick = game.tick
    quick = 0.5 / game.preset.pan_speed
    game.think_tick = game.tick + int(HZ * game.dice.uniform(0.1, 0.3 + quick))
    velocity = game.bodies.vel[person]
    fast = float(np.sqrt((velocity * velocity).sum()))
    way = np.array((game.way(game.side(person)), 0.0))
    game.aim = grid(velocity / fast) if fast > 1.0 else way
    game.dribble_pace = min(5.0, max(1.5, fast))


def contact(game: Game) -> None:
    """A free ball meets the first pair of feet that can take it."""
    ball = game.ball
    if ball.z > 1.4:
        return
    players = game.field_players
    gap = game.distance_to_ball(players)
    able = (gap < CONTROL_M) & (game.lost_until[players] <= game.tick)
    if not able.any():
        return
    who = int(players[int(np.argmin(np.where(able, np.round(gap, 4), 99.0)))])
    if game.is_keeper(who) and game.shot_by >= 0 and game.side(who) != game.side(game.shot_by):
        return
    velocity = game.bodies.vel[who]
    rush = math.sqrt((ball.vx - float(velocity[0])) ** 2 + (ball.vy - float(velocity[1])) ** 2)
    meant = who == game.receiver
    clean = min(0.97, 1.3 - 0.035 * rush) if meant else min(0.9, 1.1 - 0.045 * rush)
    if game.dice.chance(clean):
        touched(game, who)
        return
    game.lost_until[who] = game.tick + 10
    if game.dice.chance(0.6):
        deflect(game, who)


def deflect(game: Game, who: int) -> None:
    """It comes off somebody."""
    ball, dice = game.ball, game.dice
    angle = dice.normal(0.6)
    keep = dice.uniform(0.15, 0.5)
    cos, sin = math.cos(angle) * keep, math.sin(angle) * keep
    ball.launch((ball.vx * cos - ball.vy * sin, ball.vx * sin + ball.vy * cos, abs(ball.vz) * 0.4 + dice.uniform(0, 2)))
    game.last_touch = who
    game.path_tick = -99
    game.receiver = -1


def dribble(game: Game) -> None:
    """Small touches that keep the ball in front of the owner."""
    me, ball, bodies = game.owner, game.ball, game.bodies
    at, velocity = bodies.at[me], bodies.vel[me]
    kicking = game.strike is not None and game.strike.by == me
    gap = float(np.sqrt(((ball.xy - at) ** 2).sum()))
    if gap > LOST_M:
        game.owner = -1
        game.path_tick = -99
        return
    if kicking:
        bodies.want[me] = grid(0.7 * ball.xy + 0.3 * at + 0.3 * velocity)
        bodies.pace[me] = 4.5
    else:
        bodies.want[me] = grid(at + game.aim * max(0.6, 1.1 * game.dribble_pace) + 0.5 * (ball.xy - at))
        bodies.pace[me] = game.dribble_pace
    bodies.slack[me] = 0.1
    bodies.gaze[me] = grid(at + 3 * game.aim)
    if game.tick >= game.touch_tick and gap < 1.05 and not kicking:
        push_on(game, at, velocity)


def push_on(game: Game, at: F64, velocity: F64) -> None:
    """One touch: to where the foot will be next time."""
    ball = game.ball
    fast = float(np.sqrt((velocity * velocity).sum()))
    ticks = 10 if fast < 4.0 else 15
    seconds = ticks * DT
    ahead = velocity / fast if fast > 1.0 else game.aim
    heading = 0.55 * velocity + 0.45 * game.aim * game.dribble_pace
    foot = at + heading * seconds + (0.5 * ahead + 0.5 * game.aim) * (0.45 + 0.05 * fast)
    step = foot - ball.xy
    size = float(np.sqrt((step * step).sum()))
    speed = min(10.0, size / seconds + 0.5 * balls.ROLL * seconds) if size > 0.08 else 0.0
    ball.launch((float(step[0]) / (size + 1e-6) * speed, float(step[1]) / (size + 1e-6) * speed, min(0.0, ball.vz)))
    game.touch_tick = game.tick + ticks


def headers(game: Game) -> None:
    """Whoever can meet a high ball jumps for it; of two the ball takes one."""
    if game.strike is not None or game.restart is not None or game.tick - game.kick_tick < 8:
        return
    soon = min(len(game.path) - 1, (game.tick - game.path_tick + round(CONTACT_S[Action.HEADER] * HZ)) // 3)
    x, y, z = (float(v) for v in game.path[soon])
    if not 1.55 < z < 2.55 or abs(x) > 52.3 or abs(y) > 34.0:
        return
    players = game.field_players
    then = game.bodies.at[players] + CONTACT_S[Action.HEADER] * game.bodies.vel[players]
    gap = np.sqrt(((then - np.array((x, y))) ** 2).sum(axis=1))
    ready = (gap < 0.95) & (game.lost_until[players] <= game.tick)
    jumpers = [int(p) for p in players[ready] if not game.acting(int(p)) and not game.is_keeper(int(p))]
    if not jumpers:
        return
    winner = jumpers[game.dice.pick(len(jumpers))]
    for who in jumpers[:3]:
        game.act(who, Action.HEADER)
    wind_up(game, headed(game, winner), Action.HEADER)


def headed(game: Game, who: int) -> Strike:
    """At goal when near it, away from the own goal, otherwise on to somebody."""
    side, dice = game.side(who), game.dice
    way = game.way(side)
    x, y = (float(v) for v in game.bodies.at[who])
    if x * way > 41.0 and abs(y) < 14.0:
        to = np.array((53.5 * way, dice.normal(2.6)))
        return Strike(who, 0, "head", to, pace=dice.uniform(11, 15), climb=max(0.2, 1.2 + dice.normal(0.9)))
    if x * way < -30.0:
        behind = 0.3 if game.preset.corners else 0.12
        if x * way < -44.0 and dice.chance(behind):
            return Strike(who, 0, "clear", np.array((-58.0 * way, y + dice.normal(5))), climb=0.6)
        to = np.array((x + way * dice.uniform(10, 20), y + dice.normal(9)))
        return Strike(who, 0, "clear", to, climb=0.7)
    to = np.array((x + way * dice.uniform(3, 12), y + dice.normal(6)))
    return Strike(who, 0, "loft", to, climb=0.5)


def challenge(game: Game) -> None:
    """Opponents at the ball poke it away, or slide."""
    owner, dice = game.owner, game.dice
    if game.is_keeper(owner) and game.hands == owner:
        return
    rivals = game.lineup[1 - game.side(owner)]
    gap = game.distance_to_ball(rivals)
    near = int(np.argmin(np.round(gap, 4)))
    rival, far = int(rivals[near]), float(gap[near])
    if game.lost_until[rival] > game.tick or game.acting(rival):
        return
    own = float(game.distance_to_ball(np.array([owner]))[0])
    if far < 1.0 and dice.chance(DT * (1.3 if far > own else 3.2) / game.preset.pan_speed):
        game.lost_until[owner] = game.tick + 12 + dice.pick(10)
        if dice.chance(0.55):
            touched(game, rival)
        else:
            loose(game, rival, 2.0, 6.0)
    elif 0.9 < far < 2.0 and speed_of(game, owner) > 2.5 and dice.chance(DT * 0.3):
        slide(game, rival, owner)


def speed_of(game: Game, person: int) -> float:
    return float(np.sqrt((game.bodies.vel[person] ** 2).sum()))


def loose(game: Game, by: int, low: float, high: float) -> None:
    """The ball squirts away."""
    angle = game.dice.uniform(-math.pi, math.pi)
    speed = game.dice.uniform(low, high)
    game.owner = game.receiver = -1
    game.strike = None
    game.last_touch = by
    game.path_tick = -99
    game.ball.launch((math.cos(angle) * speed, math.sin(angle) * speed, 0.0))


def slide(game: Game, rival: int, owner: int) -> None:
    """A sliding tackle: the ball, the man, or nothing."""
    dice = game.dice
    game.act(rival, Action.TACKLE)
    game.lost_until[rival] = game.tick + 45
    luck = dice.uniform()
    if luck < 0.5:
        loose(game, rival, 4.0, 9.0)
        game.lost_until[owner] = game.tick + 15
    if 0.4 < luck < 0.8:
        game.act(owner, Action.FALL)
        game.lost_until[owner] = game.tick + 80
        if game.owner == owner:
            loose(game, rival, 1.0, 3.0)
    if 0.5 <= luck < 0.75:
        game.foul_by = rival
        game.foul_on = owner
