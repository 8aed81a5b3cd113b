"""Decoding on the CPU with PyAV (FFmpeg in this process)."""

import time
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import av
import av.error
import cv2
import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from stream_engine.backends import DecodeError
from stream_engine.feeds import FeedPacket, Stamp

# Planar 8-bit 4:2:0 and NV12 are copied as they are. Full-range pictures (yuvj420p) keep their range: no
# value is changed on the way into the ring; the sender's range is a property of the feed, as its colour matrix is.
COPIED = ("yuv420p", "yuvj420p", "nv12")
MOST_USER_DATA = 4
MOST_USER_DATA_BYTES = 1024
X264_SETTINGS = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")  # the encoder's own note, no news of the picture
TURNS = {
    90: "transpose=cclock",
    -90: "transpose=clock",
    180: "hflip,vflip",
    -180: "hflip,vflip",
    270: "transpose=clock",
}


class PyavPicture:
    """A decoded frame in FFmpeg's memory; NV12 or planar 4:2:0, upright, of even size."""

    def __init__(self, frame: VideoFrame, stamp: Stamp, decoder_ns: int) -> None:
        self._frame = frame
        self.width = frame.width & ~1
        self.height = frame.height & ~1
        self.pts = frame.pts
        self.stamp = stamp
        self.decoder_ns = decoder_ns
        self.key = bool(frame.key_frame)
        self.damaged = frame.is_corrupt
        self.timecode, self.user_data = side_data_of(frame)

    def write_nv12(self, out: NDArray[np.uint8]) -> None:
        """Copy the planes; chroma is interleaved on the way."""
        height, width = self.height, self.width
        luma, *chroma = (_plane(plane) for plane in self._frame.planes)
        np.copyto(out[:height], luma[:height, :width])
        if self._frame.format.name == "nv12":
            np.copyto(out[height:], chroma[0][: height // 2, :width])
        else:
            half = [plane[: height // 2, : width // 2] for plane in chroma]
            # Eleven times faster than strided assignment, and it writes in place.
            cv2.merge(half, out[height:].reshape(height // 2, width // 2, 2))


def _plane(plane: Any) -> NDArray[np.uint8]:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)


class PyavDecoder:
    """Packets of one feed in, pictures in display order out."""

    def __init__(self, video: Any, threads: int = 1, thread_type: str = "slice") -> None:
        # The stream's own context: it knows the side data of the container, such as a rotation.
        self._codec: Any = video.codec_context
        self._codec.thread_count = threads
        self._codec.thread_type = thread_type.upper()
        self._codec.copy_opaque = True  # arrival stamps travel through the decoder's reordering
        self._straightener = Straightener()

    def decode(self, packet: FeedPacket) -> list[PyavPicture]:
        packet.packet.opaque = (packet.stamp, time.monotonic_ns())
        return self._pictures(self._decoded(packet.packet))

    def flush(self) -> list[PyavPicture]:
        return [*self._pictures(self._decoded(None)), *map(_picture, self._straightener.flush())]

    def _decoded(self, packet: Any) -> list[VideoFrame]:
        try:
            frames: list[VideoFrame] = self._codec.decode(packet)
        except av.error.FFmpegError as error:
            raise DecodeError(error.strerror or type(error).__name__) from None
        return frames

    def _pictures(self, frames: Iterable[VideoFrame]) -> list[PyavPicture]:
        return [_picture(upright) for frame in frames for upright in self._straightener.straighten(frame)]

    def close(self) -> None:
        self._straightener = Straightener()


def _picture(frame: VideoFrame) -> PyavPicture:
    travelled: Any = frame.opaque  # when its packet arrived and was given to the decoder; now, where FFmpeg lost it
    now_ns = time.monotonic_ns()
    stamp, handed_over_ns = travelled or (Stamp(now_ns, time.time_ns()), now_ns)
    return PyavPicture(frame, stamp, now_ns - handed_over_ns)


class Straightener:
    """Makes any decoded frame progressive, upright and 8-bit 4:2:0; most are and pass untouched."""

    def __init__(self) -> None:
        self._shape: tuple[object, ...] = ()
        self._graph: Graph | None = None
        self._interlaced = False
        self._time_base = Fraction(1, 90_000)

    def straighten(self, frame: VideoFrame) -> list[VideoFrame]:
        if frame.width < 2 or frame.height < 2:
            return []
        self._interlaced |= frame.interlaced_frame
        turn = TURNS.get(round(frame.rotation), "")
        if frame.format.name in COPIED and not self._interlaced and not turn:
            return [frame]
        shape = (frame.format.name, frame.width, frame.height, self._interlaced, turn)
        if self._graph is None or shape != self._shape:
            self._graph, self._shape = _graph(frame, self._interlaced, turn), shape
        self._graph.push(frame)
        return self._pull(self._graph, frame.time_base or self._time_base)

    def flush(self) -> list[VideoFrame]:
        """The frame that deinterlacing holds back."""
        graph, self._graph = self._graph, None
        if graph is None:
            return []
        graph.push(None)
        return self._pull(graph, self._time_base)

    def _pull(self, graph: Graph, time_base: Fraction) -> list[VideoFrame]:
        """What the graph has ready, in the feed's time base (deinterlacing halves it)."""
        self._time_base = time_base
        frames: list[VideoFrame] = []
        while True:
            try:
                frame = graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return frames
            if frame.pts is not None and frame.time_base:
                frame.pts = round(frame.pts * frame.time_base / time_base)
            frames.append(frame)


def _graph(frame: VideoFrame, interlaced: bool, turn: str) -> Graph:
    # Once a feed was seen to be interlaced all its frames pass, so that their order and delay stay the same.
    steps = [
        *(["bwdif=mode=send_frame:deint=interlaced"] if interlaced else []),
        *turn.split(","),
        "format=nv12",
    ]
    graph = Graph()
    last = graph.add_buffer(
        template=None, width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    for step in filter(None, steps):
        name, _, arguments = step.partition("=")
        following = graph.add(name, arguments or None)
        last.link_to(following)
        last = following
    last.link_to(graph.add("buffersink"))
    graph.configure()
    return graph


_container_of: Any = SideDataContainer  # declared without its constructor


def side_data_of(frame: VideoFrame) -> tuple[str | None, tuple[bytes, ...]]:
    """Timecode and SEI user data of a frame.

    The timecode of an MPEG-2 group of pictures is left out: FFmpeg gives it one picture early.
    """
    timecode: str | None = None
    user_data: list[bytes] = []
    # Not `frame.side_data`: a frame that holds its side data is a cycle, freed only by the collector.
    for item in _container_of(frame):
        if item.type == Type.S12M_TIMECODE:
            timecode = smpte_timecode(bytes(item))
        elif item.type == Type.SEI_UNREGISTERED and len(user_data) < MOST_USER_DATA:
            data = bytes(item)[:MOST_USER_DATA_BYTES]
            if not data.startswith(X264_SETTINGS):
                user_data.append(data)
    return timecode, tuple(user_data)


def smpte_timecode(data: bytes) -> str | None:
    """The first timecode of FFmpeg's S12M side data: a count, then up to three SMPTE ST 12-1 words."""
    words = np.frombuffer(data[: len(data) & ~3], "<u4")
    if len(words) < 2 or words[0] < 1:
        return None
    word = int(words[1])

    def number(shift: int, tens_mask: int) -> int:
        return (word >> (shift + 4) & tens_mask) * 10 + (word >> shift & 0xF)

    hours, minutes, seconds, frames = number(0, 3), number(8, 7), number(16, 7), number(24, 3)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    separator = ";" if word >> 30 & 1 else ":"
    return f"{hours:02}:{minutes:02}:{seconds:02}{separator}{frames:02}"
