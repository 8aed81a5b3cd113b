"""Dead balls: when the ball goes out, who puts it back into play, and how."""

import math

import numpy as np

from footage.dice import F64, grid
from footage.match import ball as balls
from footage.match import crowds
from footage.match.game import HZ, Game, Restart, RestartKind, Swap
from footage.match.set_kicks import flank_of, kicked, thrown
from footage.match.touches import wind_up
from footage.world import Action

LINE_X, LINE_Y = 52.5 + balls.RADIUS_M, 34.0 + balls.RADIUS_M
TOSS_S = 1.1
HUDDLE_S = 9.0
PATIENCE_S = 24.0
SWAP_GAP_S = 100.0
SCRAMBLE_S = 4.2  # until somebody ends it when only corners are played
CLEAR_S = 5.0  # and until it ends by itself
CLEARANCE_M_S = 15.0
FETCH_M = 14.0  # a ball that lies further away stays there


def begin(game: Game, kind: RestartKind, side: int, x: float, y: float) -> None:
    """The ball is dead; this side plays it again from here."""
    spot = grid(np.array((x, y)))
    game.owner = game.receiver = game.shot_by = game.offside = game.foul_by = -1
    game.strike = None
    if game.hands >= 0:
        game.ball.launch((0.0, 0.0, 0.0))
    game.hands = -1
    game.attacking = side
    game.restart = Restart(kind, side, spot, taker(game, kind, side, spot), game.tick)
    game.run_until[:] = 0
    game.happen(kind, game.restart.taker, float(spot[0]), float(spot[1]))
    if kind in ("throw_in", "goal_kick", "free_kick"):
        maybe_swap(game, side)


def taker(game: Game, kind: RestartKind, side: int, spot: F64) -> int:
    """Who takes it: the keeper, a forward, or whoever is near and not a centre-half."""
    if kind == "goal_kick":
        return game.keeper(side)
    if kind == "kick_off":
        return int(game.lineup[side, 10])
    mates = game.lineup[side, 1:]
    far = np.sqrt(((game.bodies.at[mates] - spot) ** 2).sum(axis=1))
    far = far + np.where(np.isin(mates, game.gone), 99.0, 0.0)
    table = game.cast.shape[side][1:]
    if kind == "corner":
        far = far + 14.0 * (np.abs(table[:, 0] - 0.5) > 0.3)
    if kind == "throw_in":
        far = far + 9.0 * (table[:, 0] > 0.85) + 5.0 * (np.abs(table[:, 1]) < 0.4)
    return int(mates[int(np.argmin(np.round(far, 4)))])


def out_of_play(game: Game) -> None:
    """Over the touchline, over the goal line, or in the goal."""
    ball = game.ball
    if abs(ball.x) < LINE_X and abs(ball.y) < LINE_Y:
        return
    last = game.side(game.last_touch) if game.last_touch >= 0 else game.attacking
    if abs(ball.x) >= LINE_X:
        end = math.copysign(1.0, ball.x)
        defending = 0 if end < 0 else 1
        if abs(ball.y) < balls.GOAL_HALF_M and ball.z < balls.GOAL_HIGH_M:
            goal(game, 1 - defending)
        elif game.preset.corners or last == defending:
            corner(game, 1 - defending)
        else:
            flank = math.copysign(5.0, ball.y)
            begin(game, "goal_kick", defending, end * 47.0, flank)
    elif game.preset.corners:
        corner(game, game.set_piece_side)
    else:
        begin(game, "throw_in", 1 - last, max(-51.0, min(51.0, ball.x)), math.copysign(34.35, ball.y))


def goal(game: Game, side: int) -> None:
    """A goal: the scorers celebrate, the others walk back."""
    scorer = game.last_kick if game.last_kick >= 0 and game.side(game.last_kick) == side else int(game.lineup[side, 9])
    game.happen("goal", scorer, game.ball.x, game.ball.y)
    begin(game, "kick_off", 1 - side, 0.0, 0.0)
    game.ball.netted = True
    restart = game.restart
    if restart is None:
        return
    mates = [int(p) for p in game.lineup[side, 1:] if p != scorer]
    far = np.sqrt(((game.bodies.at[mates] - game.bodies.at[scorer]) ** 2).sum(axis=1))
    restart.scorer = scorer
    restart.toss_from = (game.ball.x, game.ball.y, game.ball.z)
    restart.huddle = tuple(mates[int(k)] for k in np.argsort(np.round(far, 3), kind="stable")[:6])


def corner(game: Game, side: int) -> None:
    """A corner; when only corners are played, the other end gets its turn now and then."""
    game.corner_count += 1
    if game.preset.corners and game.corner_count % 8 == 0:
        side = 1 - side
    flank = math.copysign(1.0, game.ball.y)
    if game.preset.corners and game.last_corner_y != 0.0 and game.dice.chance(0.75):
        flank = math.copysign(1.0, game.last_corner_y)
    game.last_corner_y = flank
    begin(game, "corner", side, 52.2 * game.way(side), 33.7 * flank)


