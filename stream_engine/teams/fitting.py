"""Two teams from the mean looks of people: k-means, and whether what it found are two teams."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.teams.settings import TeamSettings

Floats = NDArray[np.float32]
ROUNDS = 20
EXTRA = 2  # kits that are neither team's, for people who were taken for players
LEFT_OVER = 0.3  # of people may wear these
MIDDLE, IN_MIDDLE = 0.5, 0.05  # of the way from team to team almost nobody is in: else one kit is in more or less light
ASIDE = 0.5  # of that way, from it: whoever is as far wears another kit and is not between


class Fit(NamedTuple):
    """Two kits, and how clear they are."""

    teams: Floats  # 2, size: of the team with more people first
    breadth: float  # how far people usually are from their team's
    margin: float  # between the teams, to that


def fit(means: Floats, settings: TeamSettings) -> Fit | None:
    """The two teams of people with these mean looks; None if there are not clearly two.

    Somebody in another kit may be among them, so more groups are tried as well, and the two largest count.
    """
    if len(means) < settings.fewest_people:
        return None
    found = (_largest(means, _grouped(means, 2 + extra), settings) for extra in range(EXTRA + 1))
    return next((fit for fit in found if fit and fit.margin >= settings.margin), None)


def _largest(means: Floats, groups: NDArray[np.int64], settings: TeamSettings) -> Fit | None:
    """Of the two largest groups, if both are large enough and few are left over."""
    counts = np.bincount(groups)
    if len(counts) < 2:
        return None
    first, second = np.argsort(-counts, kind="stable")[:2].tolist()
    least = max(settings.fewest_in_team, settings.least_share * len(means))
    if counts[second] < least:
        return None
    if counts[first] + counts[second] < (1 - LEFT_OVER) * len(means):
        return None
    teams = np.stack([means[groups == team].mean(axis=0) for team in (first, second)])
    if _between(means, teams) > IN_MIDDLE:
        return None
    away = [np.square(means[groups == team] - teams[at]).sum(axis=1) for at, team in enumerate((first, second))]
    breadth = max(float(np.sqrt(np.concatenate(away).mean())), 1e-6)
    between = float(np.linalg.norm(teams[0] - teams[1]))
    return Fit(teams, breadth, between / breadth) if between >= settings.apart else None


def _between(means: Floats, teams: Floats) -> float:
    """The share of people who are half way from one team to the other."""
    axis = teams[1] - teams[0]
    length = max(float(axis @ axis), 1e-12)
    along = (means - teams[0]) @ axis / length
    aside = np.square(means - teams[0]).sum(axis=1) / length - np.square(along)
    return float(((np.abs(along - 0.5) < MIDDLE / 2) & (aside < ASIDE**2)).mean())


def _grouped(means: Floats, count: int) -> NDArray[np.int64]:
    """The group of each: k-means from people who are as different as can be, so it comes out the same each time."""
    chosen = [int(np.square(means - means.mean(axis=0)).sum(axis=1).argmax())]
    far = np.full(len(means), np.inf)
    while len(chosen) < count:
        far = np.minimum(far, np.square(means - means[chosen[-1]]).sum(axis=1))
        chosen.append(int(far.argmax()))
    centres, groups = means[chosen].copy(), np.full(len(means), -1)
    for _ in range(ROUNDS):
        now = np.square(means[:, None] - centres).sum(axis=2).argmin(axis=1)
        if (now == groups).all():
            break
        groups = now
        for at in np.flatnonzero(np.bincount(groups)).tolist():
            centres[at] = means[groups == at].mean(axis=0)
    used = np.bincount(groups, minlength=count) > 0
    return np.asarray((np.cumsum(used) - 1)[groups], np.int64)
