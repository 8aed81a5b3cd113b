"""Looks at shirts: those of the tracks in a file of events, taken out of the video of the same pictures."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stream_engine.annotate.recording import Matcher, Place, Recording
from stream_engine.backends import Picture
from stream_engine.boxes import Floats
from stream_engine.listen import decode_event
from stream_engine.messages import Track, TrackedObject, TrackEvent
from stream_engine.models.embeddings import Embedder
from stream_engine.models.embeddings.jersey import jersey_of
from stream_engine.scoring import ScoreError
from stream_engine.scoring.teams_offline import Looks
from stream_engine.teams.frame import Frame
from stream_engine.teams.settings import TeamSettings
from stream_engine.video import VideoError, VideoReader, nv12_of

MOST = 20_000  # looks: beyond them every second picture is given up, so that those that stay are of the whole video
SETTINGS = TeamSettings()


class Seen(NamedTuple):
    """The shirts of one picture, and whose they are."""

    track_ids: list[int]
    vectors: Floats


def events_of(path: Path, places: Sequence[Place]) -> Iterator[TrackEvent]:
    """The events at these places of a file, one after the other."""
    with path.open("rb") as file:
        for place in places:
            file.seek(place.offset)
            event = decode_event(file.readline())
            assert isinstance(event, TrackEvent)
            yield event


def looks_in(video: Path, events: Path, recording: Recording, embedder: Embedder, every: int) -> Looks:
    """The shirts that can be seen in every n-th picture, or the next one in which somebody is found."""
    if not video.is_file():
        raise ScoreError(f"{video}: there is no such file; name the video that the service was fed")
    try:
        with VideoReader(video) as reader:
            seen = list(_seen(reader, events, recording, embedder, every))
    except VideoError as error:
        raise ScoreError(str(error)) from None
    rows = [vectors for _, vectors in seen]
    ids = [track_id for track_ids, _ in seen for track_id in track_ids]
    return Looks(np.concatenate(rows) if rows else np.zeros((0, embedder.size)), np.array(ids, np.int64))


def _seen(reader: VideoReader, events: Path, recording: Recording, embedder: Embedder, every: int) -> Sequence[Seen]:
    matcher = Matcher(recording.places, reader.frame_ns)
    kept: list[Seen] = []
    due = 0
    for number, (picture, pts_ns) in enumerate(reader.timed()):
        place = matcher.find(picture.user_data, pts_ns)
        if number < due or place is None:
            continue
        found = _shirts(picture, next(events_of(events, [place])), embedder)
        if found is None:
            continue
        kept.append(found)
        due = number + every
        if sum(len(each.track_ids) for each in kept) > MOST:
            kept, every = kept[::2], 2 * every
    if not matcher.by_stamp + matcher.by_pts:
        raise ScoreError("events and video do not belong together: no picture has the time or stamp of an event")
    return kept


def _shirts(picture: Picture, event: TrackEvent, embedder: Embedder) -> Seen | None:
    """What is seen of those whom the service would look at; None if that is nobody."""
    if (event.width, event.height) != (picture.width, picture.height):
        raise ScoreError(
            f"the events are of pictures of {event.width}x{event.height}, the video has "
            f"{picture.width}x{picture.height}: take the video that the service was fed"
        )
    frame = Frame.of((event.width, event.height), [_track(item) for item in event.objects])
    rows = frame.clear(SETTINGS).tolist()
    if not rows:
        return None
    pixels = nv12_of(picture)
    shirts = {row: jersey_of(pixels, frame.boxes[row], frame.tracks[row].mask) for row in rows}
    jerseys = {row: shirt for row, shirt in shirts.items() if shirt}
    if not jerseys:
        return None
    [vectors] = embedder.answer([embedder.take(pixels, list(jerseys.values()))])
    told = np.flatnonzero(vectors.any(axis=1) & np.isfinite(vectors).all(axis=1)).tolist()
    whose = [frame.tracks[row].track_id for row in jerseys]
    ids = [track_id for at in told if (track_id := whose[at]) is not None]
    return Seen(ids, vectors[told].astype(np.float64)) if ids else None


def _track(item: TrackedObject) -> Track:
    return Track(item.track_id, item.role, item.score, item.box_px, item.mask, item.fresh)
