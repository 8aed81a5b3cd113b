"""Where players without the ball want to be: the shape that shifts with the ball, marking, pressing, runs."""

import numpy as np
from numpy.typing import NDArray

from footage.dice import F64, grid
from footage.match.game import DT, HZ, Game

EVERY = 3  # ticks between two thoughts


def think(game: Game) -> None:
    """Wants of all 22 for the next tenth of a second."""
    follow(game)
    for side in (0, 1):
        place(game, side)
    bodies = game.bodies
    bodies.gaze[:] = game.ball.xy
    if game.restart is None:
        press(game)
        chase(game)
    keepers(game)


def follow(game: Game) -> None:
    """The shape follows the ball with the delay of people who look and think."""
    step = EVERY * DT
    game.focus = grid(game.focus + (game.ball.xy - game.focus) * min(1.0, step / 1.1))
    for side in (0, 1):
        wish = 1.0 if game.attacking == side else 0.0
        slow = 1.6 / (0.5 + 0.5 * game.preset.pan_speed)
        game.ease[side] += (wish - game.ease[side]) * step / slow
    game.ease = grid(game.ease)
    decay = step / 9.0
    noise = game.dice.normals(*game.wander.shape)
    game.wander = grid(game.wander * (1 - decay) + noise * (1.7 * (2 * decay) ** 0.5))


def shape(game: Game, side: int) -> F64:
    """The formation around the ball, in metres as the side attacks."""
    way = game.way(side)
    ball_x, ball_y = (float(v) * way for v in game.focus)
    depth, width = game.cast.shape[side][1:, 0], game.cast.shape[side][1:, 1]
    loose = game.preset.pan_speed - 1.0  # teams that counter are stretched
    back = min(4.0, max(-41.0, ball_x - 25.0 - 8.0 * loose))
    front = min(47.0, max(back + 30.0, min(ball_x + 24.0, last_line(game, side) + 1.0)))
    spread = 29.0 - 7.0 * max(0.0, (ball_x - 20.0) / 30.0)
    attack = np.stack((back + depth * (front - back), width * spread + 0.18 * ball_y), axis=1)
    back = min(2.0, max(-46.5, -19.0 + 0.62 * ball_x))
    length = 24.0 + 8.0 * min(1.0, max(0.0, (ball_x + 50.0) / 60.0)) + 16.0 * loose
    defend = np.stack((back + depth * length, width * 19.0 + 0.48 * ball_y), axis=1)
    ease = float(game.ease[side])
    out: F64 = attack * ease + defend * (1 - ease)
    return out


def last_line(game: Game, side: int) -> float:
    """The offside line for a side, as it attacks: the second last opponent, the ball or the halfway line."""
    opponents = game.lineup[1 - side]
    depths = np.sort(game.bodies.at[opponents, 0] * game.way(side))
    return max(0.0, float(depths[-2]), game.ball.x * game.way(side))


def place(game: Game, side: int) -> None:
    """Wants of the ten outfield players of a side."""
    way, bodies = game.way(side), game.bodies
    mates = game.lineup[side, 1:]
    spots = shape(game, side) + game.wander[mates] * np.array((0.8, 1.0))
    spots = marked(game, side, spots)
    attacking = float(game.ease[side]) > 0.5
    if attacking and game.restart is None:
        spots = spots + space(game, side, spots)
        spots = support(game, side, spots)
    line = last_line(game, side)
    running = game.run_until[mates] > game.tick
    if attacking:
        start_runs(game, side, spots)
        spots[:, 0] = np.where(running, np.minimum(spots[:, 0] + 10.0, 47.0), np.minimum(spots[:, 0], line - 0.4))
        spots[:, 1] = np.where(running, spots[:, 1] * 0.75, spots[:, 1])
    spots = np.clip(spots, (-51.0, -32.8), (50.5, 32.8))
    bodies.want[mates] = grid(spots * way)
    far = np.sqrt(((bodies.want[mates] - bodies.at[mates]) ** 2).sum(axis=1))
    urgent = (0.3 if attacking else 0.34) * (0.5 + 0.5 * game.preset.pan_speed)
    behind = spots[:, 0] < bodies.at[mates, 0] * way - 6.0
    pace = 0.4 + 0.75 * urgent * far + 0.045 * urgent * far * far + np.where(behind & (not attacking), 0.8, 0.0)
    bodies.pace[mates] = grid(np.where(running, 7.8, np.clip(pace, 1.25, 5.4 + 1.2 * game.preset.pan_speed)))
    bodies.slack[mates] = np.where(running, 0.5, 2.3)
    resting = (game.idle_until[mates] > game.tick) & (far < 9.0)
    bodies.slack[mates] = np.where(resting, 9.0, bodies.slack[mates])
    rest(game, mates, far)


