"""A detector that does not answer for every picture of a batch by itself is not used."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream_engine.config import DetectConfig
from stream_engine.engines import EngineError, digest
from stream_engine.engines.nets import open_detector
from stream_engine.engines.rows import add_row
from stream_engine.engines.trial import _mixed, tried
from tests.engines.own import ROW
from tests.models.nets import constant_yolo, looking_yolo


def opened(path: Path) -> None:
    add_row(ROW | {"sha256": digest(path)}, path.parent)
    open_detector(DetectConfig(net="mine"))


@pytest.fixture
def path(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder / "mine.onnx"


@pytest.mark.parametrize("said", [(np.nan, 0.1), (1.5, 0.1), (0.9, -0.5)])
def test_a_net_whose_answers_are_no_numbers_or_no_scores_does_not_start(path: Path, said: tuple[float, float]) -> None:
    with pytest.raises(EngineError) as told:
        opened(constant_yolo(path, np.array([(64, 64, 20, 40, *said)], np.float32)))
    assert str(told.value) == (
        "mine: what it says of a picture cannot be used: numbers are needed, and scores between 0 and 1"
    )


def test_a_net_that_looks_at_each_picture_starts(path: Path) -> None:
    opened(looking_yolo(path, "each"))


def test_the_built_in_detector_starts() -> None:
    open_detector(DetectConfig(net="nano-detector"))


@pytest.mark.parametrize(
    ("looks_at", "said"),
    [
        ("only the first", "ValueError: output0 has 1 answer(s) for 2 pictures"),
        ("the first for all", "its output0 says something else of two pictures together than of each alone"),
    ],
)
def test_a_net_that_looks_at_one_of_two_pictures_does_not_start(path: Path, looks_at: Any, said: str) -> None:
    with pytest.raises(EngineError) as told:
        opened(looking_yolo(path, looks_at))
    assert said in str(told.value)


class Echo:
    """A detector that gives its net the mean of each picture, and finds nothing."""

    def __init__(self, net: Any) -> None:
        self.net = net

    def take(self, nv12: Any) -> float:
        return float(nv12.mean())

    def answer(self, taken: Any) -> Any:
        self.net.run({"light": np.array(taken, np.float32)[:, None]})
        return [()] * len(taken)


class Swapping:
    """A net that answers for the pictures in another order."""

    def run(self, arrays: Any) -> Any:
        return {"out": arrays["light"][::-1]}


def test_answers_in_another_order_than_the_pictures_are_noticed() -> None:
    with pytest.raises(EngineError, match="swapping: its out says something else of two pictures together"):
        tried("swapping", Swapping(), Echo)


def test_boxes_in_another_order_and_rounding_are_no_other_answer() -> None:
    chance = np.random.default_rng(1)
    alone = [chance.normal(middle, 1, (300, 5)).astype(np.float32) for middle in (0, 2)]
    noise = chance.normal(0, 1e-3, (300, 5)).astype(np.float32)
    assert not _mixed(np.stack([alone[0][::-1] + noise, alone[1]]), alone)
    assert _mixed(np.stack([alone[0], alone[0]]), alone)
    assert _mixed(np.stack([sum(alone) / 2] * 2), alone)


def test_a_net_that_says_the_same_of_everything_says_it_of_two_as_well() -> None:
    constant = [np.full((4, 5), 0.3, np.float32)] * 2
    assert not _mixed(np.stack(constant), constant)
