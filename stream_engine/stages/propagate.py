"""propagate: detections in, objects and their masks on every frame out."""

import logging
from collections import Counter
from collections.abc import Sequence

from stream_engine.backends.arrays import limit_threads
from stream_engine.config import PropagateConfig
from stream_engine.following.follow import Follow
from stream_engine.following.held import Held
from stream_engine.messages import Detections, Gap, Mask, Masks, Prompt, gap_of
from stream_engine.models.propagators import Propagator
from stream_engine.pictures import FrameGone, Pictures
from stream_engine.stages import Given, Stage
from stream_engine.stages.waves import waves

logger = logging.getLogger("stream_engine.propagate")


def build(settings: PropagateConfig, given: Given) -> Stage[Detections, Masks]:
    """The stage that the configuration asks for."""
    if settings.net == "none":
        return Off()
    from stream_engine.engines.nets import open_propagator

    limit_threads(settings.threads)
    name, propagator = open_propagator(settings, given.models)
    stage = Propagate(propagator, given.pictures, settings)
    logger.info(
        "%s runs with %d thread(s); memories of %d objects take %.1f MB",
        name, settings.threads, settings.max_objects, stage.memory_bytes / 1e6,
    )  # fmt: skip
    return stage


class Off:
    """Passes detections on as objects that nobody follows, without masks; where detect did not look, the last ones."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self.refused = 0

    def process(self, jobs: Sequence[Detections]) -> list[Masks]:
        return [Masks(job.frame, job.cut, job.camera, self._objects(job), job.times, job.back) for job in jobs]

    def _objects(self, job: Detections) -> tuple[Mask, ...]:
        held = self._held.setdefault(job.frame.stream, Held()).now(job, job.items)
        return tuple(Mask(None, item.role, item.score, item.box_px, None, fresh=job.looked) for item in held)

    def hear(self, prompt: Prompt) -> None:
        """Nobody follows what is pointed at."""
        self.refused += 1
        logger.warning('prompt %r for %s is refused: stages.propagate.net is "none"', prompt.name, prompt.stream)

    def forget(self, stream: str) -> None:
        """What was found last is of no use any more."""
        self._held.pop(stream, None)


class Propagate:
    """Follows everybody of all streams with one net and one memory; one step for the frames of all streams at once."""

    def __init__(self, propagator: Propagator, pictures: Pictures, settings: PropagateConfig) -> None:
        self._follow, self._pictures = Follow(propagator, settings), pictures

    @property
    def memory_bytes(self) -> int:
        return self._follow.memory_bytes

    @property
    def counts(self) -> Counter[str]:
        """What became of objects, of memories and of prompts."""
        return self._follow.counts

    @property
    def refused(self) -> int:
        """Prompts that came to nothing."""
        return self._follow.counts["refused prompts"]

    def process(self, jobs: Sequence[Detections]) -> list[Masks | Gap]:
        done: dict[int, Masks | Gap] = {}
        for wave in waves(jobs):
            done |= self._wave({place: jobs[place] for place in wave})
        return [done[place] for place in range(len(jobs))]

    def _wave(self, jobs: dict[int, Detections]) -> dict[int, Masks | Gap]:
        """Frames of different streams."""
        done: dict[int, Masks | Gap] = {}
        turns = {}
        for place, job in jobs.items():
            turn = self._follow.turn(job)
            try:
                if turn.looks:
                    with self._pictures.view(job.frame) as picture:
                        self._follow.take(picture, turn)
            except FrameGone:
                self._follow.missed(turn)
                done[place] = gap_of(job.frame, "late", "its picture was overwritten before propagate could read it")
                continue
            turns[place] = turn
        self._follow.look([turn for turn in turns.values() if turn.looks])
        for place, turn in turns.items():
            job = jobs[place]
            done[place] = Masks(job.frame, job.cut, job.camera, self._follow.told(turn), job.times, job.back)
        return done

    def hear(self, prompt: Prompt) -> None:
        """Somebody outside points at something in a stream's next frame."""
        self._follow.prompt(prompt)

    def forget(self, stream: str) -> None:
        """Its objects are gone."""
        self._follow.forget(stream)
