"""The artist of annotate: draws the event of each picture of a video, and writes the pictures down."""

from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from stream_engine.annotate.recording import AnnotateError, Matcher, Place, Recording
from stream_engine.draw import TEAMS, Picture, Style, draw_caption, draw_gap, draw_objects
from stream_engine.listen import decode_event
from stream_engine.masks import MaskError
from stream_engine.messages import UNKNOWN_TEAM, GapEvent, TrackEvent
from stream_engine.video import Shown, VideoReader, VideoWriter

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def style_for(teams: set[str]) -> Style:
    """Colours of teams where anybody tells them, decided or not; of tracks where not."""
    if not teams:
        return Style(by="track")
    decided = teams - {UNKNOWN_TEAM}
    pairs = (pair for pair in TEAMS if decided <= set(pair))
    return Style(teams=next(pairs, tuple(sorted(decided))))


class Artist:
    """Draws each picture's event, or that there is none."""

    def __init__(self, events: Path, recording: Recording, matcher: Matcher) -> None:
        self._path, self._recording, self._matcher = events, recording, matcher
        self._file = events.open("rb")
        self._style = style_for(recording.teams)
        self._last: Place | None = None
        self._since = 0  # pictures without an event after the last that had one

    def draw(self, shown: Shown) -> None:
        place = self._matcher.find(shown.user_data, shown.pts_ns)
        if place is None:
            self._since += 1
            draw_gap(shown.pixels, self._gap())
            return
        self._last, self._since = place, 0
        event = self._load(place)
        self._check_size(event, shown.pixels)
        try:
            draw_objects(shown.pixels, event.objects, self._style)
        except MaskError as error:
            raise AnnotateError(f"{self._path}: frame {event.seq} of epoch {event.epoch}: {error}") from None
        draw_caption(shown.pixels, event)

    @property
    def found(self) -> bool:
        """Whether any picture had an event."""
        return self._last is not None

    def _gap(self) -> GapEvent | None:
        """What the recording says of this picture, counted on from the last that had an event."""
        return self._last and self._recording.gap_at(self._last.epoch, self._last.seq + self._since)

    def _load(self, place: Place) -> TrackEvent:
        self._file.seek(place.offset)
        event = decode_event(self._file.readline())
        assert isinstance(event, TrackEvent)
        return event

    def _check_size(self, event: TrackEvent, pixels: Picture) -> None:
        height, width = pixels.shape[:2]
        if (event.width, event.height) != (width, height):
            raise AnnotateError(
                f"the events are of pictures of {event.width}x{event.height}, the video has {width}x{height}: "
                "take the video that the service was fed, or one of its size"
            )

    def close(self) -> None:
        self._file.close()


def paint(reader: VideoReader, artist: Artist, out: Path, console: Console) -> int:
    """How many pictures were written; nothing is left behind when none of them had an event."""
    pictures = 0
    with ExitStack() as opened:
        progress = opened.enter_context(Progress(*COLUMNS, console=console, transient=True))
        writer: VideoWriter | None = None
        for shown in progress.track(reader, total=reader.about or None, description=out.name):
            artist.draw(shown)
            height, width = shown.pixels.shape[:2]
            writer = writer or opened.enter_context(VideoWriter(out, (width, height), reader.rate))
            writer.write(shown.pixels, shown.pts_ns)
            pictures += 1
        if not pictures:
            raise AnnotateError("the video has no picture that can be decoded")
        if not artist.found:
            raise AnnotateError("events and video do not belong together: no picture has the time or stamp of an event")
    return pictures
