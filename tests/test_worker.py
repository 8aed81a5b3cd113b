"""A worker process: what it is told at its start, and how it ends when that does not work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stream_engine.config import Config, DetectConfig, RingConfig, StagesConfig, StreamConfig
from stream_engine.engines import OWN, VARIABLE
from stream_engine.runtime import occupy
from stream_engine.service import models_of
from stream_engine.stages import Given
from stream_engine.stages.detect import Detect, build
from stream_engine.worker import Boot
from tests.engines.own import placed
from tests.fakes import NONE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The engines folder."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "engines"))
    return tmp_path / "engines"


def configured(tmp_path: Path) -> Config:
    return Config(
        streams=(StreamConfig(name="cam", url="x"),),
        runtime_dir=str(tmp_path / "run"),
        state_dir=str(tmp_path / "state"),
        ring=RingConfig(dir=str(tmp_path), slots=12, max_width=64, max_height=36),
        stages=StagesConfig(detect=DetectConfig(net="mine", backend="ort")),
    )


def told(boot: Boot) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "stream_engine.worker", str(os.getpid())]
    return subprocess.run(command, input=boot.packed(), capture_output=True, timeout=60, check=False)


def test_what_a_worker_is_told_arrives_as_it_was(folder: Path, tmp_path: Path) -> None:
    path = placed(folder)
    config = configured(tmp_path)
    boot = Boot.unpacked(Boot("detect.main", config, models_of(config)).packed())
    assert boot == Boot("detect.main", config, models_of(config))
    assert [row.path for row in boot.models if row.own] == [path]


def test_no_manifest_is_read_for_stages_without_a_model(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    (folder / OWN).write_text("[[models")
    assert models_of(Config(streams=())) == ()


def test_a_manifest_that_was_broken_since_does_not_stop_a_stage(folder: Path, tmp_path: Path) -> None:
    placed(folder)
    config = configured(tmp_path)
    models = models_of(config)
    (folder / OWN).write_text("[[models")
    assert isinstance(build(config.stages.detect, Given(NONE, models)), Detect)


def test_a_model_file_that_was_replaced_since_is_one_line_and_no_traceback(folder: Path, tmp_path: Path) -> None:
    path = placed(folder)
    config = configured(tmp_path)
    boot = Boot("detect.main", config, models_of(config))
    path.write_bytes(b"another")
    with occupy(config):
        done = told(boot)
    assert done.returncode == 1
    [line] = done.stderr.decode().splitlines()
    assert f"detect.main: mine: {path} is another file than the manifest's: sha256 " in line
