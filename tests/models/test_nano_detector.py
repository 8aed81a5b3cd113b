"""The built-in detector's maps become detections."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.engines import EngineError, Model, TensorSpec
from stream_engine.models.detectors.nano import CLASSES, STRIDE, NanoDetector, found

ROWS, COLUMNS = 24, 40
EVEN = np.full(len(CLASSES), 0.5, np.float32)


def empty_maps() -> NDArray[np.float32]:
    maps = np.full((len(CLASSES) + 4, ROWS, COLUMNS), -8.0, np.float32)
    maps[len(CLASSES) :] = 0.0
    return maps


def put(maps: NDArray[np.float32], role: str, cell: tuple[int, int], logit: float, edges: tuple[float, ...]) -> None:
    row, column = cell
    maps[CLASSES.index(role), row, column] = logit
    maps[len(CLASSES) :, row, column] = np.log(edges)


def test_a_peak_is_a_box_around_its_cell() -> None:
    maps = empty_maps()
    put(maps, "player", (10, 20), 2.0, (1.0, 3.0, 2.0, 4.0))
    seen = found(maps, EVEN)
    assert seen.classes.tolist() == [0]
    assert np.allclose(seen.boxes[0], np.array((19.5, 7.5, 22.5, 14.5)) * STRIDE)
    assert np.isclose(seen.scores[0], 1 / (1 + np.exp(-2.0)))


def test_only_the_highest_of_neighbouring_cells_is_a_peak_and_of_equal_ones_the_first() -> None:
    maps = empty_maps()
    for column, logit in ((20, 1.0), (21, 3.0), (22, 3.0)):
        put(maps, "ball", (5, column), logit, (1.0, 1.0, 1.0, 1.0))
    seen = found(maps, EVEN)
    assert len(seen.boxes) == 1 and np.isclose(seen.boxes[0, 0], 20.5 * STRIDE)


def test_what_stays_below_its_class_s_threshold_is_not_told() -> None:
    maps = empty_maps()
    put(maps, "player", (5, 5), 1.0, (1.0, 1.0, 1.0, 1.0))
    put(maps, "ball", (9, 9), 1.0, (1.0, 1.0, 1.0, 1.0))
    strict_for_players = EVEN.copy()
    strict_for_players[0] = 0.9
    assert [CLASSES[kind] for kind in found(maps, strict_for_players).classes] == ["ball"]


def test_one_person_is_told_once_and_a_ball_at_his_feet_is_told_too() -> None:
    maps = empty_maps()
    put(maps, "player", (10, 20), 1.0, (2.0, 4.0, 2.0, 4.0))
    put(maps, "goalkeeper", (10, 20), 2.0, (2.0, 4.0, 2.0, 4.0))
    put(maps, "ball", (10, 20), 0.5, (2.0, 4.0, 2.0, 4.0))
    put(maps, "referee", (10, 30), 0.4, (2.0, 4.0, 2.0, 4.0))
    maps[len(CLASSES) :, 10, 20] = np.log((2.0, 4.0, 2.0, 4.0))
    assert [CLASSES[kind] for kind in found(maps, EVEN).classes] == ["goalkeeper", "ball", "referee"]


@pytest.mark.parametrize(("half", "told"), [(3.5, 2), (4.0, 1)])
def test_two_boxes_that_share_half_are_two_people_unless_they_are_large(half: float, told: int) -> None:
    maps = empty_maps()
    for column, logit in ((16, 2.0), (18, 1.0)):  # an overlap of 0.5
        put(maps, "player", (12, column), logit, (3.0, half, 3.0, half))
    put(maps, "referee", (12, 30), 1.0, (1.5, half, 1.5, half))
    assert (found(maps, EVEN).classes == 0).sum() == told, f"{2 * half} of {ROWS} rows"
    assert (found(maps, EVEN).classes == 2).sum() == 1


def test_an_empty_and_a_full_map_are_bounded_work() -> None:
    assert len(found(empty_maps(), EVEN).boxes) == 0
    noise = np.random.default_rng(1).normal(3, 1, (len(CLASSES) + 4, 136, 240)).astype(np.float32)
    assert len(found(noise, EVEN).boxes) <= 400


class FakeNet:
    """Gives the same maps for every picture."""

    def __init__(self, maps: NDArray[np.float32]) -> None:
        self.maps, self.batches = maps, [0][:0]

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        count = len(arrays["luma"])
        assert arrays["chroma"].shape[0] == count
        self.batches.append(count)
        return {"maps": np.stack([self.maps] * count)}


LUMA = TensorSpec("uint8", ("batch", 1, ROWS * STRIDE, COLUMNS * STRIDE))
CHROMA = TensorSpec("uint8", ("batch", ROWS * STRIDE // 2, COLUMNS * STRIDE // 2, 2))
ROW = Model(
    name="fake", task="detect", family="nano", file="none", source="here", licence="none", sha256="",
    precision="fp32", inputs={"luma": LUMA, "chroma": CHROMA}, thresholds={},
    outputs={"maps": TensorSpec("float32", ("batch", len(CLASSES) + 4, ROWS, COLUMNS))},
)  # fmt: skip
LEAST: Mapping[str, float] = dict.fromkeys(CLASSES, 0.5)


def detector(maps: NDArray[np.float32], most: int = 100) -> tuple[NanoDetector, FakeNet]:
    net = FakeNet(maps)
    return NanoDetector(net, ROW, LEAST, most), net


def test_boxes_are_told_in_pixels_of_the_picture_and_stay_inside() -> None:
    maps = empty_maps()
    put(maps, "player", (10, 39), 2.0, (1.0, 3.0, 9.0, 4.0))
    nano, net = detector(maps)
    sizes = ((320, 192), (640, 384))
    small, large = nano.answer([nano.take(np.zeros((high * 3 // 2, wide), np.uint8)) for wide, high in sizes])
    assert net.batches == [2]
    assert small is not None and large is not None
    assert np.allclose(np.array(small[0].box_px) * 2, large[0].box_px)
    assert large[0].box_px[2] == 640


def test_answers_that_are_no_numbers_are_none_and_the_next_picture_is_answered() -> None:
    maps = empty_maps()
    maps[0, 3, 3] = np.nan
    nano, net = detector(maps)
    taken = nano.take(np.zeros((96, 64), np.uint8))
    assert nano.answer([taken]) == [None]
    net.maps = empty_maps()
    assert nano.answer([taken]) == [()]
    assert nano.answer([]) == []


def test_no_more_are_told_than_the_most() -> None:
    maps = empty_maps()
    for column in range(0, 40, 4):
        put(maps, "player", (10, column), 1.0 + column, (1.0, 1.0, 1.0, 1.0))
    nano, _ = detector(maps, most=3)
    (told,) = nano.answer([nano.take(np.zeros((96, 64), np.uint8))])
    assert told is not None and len(told) == 3
    assert [d.score for d in told] == sorted((d.score for d in told), reverse=True)


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (2, 2000), (8000, 64), (7680, 4320)])
def test_in_pictures_of_any_size_boxes_stay_in_the_picture(size: tuple[int, int]) -> None:
    maps = empty_maps()
    put(maps, "player", (0, 0), 2.0, (0.5, 0.5, 30.0, 40.0))
    nano, _ = detector(maps)
    wide, high = size
    (told,) = nano.answer([nano.take(np.zeros((high * 3 // 2, wide), np.uint8))])
    assert told
    left, top, right, bottom = told[0].box_px
    assert 0 <= left < right <= wide and 0 <= top < bottom <= high


def test_boxes_outside_the_picture_do_not_count_among_the_most() -> None:
    maps = empty_maps()
    put(maps, "player", (20, 20), 3.0, (1.0, 1.0, 1.0, 1.0))  # below a picture that is wider than the input
    put(maps, "player", (5, 20), 2.0, (1.0, 1.0, 1.0, 1.0))
    nano, _ = detector(maps, most=1)
    (told,) = nano.answer([nano.take(np.zeros((96, 320), np.uint8))])
    assert told is not None and [found.box_px for found in told] == [(156, 36, 172, 52)]


def test_a_box_around_what_is_filled_is_the_picture_whatever_was_rounded() -> None:
    maps = empty_maps()
    for size in ((1918, 642), (126, 1000)):
        nano, net = detector(maps)
        taken = nano.take(np.zeros((size[1] * 3 // 2, size[0]), np.uint8))
        width, height = taken.placed.filled
        put(net.maps, "player", (0, 0), 2.0, (0.5, 0.5, width / STRIDE - 0.5, height / STRIDE - 0.5))
        (told,) = nano.answer([taken])
        assert told is not None and np.allclose(told[0].box_px, (0, 0, *size), atol=1e-3)


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": {}},
        {"inputs": {"luma": LUMA}},
        {"inputs": {"luma": TensorSpec("uint8", ("batch", 1, "rows", 160)), "chroma": CHROMA}},
        {"inputs": {"luma": TensorSpec("float32", LUMA.shape), "chroma": CHROMA}},
        {"inputs": {"luma": TensorSpec("uint8", ()), "chroma": CHROMA}},
        {"outputs": {"maps": TensorSpec("float32", ("batch", 8, ROWS, COLUMNS))}},
        {"outputs": {"heat": ROW.outputs["maps"]}},
    ],
)
def test_a_row_with_other_tensors_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match=r"fake: nano takes luma, uint8 .* \[batch, 9, rows / 4, columns / 4\]"):
        NanoDetector(FakeNet(empty_maps()), msgspec.structs.replace(ROW, **changes), LEAST, 10)


def test_a_class_without_a_threshold_is_told() -> None:
    with pytest.raises(EngineError, match="fake: neither its row nor the configuration has a threshold for ball"):
        NanoDetector(FakeNet(empty_maps()), ROW, {role: 0.5 for role in CLASSES if role != "ball"}, 10)
