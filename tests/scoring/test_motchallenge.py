"""MOTChallenge folders, held to trackeval's MotChallenge2DBox, and what is said of files that are wrong."""

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream_engine.scoring import ScoreError
from stream_engine.scoring.motchallenge import score_folders
from tests.scoring.test_mot import QUIET, agree

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from trackeval.datasets import MotChallenge2DBox
    from trackeval.metrics import CLEAR, HOTA, Identity

FRAMES = 30
Row = tuple[float, ...]


def write(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(f"{value:g}" for value in row) + "\n" for row in rows))


def write_sequence(root: Path, name: str, truth: Iterable[Row], results: Iterable[Row], frames: int = FRAMES) -> None:
    write(root / "gt" / name / "gt/gt.txt", truth)
    (root / "gt" / name / "seqinfo.ini").write_text(f"[Sequence]\nname={name}\nseqLength={frames}\n")
    write(root / "results/data" / f"{name}.txt", results)


def crowd(seed: int, classes: tuple[int, ...]) -> tuple[list[Row], list[Row]]:
    """Pedestrians among distractors, some lines marked 0, and results that follow all of them alike."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(classes, 14)
    at = rng.uniform(0, 200, (14, 2))
    truth: list[Row] = []
    results: list[Row] = []
    for frame in range(1, FRAMES + 1):
        at = at + rng.normal(0, 5, at.shape)
        for no in np.flatnonzero(rng.random(14) < 0.9).tolist():
            mark = float(rng.random() > 0.1)
            truth.append((frame, no + 1, *np.round(at[no], 1), 30, 60, mark, kinds[no], 1.0))
        for no in np.flatnonzero(rng.random(14) < 0.85).tolist():
            track = no + 1 if rng.random() < 0.97 else no + 100
            results.append((frame, track, *np.round(at[no] + rng.normal(0, 4, 2), 1), 30, 60, 0.9, -1, -1, -1))
    return truth, results


def reference(root: Path, names: list[str], benchmark: str) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    dataset = MotChallenge2DBox(
        {
            "GT_FOLDER": str(root / "gt"),
            "TRACKERS_FOLDER": str(root),
            "TRACKERS_TO_EVAL": ["results"],
            "BENCHMARK": benchmark,
            "SKIP_SPLIT_FOL": True,
            "SEQ_INFO": dict.fromkeys(names),
            "PRINT_CONFIG": False,
        }
    )
    data = {
        name: dataset.get_preprocessed_seq_data(dataset.get_raw_seq_data("results", name), "pedestrian")
        for name in names
    }
    each: dict[str, dict[str, Any]] = {name: {} for name in names}
    pooled: dict[str, Any] = {}
    for metric in (HOTA(), CLEAR(QUIET), Identity(QUIET)):
        found = {name: metric.eval_sequence(data[name]) for name in names}
        for name in names:
            each[name].update(found[name])
        pooled.update(metric.combine_sequences(found))
    return each, pooled


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("benchmark", "classes"), [("MOT17", (1, 1, 1, 2, 3, 7, 8, 12)), ("MOT15", (-1,))])
def test_folders_score_as_in_trackeval(tmp_path: Path, seed: int, benchmark: str, classes: tuple[int, ...]) -> None:
    names = ["one", "two"]
    for at, name in enumerate(names):
        write_sequence(tmp_path, name, *crowd(seed * 10 + at, classes))
    each, pooled = reference(tmp_path, names, benchmark)
    ours, ours_pooled = score_folders(tmp_path / "gt", tmp_path / "results")
    for name in names:
        agree(ours[name], each[name])
    agree(ours_pooled, pooled)
    assert 0.3 < ours_pooled.figures()["HOTA"] < 0.95  # neither empty nor trivial


def test_a_result_file_without_lines_scores_as_in_trackeval(tmp_path: Path) -> None:
    truth, results = crowd(1, (1, 8))
    write_sequence(tmp_path, "one", truth, [])
    write_sequence(tmp_path, "two", truth, results)
    _, pooled = reference(tmp_path, ["one", "two"], "MOT17")
    agree(score_folders(tmp_path / "gt", tmp_path / "results")[1], pooled)


def test_results_may_lie_beside_and_a_single_sequence_may_be_named_itself(tmp_path: Path) -> None:
    truth, results = crowd(2, (1,))
    write_sequence(tmp_path, "one", truth, results)
    write(tmp_path / "flat/one.txt", results)
    (tmp_path / "gt/one/seqinfo.ini").unlink()  # then the last frame of the truth is the last
    ours = score_folders(tmp_path / "gt/one", tmp_path / "flat")[0]
    assert ours["one"].figures() == score_folders(tmp_path / "gt", tmp_path / "results")[0]["one"].figures()


GOOD: Row = (1, 1, 10, 10, 30, 60, 1, 1, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,1,10,10,30,60,1\n31,1,10,10,30,60,1\n", r"one.txt:2: frame 31, but the sequence has 30"),
        ("0,1,10,10,30,60,1\n", r"one.txt:1: frame 0; frames count from 1"),
        ("1,1,10,10,30,60,1\n\n1,x,10,10,30,60,1\n", r"one.txt:3: .*'x'; a line is frame,id,"),
        ("1,1,10\n", r"one.txt:1: 3 columns where at least 6"),
        ("1,1,nan,10,30,60,1\n", r"one.txt:1: a number that is not finite"),
        ("1,1e300,1,10,30,60,1\n", r"one.txt:1: a number that is not finite or too large"),
        ("1,1,10,10,30,60,1\n1,1,50,10,30,60,1\n", r"one.txt:2: id 1 is in frame 1 twice"),
        ("1,1,10,10,30,60,1,3\n", r"one.txt: class 3 in frame 1; only pedestrians"),
    ],
)
def test_wrong_results_are_refused_by_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    write_sequence(tmp_path, "one", [GOOD], [])
    (tmp_path / "results/data/one.txt").write_text(text)
    with pytest.raises(ScoreError, match=said):
        score_folders(tmp_path / "gt", tmp_path / "results")


def test_missing_files_and_wrong_truth_are_refused(tmp_path: Path) -> None:
    write_sequence(tmp_path, "one", [GOOD], [])
    write_sequence(tmp_path, "two", [GOOD], [])
    (tmp_path / "results/data/two.txt").unlink()
    with pytest.raises(ScoreError, match=r"no results for two; put two.txt there"):
        score_folders(tmp_path / "gt", tmp_path / "results")
    with pytest.raises(ScoreError, match=r"there is no <sequence>/gt/gt.txt in it"):
        score_folders(tmp_path / "results", tmp_path / "results")
    (tmp_path / "results/data/two.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScoreError, match=r"two.txt cannot be read"):
        score_folders(tmp_path / "gt", tmp_path / "results")
    (tmp_path / "gt/one/seqinfo.ini").write_text("seqLength=many")
    with pytest.raises(ScoreError, match=r"seqinfo.ini: no seqLength in \[Sequence\]"):
        score_folders(tmp_path / "gt", tmp_path / "results")


def test_classes_that_are_none_are_refused(tmp_path: Path) -> None:
    write_sequence(tmp_path, "one", [GOOD, (2, 1, 10, 10, 30, 60, 1, 14, 1)], [])
    with pytest.raises(ScoreError, match=r"gt.txt: class 14 in frame 2"):
        score_folders(tmp_path / "gt", tmp_path / "results")


def test_an_absurd_length_is_named_and_not_walked_through(tmp_path: Path) -> None:
    write_sequence(tmp_path, "a", [], [], frames=2_000_000_000)
    with pytest.raises(ScoreError, match=r"2000000000 frames; seqinfo\.ini"):
        score_folders(tmp_path / "gt", tmp_path / "results")
