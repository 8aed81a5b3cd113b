"""RF-DETR, D-FINE and RT-DETR: which rows of the outputs become which detections."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.backends import load
from stream_engine.engines import EngineError, Model, TensorSpec
from stream_engine.models.detectors import FAMILIES
from stream_engine.models.detectors.common import PixelDetector
from tests.models.pictures import smooth_nv12

CLASSES = ("nothing", "home", "away", "keeper", "ball", "bench")
ROW = Model(
    name="made", task="detect", family="rfdetr", file="none", source="here", licence="none", sha256="",
    precision="fp32", inputs={"pixels": TensorSpec("float32", ("batch", 3, 64, 128))},
    outputs={"dets": TensorSpec("float32", ("batch", 4, 4)), "labels": TensorSpec("float32", ("batch", 4, 6))},
    thresholds={}, classes=CLASSES, background=0,
    roles={"home": "player", "away": "player", "keeper": "goalkeeper", "ball": "ball"},
)  # fmt: skip
EVEN = {"player": 0.5, "goalkeeper": 0.5, "ball": 0.5}
PICTURE = smooth_nv12((640, 360))


class Net:
    """Says the same of every picture."""

    def __init__(self, boxes: Any, logits: Mapping[tuple[int, str], float]) -> None:
        self.boxes = np.array(boxes, np.float32)
        self.logits = np.full((len(boxes), len(CLASSES)), -9, np.float32)
        for (query, name), value in logits.items():
            self.logits[query, CLASSES.index(name)] = value
        self.batches: list[tuple[int, ...]] = []

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        (pixels,) = arrays.values()
        assert pixels.dtype == np.float32
        self.batches.append(pixels.shape)
        count = len(pixels)
        return {"dets": np.stack([self.boxes] * count), "labels": np.stack([self.logits] * count)}


BOXES = [(0.5, 0.5, 0.1, 0.2), (0.25, 0.25, 0.1, 0.2), (0.75, 0.75, 0.1, 0.2), (0.1, 0.9, 0.01, 0.01)]


def detector(net: Net, row: Model = ROW, thresholds: Mapping[str, float] = EVEN, most: int = 100) -> PixelDetector:
    made = load(FAMILIES, row.family)(net, row, thresholds, most)
    assert isinstance(made, PixelDetector)
    return made


def told(net: Net, **settings: Any) -> list[tuple[str, float, tuple[float, ...]]]:
    ours = detector(net, **settings)
    (found,) = ours.answer([ours.take(PICTURE)])
    assert found is not None
    return [(each.role, each.score, each.box_px) for each in found]


def test_a_row_is_a_box_in_pixels_of_the_picture_and_the_best_come_first() -> None:
    seen = told(Net(BOXES, {(0, "home"): 1.0, (1, "keeper"): 2.0, (3, "ball"): 0.5}))
    assert [role for role, _, _ in seen] == ["goalkeeper", "player", "ball"]
    assert np.isclose(seen[0][1], 1 / (1 + np.exp(-2.0)))
    assert np.allclose(seen[1][2], (288, 144, 352, 216), atol=1e-4)


def test_the_background_is_never_told_and_takes_no_place_among_the_best() -> None:
    everywhere = {(query, "nothing"): 8.0 for query in range(4)}
    assert [role for role, _, _ in told(Net(BOXES, everywhere | {(0, "home"): 1.0}))] == ["player"]
    without = msgspec.structs.replace(ROW, background=None)
    assert told(Net(BOXES, everywhere | {(0, "home"): 1.0}), row=without) == []


def test_a_query_is_told_in_two_roles_but_only_once_in_one() -> None:
    seen = told(Net(BOXES, {(0, "home"): 1.0, (0, "away"): 2.0, (0, "keeper"): 0.5, (1, "home"): 0.4}))
    assert [(role, round(box[0])) for role, _, box in seen] == [("player", 288), ("goalkeeper", 288), ("player", 128)]
    assert np.isclose(seen[0][1], 1 / (1 + np.exp(-2.0)))


def test_each_role_has_its_threshold_and_classes_without_a_role_are_not_told() -> None:
    net = Net(BOXES, {(0, "home"): 1.0, (1, "ball"): 1.0, (2, "bench"): 5.0})
    assert [role for role, _, _ in told(net, thresholds=EVEN | {"player": 0.9})] == ["ball"]


def test_boxes_are_clipped_and_those_outside_or_without_area_do_not_count_among_the_most() -> None:
    boxes = [(1.5, 0.5, 0.1, 0.1), (0.5, 0.5, 0.0, 0.1), (0.0, 1.0, 0.2, 0.2), (0.5, 0.5, 0.2, 0.2)]
    seen = told(Net(boxes, {(query, "home"): 5.0 - query for query in range(4)}), most=1)
    assert len(seen) == 1 and np.allclose(seen[0][2], (0, 324, 64, 360), atol=1e-4)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_answers_that_are_no_numbers_are_none_and_the_next_picture_is_answered(wrong: float) -> None:
    net = Net(BOXES, {(0, "home"): 1.0})
    ours = detector(net)
    taken = ours.take(PICTURE)
    net.boxes[3, 2] = wrong
    assert ours.answer([taken]) == [None]
    net.boxes[3, 2] = 0.1
    (found,) = ours.answer([taken])
    assert found is not None and len(found) == 1
    assert ours.answer([]) == []


@pytest.mark.parametrize("greatest", [3e38, -3e38])
def test_numbers_at_the_end_of_their_range_are_no_matter(greatest: float) -> None:
    net = Net(BOXES, {(query, "home"): greatest for query in range(4)})
    net.boxes[0] = greatest
    assert len(told(net)) in (0, 3)


def test_a_fixed_batch_is_filled_up_and_what_fills_it_is_not_told() -> None:
    fixed = TensorSpec("float32", (2, 3, 64, 128))
    net = Net(BOXES, {(0, "home"): 1.0})
    ours = detector(net, row=msgspec.structs.replace(ROW, inputs={"pixels": fixed}))
    answers = ours.answer([ours.take(PICTURE)] * 3)
    assert net.batches == [(2, 3, 64, 128)] * 2
    assert len(answers) == 3 and len(set(map(str, answers))) == 1


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (4000, 20), (20, 4000), (7680, 4320)])
def test_pictures_of_any_size_are_taken(size: tuple[int, int]) -> None:
    net = Net([(0.5, 0.5, 2.0, 2.0)] * 4, {(0, "home"): 1.0})
    for family in ("rfdetr", "dfine"):
        row = msgspec.structs.replace(ROW, family=family)
        if family == "dfine":
            row = msgspec.structs.replace(row, outputs={"boxes": ROW.outputs["dets"], "logits": ROW.outputs["labels"]})
        ours = detector(net, row=row)
        assert ours.take(np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)).placed.size == size
    ours = detector(net)
    (found,) = ours.answer([ours.take(np.full((size[1] * 3 // 2, size[0]), 128, np.uint8))])
    assert found is not None and np.allclose(found[0].box_px, (0, 0, *size))


def test_rf_detr_sees_imagenet_s_spread_and_d_fine_sees_shares_of_white() -> None:
    white = np.full((96, 64), 235, np.uint8)
    white[64:] = 128
    ours = detector(Net(BOXES, {}))
    wanted = (1 - np.array((0.485, 0.456, 0.406))) / (0.229, 0.224, 0.225)
    assert np.allclose(ours.pixels([ours.take(white)])[0].mean((1, 2)), wanted, atol=1e-5)
    outputs = {"boxes": ROW.outputs["dets"], "logits": ROW.outputs["labels"]}
    theirs = detector(Net(BOXES, {}), row=msgspec.structs.replace(ROW, family="rtdetr", outputs=outputs))
    assert np.allclose(theirs.pixels([theirs.take(white)]), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"classes": CLASSES[1:]}, "its scores have 6 columns, its row names 5 classes"),
        ({"roles": {}}, "its row gives none of its classes a role"),
        ({"roles": {"bench": "other"}}, "neither its row nor the configuration has a threshold for other"),
        ({"outputs": {"maps": ROW.outputs["dets"]}}, "the outputs of rfdetr are dets, labels; the manifest names maps"),
        (
            {"outputs": ROW.outputs | {"dets": TensorSpec("float32", ("batch", 4, 3))}},
            r"rfdetr are dets \[batch, queries, 4\] and labels \[batch, queries, classes\]; the manifest says",
        ),
        ({"outputs": ROW.outputs | {"labels": TensorSpec("float32", ())}}, r"the manifest says .* and \[\]"),
        ({"outputs": ROW.outputs | {"labels": TensorSpec("float32", ("batch", 5, 6))}}, r"and \['batch', 5, 6\]"),
        ({"inputs": {}}, r"rfdetr takes one input, float32 \[batch, 3, rows, columns\]"),
        ({"inputs": {"x": TensorSpec("uint8", (1, 3, 64, 64))}}, "takes one input, float32"),
        ({"inputs": {"x": TensorSpec("float32", (1, 3, "rows", 64))}}, "with rows and columns fixed"),
    ],
)
def test_a_row_that_does_not_fit_its_family_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(EngineError, match=f"made: .*{said}"):
        detector(Net(BOXES, {}), row=msgspec.structs.replace(ROW, **changes))
