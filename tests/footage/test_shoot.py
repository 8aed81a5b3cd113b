"""From an order to a folder, in one go and after an interruption."""

import configparser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from footage.encode import Quality
from footage.film import Film, Frame, Order
from footage.presets import preset
from footage.shoot import ShootError, finished, mot_lines, shoot
from stream_engine.scoring.care import LEAST_VISIBLE
from stream_engine.scoring.motchallenge import score_folders
from stream_engine.scoring.read import read_truth
from stream_engine.scoring.truth import TruthHeader
from tests.footage.rendering import needs_renderer
from tests.footage.test_encode import stamps_in

pytestmark = needs_renderer

ORDER = Order(preset("league"), seed=3, seconds=1.2, size=(320, 180))
QUICK = Quality(preset="ultrafast")
PART = 12  # frames
FOLDER = {"video.mp4", "match.json", "truth.jsonl", "gt", "seqinfo.ini", "plan.json"}


class Interrupted(Exception):
    """As if somebody had pressed Ctrl-C."""


@pytest.fixture(scope="module", autouse=True)
def short_parts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("footage.shoot.PART_S", PART / ORDER.fps)
        yield


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("matches") / "whole"
    shoot(ORDER, folder, QUICK, lambda _: None)
    return folder


def test_video_and_truth_belong_together(shot: Path) -> None:
    assert {entry.name for entry in shot.iterdir()} == FOLDER
    truth = read_truth(shot)
    seen = stamps_in(shot / "video.mp4")
    assert truth.header.frames == len(truth.frames) == len(seen) == 36
    for number, (frame, (time, stamp)) in enumerate(zip(truth.frames, seen, strict=True)):
        assert frame.frame == number and time == pytest.approx(number / ORDER.fps)
        assert stamp == (truth.header.match, number, frame.capture_ns)
    assert (truth.header.width, truth.header.height) == ORDER.size


def test_the_benchmarks_files_say_the_same(shot: Path) -> None:
    truth = read_truth(shot)
    ini = configparser.ConfigParser()
    ini.read(shot / "seqinfo.ini")
    assert ini["Sequence"]["name"] == shot.name
    assert (ini.getint("Sequence", "seqLength"), ini.getint("Sequence", "imWidth")) == (36, 320)
    lines = (shot / "gt/gt.txt").read_text().splitlines(keepends=True)
    assert lines == [line for frame in truth.frames for line in mot_lines(frame, ORDER.size[1])]


def test_the_truth_against_itself_is_perfect(shot: Path, tmp_path: Path) -> None:
    lines = (shot / "gt/gt.txt").read_text().splitlines(keepends=True)
    counted = [line for line in lines if line.split(",")[6] == "1"]
    assert len(counted) > 0.5 * len(lines)
    (tmp_path / f"{shot.name}.txt").write_text("".join(counted))
    _, score = score_folders(shot, tmp_path)
    assert score.hota.figures()["HOTA"] == pytest.approx(1.0)


def test_what_an_interrupted_run_left_is_used(shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "resumed"

    def interrupt(done: int) -> None:
        if done == PART + 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        shoot(ORDER, folder, QUICK, interrupt)
    assert {entry.name for entry in folder.iterdir()} == {"parts", "plan.json"}
    rendered: list[int] = []
    frame_of = Film.frame

    def counted(film: Film, number: int) -> Frame:
        rendered.append(number)
        return frame_of(film, number)

    monkeypatch.setattr(Film, "frame", counted)
    shoot(ORDER, folder, QUICK, lambda _: None)
    assert rendered == list(range(PART, 36))
    for name in ("truth.jsonl", "match.json", "gt/gt.txt"):
        assert (folder / name).read_bytes() == (shot / name).read_bytes()
    assert stamps_in(folder / "video.mp4") == stamps_in(shot / "video.mp4")


def test_a_run_interrupted_while_parts_are_joined_goes_on(
    shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "joined"
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr("footage.shoot.seqinfo", lambda *_: (_ for _ in ()).throw(Interrupted))
        shoot(ORDER, folder, QUICK, lambda _: None)
    assert (folder / "truth.jsonl").exists() and not finished(ORDER, folder, QUICK)
    shoot(ORDER, folder, QUICK, lambda _: None)
    assert {entry.name for entry in folder.iterdir()} == FOLDER
    assert (folder / "truth.jsonl").read_bytes() == (shot / "truth.jsonl").read_bytes()


def test_a_finished_folder_is_left_alone(shot: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in shot.rglob("*")}
    told: list[int] = []
    header = shoot(ORDER, shot, QUICK, told.append)
    assert header == msgspec.json.decode((shot / "match.json").read_bytes(), type=TruthHeader)
    assert told == [36]
    assert {path: path.stat().st_mtime_ns for path in shot.rglob("*")} == before


def test_a_folder_that_is_being_filled_is_left_to_who_fills_it(tmp_path: Path) -> None:
    refused: list[str] = []

    def second(done: int) -> None:
        if not refused:
            with pytest.raises(ShootError) as error:
                shoot(ORDER, tmp_path, QUICK, lambda _: None)
            refused.append(str(error.value))

    shoot(ORDER, tmp_path, QUICK, second)
    assert "being filled by another process" in refused[0]


def test_a_torn_note_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "match.json").write_bytes(b'{"format": 1, "mat')
    with pytest.raises(ShootError, match=r"match\.json cannot be read.*delete the folder"):
        shoot(ORDER, tmp_path, QUICK, lambda _: None)


def test_a_folder_of_another_match_or_quality_is_refused(shot: Path) -> None:
    with pytest.raises(ShootError, match=r"holds another match.*name another folder"):
        shoot(ORDER, shot, Quality(crf=40), lambda _: None)
    with pytest.raises(ShootError, match=r"holds another match.*name another folder"):
        shoot(replace(ORDER, seed=4), shot, QUICK, lambda _: None)


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ShootError, match="holds other files"):
        shoot(ORDER, tmp_path, QUICK, lambda _: None)


def test_close_ups_have_identities_of_their_own(shot: Path) -> None:
    frame = read_truth(shot).frames[0]
    ids = {thing.id for thing in frame.objects}
    live = mot_lines(frame, ORDER.size[1])
    close = mot_lines(msgspec.structs.replace(frame, shot="close"), ORDER.size[1])
    assert {int(line.split(",")[1]) for line in live} == ids
    assert not {line.split(",")[1] for line in live} & {line.split(",")[1] for line in close}


def test_whoever_is_hardly_seen_and_everybody_under_a_wipe_does_not_count(shot: Path) -> None:
    frame = read_truth(shot).frames[0]
    hidden = tuple(msgspec.structs.replace(thing, visible=LEAST_VISIBLE / 2) for thing in frame.objects)
    for changed in (msgspec.structs.replace(frame, objects=hidden), msgspec.structs.replace(frame, wipe=True)):
        assert {line.split(",")[6] for line in mot_lines(changed, ORDER.size[1])} == {"0"}
