"""The judge: a short match through the whole service."""

from pathlib import Path

import pytest

from footage.film import Order
from footage.judging import filmed, judge_match, match_folder
from footage.presets import preset
from stream_engine.config import ConfigError, load_config
from tests.footage.rendering import needs_renderer

pytestmark = needs_renderer
ORDER = Order(preset("cuts"), seed=3, seconds=2.0, size=(320, 180))


@pytest.fixture
def match(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return filmed(ORDER, lambda done: None)


def test_every_frame_of_a_match_is_scored_and_a_match_is_filmed_once(match: Path) -> None:
    verdict = judge_match(match, config=None, report=None)
    assert (verdict.score.frames, verdict.score.scored_frames, verdict.score.missing) == (60, 60, {})
    assert verdict.score.match == ORDER.match()
    assert verdict.frames_per_s > 0
    made = (match / "video.mp4").stat().st_mtime_ns
    assert filmed(ORDER, lambda done: None) == match
    assert (match / "video.mp4").stat().st_mtime_ns == made


def test_matches_of_an_earlier_generator_make_room(match: Path) -> None:
    old = match.with_name(f"{match.name.rpartition('-')[0]}-0123456789abcdef")
    match.rename(old)
    assert filmed(ORDER, lambda done: None) == match_folder(ORDER)
    assert not old.exists()


def test_the_judged_stages_come_from_a_configuration(match: Path, tmp_path: Path) -> None:
    config = tmp_path / "truck.toml"
    config.write_text('[[streams]]\nname = "a"\nurl = "srt://192.0.2.1:9000"\n[stages.detect]\nmax_batch = 3\n')
    assert judge_match(match, load_config(config), report=None).score.scored_frames == 60
    config.write_text('[[streams]]\nname = "a"\nurl = "x.mp4"\n[stages.detect]\nnet = "nonsense"\n')
    with pytest.raises(ConfigError, match="nonsense"):
        judge_match(match, load_config(config), report=None)
