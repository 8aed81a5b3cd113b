"""Where everybody stands when the ball is dead: the box at a corner, walls, the halves at a kick-off, huddles."""

import math

import numpy as np

from footage.dice import F64, grid
from footage.match.game import HZ, Game, Restart
from footage.world import Action

# as the attacking side sees it, the corner being taken on the side of positive y
ATTACK_BOX = ((46.8, 4.6), (46.2, -0.8), (44.6, -5.2), (42.4, 2.2), (50.5, 1.4), (41.2, -2.4), (36.5, 5.0))
ATTACK_BACK = ((8.0, 3.0), (4.0, -9.0))
ZONE = ((51.6, 3.3), (47.8, 4.2), (48.3, 1.2))  # near post and the line of the goal area
ATTACK_RUNS = ((49.0, 3.2), (48.3, 0.0), (48.2, -4.0), (46.0, 1.0), (50.8, 0.5), (45.5, -3.0), (39.0, 3.0))


def jostle(game: Game) -> None:
    """People in a crowd shift about: each takes another spot now and then."""
    count = len(game.jostle)
    change = game.dice.uniforms(0.0, 1.0, count) < 0.09
    fresh = game.dice.normals(count, 2) * 0.75
    game.jostle[change] = fresh[change]


def crowd(game: Game, side: int, taker: int, near: float, live: bool) -> None:
    """Both teams in the box for a corner; once it is taken, attackers run at the goal."""
    jostle(game)
    way, bodies = game.way(side), game.bodies
    flip = np.array((way, way * near))
    attackers = [int(p) for p in game.lineup[side, 1:][::-1] if p != taker and p not in game.gone]
    box = np.array(ATTACK_RUNS if live else ATTACK_BOX)
    spots = np.concatenate((box, np.array(ATTACK_BACK))) * flip
    for k, who in enumerate(attackers[: len(spots)]):
        restless = game.jostle[who] * (1.0 if k < 6 else 0.4)
        stand(game, who, spots[k] + restless, 4.5 if live and k < 6 else 3.2, 0.25 if k < 6 else 1.2)
    if game.preset.corners:  # both corners have somebody near, so that the next one does not take long
        stand(game, attackers[8], np.array((43.0, -23.0)) * flip, 4.0, 1.0)
        if live:
            stand(game, taker, np.array((46.5, 26.0)) * flip, 3.0, 1.0)
    defenders = [int(p) for p in game.lineup[1 - side, 1:] if p not in game.gone]
    for k, who in enumerate(defenders[:3]):
        stand(game, who, np.array(ZONE[k]) * flip + 0.3 * game.jostle[who], 3.4, 0.25)
    goal = np.array((52.5 * way, 0.0))
    for k, who in enumerate(defenders[3:9]):
        mark = bodies.at[attackers[k]]
        if abs(float(mark[0]) * way - 44.0) > 9.0:
            mark = spots[k]
        inward = (goal - mark) / (float(np.sqrt(((goal - mark) ** 2).sum())) + 1e-6)
        stand(game, who, mark + 0.62 * inward + 0.2 * game.jostle[who], 4.8 if live else 3.4, 0.12)
    for who in defenders[9:]:
        stand(game, who, np.array((27.0, -3.0)) * flip, 3.2, 1.5)
    keeper = game.keeper(1 - side)
    stand(game, keeper, np.array((51.3, 0.2)) * flip + 0.3 * game.jostle[keeper], 3.0, 0.3)


def stand(game: Game, who: int, spot: F64, pace: float, slack: float) -> None:
    """Go there, walking the last steps; hurry when it is far."""
    gap = spot - game.bodies.at[who]
    far = float(np.sqrt((gap * gap).sum()))
    game.bodies.want[who] = grid(spot)
    game.bodies.pace[who] = min(6.4, max(pace * 0.5, 0.55 * far)) if far > 3.0 else pace * 0.6 + 0.3
    game.bodies.slack[who] = slack


