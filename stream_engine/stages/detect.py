"""detect: whole frame in, boxes of players, referees and ball out."""

from collections.abc import Sequence

from stream_engine.config import StageConfig
from stream_engine.messages import Detections, FrameRef
from stream_engine.stages import Stage


def build(settings: StageConfig) -> Stage[FrameRef, Detections]:
    """The stage that the configuration asks for."""
    return NETS[settings.net]()


class Off:
    """Passes frames on with nothing found."""

    def process(self, jobs: Sequence[FrameRef]) -> list[Detections]:
        return [Detections(job.frame, None, (), job.times) for job in jobs]

    def forget(self, stream: str) -> None:
        """Nothing is kept."""


NETS = {"none": Off}
