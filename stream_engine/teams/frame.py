"""Who is in a frame, as the tagger takes them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream_engine.messages import FARTHEST_PX, Track
from stream_engine.teams.settings import TeamSettings
from stream_engine.tracking.appearance import NET_ROLES
from stream_engine.tracking.meetings import covered

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
PLACES = {role: at for at, role in enumerate(NET_ROLES)}
BALL, GOALKEEPER, _, PLAYER, REFEREE = range(len(NET_ROLES))


@dataclass(frozen=True, slots=True)
class Frame:
    """N people with an identity; `places` says where each stands among all tracks that came."""

    size: tuple[int, int]
    tracks: tuple[Track, ...]
    places: Whole
    boxes: Array

    @classmethod
    def of(cls, size: tuple[int, int], items: Sequence[Track]) -> "Frame":
        """Everybody who can be told from others; the ball is nobody, and has no team."""
        places = [at for at, item in enumerate(items) if _somebody(item)]
        tracks = tuple(items[at] for at in places)
        boxes = np.array([track.box_px for track in tracks], np.float64).reshape(-1, 4)
        return cls(size, tracks, np.array(places, np.int64), boxes)

    def clear(self, settings: TeamSettings) -> Whole:
        """Rows of those whose shirts can be seen: tall enough, upright, whole, in this very frame and not covered."""
        if not len(self.boxes):
            return np.zeros(0, np.int64)
        width, height = (self.boxes[:, 2:] - self.boxes[:, :2]).T
        good = (height >= settings.least_px) & (width > 0) & (width <= settings.stout * height)
        good &= (self.boxes[:, :2] >= 0).all(axis=1) & (self.boxes[:, 2:] <= self.size).all(axis=1)
        good &= covered(self.boxes) <= settings.clear
        good &= np.array([track.fresh for track in self.tracks], np.bool_)
        return np.flatnonzero(good)


def _somebody(track: Track) -> bool:
    """Whether it is a person, somewhere, who can be told from others."""
    somewhere = all(abs(side) <= FARTHEST_PX for side in track.box_px)  # what is no number is not, either
    return track.track_id is not None and track.role != "ball" and somewhere
