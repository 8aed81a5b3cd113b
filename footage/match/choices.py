"""What the one on the ball does: pass, shoot, dribble, clear, and what a keeper does with it."""

import math

import numpy as np

from footage.dice import F64, grid
from footage.match.game import HZ, Game, Strike
from footage.match.tactics import last_line
from footage.match.touches import wind_up
from footage.world import Action

COMPASS = np.array([(math.cos(k * math.pi / 8), math.sin(k * math.pi / 8)) for k in range(16)]).round(6)
GOAL = np.array((52.5, 0.0))


def decide(game: Game) -> None:
    """One decision of the owner, some four a second."""
    if game.tick < game.think_tick or game.strike is not None or game.acting(game.owner):
        return
    game.think_tick = game.tick + 6 + game.dice.pick(5)
    me = game.owner
    side = game.side(me)
    way = game.way(side)
    here = game.ball.xy * way
    rivals = game.bodies.at[game.lineup[1 - side]] * way
    gap = np.sqrt(((rivals - here) ** 2).sum(axis=1))
    pressure = float(gap.min())
    if shoot(game, here, rivals):
        return
    best, strike = best_pass(game, here, rivals)
    held = (game.tick - game.since_tick) / HZ
    steer(game, here, rivals, pressure)
    calm = 0.09 * min(pressure, 9.0) - 0.25 * min(1.0, max(0.0, (3.0 - pressure) / 3.0))
    keep = 1.6 - 0.36 * held * game.preset.pan_speed + calm
    if game.is_keeper(me):
        keep -= 0.5
    if strike is not None and best + game.dice.normal(0.25) > keep:
        wind_up(game, strike, Action.KICK)
    elif pressure < 2.2 and (here[0] < -32.0 or (held > 2.5 and here[0] < 0.0)) and game.dice.chance(0.6):
        clear(game, here)


def shoot(game: Game, here: F64, rivals: F64) -> bool:
    """Whether he shoots, and if so the shot."""
    gap = GOAL - here
    far = float(np.sqrt((gap * gap).sum()))
    if far > 29.0 or abs(float(here[1])) > 1.4 * abs(float(gap[0])) + 3.0:
        return False
    unit = gap / far
    along = (rivals - here) @ unit
    across = np.abs((rivals[:, 0] - here[0]) * unit[1] - (rivals[:, 1] - here[1]) * unit[0])
    blocked = int(((along > 0.3) & (along < 6.0) & (across < 0.8)).sum())
    eager = 0.9 if far < 12 else 0.65 if far < 18 else 0.32 if far < 24 else 0.1
    if not game.dice.chance(eager * 0.45**blocked * (0.5 + 0.5 * game.preset.pan_speed)):
        return False
    way, dice = game.way(game.side(game.owner)), game.dice
    corner = (3.1 if dice.chance(0.5) else -3.1) + dice.normal(0.5 + 0.06 * far)
    height = max(0.15, 0.9 + dice.normal(0.5 + 0.03 * far))
    to = np.array((53.0 * way, corner))
    strike = Strike(game.owner, 0, "shot", to, pace=dice.uniform(19, 28), climb=height)
    wind_up(game, strike, Action.KICK)
    return True


def lanes(here: F64, to: F64, rivals: F64) -> F64:
    """How far the nearest opponent is from each passing lane, less what he can run until the ball comes by."""
    line = to - here
    length = np.sqrt((line * line).sum(axis=1)) + 1e-6
    unit = line / length[:, None]
    rel = rivals[None, :, :] - here
    along = np.clip((rel * unit[:, None, :]).sum(axis=2), 0.0, length[:, None])
    foot = unit[:, None, :] * along[:, :, None]
    across = np.sqrt(((rel - foot) ** 2).sum(axis=2))
    margin = across - 0.6 - 0.27 * along
    out: F64 = margin.min(axis=1)
    return out


def best_pass(game: Game, here: F64, rivals: F64) -> tuple[float, Strike | None]:
    """The best pass there is and what it is worth."""
    side = game.side(game.owner)
    way, bodies = game.way(side), game.bodies
    mates = game.lineup[side]
    mates = mates[(mates != game.owner) & ~np.isin(mates, game.gone)]
    velocity = bodies.vel[mates] * way
    far = np.sqrt(((bodies.at[mates] * way - here) ** 2).sum(axis=1))
    lead = np.minimum(0.25 + far / 17.0, 1.6)[:, None]
    to = bodies.at[mates] * way + velocity * lead
    running = game.run_until[mates] > game.tick
    to[running] += np.array((4.0, 0.0))
    to = np.clip(to, (-50.0, -33.0), (50.0, 33.0))
    line = last_line(game, side)
    offside = bodies.at[mates, 0] * way > line + 0.3
    again = np.where(mates == game.last_kick, 0.25, 0.0)
    common = worth(game, to - here, to, rivals) - again - 3.0 * offside
    safe = lanes(here, to, rivals) + 0.8 * running
    ground = common + 1.5 / (1.0 + np.exp(-1.6 * (safe - 0.3))) - np.where(far > 32.0, 0.8, 0.0)
    landing = np.sqrt(((to[:, None, :] - rivals[None, :, :]) ** 2).sum(axis=2)).min(axis=1)
    high = common + 1.0 / (1.0 + np.exp(-1.0 * (landing - 4.5))) - np.where(far < 17.0, 2.0, 0.45)
    wide = abs(float(here[1])) > 17.0 and float(here[0]) > 32.0
    if wide:
        high = high + np.where((to[:, 0] > 40.0) & (np.abs(to[:, 1]) < 12.0), 1.0, 0.0) + np.where(far < 17.0, 1.2, 0.0)
    scores = np.stack((ground, high))
    flat = int(np.argmax(np.round(scores, 5)))
    lofted, k = divmod(flat, len(mates))
    return float(scores[lofted, k]), passing(game, int(mates[k]), to[k] * way, float(far[k]), bool(lofted))


