"""The stages, one file each, in the order of pipeline.py. A stage is a transform: no sockets, no processes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from stream_engine.config import KitsConfig
from stream_engine.engines import Model
from stream_engine.messages import Correction, Gap, Prompt
from stream_engine.pictures import Pictures

In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)


class Stage(Protocol[In, Out]):
    """Frames of any streams in, the same frames with more known about them out."""

    def process(self, jobs: Sequence[In]) -> Sequence[Out | Gap]:
        """Same length, same order; a gap where a frame's picture was gone before it could be read."""

    def forget(self, stream: str) -> None:
        """Drop the state of a stream: its epoch has ended."""


Said = TypeVar("Said", Prompt, Correction, contravariant=True)


class Hearing(Protocol[Said]):
    """A stage to which somebody outside may say something."""

    @property
    def refused(self) -> int:
        """How much of it has come to nothing so far."""

    def hear(self, said: Said) -> None:
        """It is meant for the stream's next frame."""


class Keep(Protocol):
    """Where a stage leaves what its successor should know, if it is lost."""

    def load(self) -> bytes | None:
        """What was left last; None when there is nothing, or it cannot be read."""

    def save(self, state: bytes) -> None:
        """Leave this in its place."""


class Given(NamedTuple):
    """What a stage is given beside its settings."""

    pictures: Pictures
    models: Sequence[Model] | None = None  # as they were when the service started; None: as the manifests say now
    keep: Keep | None = None
    kits: Mapping[str, KitsConfig] = {}  # of those streams for which they are declared
