"""The command: figures, the report, and errors that are one line."""

import sys
from pathlib import Path
from typing import Any

import av
import cv2
import msgspec
import numpy as np
import pytest

from stream_engine.cli import main
from stream_engine.messages import TrackedObject
from stream_engine.scoring.score import Score
from stream_engine.video import pictures_at
from tests.scoring.fakes import (
    FPS,
    HEIGHT,
    WIDTH,
    altered,
    event_of,
    make_events,
    make_truth,
    write_events,
    write_truth,
)
from tests.scoring.test_motchallenge import crowd, write_sequence

TRUTH = make_truth([("main", 50), ("close", 10), ("main", 30)])
KEYS = {
    *("hota", "deta", "assa", "idf1", "mota", "id_switches", "mask_iou", "boundary_f", "ap50"),
    *("role_accuracy", "team_accuracy", "team_flips", "ball_precision", "ball_recall"),
    *("role_accuracy_by_role", "team_warmup_s", "team_accuracy_warm", "team_coverage_warm", "goalkeeper_team_accuracy"),
    *("goalkeeper_teams_judged", "track_team_changes", "track_role_changes"),
    *("switches_per_1000", "mask_iou_visible", "mask_iou_occluded", "crossings_same_wrong", "crossings_other_lost"),
    *("identity_over_cuts", "reentry", "age_p50_ms", "age_p95_ms", "age_p99_ms", "missing"),
}


def damage(frame: int, item: TrackedObject) -> TrackedObject | None:
    if frame in (5, 70) and item.track_id in range(104):
        return None
    return altered(item, track_id=77) if frame >= 60 and item.track_id == 102 else item


@pytest.fixture
def match(tmp_path: Path) -> Path:
    """A folder with truth and events."""
    folder = write_truth(TRUTH, tmp_path / "match")
    write_events(make_events(TRUTH, damage), folder / "events.jsonl")
    return folder


