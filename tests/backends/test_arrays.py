"""Parts of NV12 pictures in the sizes that models take."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import pytest
from av import VideoFrame
from numpy.typing import NDArray

from stream_engine.backends.arrays import (
    BLACK,
    GREY,
    cubic_into,
    fit,
    planes_into,
    rgb_into,
    run_batch,
    window_rgb_into,
)
from tests.models.pictures import smooth_nv12


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


def shrunk(nv12: NDArray[np.uint8], size: tuple[int, int], averaged: bool = False) -> NDArray[np.uint8]:
    rgb = np.zeros((size[1], size[0], 3), np.uint8)
    rgb_into(nv12, rgb, averaged)
    return rgb


def whole_rgb(nv12: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """FFmpeg's conversion of BT.709, at full size."""
    frame = VideoFrame.from_ndarray(nv12, format="nv12")
    frame.colorspace, frame.color_range = 1, 1
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


@pytest.mark.parametrize("averaged", [False, True])
@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (3840, 2160), (640, 360)])
def test_shrinking_planes_and_then_converting_gives_what_converting_and_then_shrinking_gives(
    size: tuple[int, int], averaged: bool
) -> None:
    nv12 = smooth_nv12(size)
    by = cv2.INTER_AREA if averaged else cv2.INTER_LINEAR
    wanted = cv2.resize(whole_rgb(nv12), (576, 320), interpolation=by)
    more = shrunk(nv12, (576, 320), averaged).astype(int) - wanted
    assert more.min() >= -2 and more.max() <= 5 and more.mean() < 2.5  # FFmpeg's are two darker than the standard's


def windowed(nv12: NDArray[np.uint8], place: tuple[int, int, int, int], side: int) -> NDArray[np.uint8]:
    rgb = np.full((side, side, 3), 77, np.uint8)
    window_rgb_into(nv12, place, rgb, averaged=True)
    return rgb


def test_a_window_in_a_picture_is_that_part_of_it() -> None:
    nv12 = smooth_nv12((640, 360))
    whole = np.empty((360, 640, 3), np.uint8)
    rgb_into(nv12, whole, averaged=True)
    part = windowed(nv12, (100, 40, 200, 200), 200)
    inner = (
        slice(2, -2),
        slice(2, -2),
    )  # colours of the outermost pixels lean on neighbours that are not in the window
    assert np.abs(part[inner].astype(int) - whole[40:240, 100:300][inner]).max() <= 2


@pytest.mark.parametrize(
    ("place", "filled"),
    [
        ((-32, -32, 64, 64), (slice(32, None), slice(32, None))),
        ((96, 64, 64, 64), (slice(None, 32), slice(None, 32))),
        ((-64, -64, 64, 64), (slice(0), slice(0))),
        ((1000, 0, 64, 64), (slice(0), slice(0))),
    ],
)
def test_what_a_window_has_outside_of_the_picture_is_black(
    place: tuple[int, int, int, int], filled: tuple[slice, slice]
) -> None:
    nv12 = np.full((144, 128), GREY, np.uint8)
    rgb = windowed(nv12, place, 64)
    assert (rgb[filled] > 100).all()
    rgb[filled] = 0
    assert not rgb.any()


@pytest.mark.parametrize("averaged", [False, True])
def test_greys_are_those_of_opencv_s_own_conversion(averaged: bool) -> None:
    """Its colours are BT.601's; without colour there is no difference."""
    nv12 = smooth_nv12((1280, 720))
    nv12[720:] = GREY
    by = cv2.INTER_AREA if averaged else cv2.INTER_LINEAR
    wanted = cv2.resize(cv2.cvtColor(nv12, cv2.COLOR_YUV2RGB_NV12), (384, 384), interpolation=by)
    assert np.abs(shrunk(nv12, (384, 384), averaged).astype(int) - wanted).max() <= 2


