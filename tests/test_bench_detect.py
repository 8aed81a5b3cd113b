"""The measurements of detecting, on a clip of a second: every figure is there, and both sides look at every frame."""

from pathlib import Path

import pytest

from stream_engine.bench import detect
from stream_engine.demo.clip import ClipKind, picture_clip
from stream_engine.engines import VARIABLE, EngineError
from tests.engines.own import placed


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_clip(ClipKind(width=320, height=180, seconds=2), tmp_path_factory.mktemp("clips"))


def test_the_stage_the_service_and_the_loop_are_measured_side_by_side(clip: Path) -> None:
    said: list[str] = []
    figures = detect.bench_detect(said.append, rounds=1, net="nano-detector", clip=clip)
    assert len(said) == 1
    assert set(figures["ms_by_batch"]) == {"1", "2", "4", "8"}
    assert 0 < figures["preprocess_ms"] < figures["ms_per_frame"] < figures["ms_by_batch"]["8"]
    assert (figures["frames"], figures["naive_frames"]) == (60, 60)
    assert figures["vs_naive"] == pytest.approx(
        figures["frames_per_core_s"] / figures["naive_frames_per_core_s"], rel=0.02
    )


def test_a_net_that_the_loop_cannot_run_is_refused_before_anything_is_measured(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    placed(tmp_path)
    for net, why in (
        ("mine", "mine is of family yolo; .* only nano"),
        ("other", "there is no model 'other' for detect"),
    ):
        with pytest.raises(EngineError, match=why):
            detect.bench_detect(print, rounds=1, net=net, clip=clip)
