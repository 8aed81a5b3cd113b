"""Video files in and out: the pictures of a file as the service decodes them, and an MP4 that appears when whole."""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from stream_engine.backends import DECODERS, DecodeError, Decoder, Picture, load
from stream_engine.backends.pyav import side_data_of
from stream_engine.config import StreamConfig
from stream_engine.feeds import FeedEnded
from stream_engine.feeds.clocks import NS, PtsClock
from stream_engine.feeds.open import open_feed
from stream_engine.stamp import stamp_of

TICKS = 90_000  # a second, in the files written: every broadcast rate is a whole number of them
CRF = 20  # of x264: players' numbers stay readable; six more halve the file
PRESET = "veryfast"
THREADS = 2  # of the decoder
UNKNOWN_RATE = Fraction(30)
# As ITU-T H.273 numbers them.
BT709, UNSPECIFIED, BT601, LIMITED = 1, 2, 6, 1
HD_ROWS = 720  # from here on a video that does not say so is BT.709


class VideoError(Exception):
    """A video cannot be read or written: which, and why."""


class Shown(NamedTuple):
    """One picture of a file, as rows, columns, BGR."""

    pixels: NDArray[np.uint8]
    pts_ns: int
    user_data: tuple[bytes, ...]


class VideoReader:
    """The pictures of a file through the service's own feed, decoder and clock, so that numbers agree."""

    def __init__(self, path: Path) -> None:
        stream = StreamConfig(name=path.name, url=str(path.resolve()), pace="fast")
        self._feed = open_feed(stream, threading.Event())
        video = self._feed.video
        self._decoder: Decoder = load(DECODERS, "pyav")(video, THREADS, "frame")
        self._codec = video.codec_context
        self.rate: Fraction = video.average_rate or video.guessed_rate or UNKNOWN_RATE
        self.frame_ns = round(NS / self.rate)
        self.about = video.frames or round((video.duration or 0) * video.time_base * self.rate)  # pictures; 0: unknown
        self._clock = PtsClock(video.time_base, self.frame_ns)
        self.undecodable = 0

    def __iter__(self) -> Iterator[Shown]:
        return (self._shown(picture, pts_ns) for picture, pts_ns in self.timed())

    def timed(self) -> Iterator[tuple[Picture, int]]:
        """The pictures as the decoder gives them, each with its time, and good until the next is asked for."""
        for count, picture in enumerate(self.pictures(), 1):
            # Pictures without a time come one after the other, whenever this machine gets to them.
            yield picture, self._clock.pts_ns(picture.pts, count * self.frame_ns)

    def pictures(self) -> Iterator[Picture]:
        """The pictures as the decoder gives them; each is good until the next is asked for."""
        packets = self._feed.packets()
        while True:
            try:
                packet = next(packets)
            except FeedEnded:
                break
            try:
                yield from self._decoder.decode(packet)
            except DecodeError:
                self.undecodable += 1
        yield from self._decoder.flush()

    def _shown(self, picture: Picture, pts_ns: int) -> Shown:
        nv12 = nv12_of(picture)
        frame = VideoFrame.from_ndarray(nv12, format="nv12")
        frame.colorspace = self.matrix(picture.height)
        frame.color_range = self._codec.color_range or LIMITED
        pixels: Any = frame.to_ndarray(format="bgr24")
        return Shown(pixels, pts_ns, picture.user_data)

    def matrix(self, rows: int) -> int:
        """The colour matrix that the file names, or the usual one of its size."""
        named = int(self._codec.colorspace)
        return named if named != UNSPECIFIED else BT709 if rows >= HD_ROWS else BT601

    def close(self) -> None:
        self._decoder.close()
        self._feed.close()

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def nv12_of(picture: Picture) -> NDArray[np.uint8]:
    """A copy of a decoded picture, as it would lie in the ring."""
    nv12 = np.empty((picture.height * 3 // 2, picture.width), np.uint8)
    picture.write_nv12(nv12)
    return nv12


def pictures_at(video: Path, numbers: Iterable[int], fps: float) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The pictures of these frames, in rising order; those that the video does not have are left out."""
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for number in sorted(set(numbers)):
                picture = _seek(container, stream, number, fps)
                if picture is not None:
                    yield number, picture
    except (av.error.FFmpegError, IndexError) as error:
        raise VideoError(f"{video} cannot be read: {error}") from None


def _seek(
    container: av.container.InputContainer, stream: av.VideoStream, number: int, fps: float
) -> NDArray[np.uint8] | None:
    """Decode from the key frame before until the frame comes; its stamp says which it is, without one its time."""
    assert stream.time_base is not None
    start = stream.start_time or 0
    container.seek(start + round(number / fps / float(stream.time_base)), stream=stream, backward=True)
    for frame in container.decode(stream):
        stamp = stamp_of(side_data_of(frame)[1])
        at = stamp.frame if stamp else round(((frame.pts or 0) - start) * float(stream.time_base) * fps)
        if at >= number:
            return np.ascontiguousarray(frame.to_ndarray(format="bgr24"), np.uint8) if at == number else None
    return None


class VideoWriter:
    """H.264 in an MP4; the file has its name when it is whole, and is not there when anything went wrong."""

    def __init__(self, path: Path, size: tuple[int, int], rate: Fraction, crf: int = CRF) -> None:
        self._path, self._size = path, size
        self._matrix = BT709 if size[1] >= HD_ROWS else BT601
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._first_ns: int | None = None
        self._ticks = -1
        try:
            self._container = av.open(
                f"file:{self._part.resolve()}", "w", format="mp4", options={"movflags": "+faststart"}
            )
        except av.error.FFmpegError as error:
            raise VideoError(f"{path} cannot be written: {error.strerror}") from None
        self._video: Any = self._container.add_stream("libx264", rate, {"crf": str(crf), "preset": PRESET})
        self._video.width, self._video.height = size
        self._video.pix_fmt = "yuv420p"
        self._video.codec_context.time_base = Fraction(1, TICKS)
        self._video.codec_context.colorspace = self._matrix
        self._video.codec_context.color_range = LIMITED

    def write(self, pixels: NDArray[np.uint8], pts_ns: int) -> None:
        """The next picture; times count from the first."""
        if pixels.shape[1::-1] != self._size:
            raise VideoError(f"{self._path}: the pictures change their size on the way; split the video there")
        if self._first_ns is None:
            self._first_ns = pts_ns
        frame = VideoFrame.from_ndarray(pixels, format="bgr24").reformat(
            format="yuv420p", dst_colorspace=self._matrix, dst_color_range=LIMITED
        )
        self._ticks = frame.pts = max(round((pts_ns - self._first_ns) * TICKS / NS), self._ticks + 1)
        frame.time_base = Fraction(1, TICKS)
        self._encode(frame)

    def _encode(self, frame: VideoFrame | None) -> None:
        try:
            self._container.mux(self._video.encode(frame))
        except av.error.FFmpegError as error:
            raise VideoError(f"{self._path} cannot be written: {error.strerror}") from None

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._encode(None)
                self._finish()
        finally:
            with suppress(av.error.FFmpegError, OSError):  # what went wrong first is what is told
                self._container.close()
            self._part.unlink(missing_ok=True)

    def _finish(self) -> None:
        try:
            self._container.close()
            self._part.replace(self._path)
        except (av.error.FFmpegError, OSError) as error:
            raise VideoError(f"{self._path} cannot be written: {error.strerror}") from None
