"""What this machine has for the service: one line each, ok or missing, and what to do."""

import os
import platform
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import msgspec

from stream_engine.address import kind, local_path, shown
from stream_engine.config import Config, OutputsConfig, RingConfig, StreamConfig, ZmqOutputConfig
from stream_engine.engines import OFF, EngineError
from stream_engine.engines.nets import check_models, nets_of
from stream_engine.outputs import OutputError, open_outputs
from stream_engine.ring import RingShape
from stream_engine.runtime import Places

PROTOCOLS = {"rtsp": "RTSP(S)", "rtmp": "RTMP", "udp": "UDP", "rtp": "RTP", "http": "HTTP", "hls": "HLS"}
BRIDGED = ("srt", "rist")
DECODERS = ("h264", "hevc", "av1", "mpeg2video")
PROGRAM_TIMEOUT_S = 10
STREAMS_TO_EXPECT = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    do: str = ""
    needed: bool = True  # False: the service runs without it

    @property
    def matters(self) -> bool:
        """Whether the service cannot run because of this."""
        return self.needed and not self.ok


def examine_config(config: Config) -> list[Finding]:
    """What a configuration names: its files, and its outputs, which are opened once."""
    found = [_feed(stream) for stream in config.streams]
    if not config.outputs.zmq and not config.outputs.jsonl:
        found.append(Finding("outputs", False, "none", "add [outputs.zmq] or nobody sees the events", needed=False))
    found += [finding for stream in config.streams for finding in _kits(stream)]
    return found + _teams(config) + _models(config) + _outputs(config.outputs) + _state(config)


def _models(config: Config) -> list[Finding]:
    nets = nets_of(config.stages)
    if not nets:
        return []
    what = f"model {' and '.join(nets)}"
    try:
        check_models(config)
    except EngineError as error:
        return [Finding(what, False, str(error))]
    return [Finding(what, True, "loads")]


def _feed(stream: StreamConfig) -> Finding:
    what = f"stream {stream.name}"
    if kind(stream.url) == "file" and not Path(local_path(stream.url)).is_file():
        return Finding(what, False, f"{stream.url}: there is no such file", "check the path in url")
    return Finding(what, True, shown(stream.url))


def _teams(config: Config) -> list[Finding]:
    """Kits are of people who can be told from others."""
    if config.stages.tag.net == OFF or config.stages.associate.net != OFF:
        return []
    found = 'stages.associate.net is "none": nobody has an identity, so the team of everybody stays unknown'
    return [Finding("teams (stages.tag)", False, found, "set stages.associate.net", needed=False)]


def _kits(stream: StreamConfig) -> list[Finding]:
    """What is declared of the kits of a stream, as tag takes it."""
    if not stream.kits:
        return []
    from stream_engine.declaring import doubts

    what, said = f"kits of {stream.name}", doubts(stream.kits)
    if not said:
        return [Finding(what, True, "home and away can be told apart")]
    return [Finding(what, False, doubt.why, doubt.do, needed=False) for doubt in said]


def _outputs(config: OutputsConfig) -> list[Finding]:
    places = {"zmq": config.zmq and config.zmq.endpoint, "jsonl": config.jsonl and config.jsonl.path}
    found = []
    for name, place in places.items():
        if not place:
            continue
        try:
            for output in open_outputs(msgspec.structs.replace(OutputsConfig(), **{name: getattr(config, name)})):
                output.close()
        except OutputError as error:
            found.append(Finding(f"output {name}", False, str(error)))
        else:
            found.append(Finding(f"output {name}", True, place))
    return found


def examine(config: Config | None = None) -> list[Finding]:
    """Everything the service rests on."""
    checks: list[Callable[[], list[Finding]]] = [
        _python,
        _packages,
        _protocols,
        _bridge,
        _decoders,
        _processors,
        lambda: _shared_memory(config),
        *([] if config else [_port, lambda: _state(Config(streams=()))]),
        _gpu,
    ]
    return [finding for check in checks for finding in check()]


