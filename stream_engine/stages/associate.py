"""associate: objects in, identities out."""

import logging
from collections import Counter
from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np

from stream_engine import easing
from stream_engine.config import AssociateConfig
from stream_engine.engines import MOTION, OFF
from stream_engine.messages import Correction, FrameRef, Masks, Track, Tracks
from stream_engine.models.reid import Reid
from stream_engine.pictures import FrameGone
from stream_engine.stages import Given, Stage
from stream_engine.stages.left import Heritage
from stream_engine.stages.waves import waves
from stream_engine.tracking.corrections import CorrectionError
from stream_engine.tracking.gallery import Gallery
from stream_engine.tracking.looks import Looks
from stream_engine.tracking.seen import ROLES, Move, Seen, Whole
from stream_engine.tracking.settings import TrackerSettings
from stream_engine.tracking.tracker import Told, Tracker, Turn

BELIEVED = 0.25  # confidence of a camera's movement; below it camera says that it stood still

logger = logging.getLogger("stream_engine.associate")


def build(settings: AssociateConfig, given: Given) -> Stage[Masks, Tracks]:
    """The stage that the configuration asks for."""
    if settings.net == OFF:
        return Off()
    if settings.net == MOTION:
        return Associate(None, settings, given)
    from stream_engine.backends.arrays import limit_threads
    from stream_engine.engines.nets import open_reid

    limit_threads(settings.threads)
    name, reid = open_reid(settings, given.models)
    logger.info("%s runs with %d thread(s)", name, settings.threads)
    return Associate(reid, settings, given)


class Off:
    """Passes objects on; the id of one, or that it has none, is that of its track."""

    def __init__(self) -> None:
        self.refused = 0

    def process(self, jobs: Sequence[Masks]) -> list[Tracks]:
        return [_tracks(job, [item.object_id for item in job.items], [item.name for item in job.items]) for job in jobs]

    def hear(self, correction: Correction) -> None:
        """There is nobody whose identity could be put right."""
        self.refused += 1
        logger.warning('a correction for %s is refused: stages.associate.net is "none"', correction.stream)

    def forget(self, stream: str) -> None:
        """Nothing is kept."""


