"""The topology: one table of stages in flow order, and the plan of workers that follows from it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stream_engine.backends import load
from stream_engine.config import Config
from stream_engine.messages import Correction, Detections, FrameRef, Masks, Prompt, TaggedTracks, TrackEvent, Tracks

Scope = Literal["stream", "lane", "host"]


@dataclass(frozen=True, slots=True)
class Row:
    """One stage: how many workers run it, what it reads and writes, what builds it, and what else it hears."""

    name: str
    per: Scope
    reads: type | None
    writes: type
    build: str
    hears: tuple[type, ...] = ()  # from outside, in the pipe of what it reads

    def load(self) -> Any:
        """What builds the stage; its imports happen here, in the worker."""
        return load({self.name: self.build}, self.name)


PIPELINE = (
    Row("decode", "stream", None, FrameRef, "stream_engine.stages.decode:Decode"),
    Row("detect", "lane", FrameRef, Detections, "stream_engine.stages.detect:build"),
    Row("propagate", "lane", Detections, Masks, "stream_engine.stages.propagate:build", hears=(Prompt,)),
    Row("associate", "lane", Masks, Tracks, "stream_engine.stages.associate:build", hears=(Correction,)),
    Row("tag", "lane", Tracks, TaggedTracks, "stream_engine.stages.tag:build"),
    Row("publish", "host", TaggedTracks, TrackEvent, "stream_engine.stages.publish:build"),
)


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """One worker: its row of the table, the streams it serves, and its pipes by name."""

    name: str
    row: Row
    streams: tuple[str, ...]
    inbox: str | None
    outbox: str | None


def plan(config: Config) -> tuple[WorkerPlan, ...]:
    """Every worker of a configuration, in flow order."""
    return tuple(worker for index, row in enumerate(PIPELINE) for worker in _workers(config, row, index))


def serving(config: Config, stream: str) -> tuple[str, ...]:
    """The workers that a stream's frames pass through."""
    return tuple(worker.name for worker in plan(config) if stream in worker.streams)


def _workers(config: Config, row: Row, index: int) -> list[WorkerPlan]:
    after = PIPELINE[index + 1] if index + 1 < len(PIPELINE) else None
    return [
        WorkerPlan(
            name=_pipe(row, lane, stream),
            row=row,
            streams=streams,
            inbox=_pipe(row, lane, stream) if row.reads else None,
            outbox=_pipe(after, lane, stream) if after else None,
        )
        for lane, stream, streams in _places(config, row.per)
    ]


def _places(config: Config, per: Scope) -> list[tuple[str, str, tuple[str, ...]]]:
    """Lane, stream and served streams of each worker of one scope."""
    if per == "stream":
        return [(s.lane, s.name, (s.name,)) for s in config.streams]
    if per == "lane":
        lanes = dict.fromkeys(s.lane for s in config.streams)
        return [(lane, "", tuple(s.name for s in config.streams if s.lane == lane)) for lane in lanes]
    return [("", "", tuple(s.name for s in config.streams))]


def _pipe(row: Row, lane: str, stream: str) -> str:
    return {"stream": f"{row.name}.{stream}", "lane": f"{row.name}.{lane}", "host": row.name}[row.per]


def pipe_address(runtime_dir: Path, pipe: str) -> str:
    """Where a pipe lives: a socket in the private runtime directory."""
    return f"ipc://{runtime_dir / pipe}.pipe"