def _python() -> list[Finding]:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return [Finding("Python", platform.system() == "Linux", found, "the service needs Linux")]


def _packages() -> list[Finding]:
    names = ("av", "imageio-ffmpeg", "msgspec", "numpy", "opencv-python-headless", "pyzmq")
    return [_package(name) for name in names]


def _package(name: str) -> Finding:
    try:
        return Finding(f"package {name}", True, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(f"package {name}", False, "not installed", f"pip install {name}")


def _protocols() -> list[Finding]:
    import av

    formats, here = av.formats_available, ", ".join(PROTOCOLS.values())
    ok = {"rtsp", "hls", "flv", "mpegts", "rtp"} <= formats
    return [Finding("protocols of PyAV", ok, here if ok else "some are missing", "install PyAV's own wheel")]


def _bridge() -> list[Finding]:
    from stream_engine.feeds.bridge import ffmpeg_program

    try:
        program = ffmpeg_program()
        listing = subprocess.run(
            [program, "-hide_banner", "-protocols"],
            capture_output=True,
            text=True,
            timeout=PROGRAM_TIMEOUT_S,
            check=True,
        ).stdout.split()
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return [Finding("FFmpeg for SRT and RIST", False, str(error), "pip install imageio-ffmpeg")]
    missing = [name for name in BRIDGED if name not in listing]
    found = f"{program}" if not missing else f"{program} lacks {', '.join(missing)}"
    return [Finding("FFmpeg for SRT and RIST", not missing, found, "pip install imageio-ffmpeg")]


def _decoders() -> list[Finding]:
    import av

    missing = [name for name in DECODERS if name not in av.codecs_available]
    have = [name for name in DECODERS if name not in missing]
    return [Finding("decoders", not missing, ", ".join(have), "install PyAV's own wheel")]


def _processors() -> list[Finding]:
    count = len(os.sched_getaffinity(0))
    return [Finding("processors", count >= 2, f"{count} usable", "one live 1080p30 stream wants two", needed=False)]


def _shared_memory(config: Config | None) -> list[Finding]:
    ring = config.ring if config else RingConfig()
    streams = len(config.streams) if config else STREAMS_TO_EXPECT
    needed = RingShape.for_pictures(ring.slots, ring.max_width, ring.max_height).file_bytes * streams
    what = f"shared memory ({ring.dir})"
    try:
        free = shutil.disk_usage(ring.dir).free
    except OSError as error:
        return [Finding(what, False, error.strerror or "not there", "set ring.dir to a directory in memory")]
    found = f"{free >> 20} MiB free, {streams} stream(s) take {needed >> 20}"
    writable = os.access(ring.dir, os.W_OK)
    do = "lower ring.slots, enlarge it (docker: --shm-size), or set ring.dir"
    return [Finding(what, free > needed and writable, found if writable else "not writable", do)]


def _port() -> list[Finding]:
    endpoint = ZmqOutputConfig().endpoint
    what, port = f"port for events ({endpoint})", int(endpoint.rpartition(":")[2])
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return [Finding(what, False, str(error), "is a service running already?", needed=False)]
    return [Finding(what, True, "free")]


def _state(config: Config) -> list[Finding]:
    """Where what outlives a run lies; what workers keep there is about people, so it is named."""
    places = Places.of(config)
    kept = sum(file.stat().st_size for file in places.kept.glob("*.state"))
    found = (
        f"epochs, and {kept >> 10} KiB of who is who, and whose kit is whose (numbers, no pictures) in {places.kept}"
    )
    above = next(folder for folder in (places.state, *places.state.parents) if os.access(folder, os.F_OK))
    ok = above.is_dir() and os.access(above, os.W_OK | os.X_OK)
    return [Finding(f"state ({places.state})", ok, found if ok else "cannot be written", "set state_dir")]


def _gpu() -> list[Finding]:
    devices = sorted(Path("/dev").glob("nvidia[0-9]*"))
    found = f"{len(devices)} NVIDIA device(s)" if devices else "none; decoding and models run on the CPU"
    return [Finding("GPU", bool(devices), found, needed=False)]