class Associate:
    """A tracker for each stream, and one net for the looks of people in all of them."""

    def __init__(self, reid: Reid | None, settings: AssociateConfig, given: Given) -> None:
        self._reid, self._settings, self._pictures = reid, settings, given.pictures
        self._trackers: dict[str, Tracker] = {}
        self._heritage = Heritage(given.keep, "identities", settings.resume_s, logger)
        self._kept_ids, self._corrected = 0, False  # since what was kept last
        self.counts: Counter[str] = Counter()
        self.refused = 0

    def process(self, jobs: Sequence[Masks]) -> list[Tracks]:
        done: dict[int, Tracks] = {}
        for wave in waves(jobs):
            done |= self._wave({place: jobs[place] for place in wave})
        if jobs:
            self._leave(jobs[-1].frame, any(tracks.changes for tracks in done.values()))
        return [done[place] for place in range(len(jobs))]

    def _wave(self, jobs: dict[int, Masks]) -> dict[int, Tracks]:
        """Frames of different streams."""
        turns = {place: self._tracker(job.frame).begin(seen_of(job)) for place, job in jobs.items()}
        taken = {place: found for place, turn in turns.items() if (found := self._taken(jobs[place], turn))}
        answers = self._reid.answer([crops for _, crops in taken.values()]) if self._reid and taken else []
        looks = {place: (rows, look) for (place, (rows, _)), look in zip(taken.items(), answers, strict=True)}
        done = {}
        for place, job in jobs.items():
            told = self._trackers[job.frame.stream].finish(turns[place], *looks.get(place, ()))
            done[place] = _told(job, told)
        return done

    def _taken(self, job: Masks, turn: Turn) -> tuple[Whole, Any] | None:
        """Whose looks are taken, and what the net takes of the picture for it."""
        rows = turn.wanted[: easing.crops(self._settings.max_crops_per_frame, job.frame.ease)]
        if self._reid is None or not len(rows):
            return None
        people = turn.seen.rows(rows)
        try:
            with self._pictures.view(job.frame) as picture:
                return rows, self._reid.take(picture, people.boxes, people.masks)
        except FrameGone:
            self.counts["pictures that were gone"] += 1
            return None

    def _tracker(self, frame: FrameRef) -> Tracker:
        self._heritage.note(frame)
        if frame.stream not in self._trackers:
            s, looks = self._settings, None
            if self._reid:
                looks = Looks(Gallery(s.max_identities, s.prototypes, self._reid.parts, self._reid.size))
            tracker = Tracker(TrackerSettings(most_people=s.max_identities), looks)
            self._heritage.take_up(tracker, frame)
            self._trackers[frame.stream] = tracker
        return self._trackers[frame.stream]

    def _leave(self, frame: FrameRef, changed: bool) -> None:
        """For a successor, before anybody hears of a change, so that it holds."""
        ids = sum(tracker.last_id for tracker in self._trackers.values())
        self._heritage.leave(self._trackers, frame, changed or self._corrected or ids != self._kept_ids)
        self._kept_ids, self._corrected = ids, False

    def hear(self, correction: Correction) -> None:
        """Somebody says who is who."""
        try:
            if correction.stream not in self._trackers:
                raise CorrectionError("nobody has been seen in it yet")
            self._trackers[correction.stream].correct(correction)
            self._corrected = True  # it is kept before anybody hears of it
        except CorrectionError as error:
            self.refused += 1
            logger.warning("a correction for %s is refused: %s", correction.stream, error)

    def forget(self, stream: str) -> None:
        """Nothing is: people are who they were before the feed was lost. The tracker sees that frames count anew."""


def seen_of(job: Masks) -> Seen:
    """What a tracker sees of a frame."""
    items, move = job.items, job.camera
    camera = np.reshape(move.matrix, (2, 3)) if move and move.confidence >= BELIEVED else None
    back = Move(job.back.since_seq, np.reshape(job.back.matrix, (2, 3))) if job.back else None
    return Seen(
        epoch=job.frame.epoch, seq=job.frame.seq, size=(job.frame.width, job.frame.height),
        boxes=np.array([item.box_px for item in items], np.float64).reshape(-1, 4),
        scores=np.array([item.score for item in items], np.float64),
        roles=np.array([ROLES.index(item.role) for item in items], np.int64),
        objects=np.array([-1 if item.object_id is None else item.object_id for item in items], np.int64),
        fresh=np.array([item.fresh for item in items], bool),
        masks=tuple(item.mask for item in items), camera=camera, since_seq=move.since_seq if move else None,
        cut=bool(job.cut), back=back,
        names=tuple(item.name for item in items),
    )  # fmt: skip


def _told(job: Masks, told: Told) -> Tracks:
    ids = [None if track_id < 0 else track_id for track_id in told.ids.tolist()]
    return _tracks(job, ids, told.names, told.changes, _chances(told))


def _chances(told: Told) -> list[tuple[float, ...]]:
    """Of each, empty where nobody can say."""
    if told.chances is None:
        return [()] * len(told.ids)
    return [() if isnan(row[0]) else tuple(row) for row in told.chances.astype(np.float64).round(3).tolist()]


def _tracks(
    job: Masks,
    ids: Sequence[int | None],
    names: Sequence[str | None],
    changes: tuple[Any, ...] = (),
    chances: Sequence[tuple[float, ...]] | None = None,
) -> Tracks:
    rows = zip(job.items, ids, names, chances or [()] * len(ids), strict=True)
    items = tuple(
        Track(who, item.role, item.score, item.box_px, item.mask, item.fresh, name, by_looks)
        for item, who, name, by_looks in rows
    )
    return Tracks(job.frame, job.cut, job.camera, items, job.times, job.back, changes)
