"""The built-in ReID network: which part of a picture it looks at, what it takes of it, and what it makes of answers."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.backends.arrays import BLACK, GREY
from stream_engine.engines import EngineError, Model, TensorSpec
from stream_engine.masks import encode
from stream_engine.models.reid.nano import NanoReid
from stream_engine.models.reid.windows import windows

ROWS, COLUMNS, PARTS, SIZE = 96, 48, 5, 8
LIGHT, TINT = 90, 140


def spec(dtype: Any, *sides: int, batch: str | int = "crops") -> TensorSpec:
    return TensorSpec(dtype, (batch, *sides))


def row(batch: str | int = "crops") -> Model:
    return Model(
        name="tiny", task="associate", family="nano", file="none", source="here", licence="none", sha256="",
        precision="fp32", thresholds={},
        inputs={
            "luma": spec("uint8", ROWS, COLUMNS, batch=batch), "mask": spec("uint8", ROWS, COLUMNS, batch=batch),
            "chroma": spec("uint8", ROWS // 2, COLUMNS // 2, 2, batch=batch),
        },
        outputs={
            "embeddings": spec("float32", PARTS, SIZE, batch=batch), "visibility": spec("float32", PARTS, batch=batch),
            "roles": spec("float32", 5, batch=batch),
        },
    )  # fmt: skip


class FakeNet:
    """Each crop's embedding is its mean luma; it is sure of the role whose number is the crop's."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        luma = arrays["luma"]
        self.batches.append(len(luma))
        assert {name: array.dtype for name, array in arrays.items()} == dict.fromkeys(arrays, np.dtype(np.uint8))
        light = luma.mean((1, 2), dtype=np.float32)
        roles = np.where(np.arange(5) == np.arange(len(luma))[:, None], 200.0, -200.0).astype(np.float32)
        return {
            "embeddings": np.broadcast_to(light[:, None, None], (len(luma), PARTS, SIZE)).copy(),
            "visibility": np.ones((len(luma), PARTS), np.float32),
            "roles": roles,
        }


def grey(rows: int = 120, columns: int = 200) -> NDArray[np.uint8]:
    picture = np.full((rows * 3 // 2, columns), LIGHT, np.uint8)
    picture[rows:] = TINT
    return picture


@pytest.mark.parametrize(
    ("box", "window"),
    [
        ((100, 100, 140, 200), (92, 95, 55, 110)),  # as high as the box, and a tenth
        ((100, 100, 200, 150), (95, 15, 110, 220)),  # wider than half as high: the width counts
        ((10, 10, 10, 10), (8, 6, 4, 8)),  # never smaller
        ((-30, -60, 10, 40), (-38, -65, 55, 110)),  # beyond the picture
        ((20, 20, 10, 10), (13, 11, 4, 8)),  # inside out
    ],
)
def test_a_window_is_twice_as_high_as_wide_around_the_middle_of_its_box(
    box: tuple[float, ...], window: tuple[int, ...]
) -> None:
    assert windows(np.array([box], np.float64)).tolist() == [list(window)]


def test_there_are_no_windows_without_boxes() -> None:
    assert windows(np.zeros((0, 4))).shape == (0, 4)


def test_a_mask_is_cut_like_the_picture_and_a_box_stands_for_one_that_is_not_known() -> None:
    net = NanoReid(FakeNet(), row())
    boxes = np.array([(80, 20, 120, 100), (80, 20, 120, 100)], np.float64)  # windows are (78, 16, 44, 88)
    mask = encode(np.ones((40, 20), np.bool_), 90, 30)
    taken = net.take(grey(), boxes, [mask, None])
    assert (taken.luma == LIGHT).all() and (taken.chroma == TINT).all()
    assert taken.luma.shape == (2, ROWS, COLUMNS) and taken.chroma.shape == (2, ROWS // 2, COLUMNS // 2, 2)
    known, unknown = taken.mask > 127
    left, right, top, bottom = 12 * 48 / 44, 32 * 48 / 44, 14 * 96 / 88, 54 * 96 / 88
    assert abs(known.sum() - (right - left) * (bottom - top)) < 40
    assert known[round(top) : round(bottom) - 1, round(left) : round(right) - 1].all()
    assert unknown[5:91, 3:45].all() and not unknown[:3].any() and not unknown[:, :1].any()


def test_what_was_taken_outlives_the_picture() -> None:
    net, picture = NanoReid(FakeNet(), row()), grey(rows=200)
    taken = net.take(picture, np.array([(50, 50, 90.0, 130)]), [None])
    held = [part.copy() for part in taken]
    picture[:] = 0
    assert all((before == now).all() for before, now in zip(held, taken, strict=True))


def test_boxes_outside_of_the_picture_see_black() -> None:
    net = NanoReid(FakeNet(), row())
    boxes = np.array([(-500, -500, -460, -400), (9000, 0, 9040, 80), (-20, 10, 20, 90)], np.float64)
    masks = [None, encode(np.zeros((0, 0), np.bool_)), encode(np.ones((80, 20), np.bool_), 0, 10)]
    taken = net.take(grey(), boxes, masks)
    assert (taken.luma[:2] == BLACK).all() and (taken.chroma[:2] == GREY).all()
    assert (taken.mask[0] > 0).any() and not taken.mask[1].any()
    assert (taken.luma[2, :, :20] == BLACK).all() and (taken.luma[2, :, 28:] == LIGHT).all()


def test_roles_are_chances_and_nobody_is_an_answer() -> None:
    net = NanoReid(FakeNet(), row())
    assert (net.parts, net.size) == (PARTS, SIZE)
    told = net.answer(net.take(grey(), np.array([(50, 10, 90, 90.0)] * 3), [None] * 3))
    assert told.roles is not None
    assert told.roles.argmax(1).tolist() == [0, 1, 2] and np.allclose(told.roles.sum(1), 1)
    nobody = net.answer(net.take(grey(), np.zeros((0, 4)), []))
    assert nobody.roles is not None
    assert (nobody.vectors.shape, nobody.visibility.shape) == ((0, PARTS, SIZE), (0, PARTS))
    assert nobody.roles.shape == (0, 5)


def test_a_file_of_a_fixed_batch_is_asked_as_often_as_that_takes() -> None:
    asked = FakeNet()
    net = NanoReid(asked, row(batch=2))
    assert net.answer(net.take(grey(), np.array([(50, 10, 90, 90.0)] * 3), [None] * 3)).vectors.shape[0] == 3
    assert asked.batches == [2, 2]


def test_a_row_whose_sides_do_not_go_together_is_refused() -> None:
    wrong = row().outputs | {"visibility": spec("float32", PARTS + 1)}
    with pytest.raises(EngineError, match="tiny: its row is not that of a nano ReID network"):
        NanoReid(FakeNet(), msgspec.structs.replace(row(), outputs=wrong))
    with pytest.raises(EngineError, match="tiny: its row is not that of a nano ReID network"):
        NanoReid(FakeNet(), msgspec.structs.replace(row(), inputs={}))