def maybe_swap(game: Game, side: int) -> None:
    """A substitution while the ball is dead."""
    which = side if game.dice.chance(0.5) else 1 - side
    slot = 1 + game.dice.pick(10)
    due = game.dice.chance(0.25) and game.tick - game.swap_tick > SWAP_GAP_S * HZ and game.swap is None
    leaves = int(game.lineup[which, slot])
    if not due or not game.bench[which] or game.restart is None or leaves == game.restart.taker:
        return
    game.swap_tick = game.tick
    game.swap = Swap(which, slot, leaves, game.bench[which].pop(0))
    game.happen("substitution", leaves, 0.0, math.copysign(34.0, game.bench_y))


def arrange(game: Game) -> None:
    """Where people go while the ball is dead, or shortly after a corner."""
    restart = game.restart
    if restart is None:
        if game.tick - game.set_piece_tick < (SCRAMBLE_S if game.preset.corners else 2.4) * HZ:
            keep = {p: (game.bodies.want[p].copy(), game.bodies.pace[p]) for p in game.chaser if p >= 0}
            crowds.crowd(game, game.set_piece_side, game.set_piece_taker, game.set_piece_flank, True)
            for who, (want, pace) in keep.items():
                game.bodies.want[who], game.bodies.pace[who], game.bodies.slack[who] = want, pace, 0.15
        return
    if restart.kind == "corner":
        crowds.crowd(game, restart.side, restart.taker, flank_of(game, restart), False)
    elif restart.kind == "kick_off":
        crowds.halves(game, restart)
        if restart.scorer >= 0 and game.tick - restart.since < HUDDLE_S * HZ:
            crowds.huddle(game, restart)
    else:
        crowds.keep_off(game, restart)
        if restart.kind == "free_kick":
            crowds.jostle(game)
            crowds.wall(game, restart)


def run(game: Game) -> None:
    """Fetch the ball, wait until everybody is there, run up, play."""
    restart = game.restart
    if restart is None:
        return
    if restart.scorer >= 0 and game.preset.corners and game.tick - restart.since > 5 * HZ:
        corner(game, game.set_piece_side)
        return
    bodies, who = game.bodies, restart.taker
    place = stance(game, restart)
    celebrating = restart.scorer >= 0 and game.tick - restart.since < HUDDLE_S * HZ
    if restart.stage != "run" and not celebrating:
        gap = float(np.sqrt(((place - bodies.at[who]) ** 2).sum()))
        bodies.want[who], bodies.slack[who] = place, 0.25
        brisk = 1.5 if game.preset.corners else 1.0
        bodies.pace[who] = min(4.6 * brisk, max(1.6, brisk * (0.5 * gap + 0.6))) if gap > 1.0 else 1.4
    if restart.stage == "fetch":
        fetch(game, restart, place, celebrating)
    elif restart.stage == "ready":
        if ready(game, restart):
            restart.stage, restart.stage_tick = "run", game.tick
    else:
        take(game, restart)


def stance(game: Game, restart: Restart) -> F64:
    """Where the taker waits: on the line for a throw, a few steps behind the ball for a kick."""
    if restart.kind == "throw_in":
        return restart.spot
    goal = np.array((52.5 * game.way(restart.side), 0.0))
    if restart.kind == "corner":
        goal = np.array((44.0 * game.way(restart.side), 0.0))
    line = goal - restart.spot
    line = line / (float(np.sqrt((line * line).sum())) + 1e-6)
    back = {"corner": 2.6, "goal_kick": 3.6, "free_kick": 3.0}.get(restart.kind, 0.6)
    return grid(restart.spot - line * back)


def fetch(game: Game, restart: Restart, place: F64, celebrating: bool) -> None:
    """Once the taker is near, somebody beside the pitch throws him the ball."""
    ball, who = game.ball, restart.taker
    near = float(np.sqrt(((place - game.bodies.at[who]) ** 2).sum())) < (9.0 if restart.kind != "throw_in" else 1.3)
    if restart.stage_tick == 0:
        other_end = restart.kind == "corner" and abs(ball.x - float(restart.spot[0])) > 60.0
        if (near or other_end) and not celebrating and game.tick - restart.since > HZ:
            restart.stage_tick = game.tick
            restart.toss_from = thrown_from(game, restart)
            ball.launch((0.0, 0.0, 0.0))
        return
    start = restart.toss_from or (ball.x, ball.y, ball.z)
    to_x, to_y, to_z = toss_end(game, restart)
    far = math.sqrt((to_x - start[0]) ** 2 + (to_y - start[1]) ** 2)
    lasts = max(0.3, min(4.8, TOSS_S * (0.35 + far / 17.0))) * HZ
    share = min(1.0, (game.tick - restart.stage_tick) / lasts)
    arc = min(0.5 * balls.GRAVITY * (lasts / HZ) ** 2, 30.0) * share * (1 - share)
    ball.put(start[0] + (to_x - start[0]) * share, start[1] + (to_y - start[1]) * share,
             start[2] + (to_z - start[2]) * share + arc)  # fmt: skip
    if share >= 1.0:
        restart.stage, restart.stage_tick = "ready", game.tick
        if restart.kind == "throw_in":
            game.hands = who


