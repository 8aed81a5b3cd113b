"""A tracker over sequences: what is written is what is measured, and the command says what it did."""

import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from stream_engine.cli import app
from stream_engine.mot.clips import Clip, Found, read_clip
from stream_engine.mot.ours import ours
from stream_engine.mot.trying import Follow, Named, measured, outcome, try_on, write_result
from stream_engine.scoring import ScoreError
from stream_engine.scoring.motchallenge import score_folders
from tests.mot.test_clips import INI, sequence

FRAMES = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two people who walk past each other at some distance."""
    rows = [(frame, who) for frame in range(1, FRAMES + 1) for who in (1, 2)]
    boxes = {(f, w): f"{10 + f * (2 if w == 1 else -2) + 30 * w},{5 + 20 * (w - 1)},6,15" for f, w in rows}
    gt = "".join(f"{f},{w},{boxes[f, w]},1,1,1\n" for f, w in rows)
    det = "".join(f"{f},-1,{boxes[f, w]},1,-1,-1,-1\n" for f, w in rows)
    return sequence(tmp_path / "all", det, gt, INI.replace("seqLength=3", f"seqLength={FRAMES}"))


def by_height(_: Clip) -> Follow:
    """Who stands higher is 0; the other one is not told in the first frame."""

    def follow(number: int, found: Found) -> Named:
        ids = np.argsort(np.argsort(found.boxes[:, 1]))
        return Named(found.boxes, np.where((ids == 1) & (number == 0), -1, ids), found.scores)

    return follow


def test_a_file_says_the_same_as_what_is_measured_at_once(folder: Path, tmp_path: Path) -> None:
    trial = try_on(read_clip(folder), by_height)
    path = write_result(trial, tmp_path / "out")
    assert path.name == "one.txt" and len(path.read_text().splitlines()) == 2 * FRAMES - 1
    each, _ = score_folders(folder.parent, tmp_path / "out")
    assert each["one"].figures() == pytest.approx(measured(trial).figures())
    assert measured(trial).identity.figures()["IDF1"] == pytest.approx(2 * 23 / (24 + 23))


def test_our_tracker_knows_two_people_from_one_another(folder: Path) -> None:
    found = outcome([read_clip(folder), read_clip(folder, "gt")], ours())
    assert found.pooled.clear.figures()["IDSW"] == 0
    assert found.pooled.identity.figures()["IDF1"] > 0.9
    assert found.fps > 0


def test_the_command_writes_results_and_tells_the_score(folder: Path, tmp_path: Path) -> None:
    args = ["track", "--mot", str(folder.parent), "--out", str(tmp_path / "out"), "--score", "--json"]
    done = CliRunner().invoke(app, args)
    assert done.exit_code == 0, done.output
    figures = msgspec.json.decode(done.stdout.splitlines()[-1])
    told = figures["sequences"]["one"]
    assert (told["frames"], told["boxes"], told["rejected_boxes"], told["identities"]) == (FRAMES, 24, 0, 2)
    assert figures["combined"]["HOTA"] == figures["scores"]["one"]["HOTA"] > 0.9
    assert re.search(r"one\.txt: 12 frames, 24 boxes, 2 identities, [\d.]+ frames/s", done.stderr.replace("\n", " "))


def test_an_empty_sequence_has_an_empty_result(tmp_path: Path) -> None:
    clip = read_clip(sequence(tmp_path, ""))
    assert write_result(try_on(clip, ours()), tmp_path).read_text() == ""


def test_without_truth_there_is_no_score(tmp_path: Path) -> None:
    args = ["track", "--mot", str(sequence(tmp_path, "")), "--out", str(tmp_path / "out"), "--score"]
    done = CliRunner().invoke(app, args)
    assert isinstance(done.exception, ScoreError) and "without truth there is no score" in str(done.exception)
