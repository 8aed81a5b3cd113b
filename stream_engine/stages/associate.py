"""associate: objects in, identities out."""

from collections.abc import Sequence

from stream_engine.config import AssociateConfig
from stream_engine.messages import Mask, Masks, Track, Tracks
from stream_engine.stages import Given, Stage


def build(settings: AssociateConfig, given: Given) -> Stage[Masks, Tracks]:
    """The stage that the configuration asks for."""
    return NETS[settings.net]()


class Off:
    """Passes objects on; the id of one, or that it has none, is that of its track."""

    def process(self, jobs: Sequence[Masks]) -> list[Tracks]:
        return [
            Tracks(job.frame, job.cut, job.camera, tuple(map(_track, job.items)), job.times, job.back) for job in jobs
        ]

    def forget(self, stream: str) -> None:
        """Nothing is kept."""


def _track(item: Mask) -> Track:
    return Track(item.object_id, item.role, item.score, item.box_px, item.mask, item.fresh, item.name)


NETS = {"none": Off}
