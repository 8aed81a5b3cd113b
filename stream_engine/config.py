"""Configuration: one TOML file, decoded into frozen structs and checked before anything starts."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from stream_engine.address import AddressError, check_address
from stream_engine.complaints import readable
from stream_engine.engines import OFF, WITHOUT_MODEL, Task, Threshold, named
from stream_engine.messages import Role
from stream_engine.models.memory.settings import MemoryConfig

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")

Mode = Literal["live", "lossless"]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class ConfigError(ValueError):
    """What is wrong in which key of which file, and what to do."""


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file: unknown keys are errors."""


Colour = Annotated[str, msgspec.Meta(pattern=r"^#[0-9A-Fa-f]{6}\Z")]


class KitConfig(Strict, frozen=True):
    """What a team wears: colours of its shirt and of its goalkeeper's, or pictures of the shirt."""

    shirt: Annotated[tuple[Colour, ...], msgspec.Meta(max_length=4)] = ()
    keeper: Annotated[tuple[Colour, ...], msgspec.Meta(max_length=4)] = ()
    pictures: Annotated[tuple[str, ...], msgspec.Meta(max_length=16)] = ()


class KitsConfig(Strict, frozen=True):
    """What both teams wear, so that they can be called home and away."""

    home: KitConfig
    away: KitConfig


class StreamConfig(Strict, frozen=True):
    """One feed and how it is opened, decoded and judged."""

    name: str
    url: str
    lane: str = "main"
    max_age_ms: Count = 500
    stall_s: Seconds = 2.0
    open_timeout_s: Seconds = 5.0
    key_wait_s: Seconds = 10.0
    rtsp_transport: Literal["tcp", "udp"] = "tcp"
    latency_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 120
    loop: bool = False
    pace: Literal["realtime", "fast"] = "realtime"
    decoder: Literal["auto", "pyav"] = "auto"
    threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    thread_type: Literal["slice", "frame"] = "slice"
    priority: Annotated[int, msgspec.Meta(ge=0, le=9)] = 5
    kits: KitsConfig | None = None


class RingConfig(Strict, frozen=True):
    """How many pictures each stream keeps in memory, and how large one may be."""

    dir: str = "/dev/shm"  # noqa: S108 - rings get a private directory in it
    slots: Annotated[int, msgspec.Meta(ge=12, le=4096)] = 48
    max_width: Annotated[int, msgspec.Meta(ge=16, le=16384)] = 1920
    max_height: Annotated[int, msgspec.Meta(ge=16, le=16384)] = 1088


class NetConfig(Strict, frozen=True):
    """A model stage, and what runs its network."""

    net: str = "none"
    backend: Literal["auto", "ort"] = "auto"
    threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    max_batch: Annotated[int, msgspec.Meta(ge=1, le=256)] = 16
    window_ms: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0


class DetectConfig(NetConfig, frozen=True):
    """The detector; `net` is a model of the manifest, or "none"."""

    every: Annotated[int, msgspec.Meta(ge=1, le=60)] = 1
    camera: bool = True
    max_detections: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    thresholds: dict[Role, Threshold] = {}


class PropagateConfig(NetConfig, frozen=True):
    """The mask propagator; `net` is NAME of models NAME.PART of the manifest, or "none"."""

    every: Annotated[int, msgspec.Meta(ge=1, le=60)] = 1
    max_objects: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 128
    memory: MemoryConfig = MemoryConfig()


class AssociateConfig(NetConfig, frozen=True):
    """Who is who; `net` is a model of the manifest that tells people by their looks, "motion", or "none"."""

    max_crops_per_frame: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 8
    max_identities: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 200
    prototypes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    resume_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 1800.0


class TagConfig(NetConfig, frozen=True):
    """Teams and roles; `net` is a model of the manifest that tells kits apart, "colours" does without, or "none"."""

    max_crops_per_frame: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 6
    resume_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 7200.0


class StagesConfig(Strict, frozen=True):
    """The model stages of every lane."""

    detect: DetectConfig = DetectConfig()
    propagate: PropagateConfig = PropagateConfig()
    associate: AssociateConfig = AssociateConfig()
    tag: TagConfig = TagConfig()


class ZmqOutputConfig(Strict, frozen=True):
    """Events on a ZeroMQ PUB socket, topic = stream name."""

    endpoint: str = "tcp://127.0.0.1:5577"
    format: Literal["msgpack", "json"] = "msgpack"
    queue: Count = 1000