def thrown_from(game: Game, restart: Restart) -> tuple[float, float, float]:
    """Where the ball comes from: where it lies, or when that is far, a new one from beside the pitch."""
    ball, (x, y) = game.ball, (float(v) for v in restart.spot)
    if math.hypot(ball.x - x, ball.y - y) < FETCH_M:
        return ball.x, ball.y, ball.z
    if restart.kind in ("corner", "goal_kick"):
        return math.copysign(57.0, x), y + math.copysign(3.0, y), 1.2
    return x, math.copysign(38.0, y), 1.2


def put_behind(game: Game) -> None:
    """The scramble has lasted long enough: whoever has the ball puts it over the goal line."""
    if game.owner < 0:
        if game.tick - game.set_piece_tick > (SCRAMBLE_S + CLEAR_S) * HZ:
            corner(game, game.set_piece_side)
        return
    ball = game.ball
    x = 55.0 * game.way(game.set_piece_side) - ball.x
    y = math.copysign(max(10.0, abs(ball.y)), ball.y) - ball.y
    pace = CLEARANCE_M_S / math.hypot(x, y)
    game.last_touch = game.last_kick = game.owner
    game.act(game.owner, Action.KICK)
    game.owner = -1
    ball.launch((x * pace, y * pace, 3.0))


def toss_end(game: Game, restart: Restart) -> tuple[float, float, float]:
    """Into the hands for a throw-in, otherwise to the spot."""
    if restart.kind != "throw_in":
        return float(restart.spot[0]), float(restart.spot[1]), balls.RADIUS_M
    angle = float(game.bodies.facing[restart.taker])
    x, y = (float(v) for v in game.bodies.at[restart.taker])
    return x + 0.32 * math.cos(angle), y + 0.32 * math.sin(angle), 1.15


def ready(game: Game, restart: Restart) -> bool:
    """Whether it can be played: everybody there, or nobody wants to wait any longer."""
    waited = (game.tick - restart.stage_tick) / HZ
    since = (game.tick - restart.since) / HZ
    if game.swap is not None and since < 2 * PATIENCE_S:
        return False
    gap = stance(game, restart) - game.bodies.at[restart.taker]
    there = float(np.sqrt((gap * gap).sum())) < 0.6
    if not there and since < PATIENCE_S:
        return False
    if restart.kind == "corner":
        return waited > 0.8 and (in_box(game, restart.side) >= 14 or since > PATIENCE_S)
    if restart.kind == "kick_off":
        return since > 12.0 and (own_halves(game) or since > 1.6 * PATIENCE_S)
    least = {"throw_in": 0.9, "goal_kick": 2.0, "free_kick": 2.2}[restart.kind]
    return waited > least / (0.5 + 0.5 * game.preset.pan_speed) and since > 3.0


def in_box(game: Game, side: int) -> int:
    """How many stand in the penalty area a side attacks."""
    at = game.bodies.at[game.field_players] * game.way(side)
    return int(((at[:, 0] > 36.0) & (np.abs(at[:, 1]) < 20.2)).sum())


def own_halves(game: Game) -> bool:
    """Whether everybody is in his half."""
    return all(bool((game.bodies.at[game.lineup[s], 0] * game.way(s) < 0.8).all()) for s in (0, 1))


def take(game: Game, restart: Restart) -> None:
    """The run-up and the kick, or the throw."""
    who, bodies = restart.taker, game.bodies
    if restart.kind != "throw_in":
        bodies.want[who], bodies.pace[who], bodies.slack[who] = restart.spot, 3.8, 0.05
    if game.strike is None:
        gap = float(game.distance_to_ball(np.array([who]))[0])
        if restart.kind == "throw_in":
            wind_up(game, thrown(game, restart), Action.THROW_IN)
        elif gap < 1.35:
            wind_up(game, kicked(game, restart), Action.KICK)
    elif game.tick + 1 >= game.strike.at_tick:
        if restart.kind == "corner":
            game.set_piece_tick, game.set_piece_side = game.tick, restart.side
            game.set_piece_taker, game.set_piece_flank = who, flank_of(game, restart)
        game.restart = None
        game.owner = who if restart.kind != "throw_in" else -1
