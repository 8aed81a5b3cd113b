"""H.264 files whose every picture carries its stamp as user data, written in parts that are joined at the end."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from stream_engine.stamp import Stamp

SEI, USER_DATA, SLICES = 6, 5, (1, 5)
BT709, LIMITED = 1, 1  # as ITU-T H.273 numbers them


@dataclass(frozen=True, slots=True)
class Quality:
    """How much is spent on the pictures: a constant quality, or a bit rate."""

    crf: int = 22
    bitrate_k: int | None = None
    preset: str = "superfast"

    def options(self, fps: float) -> dict[str, str]:
        """x264's options: no B-frames and a key frame a second, as contribution encoders are set for low delay."""
        options = {"preset": self.preset, "bf": "0", "g": str(round(fps)), "sc_threshold": "0", "threads": "2"}
        if self.bitrate_k is None:
            return options | {"crf": str(self.crf)}
        rate = f"{self.bitrate_k}k"
        return options | {"b": rate, "maxrate": rate, "bufsize": f"{self.bitrate_k * 2}k"}


class Encoder:
    """Writes one file; used as a context, closed only when everything went well."""

    def __init__(self, path: Path, size: tuple[int, int], fps: float, quality: Quality) -> None:
        self._file = av.open(str(path), "w", format="mp4")
        rate = Fraction(fps).limit_denominator(1001)
        self._stream = self._file.add_stream("libx264", rate=rate, options=quality.options(fps))
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = 1 / rate
        self._stream.codec_context.colorspace = BT709
        self._stream.codec_context.color_range = LIMITED
        self._stamps: dict[int, Stamp] = {}
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            for packet in self._stream.encode(None):
                self._write(packet)
        self._file.close()

    def add(self, yuv: NDArray[np.uint8], stamp: Stamp) -> None:
        """The next picture, planar YUV 4:2:0."""
        frame = av.VideoFrame.from_ndarray(yuv, format="yuv420p")
        frame.pts = self._count
        self._stamps[self._count] = stamp
        self._count += 1
        for packet in self._stream.encode(frame):
            self._write(packet)

    def _write(self, packet: "av.Packet[av.VideoStream]") -> None:
        if packet.pts is None or packet.time_base is None:
            raise RuntimeError("the encoder gave a packet without a time")
        picture = round(packet.pts * packet.time_base * self._stream.codec_context.rate)
        stamped = av.Packet(with_user_data(bytes(packet), self._stamps.pop(picture).pack()))
        stamped.pts, stamped.dts, stamped.time_base = packet.pts, packet.dts, packet.time_base
        stamped.duration, stamped.stream, stamped.is_keyframe = packet.duration, self._stream, packet.is_keyframe
        self._file.mux(stamped)


def with_user_data(picture: bytes, data: bytes) -> bytes:
    """One coded picture (Annex B) with a user data message (ITU-T H.264 D.1.6) before its first slice."""
    if len(data) >= 255:
        raise ValueError("user data of 255 bytes and more would need a longer size field")
    payload = bytes((USER_DATA, len(data))) + data + b"\x80"
    unit = b"\x00\x00\x00\x01" + bytes((SEI,)) + _escaped(payload)
    at = _first_slice(picture)
    return picture[:at] + unit + picture[at:]


def _first_slice(picture: bytes) -> int:
    """Where the start code of the first slice begins."""
    at = picture.find(b"\x00\x00\x01")
    while at >= 0:
        if picture[at + 3] & 31 in SLICES:
            return at - 1 if at and picture[at - 1] == 0 else at
        at = picture.find(b"\x00\x00\x01", at + 3)
    raise ValueError("this packet has no slice")


def _escaped(payload: bytes) -> bytes:
    """Emulation prevention: two zero bytes are never followed by one below 4."""
    out = bytearray()
    zeros = 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def pictures_in(path: Path) -> int:
    """How many pictures a file has; none when it is damaged."""
    try:
        with av.open(str(path)) as file:
            return sum(1 for packet in file.demux(video=0) if packet.size)
    except (av.error.FFmpegError, IndexError):
        return 0


def join(parts: list[Path], path: Path, fps: float) -> None:
    """Put parts one after the other into one file, without coding again."""
    frame_s = 1 / Fraction(fps).limit_denominator(1001)
    with av.open(str(path), "w", format="mp4") as out:
        stream = None
        done = 0
        for part in parts:
            with av.open(str(part)) as source:
                stream = stream or out.add_stream_from_template(source.streams.video[0])
                count = 0
                for packet in source.demux(video=0):
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue
                    shift = round(done * frame_s / packet.time_base)
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, stream
                    out.mux(packet)
                    count += 1
                done += count
