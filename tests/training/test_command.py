"""tools/train detector: from a user's labelled frames to a model that the service finds, and what it refuses."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream_engine.backends import NETS, load
from stream_engine.engines import model, verify
from stream_engine.models.detectors import FAMILIES

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("moderngl")  # the tool also renders
command: Any = importlib.import_module("training.command")
data: Any = importlib.import_module("training.detector.pieces")
int8: Any = importlib.import_module("training.detector.int8")
scenes: Any = importlib.import_module("tests.training.scenes")
own: Any = importlib.import_module("tests.training.test_own")

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter's, of its age


@pytest.fixture(autouse=True)
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An engines folder of its own, a cache without frames, and little work."""
    monkeypatch.setenv("STREAM_ENGINE_ENGINES", str(tmp_path / "engines"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(data, "PIECE", (64, 64))
    monkeypatch.setattr(data, "WHOLE", (96, 64))
    monkeypatch.setattr(int8, "ROUNDS", 1)
    torch.set_num_threads(1)
    return tmp_path / "engines"


@pytest.fixture
def start(tmp_path: Path) -> Path:
    scenes.write(scenes.lively(), tmp_path / "start.onnx")
    return tmp_path / "start.onnx"


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    boxes = [(number, "Player", [320, 180, 40, 90]) for number in range(11)] + [(1, "horse", [5, 5, 9, 9])]
    return Path(own.coco(tmp_path / "frames", boxes, count=11))


def tool(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """The exit status."""
    monkeypatch.setattr(sys, "argv", ["train", "detector", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        command.main()
    return int(ended.value.code or 0)


def test_labelled_frames_and_a_detector_become_a_model_of_one_s_own(
    tmp_path: Path, engines: Path, frames: Path, start: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "out"
    words = (out, "--coco", frames, "--start", start, "--steps", 2, "--ignore", "horse", "--name", "ours")
    assert tool(monkeypatch, *words) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "left out: 1 boxes of 'horse'" in said and 'row "ours"; to use it: net = "ours" in [stages.detect]' in said
    assert not (tmp_path / "cache").exists()  # no matches were rendered
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert "ap50 player before" in log[0] and "ap50 player" in log[-1] and log[-1]["ap50 ball"] is None
    row = model("ours", "detect")
    verify(row)
    assert row.path == engines / "ours.onnx" and row.path.read_bytes() == (out / "detector.onnx").read_bytes()
    assert row.path.read_bytes() != start.read_bytes()
    detector = load(FAMILIES, row.family)(load(NETS, "ort")(row, 1), row, row.thresholds, 10)
    assert len(detector.answer([detector.take(np.full((540, 640), 60, np.uint8))])) == 1
    assert tool(monkeypatch, *words, "--steps", 3) == 2  # what is there was trained with another recipe
    assert "is of another recipe" in " ".join(capsys.readouterr().err.split())
    (out / "checkpoint.pt").write_bytes(b"half of one")
    assert tool(monkeypatch, *words) == 2
    assert "checkpoint.pt is broken" in " ".join(capsys.readouterr().err.split())


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "both": (("--coco", "frames", "--yolo", "frames"), "--coco and --yolo: one of them"),
    "start alone": (("--start", "start.onnx"), "go with frames of your own: --coco DIR or --yolo DIR"),
    "name alone": (("--name", "ours"), "go with frames of your own: --coco DIR or --yolo DIR"),
    "built in": (("--coco", "frames", "--name", "nano-detector"), "is the name of one that is built in"),
    "no name": (("--coco", "frames", "--name", "../x"), "--name ../x: letters, digits, '.', '_' and '-' make a name"),
    "no start": (("--coco", "frames", "--start", "none.onnx"), "none.onnx is not there"),
    "no frames": (("--coco", "none", "--start", "start.onnx"), "none is no folder"),
    "no yolo": (("--yolo", "frames", "--start", "start.onnx"), "frames has no data.yaml"),
    "unknown class": (("--coco", "frames", "--start", "start.onnx"), "no role is known for 'horse'"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_trained_is_told_in_a_line(
    wrong: str, tmp_path: Path, engines: Path, frames: Path, start: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    words, said = WRONG[wrong]
    assert tool(monkeypatch, "out", *words) == 2
    told = capsys.readouterr().err
    assert said in told and len(told.strip().splitlines()) == 1
    assert not engines.exists() and not Path("out").exists()
