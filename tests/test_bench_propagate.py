"""The measurements of following objects: what is done in a frame, and what is told of several."""

from pathlib import Path

import pytest

from stream_engine.bench.propagate_alone import Alone
from stream_engine.bench.propagate_stage import MOST, detections
from stream_engine.bench.propagate_transformers import LIBRARY, OURS, Frame, figures
from stream_engine.config import PropagateConfig
from stream_engine.demo.builtin import MATCH
from stream_engine.engines import VARIABLE
from stream_engine.engines.nets import open_propagator
from stream_engine.scoring.read import read_truth
from tests.models.propagators.files import placed


def test_objects_are_pointed_at_once_and_tracked_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    placed(tmp_path)
    alone = Alone(open_propagator(PropagateConfig(net="small"))[1], 3)
    first, *others = (alone.step() for _ in range(3))
    assert list(first) == ["take", "encode", "gather", "prompt", "decide", "memorise", "write"]
    assert all("track" in each and "prompt" not in each for each in others)
    assert min(first.values()) > 0


def one(slow: float, track: float, rss_mb: float) -> Frame:
    return Frame({"take": slow, "track": slow * track}, 0.1 * slow, rss_mb)


def test_figures_are_of_what_both_did_in_the_same_round() -> None:
    rounds = [
        {name: one(slow, at + 1, 100.0 + 2 * number) for at, name in enumerate([LIBRARY, *OURS])}
        for number, slow in enumerate((1.0, 50.0, 1.0))
    ]
    told = figures(rounds)["vs_transformers"]
    assert told["frame_512"] == pytest.approx(2 / 3, abs=0.01)
    assert told["region_224"] == 0.5 and told["vs_frame_512"] == {"region_224": 0.75, "region_128": 0.6}
    assert told["by_cpu_time"] == {"frame_512": 1, "region_224": 1, "region_128": 1}
    assert set(told["rss_mb_per_frame"].values()) == {2.0} and told["ms_by_part"][LIBRARY] == {"take": 1, "track": 1}


def test_the_people_of_the_clip_are_found_in_as_many_streams_as_it_takes() -> None:
    frames = read_truth(MATCH).frames[:3]
    found = detections(frames, 44)
    assert [sum(map(len, streams)) for streams in found] == [44] * 3
    assert max(len(items) for items in found[0]) <= MOST < 44
    first = [item.box_px for item in found[0][0]]
    assert first == [item.box_px for item in found[0][1]] and len(set(first)) == len(first)
