"""Goalkeepers by where the players are: beyond all of them, behind their own last man, and among their own."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stream_engine.teams.frame import GOALKEEPER
from stream_engine.teams.kits import Kit

Array = NDArray[np.float64]

FEWEST = 3  # players of each team in the picture; of fewer it is a close-up, or one team is elsewhere
BEYOND = 0.8  # of the players, on the same side of the goalkeeper
OUTERMOST, INSIDE = 0.15, -0.05  # what a frame says for a goalkeeper against a referee, in logarithms
ALMOST_ALL = 0.9  # and of those beyond whom nobody but a goalkeeper stands for long
AMONG = 0.3  # of the players to either side: no goalkeeper stands there for long
LAST = 2  # men who count as the last
OPEN = 1.5  # heights of a person: whoever is nearer stands in a crowd
AROUND = 10  # players around a goalkeeper
DEEPER = 2.0  # a step into the picture is shorter than one to the side
OF_LAST, OF_AROUND = 0.15, 0.1  # weights of a frame


def side(keeper: Array, players: Array, teams: NDArray[np.int64], tall: float) -> float:
    """Evidence of one frame that a goalkeeper's team is 1, or below 0 that it is 0.

    Places are the feet, N, 2, and `tall` is how high people are. In a crowd the last man may be anybody; there and
    elsewhere most of those around a goalkeeper are his.
    """
    if min(np.bincount(teams, minlength=2)) < FEWEST:
        return 0.0
    away = players - keeper
    around = teams[np.argsort(np.hypot(away[:, 0], DEEPER * away[:, 1]), kind="stable")[:AROUND]]
    said = OF_AROUND * float(np.clip(2 * (2 * around.mean() - 1), -1, 1))
    far = np.abs(away[:, 0])
    last = np.argsort(far, kind="stable")[:LAST]
    beyond = max((away[:, 0] > 0).mean(), (away[:, 0] < 0).mean()) >= BEYOND
    in_the_open = bool(beyond and far[last[0]] >= OPEN * tall)
    return said + OF_LAST * float(2 * teams[last].mean() - 1) * in_the_open


def stands(person: Array, players: Array) -> float:
    """Evidence of one frame that somebody keeps a goal: whoever stands to one side of almost all players."""
    if len(players) < 2 * FEWEST:
        return 0.0
    away = players[:, 0] - person[0]
    fewer = min((away > 0).mean(), (away < 0).mean())
    return OUTERMOST if fewer <= 1 - ALMOST_ALL else INSIDE if fewer >= AMONG else 0.0


def beside_rivals(kit: int, kits: Sequence[Kit]) -> float:
    """Evidence that the goalkeepers in a kit are of the second team, less what says so of those in another."""
    rivals = [other.side for at, other in enumerate(kits) if at != kit and int(other.votes.argmax()) == GOALKEEPER]
    return kits[kit].side - max(rivals, key=abs, default=0.0)
