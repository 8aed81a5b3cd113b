"""Which team a label stands for, and whose team is told.

A team is only a label in the events. Once for the whole match the labels are assigned to the two teams of the truth,
one to one, for the most persons in agreement; a label that is left over is wrong wherever it is.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from stream_engine.messages import UNKNOWN_TEAM, TrackedObject
from stream_engine.scoring.boxes import assign
from stream_engine.scoring.people import Pair, People, pairs_of
from stream_engine.scoring.read import Truth

UNTOLD = (None, UNKNOWN_TEAM)

Told = Counter[tuple[str, str]]  # how often a label stood beside a team


def label_of(found: TrackedObject) -> str | None:
    """The team that is told of somebody; None where none is told, or it is not decided."""
    return None if found.team in UNTOLD else found.team


def team_of(truth: Truth, pair: Pair) -> str | None:
    """The team that somebody is in."""
    return truth.people[pair.truth.id].team


def role_of(truth: Truth, pair: Pair) -> str:
    """The role that somebody has."""
    return truth.people[pair.truth.id].role


def count_teams(truth: Truth, pairs: Iterable[Pair]) -> Told:
    """Labels beside teams, of players and goalkeepers."""
    told: Told = Counter()
    for pair in pairs:
        team, label = team_of(truth, pair), label_of(pair.found)
        if team is not None and label is not None:
            told[label, team] += 1
    return told


def assign_teams(told: Told) -> dict[str, str]:
    """The team of each label, one to one."""
    labels, teams = sorted({label for label, _ in told}), sorted({team for _, team in told})
    gain = np.array([[told[label, team] for team in teams] for label in labels], np.float64)
    rows, columns = assign(gain.reshape(len(labels), len(teams)))
    return {labels[row]: teams[column] for row, column in zip(rows, columns, strict=True)}


def right(told: Told, sides: dict[str, str]) -> float | None:
    """The share whose label stands for their team; None of nobody."""
    whole = told.total()
    return sum(told[label, team] for label, team in sides.items()) / whole if whole else None


def labels_in_order(truth: Truth, passes: Sequence[list[People]]) -> tuple[str, ...]:
    """The labels of the two teams: of home first."""
    told = count_teams(truth, (pair for people in passes for pair in pairs_of(people)))
    sides = assign_teams(told)
    return tuple(sorted(sides, key=lambda label: sides[label] != "home"))
