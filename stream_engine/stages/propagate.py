"""propagate: detections in, objects and their masks on every frame out."""

from collections.abc import Sequence
from typing import NamedTuple

from stream_engine.config import StageConfig
from stream_engine.messages import Detection, Detections, Mask, Masks
from stream_engine.pictures import Pictures
from stream_engine.stages import Stage

HOLD = 5  # frames for which the last detections may stand in; people walk on


def build(settings: StageConfig, pictures: Pictures) -> Stage[Detections, Masks]:
    """The stage that the configuration asks for."""
    return NETS[settings.net]()


class Seen(NamedTuple):
    """What detect found when it last looked at a stream, and in which frame."""

    seq: int
    items: tuple[Detection, ...]


class Off:
    """Passes detections on as objects that nobody follows, without masks.

    Where detect did not look, what it found last stands in as not fresh: for at most HOLD frames, and not over a cut.
    """

    def __init__(self) -> None:
        self._last: dict[str, Seen] = {}

    def process(self, jobs: Sequence[Detections]) -> list[Masks]:
        return [Masks(job.frame, job.cut, self._objects(job), job.times) for job in jobs]

    def _objects(self, job: Detections) -> tuple[Mask, ...]:
        frame = job.frame
        if job.looked:
            self._last[frame.stream] = Seen(frame.seq, job.items)
        elif job.cut:
            self.forget(frame.stream)
        last = self._last.get(frame.stream)
        if last is None or frame.seq - last.seq > HOLD:
            return ()
        return tuple(Mask(None, item.role, item.score, item.box_px, None, fresh=job.looked) for item in last.items)

    def forget(self, stream: str) -> None:
        """What was found last is of no use any more."""
        self._last.pop(stream, None)


NETS = {"none": Off}
