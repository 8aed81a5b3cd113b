"""The judge: films a match (once), runs the whole service over it without dropping anything, scores its events."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from footage.encode import Quality
from footage.film import Order
from footage.shoot import finished, shoot
from stream_engine.bench.service import running
from stream_engine.config import Config, JsonlOutputConfig, StreamConfig, ZmqOutputConfig, load_config
from stream_engine.demo.clip import cache_dir
from stream_engine.demo.trial import trial_config
from stream_engine.listen import Listener
from stream_engine.scoring import ScoreError
from stream_engine.scoring.judge import judge
from stream_engine.scoring.read import read_events, read_truth
from stream_engine.scoring.report import write_report
from stream_engine.scoring.score import Score, score_of

CRF = 20
START_S = 60.0
STALL_S = 60.0  # without an event for so long, the run has failed


@dataclass(frozen=True, slots=True)
class Verdict:
    """The score, and how fast the service went."""

    score: Score
    frames_per_s: float
    report: Path | None

    def figures(self) -> dict[str, Any]:
        return msgspec.structs.asdict(self.score) | {"frames_per_s": round(self.frames_per_s, 2)}


def match_folder(order: Order) -> Path:
    """Where a match is kept between runs."""
    size = "x".join(str(side) for side in order.size)
    return cache_dir() / "matches" / f"{order.preset.name}-{order.seed}-{order.seconds:g}s-{size}-{order.match()}"


def filmed(order: Order, progress: Callable[[int], None]) -> Path:
    """The match's folder, filmed now if it is not there; matches of earlier versions of the generator are removed."""
    folder = match_folder(order)
    for old in folder.parent.glob(f"{folder.name.rpartition('-')[0]}-*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    if not finished(order, folder):
        shoot(order, folder, Quality(crf=CRF), progress)
    return folder


def judge_match(match: Path, config: Path | None, report: Path | None) -> Verdict:
    """Run the service over a match's video and score what it said."""
    truth = read_truth(match)
    with tempfile.TemporaryDirectory(prefix="stream_engine-") as scratch:
        events = Path(scratch) / "events.jsonl"
        seconds = _run(_config(match / "video.mp4", config, Path(scratch), events))
        judged = judge(truth, read_events(events))
        score = score_of(judged)
        index = write_report(report, judged, score, match / "video.mp4") if report else None
    return Verdict(score, truth.header.frames / seconds, index)


def _config(video: Path, path: Path | None, scratch: Path, events: Path) -> Config:
    """The stages and settings of a configuration file, its feeds and outputs replaced by the match and a file."""
    base = load_config(path) if path else None
    stream = StreamConfig(name="match", url=str(video), pace="fast")
    trial = trial_config(scratch, (stream,), mode="lossless")
    assert trial.outputs.zmq
    outputs = msgspec.structs.replace(
        trial.outputs, zmq=ZmqOutputConfig(endpoint=trial.outputs.zmq.endpoint), jsonl=JsonlOutputConfig(str(events))
    )
    if base is None:
        return msgspec.structs.replace(trial, outputs=outputs)
    return msgspec.structs.replace(
        base, streams=trial.streams, mode="lossless", outputs=outputs, runtime_dir=trial.runtime_dir,
        state_dir=trial.state_dir, log_level="warning",
    )  # fmt: skip


def _run(config: Config) -> float:
    """Seconds from the first event to the end of the service."""
    with running(config) as service:
        first: float | None = None
        until = time.monotonic() + START_S
        while service.process.poll() is None:
            if _heard(service.listener):
                first = first or time.monotonic()
                until = time.monotonic() + STALL_S
            if time.monotonic() > until:
                raise ScoreError(f"the service published nothing for {STALL_S:g} s; its log above says why")
    if first is None:
        raise ScoreError("the service ended without an event; its log above says why")
    return max(time.monotonic() - first, 1e-3)


def _heard(listener: Listener) -> bool:
    return bool(list(listener.receive(200)))
