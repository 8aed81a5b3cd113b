"""YOLO: where its boxes lie in the picture, and which of many that say the same thing is told."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from stream_engine.backends import NETS, load
from stream_engine.engines import EngineError, Model, TensorSpec, digest
from stream_engine.models.detectors import FAMILIES
from stream_engine.models.detectors.common import MARGIN, Found, PixelDetector
from stream_engine.models.detectors.yolo import MOST_CANDIDATES, suppressed
from tests.models.nets import SIDE, constant_yolo
from tests.models.pictures import smooth_nv12

CLASSES = ("person", "bicycle", "sports ball")
LEAST = {"player": 0.3, "ball": 0.2}


def row(path: Path, cells: int) -> Model:
    return Model(
        name="made", task="detect", family="yolo", file=path.name, folder=path.parent, source="here", licence="none",
        sha256=digest(path), precision="fp32", classes=CLASSES, roles={"person": "player", "sports ball": "ball"},
        inputs={"images": TensorSpec("float32", ("batch", 3, SIDE, SIDE))}, thresholds={},
        outputs={"output0": TensorSpec("float32", ("batch", 4 + len(CLASSES), cells))},
    )  # fmt: skip


def detector(folder: Path, cells: Any, most: int = 100) -> PixelDetector:
    said = np.array(cells, np.float32)
    known = row(constant_yolo(folder / "net.onnx", said), len(said))
    made = load(FAMILIES, "yolo")(load(NETS, "ort")(known, 1), known, LEAST, most)
    assert isinstance(made, PixelDetector)
    return made


def test_boxes_are_told_in_pixels_of_the_picture_that_lies_in_the_middle(tmp_path: Path) -> None:
    cells = [(64, 64, 20, 40, 0.9, 0.1, 0.0), (10, 30, 4, 4, 0.0, 0.0, 0.5), (64, 10, 20, 4, 0.8, 0.0, 0.0)]
    ours = detector(tmp_path, cells)
    wide, high = ours.answer([ours.take(smooth_nv12((1280, 640))), ours.take(smooth_nv12((64, 128)))])
    assert wide is not None and high is not None
    assert [found.role for found in wide] == [
        "player"
    ]  # the ball and the other lie above the picture, which is clipped
    assert np.allclose(wide[0].box_px, (540, 120, 740, 520), atol=1e-3)
    assert [found.role for found in high] == ["player", "player"]
    assert np.allclose(high[0].box_px, (22, 44, 42, 84), atol=1e-3)


def test_what_the_picture_does_not_fill_is_grey(tmp_path: Path) -> None:
    ours = detector(tmp_path, [(64, 64, 20, 40, 0.9, 0.1, 0.0)])
    taken = ours.take(smooth_nv12((1280, 640)))
    assert taken.placed == ((0, 32), (128, 64), (1280, 640))
    assert (taken.rgb[:32] == MARGIN).all() and (taken.rgb[96:] == MARGIN).all()
    assert np.allclose(ours.pixels([taken])[0, :, 0, 0], 114 / 255)


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (4000, 20), (20, 4000), (7680, 4320), (1918, 1078)])
def test_pictures_of_any_size_are_taken_and_a_box_around_all_is_the_picture(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    ours = detector(tmp_path, [(64, 64, 400, 400, 0.9, 0.1, 0.0)])
    (found,) = ours.answer([ours.take(np.full((size[1] * 3 // 2, size[0]), 128, np.uint8))])
    assert found is not None and np.allclose(found[0].box_px, (0, 0, *size))


def test_only_the_best_of_boxes_of_one_role_is_told_and_another_role_is_told_too(tmp_path: Path) -> None:
    cells = [
        (64, 64, 20, 40, 0.6, 0.0, 0.0), (65, 64, 20, 40, 0.9, 0.0, 0.0), (64, 65, 20, 40, 0.0, 0.0, 0.4),
        (64, 64, 20, 40, 0.5, 0.7, 0.0), (90, 64, 20, 40, 0.5, 0.0, 0.4),
    ]  # fmt: skip
    ours = detector(tmp_path, cells)
    (found,) = ours.answer([ours.take(smooth_nv12((128, 128)))])
    assert found is not None
    assert [(each.role, round(each.score, 3)) for each in found] == [("player", 0.9), ("player", 0.5), ("ball", 0.4)]


def test_an_output_of_another_form_is_refused(tmp_path: Path) -> None:
    path = constant_yolo(tmp_path / "net.onnx", np.zeros((3, 7), np.float32))
    known = row(path, 3)
    for outputs, said in (
        ({"output0": TensorSpec("float32", ("batch", 3, 7, 1))}, "the output of yolo is"),
        ({"output0": TensorSpec("float32", ("batch", 6, 3))}, "its scores have 2 columns, its row names 3 classes"),
        ({}, "the manifest names none"),
    ):
        with pytest.raises(EngineError, match=said):
            load(FAMILIES, "yolo")(None, msgspec.structs.replace(known, outputs=outputs), LEAST, 10)


def test_a_net_that_sees_something_everywhere_is_bounded_work() -> None:
    chance = np.random.default_rng(1)
    corner = chance.uniform(0, 5000, (8400, 2))
    boxes, places = np.hstack([corner, corner + 5]), np.arange(8400)
    assert (
        len(suppressed(Found(boxes, places, -places.astype(float), places), np.zeros(8400, np.int64)))
        <= MOST_CANDIDATES
    )
