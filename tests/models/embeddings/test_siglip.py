"""How shirts go into SigLIP's vision tower."""

from typing import Any

import numpy as np
import pytest

from stream_engine.engines import EngineError, TensorSpec
from stream_engine.models.embeddings import Jersey
from stream_engine.models.embeddings.siglip import Crops, Siglip
from stream_engine.models.tensors import floats
from tests.models.embeddings.files import Lights, row_of, shirt
from tests.models.pictures import smooth_nv12

WHITE = np.vstack([np.full((180, 320), 235, np.uint8), np.full((90, 320), 128, np.uint8)])
GREY = 0.01  # as far from 0 as a whole number of 255 leaves it


def seen(*jerseys: Jersey, picture: Any = WHITE) -> Any:
    """What the net gets of them."""
    net = Lights(row_of("siglip"))
    family = Siglip(net, row_of("siglip"))
    family.answer(family.take(picture, jerseys))
    return net.given[0]["images"]


def test_a_shirt_is_stretched_over_the_sides_of_the_row_and_white_is_1() -> None:
    pixels = seen(shirt(20, 20), shirt(101, 41, 25, 61), shirt(60, 60, 1, 1))
    assert pixels.shape == (3, 3, 32, 24) and pixels.dtype == np.float32
    np.testing.assert_allclose(pixels, 1, atol=1e-6)


def test_black_is_minus_1_and_colours_come_as_red_green_and_blue() -> None:
    black = np.vstack([np.full((180, 320), 16, np.uint8), np.full((90, 320), 128, np.uint8)])
    np.testing.assert_allclose(seen(shirt(20, 20), picture=black), -1, atol=1e-6)
    red = np.vstack([np.full((180, 320), 63, np.uint8), np.tile(np.array([102, 240], np.uint8), (90, 160))])
    colours = seen(shirt(20, 20), picture=red)[0].mean((1, 2))  # of limited range BT.709
    np.testing.assert_allclose(colours, (1, -1, -1), atol=0.03)


def test_left_and_upper_stay_left_and_upper() -> None:
    picture = smooth_nv12((320, 180))
    picture[:180] = (np.linspace(30, 110, 320)[None] + np.linspace(0, 100, 180)[:, None]).astype(np.uint8)
    light = seen(shirt(101, 41, 60, 80), picture=picture)[0].mean(0)
    assert (np.diff(light.mean(0)) > 0).all() and (np.diff(light.mean(1)) > 0).all()


def test_what_is_not_the_shirt_is_grey() -> None:
    left_half = np.zeros((30, 20), np.uint8)
    left_half[:, :10] = 255
    (pixels,) = seen(Jersey((21, 20, 20, 30), left_half))
    np.testing.assert_allclose(pixels[:, :, :9], 1, atol=1e-6)
    assert np.abs(pixels[:, :, 15:]).max() < GREY


def test_what_is_outside_of_the_picture_is_grey() -> None:
    left, right = seen(shirt(-11, 20, 20, 30), shirt(309, 165, 20, 30))
    assert np.abs(left[:, :, :10]).max() < GREY and left[:, :, 16:].min() > 0.99
    assert np.abs(right[:, 19:]).max() < GREY and np.abs(right[:, :, 16:]).max() < GREY
    assert right[:, :13, :10].min() > 0.99


def test_a_batch_of_fixed_size_is_filled_up() -> None:
    row = row_of("siglip", {"x": floats(4, 3, 32, 24)}, {"y": floats(4, 8)})
    net = Lights(row)
    family = Siglip(net, row)
    told = family.answer(Crops(np.zeros((6, 32, 24, 3), np.uint8)))
    assert told.shape == (6, 8) and [len(given["x"]) for given in net.given] == [4, 4]


IMAGES, FEATURES = floats("batch", 3, 32, 24), floats("batch", 8)
BAD: list[tuple[Any, Any]] = [
    ({}, {"y": FEATURES}),
    ({"x": IMAGES}, {}),
    ({"a": IMAGES, "b": IMAGES}, {"y": FEATURES}),
    ({"x": IMAGES}, {"y": FEATURES, "z": FEATURES}),
    ({"x": TensorSpec("uint8", IMAGES.shape)}, {"y": FEATURES}),
    ({"x": floats("batch", 1, 32, 24)}, {"y": FEATURES}),
    ({"x": floats("batch", 32, 24, 3)}, {"y": FEATURES}),
    ({"x": floats("batch", 3, "rows", 24)}, {"y": FEATURES}),
    ({"x": floats("batch", 3, 32)}, {"y": FEATURES}),
    ({"x": IMAGES}, {"y": floats("batch", "numbers")}),
    ({"x": IMAGES}, {"y": floats("batch", 49, 8)}),
    ({"x": IMAGES}, {"y": floats("other", 8)}),
    ({"x": IMAGES}, {"y": TensorSpec("int32", FEATURES.shape)}),
    ({"x": floats()}, {"y": floats()}),
]


@pytest.mark.parametrize(("inputs", "outputs"), BAD)
def test_tensors_that_do_not_fit_are_refused_with_those_that_do(inputs: Any, outputs: Any) -> None:
    row = row_of("siglip", inputs, outputs)
    with pytest.raises(EngineError, match=r"^small: siglip takes one input, .* and gives one output, .*; the manifest"):
        Siglip(Lights(row_of("siglip")), row)
