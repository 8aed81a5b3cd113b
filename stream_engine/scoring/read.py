"""Reading what is scored: truth folders, and events from a file of JSON lines or from a running service."""

import gzip
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from stream_engine.listen import Listener, decode_event
from stream_engine.messages import Event, GapEvent, TrackEvent
from stream_engine.scoring import ScoreError
from stream_engine.scoring.checks import odd_event, odd_frame, odd_header
from stream_engine.scoring.truth import FORMAT, TruthFrame, TruthHeader, TruthPerson

Scored = TrackEvent | GapEvent
POLL_MS = 100
UNSENDABLE = "this event has numbers that the service never sends"

_header = msgspec.json.Decoder(TruthHeader)
_frame = msgspec.json.Decoder(TruthFrame)


class _Format(msgspec.Struct):
    """What has to be known before anything else of match.json is."""

    format: int


@dataclass(frozen=True, slots=True)
class Truth:
    """A whole match: the frames by number."""

    header: TruthHeader
    frames: tuple[TruthFrame, ...]
    people: dict[int, TruthPerson]

    @property
    def scale(self) -> float:
        """What a pixel of 1080p is in this picture."""
        return self.header.height / 1080


def truth_of(header: TruthHeader, frames: Iterable[TruthFrame]) -> Truth:
    """Checked: all frames are there, in order, and everybody in them is known."""
    frames = tuple(frames)
    people = {person.id: person for person in header.people}
    for number, frame in enumerate(frames):
        if frame.frame != number:
            raise ScoreError(f"the truth has frame {frame.frame} where {number} should be; make it again")
        if strange := {seen.id for seen in frame.objects} - set(people):
            raise ScoreError(f"the truth's frame {number} has person {min(strange)}, whom match.json does not know")
    if len(frames) != header.frames:
        raise ScoreError(f"the truth has {len(frames)} frames, but match.json says {header.frames}; make it again")
    return Truth(header, frames, people)


def read_truth(folder: Path) -> Truth:
    """match.json and truth.jsonl, or truth.jsonl.gz."""
    header = _read_header(folder / "match.json")
    paths = [path for path in (folder / "truth.jsonl", folder / "truth.jsonl.gz") if path.is_file()]
    if not paths:
        raise ScoreError(f"{folder}: there is no truth.jsonl or truth.jsonl.gz beside match.json")
    try:
        return truth_of(header, _read_frames(paths[0]))
    except ScoreError as error:
        raise ScoreError(f"{folder}: {error}") from None


def _read_header(path: Path) -> TruthHeader:
    if not path.is_file():
        raise ScoreError(f"{path} is missing; --truth names the folder of a match: match.json, truth.jsonl, video.mp4")
    text = path.read_bytes()
    try:
        found = msgspec.json.decode(text, type=_Format).format
        if found != FORMAT:
            raise ScoreError(f"{path}: truth of format {found}; this version reads {FORMAT}, so make the truth again")
        header = _header.decode(text)
    except msgspec.MsgspecError as error:
        raise ScoreError(f"{path}: this is no header of a truth: {error}") from None
    if odd := odd_header(header):
        raise ScoreError(f"{path}: this is no header of a truth: {odd}")
    return header


def _read_frames(path: Path) -> Iterator[TruthFrame]:
    for number, line in _lines(path):
        try:
            frame = _frame.decode(line)
        except msgspec.MsgspecError as error:
            raise ScoreError(f"{path.name}:{number}: this is no frame of a truth: {error}") from None
        if odd := odd_frame(frame):
            raise ScoreError(f"{path.name}:{number}: this is no frame of a truth: {odd}")
        yield frame


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that hold anything, counted from 1."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        try:
            yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())
        except (EOFError, OSError, zlib.error) as error:
            raise ScoreError(f"{path} cannot be read to its end: {error}") from None


# --- events -------------------------------------------------------------------------------------


def read_events(path: Path, stream: str | None = None) -> list[Scored]:
    """The frames and gaps of one stream, from a file as outputs.jsonl writes it."""
    if not path.is_file():
        raise ScoreError(f"{path}: there is no such file; --events names a file of JSON lines, or tcp://host:port")
    return one_stream(_decoded(path), stream, str(path))


def _decoded(path: Path) -> Iterator[Event]:
    for number, line in _lines(path):
        try:
            event = decode_event(line.strip())
        except msgspec.MsgspecError as error:
            why = f"{path}:{number}: this line is no event ({error})"
            raise ScoreError(f"{why}; if the file was cut short there, take the line out") from None
        if odd := odd_event(event):
            raise ScoreError(f"{path}:{number}: {UNSENDABLE}: {odd}")
        yield event


def hear_events(endpoint: str, seconds: float, stream: str | None = None) -> list[Scored]:
    """The frames and gaps of one stream, as a service publishes them in the next seconds."""
    heard: list[Event] = []
    end_s = time.monotonic() + seconds
    with Listener(endpoint, (stream,) if stream else ()) as listener:
        while time.monotonic() < end_s:
            heard.extend(_sound(event) for event in listener.receive(POLL_MS))
    return one_stream(heard, stream, f"{endpoint}, heard for {seconds:g} s")


def _sound(event: Event) -> Event:
    if odd := odd_event(event):
        place = f"{event.epoch}/{event.seq}" if isinstance(event, TrackEvent) else "a gap"
        raise ScoreError(f"stream {event.stream}, {place}: {UNSENDABLE}: {odd}")
    return event


def one_stream(events: Iterable[Event], stream: str | None, where: str) -> list[Scored]:
    """What belongs to the stream that is asked for, or to the only one."""
    kept = [event for event in events if isinstance(event, Scored)]
    names = sorted({event.stream for event in kept if isinstance(event, TrackEvent)})
    if not names:
        raise ScoreError(f"{where}: there are no frame events; is the service running, and does it write there?")
    if stream is None and len(names) > 1:
        raise ScoreError(f"{where}: there are several streams, {', '.join(names)}; choose one with --stream")
    if stream is not None and stream not in names:
        raise ScoreError(f"{where}: nothing of stream {stream!r}; there is {', '.join(names)}")
    wanted = stream or names[0]
    return [event for event in kept if event.stream == wanted]
