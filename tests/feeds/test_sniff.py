"""A transport stream that goes on with another codec is noticed, and damage is not taken for one."""

from pathlib import Path

import av
import pytest

from stream_engine.feeds.sniff import CodecWatch, codec_of
from tests.peers import make_clip

CLIPS = {
    "h264": ("libx264", ()),
    "hevc": ("libx265", ("-preset", "ultrafast", "-x265-params", "log-level=none")),
    "mpeg2video": ("mpeg2video", ()),
}


@pytest.mark.parametrize("name", CLIPS)
def test_the_codec_is_known_from_every_picture(clips: Path, name: str) -> None:
    codec, encode = CLIPS[name]
    clip = make_clip(clips / f"sniff-{name}.ts", *encode, seconds=1, codec=codec)
    with av.open(str(clip)) as container:
        starts = [bytes(memoryview(p)[:8]) for p in container.demux(video=0) if p.size]
    assert {codec_of(start) for start in starts} == {name}


def test_a_change_is_told_at_its_second_picture_and_a_damaged_picture_is_none() -> None:
    watch = CodecWatch("h264")
    ours, other, unknown = b"\0\0\0\1\x09\xf0", b"\0\0\1\xb3", b"\x12\x34"
    assert [watch.changed(s) for s in (ours, other, ours, unknown, other)] == [None] * 5
    assert watch.changed(other) == "mpeg2video"