class JsonlOutputConfig(Strict, frozen=True):
    """Events as JSON lines in a file that is appended to."""

    path: str
    queue: Count = 4096


class OutputsConfig(Strict, frozen=True):
    """Who receives the events; an absent table is an absent output."""

    zmq: ZmqOutputConfig | None = None
    jsonl: JsonlOutputConfig | None = None


class SupervisorConfig(Strict, frozen=True):
    """When a worker counts as stuck, and how it is brought back."""

    ready_timeout_s: Seconds = 30.0
    stall_s: Seconds = 2.0
    backoff_s: Seconds = 0.05
    backoff_max_s: Seconds = 1.0
    max_restarts: Count = 5
    restart_window_s: Seconds = 60.0
    retry_down_s: Seconds = 60.0
    drain_s: Seconds = 5.0


class Config(Strict, frozen=True):
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


# --- reading ------------------------------------------------------------------------------------


def load_config(path: Path) -> Config:
    """The configuration of a file, checked as a whole."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    try:
        return checked(_convert(raw))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _convert(raw: dict[str, Any]) -> Config:
    try:
        return msgspec.convert(raw, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(_explain(raw, str(error))) from None


def _explain(raw: dict[str, Any], complaint: str) -> str:
    """The complaint with the key's path as it stands in the file, and the key that was probably meant."""
    tables = raw.get("streams", ())
    for index, table in enumerate(tables if isinstance(tables, list) else ()):
        try:
            msgspec.convert(table, StreamConfig)
        except msgspec.ValidationError as error:
            return readable(str(error), StreamConfig, f"streams[{index}]")
    return readable(complaint, Config)


def checked(config: Config) -> Config:
    """The same configuration, if what its keys say together makes sense."""
    if not config.streams:
        raise ConfigError("streams: there is none; add a [[streams]] table with name and url")
    for index, stream in enumerate(config.streams):
        _check_stream(config, stream, f"streams[{index}]")
    names = Counter(stream.name for stream in config.streams)
    if doubled := [name for name, count in names.items() if count > 1]:
        raise ConfigError(f"streams: two are named {doubled[0]!r}; subscribers tell streams apart by name")
    _check_model("detect", config.stages.detect.net)
    _check_model("propagate", config.stages.propagate.net)
    _check_model("associate", config.stages.associate.net)
    _check_model("tag", config.stages.tag.net)
    if config.supervisor.backoff_s > config.supervisor.backoff_max_s:
        raise ConfigError("supervisor.backoff_s: is larger than supervisor.backoff_max_s")
    return config


def _check_model(task: Task, name: str) -> None:
    if name == OFF:
        return
    models = [OFF, *WITHOUT_MODEL.get(task, ()), *named(task)]
    if name not in models:
        there = ", ".join(models)
        raise ConfigError(
            f"stages.{task}.net: no model {name!r}; there are: {there}; docs/engines.md says how to bring others"
        )


def _check_stream(config: Config, stream: StreamConfig, place: str) -> None:
    for key, value in (("name", stream.name), ("lane", stream.lane)):
        if not NAME.fullmatch(value):
            raise ConfigError(f"{place}.{key}: {value!r} must be 1 to 32 letters, digits, '-' or '_'")
    if stream.open_timeout_s >= config.supervisor.ready_timeout_s:
        raise ConfigError(f"{place}.open_timeout_s: must be below supervisor.ready_timeout_s, or opening is cut short")
    try:
        check_address(stream.url)
    except AddressError as error:
        raise ConfigError(f"{place}.url: {error}") from None
    if stream.kits:
        _check_kit(stream.kits.home, f"{place}.kits.home")
        _check_kit(stream.kits.away, f"{place}.kits.away")
        if bool(stream.kits.home.keeper) != bool(stream.kits.away.keeper):
            raise ConfigError(f"{place}.kits: keeper is said of one team only; say it of both, or of none")
    if stream.pace == "fast" and config.mode == "live":
        raise ConfigError(f"{place}.pace: 'fast' would only be dropped in live mode; set mode = \"lossless\"")


def _check_kit(kit: KitConfig, place: str) -> None:
    if not kit.shirt and not kit.pictures:
        raise ConfigError(f'{place}: says neither shirt = ["#rrggbb"] nor pictures = ["FILE"]')
