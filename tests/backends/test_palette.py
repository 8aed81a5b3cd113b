"""Colours that people write down, and those of pictures in files."""

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream_engine.backends import palette
from stream_engine.backends.palette import picture_colours, yuv_of

RED, BLUE, WHITE = (208, 32, 32), (32, 64, 192), (240, 240, 240)


def named(colour: tuple[int, int, int]) -> NDArray[np.float64]:
    return np.asarray(yuv_of(["#{:02x}{:02x}{:02x}".format(*colour)])[0])


def written(path: Path, *bands: tuple[int, int, int], size: tuple[int, int] = (100, 80)) -> str:
    """A picture of columns of these colours, one beside the other."""
    rows = np.repeat(np.array(bands, np.uint8), -(-size[0] // len(bands)), axis=0)[: size[0], ::-1]
    assert cv2.imwrite(str(path), np.tile(rows, (size[1], 1, 1)))
    return str(path)


def test_black_white_and_grey_are_of_limited_range_and_without_colour() -> None:
    found = yuv_of(["#000000", "#ffffff", "#808080"])
    np.testing.assert_allclose(found[:, 0], [16, 235, 126], atol=0.5)
    np.testing.assert_allclose(found[:, 1:], 128, atol=0.5)


def test_red_has_more_red_and_blue_more_blue_and_letters_may_be_small_or_large() -> None:
    red, blue = yuv_of(["#FF0000", "#0000ff"])
    np.testing.assert_allclose(red, [63, 102, 240], atol=1)
    np.testing.assert_allclose(blue, [32, 240, 118], atol=1)
    assert yuv_of([]).shape == (0, 3)


@pytest.mark.parametrize("name", ["shirt.png", "shirt.jpg", "shirt.bmp"])
def test_a_shirt_of_one_colour_has_that_colour(tmp_path: Path, name: str) -> None:
    found = picture_colours(written(tmp_path / name, RED))
    np.testing.assert_allclose(found, np.tile(named(RED), (len(found), 1)), atol=3)


def test_a_striped_shirt_has_both_its_colours_and_each_time_the_same(tmp_path: Path) -> None:
    path = written(tmp_path / "striped.png", *[BLUE, WHITE] * 6)
    found = picture_colours(path)
    for colour in (BLUE, WHITE):
        assert np.abs(found - named(colour)).max(axis=1).min() < 12
    np.testing.assert_array_equal(found, picture_colours(path))


def test_what_is_at_the_edge_of_a_picture_does_not_count(tmp_path: Path) -> None:
    found = picture_colours(written(tmp_path / "edge.png", WHITE, *[RED] * 8, WHITE))
    np.testing.assert_allclose(found, np.tile(named(RED), (len(found), 1)), atol=3)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 2)])
def test_the_smallest_pictures_have_a_colour_too(tmp_path: Path, size: tuple[int, int]) -> None:
    found = picture_colours(written(tmp_path / "small.png", RED, size=size))
    assert len(found) and np.isfinite(found).all()


def test_grey_pictures_and_transparent_ones_can_be_read(tmp_path: Path) -> None:
    pictures: dict[str, NDArray[Any]] = {
        "grey.png": np.full((40, 40), 200, np.uint8),
        "deep.png": np.full((9, 9, 4), 65535, np.uint16),
    }
    for name, pixels in pictures.items():
        assert cv2.imwrite(str(tmp_path / name), pixels)
        assert np.isfinite(picture_colours(str(tmp_path / name))).all()


def test_of_a_shirt_that_is_cut_out_the_ground_does_not_count(tmp_path: Path) -> None:
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[20:80, 35:65] = (*RED[::-1], 255)
    assert cv2.imwrite(str(tmp_path / "cut.png"), pixels)
    found = picture_colours(str(tmp_path / "cut.png"))
    np.testing.assert_allclose(found, np.tile(named(RED), (len(found), 1)), atol=6)


def test_a_picture_of_which_nothing_can_be_seen_is_refused(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "clear.png"), np.zeros((30, 30, 4), np.uint8))
    with pytest.raises(ValueError, match="transparent"):
        picture_colours(str(tmp_path / "clear.png"))


# --- what is no picture ---------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_small_file_of_an_endless_picture_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 99)))
    with pytest.raises(ValueError, match="no picture that can be read"):
        picture_colours(str(tmp_path / "bomb.png"))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palette, "MOST_PICTURE_BYTES", 50)
    with pytest.raises(ValueError, match="no picture"):
        picture_colours(written(tmp_path / "large.png", RED))


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.png").write_bytes(content)
    with pytest.raises(ValueError, match="no picture that can be read"):
        picture_colours(str(tmp_path / "odd.png"))


def test_a_folder_or_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.png"):
        with pytest.raises(OSError):
            picture_colours(str(path))


PNG = cv2.imencode(".png", np.random.default_rng(1).integers(0, 255, (9, 9, 3), np.uint8))[1].tobytes()


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(PNG) - 1), st.binary(max_size=4), st.integers(0, 9))
def test_a_damaged_picture_has_colours_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, where: int, odd: bytes, cut: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.png"
    path.write_bytes(PNG[:where] + odd + PNG[where + cut :])
    try:
        assert np.isfinite(picture_colours(str(path))).all()
    except ValueError as error:
        assert "picture" in str(error)


def test_a_pipe_is_not_waited_at(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ValueError, match="no plain file"):
        picture_colours(str(tmp_path / "pipe.png"))
