"""A configuration for trying things out: it touches nothing outside one folder and loopback."""

import socket
from pathlib import Path
from typing import Any

import msgspec

from stream_engine.config import Config, OutputsConfig, StreamConfig, ZmqOutputConfig
from stream_engine.demo.player import free_port


def trial_config(folder: Path, streams: tuple[StreamConfig, ...], **changes: Any) -> Config:
    """These streams, events on a free port, everything else at its default unless changed."""
    endpoint = f"tcp://127.0.0.1:{free_port(socket.SOCK_STREAM)}"
    config = Config(
        streams=streams,
        runtime_dir=str(folder / "run"),
        state_dir=str(folder / "state"),
        log_level="warning",
        outputs=OutputsConfig(zmq=ZmqOutputConfig(endpoint=endpoint)),
    )
    return msgspec.structs.replace(config, **changes)
