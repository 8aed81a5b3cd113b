"""The measurements of telling teams, in short."""

import subprocess
import sys

import msgspec
import numpy as np
import pytest

from stream_engine.bench import tag
from stream_engine.bench.tag_alone import MANY, embedding_figures, stage_figures
from stream_engine.bench.tag_scene import KITS, ROLES, SHADE, SIZE, WORN, Scene, tracks_of
from stream_engine.config import TagConfig
from stream_engine.masks import decode
from stream_engine.models.embeddings.colours import Colours
from tests.models.embeddings.shirts import shaded


def test_the_scene_is_the_same_every_time_and_people_walk_in_their_kits() -> None:
    first, later = Scene(), Scene()
    shown, again = first.frame(3), later.frame(3)
    assert np.array_equal(shown.picture, again.picture) and shown.masks == again.masks
    light = shown.picture[: SIZE[1]]
    for who, mask in enumerate(shown.masks):
        top, left = mask.y + int(0.25 * mask.size[0]), mask.x
        assert decode(mask).shape == tuple((shown.boxes[who, 3:1:-1] - shown.boxes[who, 1::-1]).astype(int))
        shirt, own = KITS[WORN[who]], decode(mask)[int(0.25 * mask.size[0])]
        seen = light[top, left : left + mask.size[1]][own].astype(int)
        assert (np.abs(seen[:, None] - (shirt[0], shaded(shirt, SHADE)[0])).min(axis=1) <= 1).all()
    before = shown.boxes.copy()
    assert np.abs(first.frame(40).boxes - before).max() > 50
    assert [item.role for item in tracks_of(0, shown).items] == list(ROLES) and len(ROLES) == len(WORN) == 25


def test_teams_are_found_and_every_figure_is_there() -> None:
    figures = stage_figures(TagConfig(net="colours"), 40)
    assert figures["teams_after_frames"] == 30 and figures["right"] == 1.0 and figures["told"] > 0.8
    for name in ("ms", "cpu_ms", "ms_undisturbed"):
        assert 0 < figures[name]["p50"] <= figures[name]["p99"] <= figures[name]["max"]


def test_a_ratio_is_of_what_was_measured_in_the_same_turn() -> None:
    figures = embedding_figures(Colours())
    rates = figures["per_s"]
    assert set(rates) == {"frame_at_once", f"{MANY}_at_once", "one_by_one"} and min(rates.values()) > 0
    assert figures["vs_one_by_one"]["frame_at_once"] > 1
    assert set(figures["ms_each"]) == {"shirt", "shirt_without_mask", "take", "answer"}


def test_the_round_in_the_middle_is_told_with_the_medians_of_embeddings(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, rates = iter((9.0, 1.0, 2.0)), iter((10.0, 30.0, 20.0))

    def alone(net: str, frames: int) -> dict[str, object]:
        assert (net, frames) == ("colours", 7)
        p99, ratio = next(slow), next(rates)
        return {"ms": {"p99": p99}, "cpu_ms": {"p99": 1.0}, "embeddings": {"vs_one_by_one": {"frame_at_once": ratio}}}

    monkeypatch.setattr(tag, "_alone", alone)
    said: list[str] = []
    figures = tag.bench_tag(said.append, rounds=3, frames=7, net="colours")
    assert figures["ms"]["p99"] == 2.0 and figures["embeddings"]["vs_one_by_one"]["frame_at_once"] == 20.0
    assert len(said) == 3


def test_a_round_is_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "stream_engine.bench.tag_alone", "colours", "4"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60)
    assert msgspec.json.decode(done.stdout)["frames"] == 4
