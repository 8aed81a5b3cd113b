"""Outputs: where events go. Each may lose events, counted, but never makes the pipeline wait."""

from typing import Protocol

from stream_engine.config import OutputsConfig
from stream_engine.messages import Event


class OutputError(Exception):
    """An output cannot be opened: what, where, what to do."""


class Output(Protocol):
    """Somewhere events go."""

    dropped: int

    def send(self, event: Event) -> None:
        """Hand over one event; never waits."""

    def close(self) -> None:
        """Deliver what can be delivered soon, and stop."""


def open_outputs(config: OutputsConfig) -> list[Output]:
    """Every output that is configured."""
    outputs: list[Output] = []
    if config.zmq:
        from stream_engine.outputs.zmq_pub import ZmqOutput

        outputs.append(ZmqOutput(config.zmq))
    if config.jsonl:
        from stream_engine.outputs.jsonl import JsonlOutput

        outputs.append(JsonlOutput(config.jsonl))
    return outputs
