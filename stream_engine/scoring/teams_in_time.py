"""Teams from frame to frame: when they are first told, how often labels change sides, how often a track's labels do.

Flips are counted over windows of 5 s, one begun each second: what two thirds of a label's persons say there is its
side, and each window in which a label has another side than it had last is a flip of it. Two labels that change places
do so together, though maybe not in the same window: of a pass the label that flips most often is counted.

Teams are told from the first frame on in which 80 % of the matched outfield players have one, and of those of the 2 s
from there, or from up to 2 s before it, as well. Play is the frames of live shots in which somebody can be found, from
the first frame with an event on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from stream_engine.boxes import Floats
from stream_engine.messages import TrackedObject
from stream_engine.scoring.boxes import Ints
from stream_engine.scoring.care import LIVE
from stream_engine.scoring.people import People
from stream_engine.scoring.read import Truth
from stream_engine.scoring.teams import Told, assign_teams, count_teams, label_of, role_of, team_of

WINDOW_S, STEP_S = 5.0, 1.0
CLEARLY = 2 / 3
WARM_S, WARM_SHARE = 2.0, 0.8
LEAST = 1e-9  # of a person: just enough is enough, however the product is rounded


class Warm(NamedTuple):
    """Since when teams are told."""

    after_s: float | None  # of play; None: before the first event
    first: int  # place of the frame


def warm_since(truth: Truth, frames: Sequence[People]) -> Warm | None:
    """When most of the outfield players first have a team; None if they never do."""
    play = _play(frames)
    players = np.array([_players(truth, frames[at]) for at in play], np.int64).reshape(-1, 2)
    window = min(len(play), max(1, round(WARM_S * truth.header.fps)))
    if not window:
        return None
    sums = np.cumsum(np.concatenate((np.zeros((1, 2), np.int64), players)), axis=0)
    told, matched = (sums[window:] - sums[:-window]).T
    warm = np.flatnonzero((matched > 0) & (told >= WARM_SHARE * matched - LEAST))
    if not warm.size:
        return None
    start = int(warm[0])
    told, matched = players[start : start + window].T
    first = start + int(np.argmax((matched > 0) & (told >= WARM_SHARE * matched - LEAST)))
    event = frames[play[0]].aligned.event
    missed = first == 0 and event is not None and event.seq > 0  # nobody heard how it began
    return Warm(None if missed else first / truth.header.fps, play[first])


def _play(frames: Sequence[People]) -> list[int]:
    """Places of the frames in which a team could be told of somebody."""
    begun = next((at for at, frame in enumerate(frames) if frame.aligned.event is not None), 0)
    return [
        at
        for at, frame in enumerate(frames)
        if at >= begun and frame.aligned.truth.shot in LIVE and bool(frame.counts.any())
    ]


def _players(truth: Truth, frame: People) -> tuple[int, int]:
    """How many of the matched outfield players have a team, and how many there are."""
    labels = [label_of(pair.found) for pair in frame.pairs if role_of(truth, pair) == "player"]
    return sum(label is not None for label in labels), len(labels)


def flips(truth: Truth, people: list[People]) -> int:
    """How often the label that does so most changes sides in a pass."""
    each = [count_teams(truth, frame.pairs) for frame in people]
    window, step = (max(1, round(span_s * truth.header.fps)) for span_s in (WINDOW_S, STEP_S))
    flipped: Counter[str] = Counter()
    last: dict[str, str] = {}
    for start in range(0, max(1, len(each) - window + 1), step):
        told: Told = Counter()
        for counts in each[start : start + window]:
            told.update(counts)
        now = _clear_sides(told)
        flipped.update(label for label, team in now.items() if last.get(label, team) != team)
        last |= now
    return max(flipped.values(), default=0)


def _clear_sides(told: Told) -> dict[str, str]:
    """The assignment, less the labels whose persons do not agree about it."""
    of_label: Counter[str] = Counter()
    for (label, _), count in told.items():
        of_label[label] += count
    return {label: team for label, team in assign_teams(told).items() if told[label, team] >= CLEARLY * of_label[label]}


def changes_on_tracks(frames: Iterable[People], said: Callable[[TrackedObject], str | None]) -> int | None:
    """How often something else is said of a track than was said of it last; None where nothing is said of any."""
    last: dict[int, str] = {}
    changed = 0
    for frame in frames:
        for found in frame.results:
            if found.track_id is not None and (now := said(found)) is not None:
                changed += last.get(found.track_id, now) != now
                last[found.track_id] = now
    return changed if last else None


def team_shares(truth: Truth, frames: Sequence[People], sides: dict[str, str]) -> tuple[Floats, Floats]:
    """Of each frame the shares of the matched players and goalkeepers whose team is told, and told right."""
    counts: Ints = np.zeros((len(frames), 3), np.int64)
    for at, frame in enumerate(frames):
        labels = [(label_of(pair.found), team_of(truth, pair)) for pair in frame.pairs]
        in_teams = [(label, team) for label, team in labels if team is not None]
        told = [(label, team) for label, team in in_teams if label is not None]
        counts[at] = len(in_teams), len(told), sum(sides.get(label) == team for label, team in told)
    whole = np.where(counts[:, 0] > 0, counts[:, 0], np.nan)
    return counts[:, 1] / whole, counts[:, 2] / whole
