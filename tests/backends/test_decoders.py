"""The decoder seam: one contract, held by every decoder that works on this machine."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.backends import DECODERS, DecodeError, Decoder, Picture, load
from stream_engine.backends.pyav import smpte_timecode
from stream_engine.feeds import FeedPacket, Stamp
from tests.peers import make_clip


@pytest.fixture(params=sorted(DECODERS))
def decoder_class(request: pytest.FixtureRequest) -> Any:
    return load(DECODERS, request.param)


def packets(path: Path) -> Iterator[tuple[Any, FeedPacket]]:
    """The video packets of a file; the stamp of each is its PTS, so that it can be recognised."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        for packet in container.demux(video):
            if packet.size:
                yield video, FeedPacket(packet, Stamp(packet.pts or 0, 0))


def pictures(decoder_class: Any, path: Path, **options: Any) -> Iterator[Picture]:
    decoder: Decoder | None = None
    for video, packet in packets(path):
        decoder = decoder or decoder_class(video, **options)
        yield from decoder.decode(packet)
    assert decoder
    yield from decoder.flush()
    decoder.close()


def nv12(picture: Picture) -> NDArray[np.uint8]:
    out = np.zeros((picture.height * 3 // 2, picture.width), np.uint8)
    picture.write_nv12(out)
    return out


def reference(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [np.asarray(frame.reformat(format="nv12").to_ndarray(), np.uint8) for frame in container.decode(video=0)]


def test_pictures_are_the_ones_ffmpeg_gives_as_nv12(decoder_class: Any, clips: Path) -> None:
    clip = make_clip(clips / "plain.ts", "-bf", "2", seconds=1)
    ours, theirs = [nv12(p) for p in pictures(decoder_class, clip)], reference(clip)
    assert len(ours) == len(theirs) == 30
    assert all((a == b).all() for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("threads", [("slice", 1), ("slice", 2), ("frame", 3)])
def test_stamps_stay_with_their_pictures_through_reordering(
    decoder_class: Any, clips: Path, threads: tuple[str, int]
) -> None:
    clip = make_clip(clips / "plain.ts", "-bf", "2", seconds=1)
    seen = list(pictures(decoder_class, clip, thread_type=threads[0], threads=threads[1]))
    assert [p.stamp.mono_ns for p in seen] == [p.pts for p in seen]
    assert [p.pts for p in seen] == sorted(p.pts or 0 for p in seen)
    assert all(p.decoder_ns > 0 for p in seen)
    assert [n for n, p in enumerate(seen) if p.key] == [0, 15]


@pytest.mark.parametrize(
    ("name", "encode"),
    [
        ("ten bits", ("-pix_fmt", "yuv420p10le")),
        ("4:2:2", ("-pix_fmt", "yuv422p")),
        ("4:2:2 ten bits", ("-pix_fmt", "yuv422p10le")),
        ("4:4:4", ("-pix_fmt", "yuv444p")),
        ("full range", ("-pix_fmt", "yuvj420p")),
    ],
)
def test_other_formats_come_as_nv12_of_the_same_picture(
    decoder_class: Any, clips: Path, name: str, encode: tuple[str, ...]
) -> None:
    clip = make_clip(clips / f"{name.replace(' ', '-').replace(':', '')}.ts", *encode, seconds=0.5)
    ours, theirs = [nv12(p) for p in pictures(decoder_class, clip)], reference(clip)
    assert len(ours) == len(theirs) == 15
    if name == "full range":
        theirs = ours[:1] * 15  # the reference changes the range, the ring keeps it
        ours = ours[:1] * 15
    difference = max(float(np.abs(a.astype(int) - b).mean()) for a, b in zip(ours, theirs, strict=True))
    assert difference < 1.0


def test_interlaced_pictures_are_deinterlaced_and_none_is_lost(decoder_class: Any, clips: Path) -> None:
    fields = (
        "-vf",
        "tinterlace=interleave_top,fieldorder=tff",
        "-flags",
        "+ilme+ildct",
        "-x264-params",
        "tff=1",
    )
    clip = make_clip(clips / "interlaced.ts", *fields, fps=50, seconds=1)
    woven = reference(clip)
    seen = [(p.stamp.mono_ns, p.pts, nv12(p)) for p in pictures(decoder_class, clip)]
    assert len(seen) == len(woven)
    assert [stamp for stamp, _, _ in seen] == sorted(stamp for stamp, _, _ in seen)
    combing = [float(np.abs(np.diff(picture[:360].astype(int), axis=0)).mean()) for _, _, picture in seen]
    before = [float(np.abs(np.diff(picture[:360].astype(int), axis=0)).mean()) for picture in woven]
    assert np.mean(combing) < 0.9 * np.mean(before)


def test_odd_sizes_are_cropped_to_even_ones(decoder_class: Any, clips: Path) -> None:
    clip = make_clip(clips / "odd.ts", "-pix_fmt", "yuv444p", size="321x181", seconds=0.2)
    picture = next(pictures(decoder_class, clip))
    assert (picture.width, picture.height) == (320, 180)
    assert nv12(picture).any()


def test_a_rotated_picture_is_set_upright(decoder_class: Any, clips: Path) -> None:
    flat = make_clip(clips / "plain.mp4", seconds=0.5)
    turned = clips / "turned.mp4"
    from tests.peers import ffmpeg

    ffmpeg("-display_rotation", "90", "-i", flat, "-c", "copy", turned)
    picture, plain = next(pictures(decoder_class, turned)), next(pictures(decoder_class, flat))
    assert (picture.width, picture.height) == (plain.height, plain.width)
    upright = nv12(picture)[: picture.height].astype(int)
    assert np.abs(upright - np.rot90(nv12(plain)[: plain.height])).mean() < 2


def test_a_change_of_size_within_a_stream_comes_through(decoder_class: Any, clips: Path) -> None:
    small = make_clip(clips / "small.ts", size="320x180", seconds=0.5)
    large = make_clip(clips / "plain.ts", "-bf", "2", seconds=1)
    both = clips / "both.ts"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    sizes = [(p.width, p.height) for p in pictures(decoder_class, both)]
    assert sizes.count((320, 180)) == 15
    assert sizes.count((640, 360)) >= 29


@pytest.mark.parametrize("seed", range(5))
def test_damaged_packets_never_end_the_decoder(decoder_class: Any, clips: Path, seed: int) -> None:
    clip = make_clip(clips / "plain.ts", "-bf", "2", seconds=1)
    rng, decoder, shown, refused = random.Random(seed), None, 0, 0
    for video, packet in packets(clip):
        decoder = decoder or decoder_class(video)
        data = bytearray(bytes(packet.packet))
        for _ in range(rng.randrange(4)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        hurt = av.Packet(bytes(data[: rng.randrange(1, len(data) + 1)]) if rng.random() < 0.2 else bytes(data))
        hurt.pts, hurt.dts, hurt.time_base = packet.packet.pts, packet.packet.dts, packet.packet.time_base
        try:
            for picture in decoder.decode(FeedPacket(hurt, packet.stamp)):
                nv12(picture)
                shown += 1
        except DecodeError:
            refused += 1
    assert shown + refused > 0


def test_sei_user_data_travels_with_its_picture_and_the_encoders_note_does_not(decoder_class: Any, clips: Path) -> None:
    marked = clips / "sei.ts"
    from tests.peers import ffmpeg

    sei = "h264_metadata=sei_user_data=086f3693b7b34f2c965321492feee5b8+hello"
    ffmpeg("-i", make_clip(clips / "plain.ts", "-bf", "2", seconds=1), "-c", "copy", "-bsf:v", sei, marked)
    data = [p.user_data for p in pictures(decoder_class, marked)]
    assert data[0] == (bytes.fromhex("086f3693b7b34f2c965321492feee5b8") + b"hello\x00",) or data[0][0].endswith(
        b"hello"
    )
    assert not any(item.startswith(b"\xdc\x45\xe9\xbd") for items in data for item in items)


def test_a_smpte_timecode_is_read_from_its_word() -> None:
    word = 0x10 | 0x59 << 8 | 0x07 << 16 | 0x24 << 24
    assert smpte_timecode(np.array([1, word, 0, 0], "<u4").tobytes()) == "10:59:07:24"
    assert smpte_timecode(np.array([1, word | 1 << 30, 0, 0], "<u4").tobytes()) == "10:59:07;24"
    assert smpte_timecode(np.array([0, word, 0, 0], "<u4").tobytes()) is None
    assert smpte_timecode(b"\x01") is None


def test_a_decoder_of_an_unknown_name_lists_the_ones_there_are() -> None:
    with pytest.raises(LookupError, match="there are: pyav"):
        load(DECODERS, "cuda")
