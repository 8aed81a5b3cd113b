"""The stages, one file each, in the order of pipeline.py. A stage is a transform: no sockets, no processes."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from stream_engine.messages import Gap, Prompt

In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)


class Stage(Protocol[In, Out]):
    """Frames of any streams in, the same frames with more known about them out."""

    def process(self, jobs: Sequence[In]) -> Sequence[Out | Gap]:
        """Same length, same order; a gap where a frame's picture was gone before it could be read."""

    def forget(self, stream: str) -> None:
        """Drop the state of a stream: its epoch has ended."""


class Prompted(Protocol):
    """A stage to which somebody outside may point something out."""

    @property
    def refused(self) -> int:
        """How many prompts have come to nothing so far."""

    def prompt(self, prompt: Prompt) -> None:
        """What is pointed at is in the stream's next frame."""
