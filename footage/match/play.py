"""Plays a match: agents that see, decide, run and kick, sampled thirty times a second."""

import math

import numpy as np

from footage.dice import Dice, grid
from footage.match import keepers, officials, restarts, tactics, touches
from footage.match.ball import enclose, fly
from footage.match.bodies import move
from footage.match.choices import decide
from footage.match.game import DT, HZ, WARM_UP_TICKS, Game, new_bodies
from footage.match.reach import look_ahead
from footage.match.set_kicks import overhead
from footage.match.squads import cast
from footage.presets import Preset
from footage.world import Action, Play


def play_match(preset: Preset, seed: int, seconds: float) -> Play:
    """A match from some moment on; a longer one begins with exactly the shorter one."""
    game = kick_off(preset, seed)
    for _ in range(WARM_UP_TICKS):
        tick(game)
    count = round(seconds * HZ)
    people = len(game.cast.people)
    at = np.empty((count, people, 2), np.float32)
    facing = np.empty((count, people), np.float32)
    action = np.empty((count, people), np.uint8)
    action_s = np.empty((count, people), np.float32)
    present = np.empty((count, people), np.bool_)
    ball = np.empty((count, 3), np.float32)
    for k in range(count):
        bodies = game.bodies
        at[k], facing[k], action[k], action_s[k] = bodies.at, bodies.facing, bodies.action, bodies.action_s
        present[k] = bodies.present
        ball[k] = game.ball.x, game.ball.y, game.ball.z
        tick(game)
    happenings = tuple(h for h in game.happenings if h.at_s < seconds)
    return Play(float(HZ), game.cast.people, at, facing, action, action_s, present, ball, happenings)


def kick_off(preset: Preset, seed: int) -> Game:
    """Open play somewhere in midfield, or a corner about to be taken."""
    dice = Dice(seed, preset.name)
    who = cast(dice)
    count = len(who.people)
    bodies = new_bodies(count)
    game = Game(preset, dice, who, bodies, np.array(who.team), np.array(who.lineup), [list(b) for b in who.bench])
    game.wander = dice.normals(count, 2) * 2.0
    game.jostle = dice.normals(count, 2) * 0.7
    game.run_until, game.idle_until, game.lost_until = (np.zeros(count) for _ in range(3))
    game.bench_y = -41.0 if dice.chance(0.5) else 41.0
    bodies.top_speed[:] = dice.uniforms(7.9, 8.9, count)
    bodies.turn_from[list(who.assistants)] = 3.2
    for keeper in (game.keeper(0), game.keeper(1)):
        bodies.turn_from[keeper] = 3.6
    scatter(game)
    return game


def scatter(game: Game) -> None:
    """Everybody somewhere near where he belongs, the ball with a midfielder."""
    dice, bodies = game.dice, game.bodies
    bodies.present[:] = game.team < 0
    bodies.present[game.field_players] = True
    game.attacking = dice.pick(2)
    game.focus = np.array((dice.uniform(-22, 22), dice.uniform(-20, 20)))
    if game.preset.corners:
        game.ball.put(game.way(game.attacking) * 51.0, dice.uniform(-30, 30))
        restarts.corner(game, game.attacking)
        game.set_piece_side = game.attacking
    else:
        game.ball.put(float(game.focus[0]), float(game.focus[1]))
    game.ease = np.array([0.8 if s == game.attacking else 0.2 for s in (0, 1)])
    tactics.think(game)
    restarts.arrange(game)
    officials.place(game)
    count = len(bodies.at)
    bodies.at = grid(bodies.want + dice.normals(count, 2) * (0.6 if game.preset.corners else 1.6))
    if game.restart is not None:
        bodies.at[game.restart.taker] = restarts.stance(game, game.restart) + 1.0
        game.ball.put(float(game.restart.spot[0]), float(game.restart.spot[1]))
    bodies.facing = dice.uniforms(-math.pi, math.pi, count)
    away = ~bodies.present
    bodies.at[away] = bodies.want[away] = np.array((0.0, game.bench_y))
    if not game.preset.corners:
        mates = game.lineup[game.attacking, 5:9]
        who = int(mates[int(np.argmin(np.round(game.distance_to_ball(mates), 4)))])
        game.ball.put(float(bodies.at[who, 0]) + 0.4, float(bodies.at[who, 1]))
        touches.touched(game, who)


def tick(game: Game) -> None:
    """A thirtieth of a second."""
    game.tick += 1
    if game.restart is not None:
        restarts.run(game)
    if game.restart is None or game.strike is not None:
        touches.release(game)
    with_ball(game)
    if game.restart is None:
        judge(game)
    if game.tick % tactics.EVERY == 0:
        tactics.think(game)
        restarts.arrange(game)
        officials.place(game)
        keepers.crouch(game)
    move(game.bodies)


def with_ball(game: Game) -> None:
    """The ball and whoever plays it."""
    dead = game.restart is not None
    if game.hands >= 0:
        if game.bodies.action[game.hands] == Action.THROW_IN:
            overhead(game)
        else:
            keepers.carry(game)
        return
    if not (dead and game.restart is not None and game.restart.stage_tick > 0):
        fly(game.ball, DT)
        enclose(game.ball)
    if dead:
        return
    if game.owner >= 0:
        touches.dribble(game)
        if game.owner >= 0:
            touches.challenge(game)
        if game.owner >= 0:
            decide(game)
    else:
        free(game)


def free(game: Game) -> None:
    """Everybody after a ball that nobody has."""
    if game.tick - game.path_tick >= 3:
        look_ahead(game)
    keepers.save(game)
    if game.free_ball():
        keepers.pick_up(game)
    if game.free_ball():
        touches.headers(game)
        touches.contact(game)


def judge(game: Game) -> None:
    """What the referee whistles for."""
    bodies = game.bodies
    if game.foul_by >= 0:
        by, on = game.foul_by, game.foul_on
        x, y = (float(v) for v in bodies.at[on])
        side = game.side(on)
        x = max(-51.0, min(35.0 if abs(y) < 20 else 50.0, x * game.way(side))) * game.way(side)
        game.happen("foul", by, x, y)
        game.act(game.cast.referee, Action.POINT)
        restarts.begin(game, "free_kick", side, x, max(-33.0, min(33.0, y)))
        return
    if game.owner >= 0 and game.owner == game.offside:
        flag_side = 1 - game.side(game.owner)
        officials.flag(game, game.ball.y)
        restarts.begin(game, "free_kick", flag_side, game.ball.x, game.ball.y)
        return
    scrambled = game.tick - game.set_piece_tick > restarts.SCRAMBLE_S * HZ
    if game.preset.corners and scrambled and game.set_piece_tick > 0:
        restarts.put_behind(game)
        if game.restart is not None:
            return
    if game.hands < 0:
        restarts.out_of_play(game)