def rest(game: Game, mates: NDArray[np.int64], far: F64) -> None:
    """Now and then somebody near his place stands for a while."""
    draws = game.dice.uniforms(0.0, 1.0, len(mates))
    lasts = game.dice.uniforms(1.0, 4.5, len(mates))
    begin = (draws < 0.05) & (far < 3.5) & (game.idle_until[mates] < game.tick)
    game.idle_until[mates[begin]] = game.tick + np.round(lasts[begin] * HZ)


def marked(game: Game, side: int, spots: F64) -> F64:
    """Defenders close to an opponent stand goal-side of him."""
    loose = float(game.ease[side])
    if loose > 0.75:
        return spots
    way = game.way(side)
    opponents = game.bodies.at[game.lineup[1 - side, 1:]] * way
    goal = np.array((-52.5, 0.0))
    inward = goal - opponents
    inward = inward / (np.sqrt((inward * inward).sum(axis=1)) + 1e-6)[:, None]
    depth = opponents[:, 0]
    tight = np.clip((-depth - 5.0) / 35.0, 0.0, 1.0)
    goal_side = opponents + inward * (2.6 - 1.7 * tight)[:, None]
    gap = np.sqrt(((spots[:, None, :] - goal_side[None, :, :]) ** 2).sum(axis=2))
    mine, theirs = paired(gap)
    weight = np.clip(1.35 - gap[mine, theirs] / 11.0, 0.0, 1.0) * (0.35 + 0.6 * tight[theirs]) * (1 - loose)
    out = spots.copy()
    out[mine] = spots[mine] * (1 - weight[:, None]) + goal_side[theirs] * weight[:, None]
    return out


