"""Configuration: one TOML file, decoded into frozen structs and checked before anything starts."""

import os
import re
import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from stream_engine.feeds.address import AddressError, check_address

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
MODEL_STAGES = ("detect", "propagate", "associate", "tag")

Mode = Literal["live", "lossless"]


class ConfigError(ValueError):
    """What is wrong in which key of which file, and what to do."""


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file: unknown keys are errors."""


class StreamConfig(Strict):
    """One feed and how it is opened, decoded and judged."""

    name: str
    url: str
    lane: str = "main"
    max_age_ms: int = 500
    stall_s: float = 2.0
    open_timeout_s: float = 5.0
    key_wait_s: float = 10.0
    rtsp_transport: Literal["tcp", "udp"] = "tcp"
    latency_ms: int = 120
    loop: bool = False
    pace: Literal["realtime", "fast"] = "realtime"
    decoder: str = "auto"
    threads: int = 1
    thread_type: Literal["slice", "frame"] = "slice"


class RingConfig(Strict):
    """How many pictures each stream keeps in memory, and how large one may be."""

    dir: str = "/dev/shm"
    slots: int = 48
    max_width: int = 1920
    max_height: int = 1088


class StageConfig(Strict):
    """One model stage; `net = "none"` passes frames on with empty results."""

    net: str = "none"
    max_batch: int = 16


class StagesConfig(Strict):
    """The model stages of every lane."""

    detect: StageConfig = StageConfig()
    propagate: StageConfig = StageConfig()
    associate: StageConfig = StageConfig()
    tag: StageConfig = StageConfig()


class ZmqOutputConfig(Strict):
    """Events on a ZeroMQ PUB socket, topic = stream name."""

    endpoint: str = "tcp://127.0.0.1:5577"
    format: Literal["msgpack", "json"] = "msgpack"
    queue: int = 1000


class JsonlOutputConfig(Strict):
    """Events as JSON lines in a file that is appended to."""

    path: str
    queue: int = 4096


class OutputsConfig(Strict):
    """Who receives the events; an absent table is an absent output."""

    zmq: ZmqOutputConfig | None = None
    jsonl: JsonlOutputConfig | None = None


class SupervisorConfig(Strict):
    """When a worker counts as stuck, and how it is brought back."""

    ready_timeout_s: float = 30.0
    stall_s: float = 2.0
    backoff_s: float = 0.05
    backoff_max_s: float = 5.0
    max_restarts: int = 5
    restart_window_s: float = 60.0
    retry_down_s: float = 60.0
    drain_s: float = 5.0


class Config(Strict):
    """The whole file."""

    streams: tuple[StreamConfig, ...]
    mode: Mode = "live"
    runtime_dir: str = ""
    state_dir: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    ring: RingConfig = RingConfig()
    stages: StagesConfig = StagesConfig()
    outputs: OutputsConfig = OutputsConfig()
    supervisor: SupervisorConfig = SupervisorConfig()
