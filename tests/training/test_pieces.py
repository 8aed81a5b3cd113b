"""Pieces of frames: labels stay with what they are of."""

import importlib
from typing import Any

import numpy as np
import pytest

from stream_engine.models.detectors.nano import CLASSES

pytest.importorskip("torch")
data: Any = importlib.import_module("training.detector.pieces")
scenes: Any = importlib.import_module("tests.training.scenes")

WAYS = {  # shares of what is mirrored, of four, and mixed
    "cut": (0.0, 0.0, 0.0),
    "mirrored": (1.0, 0.0, 0.0),
    "mosaic": (0.5, 1.0, 0.0),
    "mixed": (0.5, 0.0, 1.0),
}


def shows_its_boxes(piece: Any) -> None:
    """It is bright in every box and nowhere else, in luma and in chroma."""
    for plane, by, least in ((piece.luma, 1, 80), (piece.chroma[..., 0], 2, 150)):
        bright = plane > least
        inside, near = np.zeros_like(bright), np.zeros_like(bright)
        for left, top, right, bottom in piece.objects.boxes / by:
            inside[_between(top, bottom, 3), _between(left, right, 3)] = True
            near[_between(top, bottom, -3), _between(left, right, -3)] = True
        assert bright[inside].all() and not bright[~near].any()


def _between(low: float, high: float, margin: int) -> slice:
    start = max(int(np.ceil(low)) + margin, 0)
    return slice(start, max(int(high) - margin, start))


@pytest.mark.parametrize("way", WAYS)
def test_boxes_stay_with_their_objects(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, share in zip(("MIRRORED", "MOSAIC", "MIXED"), WAYS[way], strict=True):
        monkeypatch.setattr(data, name, share)
    monkeypatch.setattr(data, "_relit", lambda piece, _: piece)
    pieces = data.Pieces(scenes.frame_set(("player", "referee"), ("goalkeeper",), ()), np.random.default_rng(7))
    seen = 0
    for piece in [pieces.draw() for _ in range(20)]:
        assert piece.luma.shape == (384, 640) and piece.chroma.shape == (192, 320, 2)
        shows_its_boxes(piece)
        seen += len(piece.objects.boxes)
    assert seen > 10


def test_a_whole_frame_has_the_size_that_the_detector_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "_relit", lambda piece, _: piece)
    pieces = data.Pieces(scenes.frame_set(("player", "referee")), np.random.default_rng(1))
    for piece in [pieces.whole() for _ in range(4)]:
        assert piece.luma.shape == (544, 960) and len(piece.objects.boxes) == 2
        shows_its_boxes(piece)


def test_other_light_keeps_labels_and_kinds() -> None:
    pieces = data.Pieces(scenes.frame_set(("player",)), np.random.default_rng(3))
    for piece in [pieces.whole() for _ in range(3)]:
        assert piece.luma.dtype == piece.chroma.dtype == np.uint8 and len(piece.objects.boxes) == 1
        left, top, right, bottom = piece.objects.boxes[0].astype(int)
        assert piece.luma[top:bottom, left:right].mean() > 2 * np.median(piece.luma)


def test_who_is_cut_off_is_not_judged() -> None:
    boxes = np.array([(-60, 0, 40, 100), (-80, 0, 20, 100), (-50, 0, 0, 50)], np.float32)
    given = data.Objects(boxes, np.array([0, 1, 2]), np.ones(3, bool))
    left = data._within(given, boxes, (200, 80))
    assert left.boxes.tolist() == [[0, 0, 40, 80], [0, 0, 20, 80]]
    assert left.counts.tolist() == [True, False]  # 0.32 of the one is left, 0.16 of the other
    assert left.classes.tolist() == [0, 1]


def test_labels_are_in_pixels_of_the_small_picture_and_know_who_counts() -> None:
    frames = scenes.frames
    rows = (
        ("ball", (100, 100, 110, 110), 0.3), ("ball", (100, 100, 110, 110), 0.2), ("player", (0, 0, 4, 8), 0.2),
        ("player", (0, 0, 4, 7), 1.0), ("other", (0, 0, 20, 80), 0.1), ("referee", (5, 5, 5, 9), 1.0),
    )  # fmt: skip
    items = tuple(frames.Label(*row) for row in rows)
    found = data.objects_of(frames.Labelled("painted", 0, 0, False, items))
    assert found.boxes[0].tolist() == [50, 50, 55, 55]
    assert [CLASSES[kind] for kind in found.classes] == ["ball", "ball", "player", "player", "other"]
    assert found.counts.tolist() == [True, False, True, False, False]