def write_video(path: Path, frames: int) -> None:
    """Grey pictures; the shade says which frame it is."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", 30, {"crf": "12", "preset": "ultrafast", "g": "12"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(frames):
            picture = np.full((HEIGHT, WIDTH, 3), 40 + 10 * number % 200, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())


def call(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """The exit status of `stream-engine score …`."""
    monkeypatch.setattr(sys, "argv", ["stream-engine", "score", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def last_line(capsys: pytest.CaptureFixture[str]) -> Any:
    return msgspec.json.decode(capsys.readouterr().out.splitlines()[-1])


def test_events_are_scored_and_told_as_json(
    match: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "--events", match / "events.jsonl", "--truth", match, "--json") == 0
    figures = last_line(capsys)
    assert set(figures) >= KEYS
    assert 0.9 < figures["hota"] < 1
    assert figures["ap50"]["ball"] == pytest.approx(1.0)
    assert figures["reentry"] is None


def test_without_json_there_is_a_table(
    match: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "--events", match / "events.jsonl", "--truth", match) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "HOTA" in told.err and "90 of 90" in told.err
    assert "switches · per 1000 frames" in told.err and "J · F of all clearly seen" in told.err
    assert "crossings" not in told.err  # there was none
    assert "figures that do not apply are not shown" in told.err


def test_a_report_has_figures_plots_and_the_worst_moments(
    match: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(match / "video.mp4", 90)
    out = tmp_path / "report"
    assert call(monkeypatch, "--events", match / "events.jsonl", "--truth", match, "--report", out) == 0
    page = (out / "index.html").read_text()
    named = sorted(path.name for path in out.iterdir() if path.suffix in (".png", ".jpg"))
    assert named == [*(f"plot-{no}.png" for no in range(1, 6)), "worst-01.jpg", "worst-02.jpg"]
    assert all(text in page for text in ("teams told after, of play", "changes on tracks: team · role"))
    assert all(f'src="{name}"' in page for name in named)
    assert "Frame 5 of pass 1: 8 of 11 found" in page
    picture = cv2.imread(str(out / "worst-01.jpg"))
    assert picture is not None and picture.shape == (HEIGHT, WIDTH, 3)
    assert msgspec.json.decode((out / "score.json").read_bytes())["frames"] == 90


def test_without_a_video_the_report_says_so(match: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "report"
    assert call(monkeypatch, "--events", match / "events.jsonl", "--truth", match, "--report", out) == 0
    assert "There is no video.mp4" in (out / "index.html").read_text()


def test_a_report_on_objects_without_tracks_says_nothing_of_identity(
    match: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unfollowed(frame: int, item: TrackedObject) -> TrackedObject | None:
        left = damage(frame, item)
        return altered(left, track_id=None) if left else None

    write_events(make_events(TRUTH, unfollowed), match / "events.jsonl")
    write_video(match / "video.mp4", 90)
    out = tmp_path / "report"
    assert call(monkeypatch, "--events", match / "events.jsonl", "--truth", match, "--report", out) == 0
    assert sorted(path.name for path in out.glob("*.png")) == [f"plot-{no}.png" for no in range(1, 5)]
    figures = msgspec.json.decode((out / "score.json").read_bytes())
    assert figures["hota"] is None
    assert figures["recall"] > 0.9
    page = (out / "index.html").read_text()
    assert "8 of 11 found, 0 false, mean J" in page


def test_pictures_are_found_by_their_number(tmp_path: Path) -> None:
    write_video(tmp_path / "video.mp4", 20)
    found = dict(pictures_at(tmp_path / "video.mp4", [0, 11, 12, 13, 19, 20, 999], FPS))
    assert list(found) == [0, 11, 12, 13, 19]
    for number, picture in found.items():
        assert abs(float(picture.mean()) - (40 + 10 * number)) < 5


def test_motchallenge_folders_are_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sequence(tmp_path, "one", *crowd(1, (1, 8)))
    assert call(monkeypatch, "--mot", tmp_path / "gt", tmp_path / "results", "--json") == 0
    figures = last_line(capsys)
    assert figures["combined"]["HOTA"] == figures["sequences"]["one"]["HOTA"] > 0.3
    assert {"MOTA", "IDF1", "IDSW", "DetA", "AssA", "LocA"} <= set(figures["combined"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to score: write"),
        (("--events", "x.jsonl"), "nothing to score: write"),
        (("--events", "x.jsonl", "--truth", "nowhere"), "match.json is missing"),
        (("--events", "x.jsonl", "--mot", "a", "b"), "--mot takes neither"),
        (("--mot", "nowhere", "b"), "nowhere: there is no <sequence>/gt/gt.txt in it"),
    ],
)
def test_what_is_asked_wrongly_is_one_line(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, *words) == 2
    told = capsys.readouterr().err
    assert said in told and "Traceback" not in told


def test_a_silent_endpoint_is_one_line(
    match: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "--events", f"ipc://{match}/none", "--truth", match, "--seconds", 0.2) == 2
    assert "there are no frame events" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_one_line(
    match: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (match / "taken").write_text("")
    words = ("--events", match / "events.jsonl", "--truth", match, "--report", match / "taken")
    assert call(monkeypatch, *words) == 2
    assert "choose another folder with --report" in capsys.readouterr().err


def test_a_single_event_can_be_scored_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_truth(make_truth([("main", 1)]), tmp_path / "match")
    write_events([event_of(0, ())], folder / "events.jsonl")
    assert call(monkeypatch, "--events", folder / "events.jsonl", "--truth", folder, "--report", tmp_path / "r") == 0


def test_the_documents_name_every_figure() -> None:
    told = (Path(__file__).parents[2] / "docs/scoring.md").read_text()
    names = {field.name for field in msgspec.structs.fields(Score)}
    assert {name for name in names if f"`{name}`" not in told} <= {"reentry_judged", "reentry_short_judged"}
