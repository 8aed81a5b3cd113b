"""What teams are called: home and away where their kits were declared and can be told apart, else A and B."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CLEAR = 0.08  # of what both ways to name them cost together
AS_DECLARED, WITHOUT = ("home", "away"), ("A", "B")


class Declared(NamedTuple):
    """How far each cell of colour is from what is worn, of both teams; None where nothing was said."""

    shirts: Floats  # 2, cells: home's, away's
    keepers: Floats | None  # 2, cells


def names_of(teams: tuple[Floats, Floats], declared: Declared | None, patient: bool) -> tuple[str, str] | None:
    """Of two teams with such colours (shares of cells); None while it is not clear, and there is time."""
    if declared is None:
        return WITHOUT
    which = likelier(teams, declared.shirts)
    if which is None:
        return None if patient else WITHOUT
    return AS_DECLARED if which == 0 else (AS_DECLARED[1], AS_DECLARED[0])


def likelier(found: tuple[Floats, Floats], worn: Floats) -> int | None:
    """0: the first wears the first, 1: the other way round, None: nobody can say."""
    costs = np.stack(found) @ worn.T
    straight, crossed = float(costs[0, 0] + costs[1, 1]), float(costs[0, 1] + costs[1, 0])
    if abs(straight - crossed) <= CLEAR * (straight + crossed):
        return None
    return 0 if straight < crossed else 1


def nearest(found: Floats, worn: Floats) -> tuple[int, float] | None:
    """Whose it is, 0 or 1, and how sure that is; None if it is like both or like none of them."""
    costs = worn @ found
    first, second = float(costs[0]), float(costs[1])
    if abs(first - second) <= CLEAR * (first + second):
        return None
    return int(second < first), max(first, second) / (first + second)
