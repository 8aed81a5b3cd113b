"""Noticing that a transport stream goes on with another codec, which FFmpeg does not tell its reader."""

from typing import Literal

Codec = Literal["h264", "hevc", "mpeg2video"]

START = b"\x00\x00\x01"
# The first unit of a picture in a transport stream. H.264: access unit delimiter or sequence parameter set;
# HEVC: these or a video parameter set, in two bytes; MPEG-2: picture, sequence or group of pictures.
# None is a legal start in another.
H264 = (b"\x09", b"\x27", b"\x67")
HEVC = (b"\x46\x01", b"\x40\x01", b"\x42\x01")
MPEG2 = (b"\x00", b"\xb3", b"\xb8")
# A damaged picture may begin anywhere, but hardly twice in a row with the same wrong beginning.
ENOUGH = 2


def codec_of(start: bytes) -> Codec | None:
    """The codec of a picture, from its first bytes; None when they do not say."""
    unit = start.partition(START)[2]
    if unit.startswith(H264):
        return "h264"
    if unit.startswith(HEVC):
        return "hevc"
    return "mpeg2video" if unit.startswith(MPEG2) else None


class CodecWatch:
    """Tells when the pictures of a stream have become those of another codec."""

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._wrong = 0

    def changed(self, start: bytes) -> Codec | None:
        """The new codec, given the first bytes of the next picture."""
        seen = codec_of(start)
        if seen is not None:
            self._wrong = 0 if seen == self._codec else self._wrong + 1
        return seen if self._wrong >= ENOUGH else None
