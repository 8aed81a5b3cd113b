"""tag: identities in, the same with their teams out."""

from collections.abc import Sequence

from stream_engine.config import TagConfig
from stream_engine.messages import TaggedTrack, TaggedTracks, Tracks
from stream_engine.stages import Given, Stage


def build(settings: TagConfig, given: Given) -> Stage[Tracks, TaggedTracks]:
    """The stage that the configuration asks for."""
    return NETS[settings.net]()


class Off:
    """Passes tracks on without teams."""

    def process(self, jobs: Sequence[Tracks]) -> list[TaggedTracks]:
        return [_untagged(job) for job in jobs]

    def forget(self, stream: str) -> None:
        """Nothing is kept."""


def _untagged(job: Tracks) -> TaggedTracks:
    items = tuple(TaggedTrack(item, None, item.role) for item in job.items)
    return TaggedTracks(job.frame, job.cut, job.camera, items, job.times, job.back, job.changes)


NETS = {"none": Off}
