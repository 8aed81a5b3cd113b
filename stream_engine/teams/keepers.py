"""Goalkeepers by where the players are: they stand beyond all of them, and the last man before them is their own."""

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
LAST = 2  # men who count as the last
OF_LAST, OF_ALL = 0.15, 0.1  # weights of a frame


def side(keeper: Array, players: Array, teams: NDArray[np.int64]) -> float:
    """Evidence of one frame that a goalkeeper's team is 1, or below 0 that it is 0; places are the feet, N, 2."""
    counts = np.bincount(teams, minlength=2)
    if min(counts) < FEWEST:
        return 0.0
    away = players[:, 0] - keeper[0]
    if max((away > 0).mean(), (away < 0).mean()) < BEYOND:
        return 0.0
    far = np.abs(away)
    last = teams[np.argsort(far)[:LAST]]
    means = far[teams == 0].mean(), far[teams == 1].mean()
    return float(OF_LAST * (2 * last.mean() - 1) + OF_ALL * np.clip((means[0] - means[1]) / max(means) * 4, -1, 1))


def stands(person: Array, players: Array) -> float:
    """Evidence of one frame that somebody keeps a goal: whoever stands to one side of almost all players."""
    if len(players) < 2 * FEWEST:
        return 0.0
    away = players[:, 0] - person[0]
    return OUTERMOST if max((away > 0).mean(), (away < 0).mean()) >= ALMOST_ALL else INSIDE


def beside_rivals(kit: int, kits: Sequence[Kit]) -> float:
    """Evidence that the goalkeepers in a kit are of the second team, less what says so of those in another."""
    rivals = [other.side for at, other in enumerate(kits) if at != kit and int(other.votes.argmax()) == GOALKEEPER]
    return kits[kit].side - max(rivals, key=abs, default=0.0)