@pytest.mark.parametrize(
    ("y", "u", "v", "rgb"),
    [
        (16, 128, 128, (0, 0, 0)),
        (235, 128, 128, (255, 255, 255)),
        (63, 102, 240, (255, 0, 0)),  # the colour bars of BT.709
        (173, 42, 26, (0, 255, 0)),
        (32, 240, 118, (0, 0, 255)),
        (255, 128, 128, (255, 255, 255)),
        (0, 128, 128, (0, 0, 0)),
    ],
)
def test_colours_are_those_of_bt_709_and_stay_within_their_range(
    y: int, u: int, v: int, rgb: tuple[int, int, int]
) -> None:
    nv12 = np.full((96, 64), y, np.uint8)
    nv12[64:].reshape(32, 32, 2)[:] = u, v
    assert np.abs(shrunk(nv12, (32, 32)).astype(int) - rgb).max() <= 2


@pytest.mark.parametrize("averaged", [False, True])
@pytest.mark.parametrize("size", [(2, 2), (16, 16), (8000, 100), (2, 2000), (62, 34), (7680, 4320)])
def test_pictures_of_any_size_are_stretched_over_what_is_given(size: tuple[int, int], averaged: bool) -> None:
    nv12 = np.full((size[1] * 3 // 2, size[0]), GREY, np.uint8)
    canvas = np.zeros((64, 64, 3), np.uint8)
    rgb_into(nv12, canvas[10:40, 5:60], averaged)
    assert np.abs(canvas[10:40, 5:60].astype(int) - 130).max() <= 1
    assert not canvas[:10].any() and not canvas[40:].any() and not canvas[:, :5].any() and not canvas[:, 60:].any()


def test_a_wide_picture_is_averaged_along_the_side_that_shrinks() -> None:
    nv12 = np.full((24, 4096), GREY, np.uint8)
    nv12[:16, ::2], nv12[:16, 1::2] = 66, 190
    assert np.ptp(shrunk(nv12, (64, 64), averaged=True)) <= 1


def keys(values: NDArray[Any], after: int) -> NDArray[Any]:
    """Along the first side, a pixel at a time, as PIL describes its bicubic filter."""
    scale = len(values) / after
    wide = max(scale, 1.0)
    told = np.zeros((after, *values.shape[1:]))
    for pixel in range(after):
        middle, whole = (pixel + 0.5) * scale, 0.0
        for at in range(max(int(middle - 2 * wide + 0.5), 0), min(int(middle + 2 * wide + 0.5), len(values))):
            away = abs((at - middle + 0.5) / wide)
            near, far = 1.5 * away**3 - 2.5 * away**2 + 1, -0.5 * (away**3 - 5 * away**2 + 8 * away - 4)
            weight = near if away < 1 else far if away < 2 else 0.0
            told[pixel] += weight * values[at]
            whole += weight
        told[pixel] /= whole
    return told


@pytest.mark.parametrize("size", [(40, 50), (33, 61), (8, 9), (90, 20), (1, 1)])
def test_cubic_weights_are_those_of_the_filter_for_more_pixels_and_for_fewer(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    told = np.empty((32, 48, 3), np.uint8)
    cubic_into(picture, told)
    wanted = keys(keys(picture.astype(float), 32).swapaxes(0, 1), 48).swapaxes(0, 1)
    assert np.abs(told - wanted.clip(0, 255)).max() < 0.501


@pytest.mark.parametrize("shape", [(4, 4), (3, 3), (0, 0), (3, 0), (6, 2, 3), (1079, 1920)])
def test_what_is_no_nv12_picture_is_told_and_not_read(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="an NV12 picture has 3 rows for 2"):
        shrunk(np.zeros(shape, np.uint8), (64, 64))
    with pytest.raises(ValueError, match="an NV12 picture has 3 rows for 2"):
        planes_into(np.zeros(shape, np.uint8), *planes())


class Doubling:
    """Doubles, and remembers how many it was given."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        self.batches.append(len(arrays["x"]))
        return {"y": 2 * arrays["x"]}


@pytest.mark.parametrize(
    ("side", "batches"), [("batch", [5]), (1, [1, 1, 1, 1, 1]), (2, [2, 2, 2]), (5, [5]), (8, [8])]
)
def test_a_net_whose_batch_is_fixed_gets_batches_of_that_size(side: int | str, batches: list[int]) -> None:
    net = Doubling()
    given = np.arange(10, dtype=np.float32).reshape(5, 2)
    assert (run_batch(net, {"x": given}, side)["y"] == 2 * given).all()
    assert net.batches == batches
