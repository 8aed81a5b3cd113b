"""Roles and teams of the persons that were matched.

A team is only a label in the events. Once for the whole match the labels are assigned to the two teams of the truth,
one to one, for the most persons in agreement; a label that is left over is wrong wherever it is. How often the labels
change sides is counted over windows of 5 s, one begun each second: what two thirds of a label's persons say there is
its side, and each window in which a label has another side than it had last is a flip.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from stream_engine.scoring.boxes import assign
from stream_engine.scoring.people import Pair, People, pairs_of
from stream_engine.scoring.read import Truth

WINDOW_S, STEP_S = 5.0, 1.0
CLEARLY = 2 / 3
UNTOLD = (None, "unknown")

Told = Counter[tuple[str, str]]  # how often a label stood beside a team


class Labels(NamedTuple):
    """How well roles and teams are told; None where the events tell none."""

    role_accuracy: float | None
    team_accuracy: float | None
    team_coverage: float | None  # how many of the matched players and goalkeepers have a team
    team_flips: int | None


def label_figures(truth: Truth, passes: Sequence[list[People]]) -> Labels:
    """Over all passes."""
    pairs = [pair for people in passes for pair in pairs_of(people)]
    right_roles = sum(pair.found.role == truth.people[pair.truth.id].role for pair in pairs)
    in_teams = sum(truth.people[pair.truth.id].team is not None for pair in pairs)
    told = count_teams(truth, pairs)
    whole = told.total()
    sides = assign_teams(told)
    return Labels(
        role_accuracy=right_roles / len(pairs) if pairs else None,
        team_accuracy=sum(told[label, team] for label, team in sides.items()) / whole if whole else None,
        team_coverage=whole / in_teams if in_teams else None,
        team_flips=sum(_flips(truth, people) for people in passes) if whole else None,
    )


def count_teams(truth: Truth, pairs: Iterable[Pair]) -> Told:
    """Labels beside teams, of players and goalkeepers."""
    told: Told = Counter()
    for pair in pairs:
        team, label = truth.people[pair.truth.id].team, pair.found.team
        if team is not None and label is not None and label not in UNTOLD:
            told[label, team] += 1
    return told


def assign_teams(told: Told) -> dict[str, str]:
    """The team of each label, one to one."""
    labels, teams = sorted({label for label, _ in told}), sorted({team for _, team in told})
    gain = np.array([[told[label, team] for team in teams] for label in labels], np.float64)
    rows, columns = assign(gain.reshape(len(labels), len(teams)))
    return {labels[row]: teams[column] for row, column in zip(rows, columns, strict=True)}


def labels_in_order(truth: Truth, passes: Sequence[list[People]]) -> tuple[str, ...]:
    """The labels of the two teams: of home first."""
    told = count_teams(truth, (pair for people in passes for pair in pairs_of(people)))
    sides = assign_teams(told)
    return tuple(sorted(sides, key=lambda label: sides[label] != "home"))


def _clear_sides(told: Told) -> dict[str, str]:
    """The assignment, less the labels whose persons do not agree about it."""
    of_label: Counter[str] = Counter()
    for (label, _), count in told.items():
        of_label[label] += count
    return {label: team for label, team in assign_teams(told).items() if told[label, team] >= CLEARLY * of_label[label]}


def _flips(truth: Truth, people: list[People]) -> int:
    each = [count_teams(truth, frame.pairs) for frame in people]
    window, step = (max(1, round(span_s * truth.header.fps)) for span_s in (WINDOW_S, STEP_S))
    flips, last = 0, dict[str, str]()
    for start in range(0, max(1, len(each) - window + 1), step):
        told: Told = Counter()
        for counts in each[start : start + window]:
            told.update(counts)
        now = _clear_sides(told)
        flips += any(last.get(label, team) != team for label, team in now.items())
        last |= now
    return flips
