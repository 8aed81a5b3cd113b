"""tag: identities in, the same with their roles and teams out."""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from stream_engine.config import TagConfig
from stream_engine.engines import COLOURS, OFF
from stream_engine.messages import TaggedTrack, TaggedTracks, Tracks
from stream_engine.models.embeddings import Embedder
from stream_engine.pictures import FrameGone
from stream_engine.stages import Given, Stage
from stream_engine.stages.waves import waves
from stream_engine.teams.tagger import Tagger, Told, Turn

KEEP_EVERY_NS = 1_000_000_000

logger = logging.getLogger("stream_engine.tag")


def build(settings: TagConfig, given: Given) -> Stage[Tracks, TaggedTracks]:
    """The stage that the configuration asks for."""
    if settings.net == OFF:
        return Off()
    from stream_engine.backends.arrays import limit_threads
    from stream_engine.models.embeddings.colours import Colours

    limit_threads(settings.threads)
    if settings.net == COLOURS:
        return Tag(Colours(), settings, given)
    from stream_engine.engines.nets import open_embedder

    name, embedder = open_embedder(settings, given.models)
    logger.info("%s runs with %d thread(s)", name, settings.threads)
    return Tag(embedder, settings, given)


class Off:
    """Passes tracks on without teams, with the roles that they came with."""

    def process(self, jobs: Sequence[Tracks]) -> list[TaggedTracks]:
        return [_tagged(job, [TaggedTrack(item, None, item.role) for item in job.items]) for job in jobs]

    def forget(self, stream: str) -> None:
        """Nothing is kept."""


class Tag:
    """A tagger for each stream, and one network for the kits of people in all of them."""

    def __init__(self, embedder: Embedder, settings: TagConfig, given: Given) -> None:
        self._embedder, self._settings, self._pictures, self._keep = embedder, settings, given.pictures, given.keep
        self._taggers: dict[str, Tagger] = {}
        self.counts: Counter[str] = Counter()

    def process(self, jobs: Sequence[Tracks]) -> list[TaggedTracks]:
        done: dict[int, TaggedTracks] = {}
        for wave in waves(jobs):
            done |= self._wave({place: jobs[place] for place in wave})
        return [done[place] for place in range(len(jobs))]

    def _wave(self, jobs: dict[int, Tracks]) -> dict[int, TaggedTracks]:
        """Frames of different streams."""
        turns = {place: self._tagger(job).begin(job) for place, job in jobs.items()}
        taken = {place: found for place, turn in turns.items() if (found := self._taken(turn))}
        answers = self._embedder.answer([shirts for _, shirts in taken.values()]) if taken else []
        looks = {place: (rows, vectors) for (place, (rows, _)), vectors in zip(taken.items(), answers, strict=True)}
        done = {}
        for place, job in jobs.items():
            told = self._taggers[job.frame.stream].finish(turns[place], *looks.get(place, ()))
            done[place] = _told(job, told)
        return done

    def _taken(self, turn: Turn) -> tuple[Any, Any] | None:
        """Whose kits are looked at, and what is taken of the picture for it."""
        from stream_engine.models.embeddings.jersey import jersey_of

        rows = turn.wanted[: self._settings.max_crops_per_frame]
        if not len(rows):
            return None
        try:
            with self._pictures.view(turn.job.frame) as picture:
                found = [
                    (row, jersey)
                    for row in rows.tolist()
                    if (jersey := jersey_of(picture, turn.frame.boxes[row], turn.frame.tracks[row].mask))
                ]
                shirts = self._embedder.take(picture, [jersey for _, jersey in found])
        except FrameGone:
            self.counts["pictures that were gone"] += 1
            return None
        return np.array([row for row, _ in found], np.int64), shirts

    def _tagger(self, job: Tracks) -> Tagger:
        return self._taggers.setdefault(job.frame.stream, Tagger())

    def forget(self, stream: str) -> None:
        """Nothing is: teams are who they were before the feed was lost."""


def _told(job: Tracks, told: Told) -> TaggedTracks:
    rows = zip(job.items, told.tags, strict=True)
    items = [
        TaggedTrack(
            item, tag.team, tag.role, tag.team_confidence, tag.team_evidence, tag.role_confidence, tag.role_evidence
        )
        for item, tag in rows
    ]
    return _tagged(job, items, told.changes)


def _tagged(job: Tracks, items: Sequence[TaggedTrack], changes: tuple[Any, ...] = ()) -> TaggedTracks:
    return TaggedTracks(job.frame, job.cut, job.camera, tuple(items), job.times, job.back, (*job.changes, *changes))
