"""Teams told live beside teams found offline: who disagrees is named, and nobody else."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream_engine.boxes import Floats
from stream_engine.messages import TrackedObject
from stream_engine.scoring import ScoreError
from stream_engine.scoring.teams_offline import Looks, compare_teams, parted, read_looks, reduced, told_teams
from tests.scoring.fakes import altered, event_of, make_events, make_truth, write_events

TOOL = Path(__file__).parents[2] / "tools/teams"
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


@pytest.mark.parametrize(
    "arrays",
    [
        {"vectors": np.zeros((9, 4))},
        {"vectors": np.zeros((9, 4)), "track_ids": np.zeros(8, int)},
        {"vectors": np.zeros((9, 4)), "track_ids": np.zeros(9)},
        {"vectors": np.zeros((2, 4)), "track_ids": np.zeros(2, int)},
        {"vectors": np.full((9, 4), np.nan), "track_ids": np.zeros(9, int)},
    ],
)
def test_vectors_that_do_not_fit_are_an_error(tmp_path: Path, arrays: dict[str, Any]) -> None:
    np.savez(tmp_path / "looks.npz", **arrays)
    with pytest.raises(ScoreError, match=r"looks\.npz.*numpy\.savez"):
        read_looks(tmp_path / "looks.npz")


def test_the_tool_says_it_in_json(tmp_path: Path) -> None:
    seen = looks()
    np.savez(tmp_path / "looks.npz", vectors=seen.vectors, track_ids=seen.track_ids)
    write_events(make_events(make_truth([("main", 5)])), tmp_path / "events.jsonl")
    words = [sys.executable, str(TOOL), str(tmp_path / "looks.npz"), str(tmp_path / "events.jsonl"), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["agree"], told["tracks"]) == (1.0, 8)
    missing = subprocess.run([*words[:2], "no.npz", words[3]], capture_output=True, text=True, check=False, timeout=60)
    assert missing.returncode == 2 and "no.npz" in missing.stderr and "Traceback" not in missing.stderr
