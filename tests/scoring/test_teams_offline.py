"""Teams told live beside teams found offline: who disagrees is named, and nobody else."""

import numpy as np
import pytest

from stream_engine.boxes import Floats
from stream_engine.messages import TrackedObject
from stream_engine.scoring.teams_offline import Looks, compare_teams, parted, reduced, told_teams
from tests.scoring.fakes import altered, event_of, make_events, make_truth

HOME, AWAY = (102, 103, 104, 105), (112, 113, 114, 115)


def looks(home: tuple[int, ...] = HOME, away: tuple[int, ...] = AWAY, each: int = 6) -> Looks:
    """Noisy looks at two shirts, in 32 numbers."""
    rng = np.random.default_rng(3)
    shirts: Floats = rng.normal(size=(2, 32))
    ids = np.repeat([*home, *away], each)
    sides = np.repeat([0] * len(home) + [1] * len(away), each)
    return Looks(shirts[sides] + rng.normal(scale=0.3, size=(len(ids), 32)), ids)


def test_where_both_ways_agree_nobody_is_named_whatever_the_labels() -> None:
    for names in ("AB", "BA"):
        found = compare_teams(looks(), dict.fromkeys(HOME, names[0]) | dict.fromkeys(AWAY, names[1]))
        assert (found.tracks, found.agree, found.disagree, found.untold) == (8, 1.0, (), ())


def test_who_is_told_in_the_other_team_is_named() -> None:
    told = dict.fromkeys(HOME, "A") | dict.fromkeys(AWAY, "B") | {103: "B"}
    found = compare_teams(looks(), told)
    [wrong] = found.disagree
    assert (wrong.track_id, wrong.told, wrong.found, wrong.looks, wrong.share) == (103, "B", "A", 6, 1.0)
    assert found.agree == pytest.approx(7 / 8)


def test_tracks_of_which_no_team_is_told_are_left_out_and_named() -> None:
    found = compare_teams(looks(), dict.fromkeys(HOME[1:], "A") | dict.fromkeys(AWAY, "B"))
    assert (found.tracks, found.untold, found.agree) == (7, (102,), 1.0)
    assert compare_teams(looks(), {}).agree is None


def test_what_events_say_most_often_of_players_is_what_they_told() -> None:
    def change(frame: int, item: TrackedObject) -> TrackedObject:
        if item.track_id == 103:
            return altered(item, team="unknown" if frame < 5 else "B" if frame < 8 else "A")
        return altered(item, team="unknown") if item.track_id == 104 else item

    told = told_teams(make_events(make_truth([("main", 20)]), change))
    assert told == {102: "A", 103: "A", 105: "A"} | dict.fromkeys(AWAY, "B")  # goalkeepers wear other kits
    assert told_teams([event_of(0, [])]) == {}


def test_two_heaps_are_parted_however_unlike_their_sizes() -> None:
    points, _ = reduced(looks(HOME * 10, AWAY[:1]).vectors)
    parts = parted(points)
    assert points.shape == (246, 3)
    assert len(set(parts[:240].tolist())) == len(set(parts[240:].tolist())) == 1 and parts[0] != parts[-1]
