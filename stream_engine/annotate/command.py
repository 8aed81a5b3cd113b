"""Annotate: a video and the events of it in, the same video with the events drawn into it out."""

from contextlib import closing
from pathlib import Path

import msgspec
from rich.console import Console

from stream_engine.annotate.recording import AnnotateError, Matcher, choose, read_recordings


class Annotated(msgspec.Struct, frozen=True):
    """What came of it; `by_stamp` and `by_pts` say how pictures found their events."""

    stream: str
    pictures: int
    by_stamp: int
    by_pts: int
    without_event: int
    unreadable_lines: int
    undecodable_packets: int

    def summary(self) -> str:
        found = f"{self.by_stamp + self.by_pts} of {self.pictures} pictures have their event"
        how = {"stamp": self.by_stamp, "time": self.by_pts}
        words = [f"{found}, by {' and '.join(name for name, count in how.items() if count)}"]
        words += [f"{self.unreadable_lines} lines of events cannot be read"] * bool(self.unreadable_lines)
        words += [f"{self.undecodable_packets} packets of the video cannot be decoded"] * bool(self.undecodable_packets)
        return "; ".join(words)


def annotate(
    events: Path, video: Path, out: Path, *, console: Console, stream: str | None = None, force: bool = False
) -> Annotated:
    """Write `out`: every picture of `video`, with its event drawn into it."""
    from stream_engine.annotate.artist import Artist, paint
    from stream_engine.video import VideoError, VideoReader

    _check_files(events, video, out, force)
    recordings, unreadable = read_recordings(events)
    name, recording = choose(events, recordings, unreadable, stream)
    try:
        with VideoReader(video) as reader:
            matcher = Matcher(recording.places, reader.frame_ns)
            with closing(Artist(events, recording, matcher)) as artist:
                pictures = paint(reader, artist, out, console)
    except VideoError as error:
        raise AnnotateError(str(error)) from None
    return Annotated(
        stream=name,
        pictures=pictures,
        by_stamp=matcher.by_stamp,
        by_pts=matcher.by_pts,
        without_event=pictures - matcher.by_stamp - matcher.by_pts,
        unreadable_lines=unreadable,
        undecodable_packets=reader.undecodable,
    )


def _check_files(events: Path, video: Path, out: Path, force: bool) -> None:
    for path in (events, video):
        if not path.is_file():
            raise AnnotateError(f"{path}: there is no such file")
        if out.resolve() == path.resolve():
            raise AnnotateError(f"{out} is read; write to another file")
    if not out.parent.is_dir() or (out.exists() and not out.is_file()):
        raise AnnotateError(f"{out} is no place for a file")
    if out.exists() and not force:
        raise AnnotateError(f"{out} is there already; --force writes over it")
