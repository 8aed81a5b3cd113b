"""tag: identities in, the same with their teams out."""

from collections.abc import Sequence

from stream_engine.config import StageConfig
from stream_engine.engines import Model
from stream_engine.messages import TaggedTrack, TaggedTracks, Tracks
from stream_engine.pictures import Pictures
from stream_engine.stages import Stage


def build(
    settings: StageConfig, pictures: Pictures, models: Sequence[Model] | None = None
) -> Stage[Tracks, TaggedTracks]:
    """The stage that the configuration asks for."""
    return NETS[settings.net]()


class Off:
    """Passes tracks on without teams."""

    def process(self, jobs: Sequence[Tracks]) -> list[TaggedTracks]:
        return [
            TaggedTracks(
                job.frame, job.cut, job.camera, tuple(TaggedTrack(item, None) for item in job.items), job.times
            )
            for job in jobs
        ]

    def forget(self, stream: str) -> None:
        """Nothing is kept."""


NETS = {"none": Off}
