"""What a file of events says about a stream, and which event belongs to a picture."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from stream_engine.listen import decode_event
from stream_engine.messages import Event, GapEvent, TrackEvent
from stream_engine.stamp import Stamp, stamp_of


class AnnotateError(Exception):
    """The video cannot be annotated: why, and what to do instead."""


class Place(NamedTuple):
    """An event that lies in its file until it is drawn: ninety minutes of masks fill a gigabyte."""

    offset: int
    epoch: int
    seq: int
    pts_ns: int
    stamp: Stamp | None


@dataclass(slots=True)
class Recording:
    """What a file says about one stream."""

    places: list[Place] = field(default_factory=list)
    gaps: list[GapEvent] = field(default_factory=list)
    teams: set[str] = field(default_factory=set)

    def note(self, event: Event, offset: int) -> None:
        if isinstance(event, TrackEvent):
            stamp = stamp_of(event.user_data)
            self.places.append(Place(offset, event.epoch, event.seq, event.pts_ns, stamp))
            self.teams.update(seen.team for seen in event.objects if seen.team is not None)
        elif isinstance(event, GapEvent):
            self.gaps.append(event)

    def gap_at(self, epoch: int, seq: int) -> GapEvent | None:
        return next((gap for gap in self.gaps if gap.epoch == epoch and gap.first_seq <= seq <= gap.last_seq), None)


# --- reading events -----------------------------------------------------------------------------


def read_recordings(path: Path) -> tuple[dict[str, Recording], int]:
    """Every stream of a file of JSON lines, and how many lines could not be read (a full disk cuts lines short)."""
    recordings: dict[str, Recording] = defaultdict(Recording)
    unreadable, offset = 0, 0
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    event = decode_event(line)
                    recordings[event.stream].note(event, offset)
                except (msgspec.MsgspecError, UnicodeDecodeError):
                    unreadable += bool(line.strip())
                offset += len(line)
    except OSError as error:
        raise AnnotateError(f"{path} cannot be read: {error.strerror}") from None
    return recordings, unreadable


def choose(path: Path, recordings: dict[str, Recording], unreadable: int, stream: str | None) -> tuple[str, Recording]:
    """The stream that is wanted, or the only one."""
    framed = {name: recording for name, recording in recordings.items() if recording.places}
    if not framed:
        what = (
            f"{unreadable} lines that are no events" if unreadable else "no frames" if recordings else "nothing in it"
        )
        raise AnnotateError(f"{path} has {what}; write events with an output of kind jsonl")
    if stream is None and len(framed) > 1:
        raise AnnotateError(f"{path} has several streams: {', '.join(sorted(framed))}; name one with --stream")
    name = stream or next(iter(framed))
    if name not in framed:
        raise AnnotateError(f"{path} has no frames of stream {name!r}; it has {', '.join(sorted(framed))}")
    return name, framed[name]


# --- finding the event of a picture -------------------------------------------------------------


def first_pass(placed: Iterable[tuple[int, Place]]) -> dict[int, Place]:
    """The last event at each position, until the positions begin anew because the video was played again.

    A step back by less than half of what was seen is no new pass: a connection came back a little earlier.
    """
    found: dict[int, Place] = {}
    low = high = 0
    for at, place in placed:
        if found and high - at > (high - low) / 2:
            break
        low, high = (min(low, at), max(high, at)) if found else (at, at)
        found[at] = place
    return found


class Matcher:
    """Which event belongs to a picture: the one with its stamp; by time where there are no stamps."""

    def __init__(self, places: list[Place], frame_ns: int) -> None:
        stamped: dict[str, list[tuple[int, Place]]] = defaultdict(list)
        for place in places:
            if place.stamp:
                stamped[place.stamp.match].append((place.stamp.frame, place))
        self._by_frame = {match: first_pass(placed) for match, placed in stamped.items()}
        self._by_pts = first_pass((place.pts_ns, place) for place in places)
        self._times = sorted(self._by_pts)
        self._half_ns = frame_ns / 2
        self.by_stamp = self.by_pts = 0

    def find(self, user_data: Iterable[bytes], pts_ns: int) -> Place | None:
        """The event of the picture with this user data and time."""
        stamp = stamp_of(user_data)
        if stamp and self._by_frame:
            place = self._with_stamp(stamp)
            self.by_stamp += place is not None
        else:
            place = self._near(pts_ns)
            self.by_pts += place is not None
        return place

    def _with_stamp(self, stamp: Stamp) -> Place | None:
        if stamp.match not in self._by_frame:
            known = ", ".join(self._by_frame)
            raise AnnotateError(
                f"events and video do not belong together: the events are of match {known}, the video of {stamp.match}"
            )
        return self._by_frame[stamp.match].get(stamp.frame)

    def _near(self, pts_ns: int) -> Place | None:
        at = bisect_left(self._times, pts_ns)
        near = min(self._times[max(at - 1, 0) : at + 1], key=lambda time_ns: abs(time_ns - pts_ns), default=None)
        return self._by_pts[near] if near is not None and abs(near - pts_ns) < self._half_ns else None
