"""Stamps in every coded picture."""

from pathlib import Path

import av
import numpy as np

from footage.encode import Encoder, Quality, join, with_user_data
from stream_engine.backends.pyav import side_data_of
from stream_engine.stamp import Stamp, stamp_of

SIZE, FPS = (64, 48), 25.0


def stamp(number: int) -> Stamp:
    return Stamp("0123456789abcdef", number, number * 40_000_000)


def write(path: Path, numbers: range) -> Path:
    with Encoder(path, SIZE, FPS, Quality(preset="ultrafast")) as encoder:
        for number in numbers:
            encoder.add(np.full((SIZE[1] * 3 // 2, SIZE[0]), 40 + 4 * number, np.uint8), stamp(number))
    return path


def stamps_in(path: Path) -> list[tuple[float | None, Stamp | None]]:
    """Each picture's time and stamp."""
    with av.open(str(path)) as file:
        return [(frame.time, stamp_of(side_data_of(frame)[1])) for frame in file.decode(video=0)]


def test_every_picture_carries_its_stamp_and_has_its_time(tmp_path: Path) -> None:
    seen = stamps_in(write(tmp_path / "a.mp4", range(30)))
    assert seen == [(number / FPS, stamp(number)) for number in range(30)]


def test_joined_parts_are_one_video(tmp_path: Path) -> None:
    parts = [write(tmp_path / f"{first}.mp4", range(first, end)) for first, end in ((0, 12), (12, 24), (24, 29))]
    join(parts, tmp_path / "whole.video", FPS)
    seen = stamps_in(tmp_path / "whole.video")
    assert [mark for _, mark in seen] == [stamp(number) for number in range(29)]
    assert np.allclose([time for time, _ in seen if time is not None], np.arange(29) / FPS)


def test_a_bit_rate_takes_the_place_of_a_constant_quality() -> None:
    assert "crf" in Quality(crf=20).options(30.0)
    limited = Quality(bitrate_k=2500).options(30.0)
    assert "crf" not in limited and limited["b"] == "2500k" and limited["bufsize"] == "5000k"


def test_user_data_goes_before_the_first_slice_and_never_looks_like_a_start_code() -> None:
    picture = b"\x00\x00\x00\x01\x09\xf0" + b"\x00\x00\x01\x65slice"
    stamped = with_user_data(picture, b"\x00\x00\x00\x00\x01" * 8)
    at = stamped.index(b"\x00\x00\x01\x65slice")
    message = stamped[6:at]
    assert stamped.startswith(b"\x00\x00\x00\x01\x09\xf0") and message.startswith(b"\x00\x00\x00\x01\x06\x05\x28")
    assert b"\x00\x00\x00" not in message[4:] and b"\x00\x00\x01" not in message[4:]
    assert message[4:].replace(b"\x00\x00\x03", b"\x00\x00")[3:-1] == b"\x00\x00\x00\x00\x01" * 8