def paired(gap: F64) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each defender takes the nearest opponent whom nobody nearer has taken."""
    rows, columns = gap.shape
    mine, theirs = np.arange(rows), np.full(rows, -1)
    taken: set[int] = set()
    for flat in np.argsort(np.round(gap, 3), axis=None, kind="stable").tolist():
        row, column = divmod(flat, columns)
        if theirs[row] < 0 and column not in taken:
            theirs[row] = column
            taken.add(column)
    return mine, theirs


def space(game: Game, side: int, spots: F64) -> F64:
    """Attackers drift off their markers."""
    opponents = game.bodies.at[game.lineup[1 - side]] * game.way(side)
    apart = spots[:, None, :] - opponents[None, :, :]
    far = np.sqrt((apart * apart).sum(axis=2)) + 0.3
    weight = np.clip((6.0 - far) / 6.0, 0.0, 1.0) * 2.4 / far
    out: F64 = (apart * weight[:, :, None]).sum(axis=1)
    size = np.sqrt((out * out).sum(axis=1)) + 1e-6
    capped: F64 = out * np.minimum(1.0, 4.5 / size)[:, None]
    return capped


def support(game: Game, side: int, spots: F64) -> F64:
    """The two nearest team mates offer themselves to the one on the ball."""
    if game.owner < 0 or game.side(game.owner) != side:
        return spots
    mates = game.lineup[side, 1:]
    carrier = game.bodies.at[game.owner] * game.way(side)
    gap = spots - carrier
    far = np.sqrt((gap * gap).sum(axis=1)) + 1e-6
    far[mates == game.owner] = 99.0
    for k in np.argsort(far, kind="stable")[:3]:
        aim = 10.0 + 2.0 * float(game.wander[mates[k], 0])
        spots[k] = spots[k] * 0.45 + (carrier + gap[k] * (aim / far[k])) * 0.55
    return spots


def start_runs(game: Game, side: int, spots: F64) -> None:
    """Somebody breaks behind the line now and then."""
    if game.owner < 0 or game.side(game.owner) != side or game.restart is not None:
        return
    ball_x = game.ball.x * game.way(side)
    if ball_x < -30.0 or not game.dice.chance(0.07 * game.preset.pan_speed):
        return
    mates = game.lineup[side, 1:]
    order = np.argsort(-spots[:, 0] + 4.0 * np.abs(game.wander[mates, 1]), kind="stable")
    who = int(mates[order[game.dice.pick(4)]])
    if who != game.owner and game.run_until[who] < game.tick - 3 * HZ:
        game.run_until[who] = game.tick + int(HZ * game.dice.uniform(1.6, 3.2))


def press(game: Game) -> None:
    """The nearest goes to the ball carrier, the second covers behind him."""
    if game.owner < 0 or game.is_keeper(game.owner):
        return
    side, bodies = 1 - game.side(game.owner), game.bodies
    way = game.way(side)
    carrier = bodies.at[game.owner] + 0.35 * bodies.vel[game.owner]
    mates = game.lineup[side, 1:]
    goal = np.array((-52.5 * way, 0.0))
    inward = (goal - carrier) / (float(np.sqrt(((goal - carrier) ** 2).sum())) + 1e-6)
    gap = np.sqrt(((bodies.at[mates] - (carrier + 1.5 * inward)) ** 2).sum(axis=1))
    order = np.argsort(np.round(gap, 2), kind="stable")
    first, second = int(mates[order[0]]), int(mates[order[1]])
    high = float(carrier[0]) * way > 22.0 and game.preset.pan_speed < 1.5
    reach = 5.5 if high else 1.6 if gap[order[0]] > 3.0 else 0.7
    bodies.want[first] = grid(carrier + reach * inward)
    bodies.pace[first] = 7.8 if gap[order[0]] > 2.5 else 5.0
    bodies.slack[first] = 0.3
    bodies.want[second] = grid(0.5 * bodies.want[second] + 0.5 * (carrier + 6.0 * inward))
    bodies.pace[second] = max(float(bodies.pace[second]), 4.2)


def chase(game: Game) -> None:
    """Whoever gets there first on each side goes for a free ball."""
    if not game.free_ball():
        return
    bodies = game.bodies
    for side in (0, 1):
        who = game.chaser[side]
        if who < 0 or game.lost_until[who] > game.tick + 6:
            continue
        gap = game.chase_to[side] - bodies.at[who]
        far = float(np.sqrt((gap * gap).sum()))
        seconds = max(0.15, float(game.chase_s[side]) - 0.15)
        rival = float(game.chase_s[1 - side]) < float(game.chase_s[side]) + 0.5
        bodies.want[who] = game.chase_to[side]
        bodies.pace[who] = 8.4 if rival and far > 2.0 else min(8.4, max(2.2, 1.15 * far / seconds))
        bodies.slack[who] = 0.12


def keepers(game: Game) -> None:
    """Goalkeepers stand between the ball and the goal, further out the further the ball."""
    for side in (0, 1):
        who, way = game.keeper(side), game.way(side)
        if who in game.chaser and game.free_ball() and coming_out(game, side):
            continue
        goal = np.array((-52.0 * way, 0.0))
        gap = game.ball.xy - goal
        far = float(np.sqrt((gap * gap).sum())) + 1e-6
        out = min(14.0, max(0.9, 0.9 + 0.16 * (far - 8.0)))
        spot = goal + gap / far * out
        game.bodies.want[who] = grid(np.array((float(spot[0]), min(4.5, max(-4.5, float(spot[1]))))))
        game.bodies.pace[who] = 3.6 if far < 30 else 1.7
        game.bodies.slack[who] = 0.35 if far < 30 else 1.5


def coming_out(game: Game, side: int) -> bool:
    """Whether the keeper leaves his line for a free ball: clearly first and inside his box."""
    to = game.chase_to[side] * game.way(side)
    inside = float(to[0]) < -36.0 and abs(float(to[1])) < 20.0
    return inside and float(game.chase_s[side]) + 0.3 < float(game.chase_s[1 - side]) and game.shot_by < 0
