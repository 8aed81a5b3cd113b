"""Our tracker on boxes alone: no pictures, so no looks, and of the camera what a file says."""

import numpy as np

from stream_engine.mot.clips import Clip, Found
from stream_engine.mot.trying import Follow, Maker, Named
from stream_engine.tracking.seen import ROLES, Seen
from stream_engine.tracking.settings import TrackerSettings
from stream_engine.tracking.tracker import Tracker

PLAYER = ROLES.index("player")


def ours(settings: TrackerSettings = TrackerSettings()) -> Maker:  # noqa: B008
    """Our tracker with these settings."""

    def make(clip: Clip) -> Follow:
        tracker = Tracker(settings)

        def follow(number: int, found: Found) -> Named:
            told = tracker.follow(seen_of(number, found, clip))
            return Named(found.boxes, told.ids, found.scores)

        return follow

    return make


def seen_of(number: int, found: Found, clip: Clip) -> Seen:
    """Players, all of them found in this frame, none of them followed by propagate."""
    count = len(found.boxes)
    return Seen(
        seq=number, size=clip.size, boxes=found.boxes, scores=found.scores, roles=np.full(count, PLAYER),
        objects=np.full(count, -1), fresh=np.ones(count, bool), masks=(None,) * count,
        camera=clip.move(number),
    )  # fmt: skip