def worth(game: Game, step: F64, to: F64, rivals: F64) -> F64:
    """What having the ball there is worth, before asking whether it arrives."""
    far = np.sqrt((step * step).sum(axis=1))
    tempo = game.preset.pan_speed
    ahead = np.clip(step[:, 0] / 25.0, -0.8, 1.0) * (0.78 * tempo)
    room = np.sqrt(((to[:, None, :] - rivals[None, :, :]) ** 2).sum(axis=2)).min(axis=1)
    danger = 0.35 * np.clip((to[:, 0] - 20.0) / 25.0, 0.0, 1.0) * (np.abs(to[:, 1]) < 18.0)
    near = np.where(far < 5.0, 0.6, 0.0)
    backwards = np.where((to[:, 0] < -46.0) | ((to[:, 0] < -38.0) & (step[:, 0] < -12.0)), 0.5, 0.0)
    noise = game.dice.normals(len(to)) * 0.22
    out: F64 = ahead + danger + 0.55 * np.minimum(room, 9.0) / 9.0 - near - backwards + noise
    return out


def passing(game: Game, receiver: int, to: F64, far: float, high: bool) -> Strike:
    """The kick for a pass, with the error of a human foot."""
    dice = game.dice
    error = dice.normals(2) * (0.2 + (0.055 if high else 0.035) * far)
    aim = grid(np.clip(to + error, (-53.5, -35.0), (53.5, 35.0)))
    if high:
        return Strike(game.owner, 0, "loft", aim, receiver, climb=0.5 + 0.25 * dice.uniform())
    return Strike(game.owner, 0, "ground", aim, receiver, pace=dice.uniform(5.5, 8.5) + 0.06 * far)


def clear(game: Game, here: F64) -> None:
    """Away from the own goal, rather out than in front of it."""
    side, dice = game.side(game.owner), game.dice
    way = game.way(side)
    deep = float(here[0]) < -42.0 and dice.chance(0.45 if game.preset.corners else 0.15)
    if deep:
        to = np.array((-60.0, float(here[1]) + dice.normal(6.0)))
    else:
        outward = math.copysign(1.0, float(here[1]) + dice.normal(6.0))
        to = here + np.array((dice.uniform(22, 42), outward * dice.uniform(0, 18)))
    wind_up(game, Strike(game.owner, 0, "clear", grid(to * way), climb=0.65), Action.KICK)


def steer(game: Game, here: F64, rivals: F64, pressure: float) -> None:
    """Where to dribble and how fast."""
    side = game.side(game.owner)
    way = game.way(side)
    near, further = here + 2.5 * COMPASS, here + 6.0 * COMPASS
    close = np.sqrt(((near[:, None, :] - rivals[None, :, :]) ** 2).sum(axis=2)).min(axis=1)
    later = np.sqrt(((further[:, None, :] - rivals[None, :, :]) ** 2).sum(axis=2)).min(axis=1)
    goalward = GOAL - here
    goalward = goalward / (float(np.sqrt((goalward * goalward).sum())) + 1e-6)
    value = 0.5 * np.minimum(close, 3.0) + 0.22 * np.minimum(later, 7.0) + 1.0 * (COMPASS @ goalward)
    value = value + 0.7 * (COMPASS @ (game.aim * way))
    outside = (np.abs(further[:, 1]) > 33.0) | (np.abs(further[:, 0]) > 51.0)
    value = value - 2.5 * outside + game.dice.normals(16) * 0.1
    best = int(np.argmax(np.round(value, 5)))
    game.aim = grid(COMPASS[best] * way)
    room = float(later[best])
    top = 2.2 + 0.35 * min(room, 9.0) + (1.2 if pressure < 4.0 else 0.0)
    game.dribble_pace = min(7.2, max(1.2, top * (0.65 + 0.35 * game.preset.pan_speed)))
    if float(here[0]) < 0.0 and room > 6.0 and pressure > 7.0:
        game.dribble_pace = 2.2 * game.preset.pan_speed
