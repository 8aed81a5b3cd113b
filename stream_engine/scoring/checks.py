"""Numbers from outside that nothing could be computed with: what is odd about a record, or None."""

import math
from collections.abc import Iterable

from stream_engine.masks import MaskRle
from stream_engine.messages import Box, Event, GapEvent, TrackEvent
from stream_engine.scoring.truth import TruthFrame, TruthHeader

FAR_PX = 1e6  # beyond any picture
LARGEST = 2**63 - 1
LEAST_FPS, MOST_FPS = 0.1, 1000.0


def odd_event(event: Event) -> str | None:
    """Of an event of either kind."""
    if isinstance(event, GapEvent):
        return _first(_whole("a sequence number", (event.epoch, event.first_seq, event.last_seq)))
    if not isinstance(event, TrackEvent):
        return None
    odd = _first(
        _size(event.width, event.height),
        _whole("a sequence number", (event.epoch, event.seq)),
        _whole("age_ns", (event.age_ns,)),
    )
    for item in () if odd else event.objects:
        if why := _first(_track(item.track_id), _box(item.box_px), _share("score", item.score), _mask(item.mask)):
            return f"{'an object without a track' if item.track_id is None else f'track {item.track_id}'}: {why}"
    return odd


def odd_header(header: TruthHeader) -> str | None:
    """Of match.json."""
    in_time = LEAST_FPS <= header.fps <= MOST_FPS
    return _first(
        _size(header.width, header.height),
        None if in_time else f"fps of {header.fps:g} is not within {LEAST_FPS:g} and {MOST_FPS:g}",
        _whole("a person's id", (person.id for person in header.people)),
    )


def odd_frame(frame: TruthFrame) -> str | None:
    """Of a frame of truth."""
    for seen in frame.objects:
        if why := _first(
            _box(seen.box_px), _box(seen.body_px, "body_px"), _share("visible", seen.visible), _mask(seen.mask)
        ):
            return f"person {seen.id}: {why}"
    if frame.ball.box_px and (why := _box(frame.ball.box_px)):
        return f"the ball: {why}"
    return _share("the ball's visible", frame.ball.visible)


def _first(*found: str | None) -> str | None:
    return next((why for why in found if why), None)


def _whole(name: str, numbers: Iterable[int]) -> str | None:
    return next((f"{name} of {number} takes more than 64 bits" for number in numbers if abs(number) > LARGEST), None)


def _track(track_id: int | None) -> str | None:
    if track_id is None:
        return None
    return "track_id is below 0; null says that there is none" if track_id < 0 else _whole("track_id", (track_id,))


def _size(width: int, height: int) -> str | None:
    return None if 0 < width <= FAR_PX and 0 < height <= FAR_PX else f"a picture of {width} x {height}"


def _box(box: Box, name: str = "box_px") -> str | None:
    left, top, right, bottom = box
    if -FAR_PX <= left <= right <= FAR_PX and -FAR_PX <= top <= bottom <= FAR_PX:  # false of NaN
        return None
    return f"{name} {box} is no left, top, right, bottom within {FAR_PX:g} px"


def _share(name: str, value: float) -> str | None:
    return None if math.isfinite(value) else f"{name} of {value} is no number to compute with"


def _mask(mask: MaskRle | None) -> str | None:
    return None if mask is None or (abs(mask.x) <= FAR_PX and abs(mask.y) <= FAR_PX) else "its mask is out of reach"