def keep_off(game: Game, restart: Restart) -> None:
    """Opponents stay 9.15 m away from a free kick or kick-off, 2 m from a throw-in, out of the box at a goal kick."""
    way = game.way(restart.side)
    rivals = game.lineup[1 - restart.side]
    want = game.bodies.want
    if restart.kind == "goal_kick":
        inside = (want[rivals, 0] * way < -35.5) & (np.abs(want[rivals, 1]) < 20.5)
        want[rivals[inside], 0] = -35.0 * way
        return
    least = 2.5 if restart.kind == "throw_in" else 9.6
    gap = want[rivals] - restart.spot
    far = np.sqrt((gap * gap).sum(axis=1)) + 1e-6
    close = far < least
    want[rivals[close]] = grid(restart.spot + gap[close] * (least / far[close])[:, None])


def wall(game: Game, restart: Restart) -> None:
    """A free kick near the goal: four shoulder to shoulder, the rest on the line of the box."""
    way = game.way(restart.side)
    goal = np.array((52.5 * way, 0.0))
    line = goal - restart.spot
    far = float(np.sqrt((line * line).sum()))
    if far > 31.0:
        return
    line = line / far
    across = np.array((-line[1], line[0]))
    defenders = [int(p) for p in game.lineup[1 - restart.side, 1:]]
    for k, who in enumerate(defenders[4:8]):
        stand(game, who, restart.spot + 9.3 * line + across * (0.52 * (k - 1.5) + 0.5), 3.2, 0.08)
    depth = max(36.5, float(restart.spot[0]) * way + 9.5)
    attackers = [int(p) for p in game.lineup[restart.side, 1:] if p != restart.taker][::-1]
    for k, who in enumerate(attackers[:5]):
        spot = np.array((min(46.0, depth) * way, (k - 2) * 3.1)) + 0.4 * game.jostle[who]
        stand(game, who, spot, 3.2, 0.3)
    for k, who in enumerate([*defenders[:4], defenders[8]]):
        spot = np.array(((min(46.0, depth) + 0.7) * way, (k - 2) * 3.1 + 0.4)) + 0.3 * game.jostle[who]
        stand(game, who, spot, 3.2, 0.3)


def halves(game: Game, restart: Restart) -> None:
    """Everybody in the own half for a kick-off, the takers at the ball."""
    for side in (0, 1):
        way = game.way(side)
        mates = game.lineup[side, 1:]
        table = game.cast.shape[side][1:]
        spots = np.stack((-33.0 + 31.0 * table[:, 0], 25.0 * table[:, 1]), axis=1)
        if side != restart.side:
            far = np.sqrt((spots * spots).sum(axis=1)) + 1e-6
            spots = np.where((far < 10.0)[:, None], spots * (10.0 / far)[:, None], spots)
        for who, spot in zip(mates, spots, strict=True):
            stand(game, int(who), spot * way, 3.0, 1.0)
    second = int(game.lineup[restart.side, 9])
    stand(game, second, np.array((-1.0, 5.0)) * game.way(restart.side), 3.0, 0.4)


def huddle(game: Game, restart: Restart) -> None:
    """The scorer runs to the corner, the others after him, arms up when they meet."""
    scorer, bodies = restart.scorer, game.bodies
    way = game.way(game.side(scorer))
    flank = math.copysign(1.0, float(restart.toss_from[1]) if restart.toss_from else 1.0)
    place = np.array((45.0 * way, 27.0 * flank))
    bodies.want[scorer], bodies.pace[scorer], bodies.slack[scorer] = place, 5.5, 1.0
    for k, who in enumerate(restart.huddle):
        angle = 2 * math.pi * k / max(1, len(restart.huddle)) + 0.3
        around = np.array((math.cos(angle), math.sin(angle))) * 0.8
        bodies.want[who] = grid(bodies.at[scorer] + around)
        bodies.pace[who], bodies.slack[who] = 6.0, 0.25
        bodies.gaze[who] = bodies.at[scorer]
        if float(np.sqrt(((bodies.at[who] - bodies.at[scorer]) ** 2).sum())) < 2.2:
            cheer(game, who)
    if game.tick - restart.since > HZ and game.dice.chance(0.1):
        cheer(game, scorer)


def cheer(game: Game, who: int) -> None:
    if not game.acting(who):
        game.act(who, Action.CELEBRATE)
