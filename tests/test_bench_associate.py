"""The measurements of saying who is who, in short."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from stream_engine.bench import associate, associate_peers
from stream_engine.bench.associate_scene import PEOPLE, SIZE, scene_of
from stream_engine.boxes import overlap
from stream_engine.mot.clips import Clip, Found
from stream_engine.mot.trying import Named
from stream_engine.scoring import ScoreError
from tests.mot.test_clips import sequence

QUIET = Console(quiet=True)


def clip(fps: float = 25.0) -> Clip:
    return Clip("scene", Path(), (100, 50), fps, (), 0)


def test_the_scene_is_the_same_every_time_and_people_cross_in_it() -> None:
    scene = scene_of(100)
    assert scene.boxes.shape == (100, PEOPLE, 4) and np.array_equal(scene.boxes, scene_of(100).boxes)
    assert (scene.boxes[..., 2:] > scene.boxes[..., :2]).all()
    assert 0.7 < scene.there.mean() < 0.99 and scene.there.any(axis=0).all()
    meet = [np.triu(overlap(boxes, boxes), 1).max() for boxes in scene.boxes]
    assert np.mean(np.array(meet) > 0.3) > 0.3
    middles = (scene.boxes[..., :2] + scene.boxes[..., 2:]) / 2
    assert ((middles > 0) & (middles < SIZE)).mean() > 0.95


def test_looks_of_one_person_are_alike_and_of_two_are_not() -> None:
    scene = scene_of(2)
    people = [np.flatnonzero(there) for there in scene.there]
    first, second = (scene.appearance(number, np.arange(len(people[number]))).vectors for number in (0, 1))
    alike = np.einsum("nkd,mkd->nm", first, second) / first.shape[1]
    same = people[0][:, None] == people[1][None, :]
    assert alike[same].min() > 0.8 > 0.5 > alike[~same].max()
    assert np.array_equal(first[:3], scene.appearance(0, np.arange(3)).vectors)


def test_all_of_ours_is_measured_on_the_scene() -> None:
    figures = associate.bench_associate(QUIET, rounds=1, frames=30, peers=False)
    assert figures["peers"] is None and figures["people"] == PEOPLE
    assert figures["fps_motion"] == figures["motion"]["fps"] > figures["fps_full"] == figures["full"]["fps"] > 0
    assert min(figures[way]["hota"] for way in ("motion", "full")) > 0.8


def test_peers_take_the_same_boxes_in_the_same_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def follow(number: int, found: Found) -> Any:
        asked.append(number)
        return Named(found.boxes, np.arange(len(found.boxes)), found.scores)

    monkeypatch.setattr(associate, "installed", lambda: {"knows all": lambda _: follow})
    monkeypatch.setattr(associate, "lacking", lambda: ["arcsort"])
    figures = associate.bench_associate(QUIET, rounds=2, frames=5, peers=True)
    assert asked == [*range(5)] * 2
    assert figures["peers"]["knows all"]["deta"] == 1.0 and figures["peers"]["knows all"]["ours_vs"] > 0
    assert figures["lacking"] == ["arcsort"]


def test_what_is_not_installed_is_said_with_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(associate_peers, "has", lambda _: False)
    assert associate_peers.installed() == {} and associate_peers.lacking() == ["arcsort", "trackers"]
    associate.bench_associate(Console(width=500), rounds=1, frames=3, peers=True)
    said = capsys.readouterr().out
    assert "arcsort and trackers cannot be imported" in said and "pip install --target DIR" in said


def test_each_peer_is_fed_as_it_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small stand-ins with the interfaces of trackers 2.6 and arcsort 0.1."""
    moves: list[Any] = []

    class Byte:
        def __init__(self, frame_rate: float) -> None:
            self.first = int(frame_rate)

        def update(self, found: Any) -> Any:
            ids = self.first + np.arange(len(found.xyxy))
            return SimpleNamespace(xyxy=found.xyxy[::-1], tracker_id=ids, confidence=found.confidence[::-1])

    class Bot(Byte):
        cmc: Any = None

        def __init__(self, frame_rate: float, enable_cmc: bool) -> None:
            super().__init__(frame_rate)
            self.camera = enable_cmc

        def update(self, found: Any, frame: Any = None) -> Any:
            assert self.camera == (frame is not None)
            moves.append(self.cmc.estimate(frame, None) if self.cmc else None)
            return super().update(found)

    class Arc:
        @classmethod
        def from_preset(cls, name: str, use_cmc: bool) -> "Arc":
            assert name == "sportsmot"
            return cls()

        def update(self, rows: Any, cmc_affine: Any) -> Any:
            assert rows.shape[1] == 6
            moves.append(cmc_affine)
            return np.hstack([rows[:, :4], np.full((len(rows), 1), 9.0)])[:1]

    stand_ins = {
        "trackers": SimpleNamespace(ByteTrackTracker=Byte, BoTSORTTracker=Bot),
        "supervision": SimpleNamespace(Detections=SimpleNamespace),
        "arcsort": SimpleNamespace(ARCTracker=Arc),
        "loguru": SimpleNamespace(logger=SimpleNamespace(disable=lambda _: None)),
    }
    for name, module in stand_ins.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(associate_peers, "has", lambda _: True)
    makers = associate_peers.installed()
    assert list(makers) == ["ARC-SORT", "ByteTrack", "OC-SORT", "BoT-SORT", "C-BIoU", "SORT"]
    found = Found(np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]]), np.array([0.5, 0.6]))
    byte = makers["ByteTrack"](clip(fps=50.0))(0, found)
    assert byte.ids.tolist() == [50, 51] and byte.scores.tolist() == [0.6, 0.5]
    arc = makers["ARC-SORT"](clip())(0, found)
    assert arc.ids.tolist() == [9] and arc.boxes.tolist() == [[1, 2, 3, 4]]
    told = replace(clip(), moves=(np.eye(2, 3),))
    for name in ("BoT-SORT", "ARC-SORT"):
        makers[name](clip())(0, found)
        makers[name](told)(0, found)
    assert [move is None for move in moves] == [True, True, False, True, False]


def test_over_a_folder_only_those_asked_for_are_tried(tmp_path: Path) -> None:
    folder = sequence(tmp_path, "1,-1,1,2,3,4,1\n2,-1,1,2,3,4,1\n", "1,1,1,2,3,4,1,1\n2,1,1,2,3,4,1,1\n")
    told = associate.bench_folder(QUIET, folder, "det", False, [associate.OURS])
    assert list(told) == [associate.OURS] and told[associate.OURS]["fps"] > 0
    with pytest.raises(ScoreError, match="there is no tracker 'other'; there are stream-engine"):
        associate.bench_folder(QUIET, folder, "det", False, ["other"])
    (folder / "gt/gt.txt").unlink()
    with pytest.raises(ScoreError, match=r"one has no gt/gt\.txt"):
        associate.bench_folder(QUIET, folder, "det", False, None)
