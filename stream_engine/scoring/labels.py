"""Roles and teams of the persons that were matched: how well they are told, and how steadily."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from stream_engine.scoring.people import Pair, People
from stream_engine.scoring.read import Truth
from stream_engine.scoring.teams import Told, assign_teams, count_teams, label_of, right, role_of, team_of
from stream_engine.scoring.teams_in_time import changes_on_tracks, flips, warm_since

ROLES = ("player", "goalkeeper", "referee")


class Labels(NamedTuple):
    """How well roles and teams are told; None where the events tell none."""

    role_accuracy: float | None
    role_accuracy_by_role: dict[str, float | None]  # of those who have it
    team_accuracy: float | None
    team_coverage: float | None  # how many of the matched players and goalkeepers have a team
    team_flips: int | None
    team_warmup_s: float | None  # of play, until teams are told
    team_accuracy_warm: float | None  # from then on
    team_coverage_warm: float | None
    goalkeeper_team_accuracy: float | None
    goalkeeper_teams_judged: int
    track_team_changes: int | None  # from one team to the other on one track
    track_role_changes: int | None


def label_figures(truth: Truth, passes: Sequence[list[People]]) -> Labels:
    """Over all passes."""
    frames = list(chain.from_iterable(passes))
    pairs = _pairs(frames)
    told = count_teams(truth, pairs)
    sides = assign_teams(told)
    keepers = count_teams(truth, (pair for pair in pairs if role_of(truth, pair) == "goalkeeper"))
    warm = warm_since(truth, frames)
    warm_pairs = _pairs(frames[warm.first :]) if warm else []
    warm_told = count_teams(truth, warm_pairs)
    return Labels(
        role_accuracy=_roles_right(truth, pairs),
        role_accuracy_by_role={
            role: _roles_right(truth, [pair for pair in pairs if role_of(truth, pair) == role]) for role in ROLES
        },
        team_accuracy=right(told, sides),
        team_coverage=_coverage(truth, pairs, told),
        team_flips=sum(flips(truth, people) for people in passes) if told else None,
        team_warmup_s=warm.after_s if warm else None,
        team_accuracy_warm=right(warm_told, sides),
        team_coverage_warm=_coverage(truth, warm_pairs, warm_told),
        goalkeeper_team_accuracy=right(keepers, sides),
        goalkeeper_teams_judged=keepers.total(),
        track_team_changes=changes_on_tracks(frames, label_of),
        track_role_changes=changes_on_tracks(frames, lambda found: found.role),
    )


def _pairs(frames: Sequence[People]) -> list[Pair]:
    return [pair for frame in frames for pair in frame.pairs]


def _roles_right(truth: Truth, pairs: Sequence[Pair]) -> float | None:
    return sum(pair.found.role == role_of(truth, pair) for pair in pairs) / len(pairs) if pairs else None


def _coverage(truth: Truth, pairs: Sequence[Pair], told: Told) -> float | None:
    in_teams = sum(team_of(truth, pair) is not None for pair in pairs)
    return told.total() / in_teams if in_teams else None
