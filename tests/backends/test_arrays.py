"""Parts of NV12 pictures in the sizes that models take."""

import cv2
import numpy as np
import pytest

from stream_engine.backends.arrays import BLACK, GREY, fit, planes_into


def planes(columns: int = 960, rows: int = 544) -> tuple[np.ndarray, np.ndarray]:
    return np.full((rows, columns), 255, np.uint8), np.full((rows // 2, columns // 2, 2), 255, np.uint8)


def test_a_picture_is_shrunk_plane_by_plane_and_the_rest_is_black() -> None:
    nv12 = np.random.default_rng(1).integers(0, 256, (1620, 1920)).astype(np.uint8)
    luma, chroma = planes()
    placed = planes_into(nv12, luma, chroma)
    assert (placed.scale, placed.width, placed.height) == (0.5, 960, 540)
    wanted = nv12[:1080].reshape(540, 2, 960, 2).mean((1, 3))
    assert np.abs(luma[:540] - wanted).max() <= 1
    assert (luma[540:] == BLACK).all() and (chroma[270:] == GREY).all()
    colours = cv2.resize(nv12[1080:].reshape(540, 960, 2), (480, 270), interpolation=cv2.INTER_AREA)
    assert (chroma[:270] == colours).all()


@pytest.mark.parametrize(
    "size", [(16, 16), (64, 36), (640, 480), (1280, 720), (1000, 100), (100, 1000), (3840, 2160), (7680, 4320)]
)
def test_pictures_of_any_size_fill_one_side_and_keep_their_shape(size: tuple[int, int]) -> None:
    width, height = size
    luma, chroma = planes()
    placed = planes_into(np.zeros((height * 3 // 2, width), np.uint8), luma, chroma)
    assert placed == fit(size, (960, 544))
    assert placed.width == 960 or placed.height == 544 or max(960 - placed.width, 544 - placed.height) <= 4
    assert abs(placed.width / placed.height / (width / height) - 1) < 0.05
    assert luma[: placed.height, : placed.width].max() == 0
    assert (luma[placed.height :] == BLACK).all() and (luma[:, placed.width :] == BLACK).all()
