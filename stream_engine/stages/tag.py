"""tag: identities in, the same with their roles and teams out."""

import logging
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from msgspec import json

from stream_engine.backends.arrays import limit_threads
from stream_engine.config import TagConfig
from stream_engine.engines import OFF
from stream_engine.messages import FrameRef, TaggedTrack, TaggedTracks, Tracks
from stream_engine.models.embeddings import Embedder, Floats
from stream_engine.models.embeddings.colours import Colours
from stream_engine.models.embeddings.declared import declared_of, shares
from stream_engine.models.embeddings.jersey import jersey_of
from stream_engine.pictures import FrameGone
from stream_engine.stages import Given, Stage
from stream_engine.stages.left import Heritage
from stream_engine.stages.waves import waves
from stream_engine.teams.frame import Whole
from stream_engine.teams.names import AS_DECLARED, WITHOUT
from stream_engine.teams.settings import TeamSettings
from stream_engine.teams.tagger import Tagger
from stream_engine.teams.turn import Told, Turn

logger = logging.getLogger("stream_engine.tag")


def build(settings: TagConfig, given: Given) -> Stage[Tracks, TaggedTracks]:
    """The stage that the configuration asks for."""
    if settings.net == OFF:
        return Off()
    from stream_engine.engines.nets import open_embedder

    limit_threads(settings.threads)
    name, embedder = open_embedder(settings, given.models)
    logger.info("%s runs with %d thread(s)", name, settings.threads)
    return Tag(embedder, settings, given)


class Taken(NamedTuple):
    """What was taken of a picture, of those in these rows of a frame."""

    rows: Whole
    shirts: Any
    colours: Floats | None  # shares of them, where kits are declared


class Off:
    """Passes tracks on without teams, with the roles that they came with."""

    def process(self, jobs: Sequence[Tracks]) -> list[TaggedTracks]:
        return [_tagged(job, [TaggedTrack(item, None, item.role) for item in job.items]) for job in jobs]

    def forget(self, stream: str) -> None:
        """Nothing is kept."""


class Tag:
    """A tagger for each stream, and one network for the kits of people in all of them."""

    def __init__(self, embedder: Embedder, settings: TagConfig, given: Given) -> None:
        self._embedder, self._settings, self._pictures = embedder, settings, given.pictures
        self._declared = {name: said for name, kits in given.kits.items() if (said := declared_of(kits))}
        self._marks = {name: blake2b(json.encode(kits), digest_size=8).hexdigest() for name, kits in given.kits.items()}
        self._colours = Colours()  # that kits are declared by, whatever tells them apart
        self._taggers: dict[str, Tagger] = {}
        self._heritage = Heritage(given.keep, "teams", settings.resume_s, logger)
        self.counts: Counter[str] = Counter()

    def process(self, jobs: Sequence[Tracks]) -> list[TaggedTracks]:
        done: dict[int, TaggedTracks] = {}
        for wave in waves(jobs):
            done |= self._wave({place: jobs[place] for place in wave})
        if jobs:
            told = any(len(done[place].changes) > len(job.changes) for place, job in enumerate(jobs))
            self._heritage.leave(self._taggers, jobs[-1].frame, told)
        return [done[place] for place in range(len(jobs))]

    def _wave(self, jobs: dict[int, Tracks]) -> dict[int, TaggedTracks]:
        """Frames of different streams."""
        turns = {place: self._tagger(job.frame).begin(job) for place, job in jobs.items()}
        taken = {place: found for place, turn in turns.items() if (found := self._taken(turn))}
        told = self._embedder.answer([each.shirts for each in taken.values()]) if taken else []
        vectors = dict(zip(taken, told, strict=True))
        done = {}
        for place, job in jobs.items():
            tagger, looked = self._taggers[job.frame.stream], taken.get(place)
            rows, colours = (looked.rows, looked.colours) if looked else (None, None)
            before = tagger.names
            done[place] = _told(job, tagger.finish(turns[place], rows, vectors.get(place), colours))
            if tagger.names != before:
                called = WITHOUT if tagger.names == WITHOUT else AS_DECLARED
                logger.info("the teams of %s are known: %s and %s", job.frame.stream, *called)
                if called == WITHOUT and job.frame.stream in self._declared:
                    logger.warning("the kits that are declared for %s do not say who is who", job.frame.stream)
        return done

    def _taken(self, turn: Turn) -> Taken | None:
        """Whose kits are looked at, and what is taken of the picture for it."""
        frame = turn.job.frame
        rows = turn.wanted[: self._settings.max_crops_per_frame]  # eased frames have fewer fresh people by themselves
        if not len(rows):
            return None
        try:
            with self._pictures.view(frame) as picture:
                boxes, tracks = turn.frame.boxes, turn.frame.tracks
                shirts = {row: jersey_of(picture, boxes[row], tracks[row].mask) for row in rows.tolist()}
                found = {row: shirt for row, shirt in shirts.items() if shirt}
                seen = list(found.values())
                colours = self._colours.take(picture, seen) if seen and frame.stream in self._declared else None
                took = self._embedder.take(picture, seen) if seen else None
        except FrameGone:
            self.counts["pictures that were gone"] += 1
            return None
        turn.tried = rows
        if not seen:
            return None
        said = None if colours is None else shares(self._colours.answer([colours])[0])
        return Taken(np.array(list(found), np.int64), took, said)

    def _tagger(self, frame: FrameRef) -> Tagger:
        self._heritage.note(frame)
        if frame.stream not in self._taggers:
            settings = TeamSettings(apart=self._embedder.apart)
            name, size, net = frame.stream, self._embedder.size, self._settings.net
            tagger = Tagger(settings, self._declared.get(name), size, net, self._marks.get(name))
            self._heritage.take_up(tagger, frame)
            self._taggers[frame.stream] = tagger
        return self._taggers[frame.stream]

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
