"""The stages, one file each, in the order of pipeline.py. A stage is a transform: no sockets, no processes."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)


class Stage(Protocol[In, Out]):
    """Frames of any streams in, the same frames with more known about them out."""

    def process(self, jobs: Sequence[In]) -> Sequence[Out]:
        """Same length, same order."""

    def forget(self, stream: str) -> None:
        """Drop the state of a stream: its epoch has ended."""
