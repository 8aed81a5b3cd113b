"""The judge: films a match (once), runs the whole service over it without dropping anything, scores its events."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from footage.encode import Quality
from footage.film import Order
from footage.shoot import shoot
from stream_engine.bench.service import running
from stream_engine.config import Config, JsonlOutputConfig, StreamConfig, ZmqOutputConfig
from stream_engine.demo.clip import cache_dir
from stream_engine.demo.trial import trial_config
from stream_engine.messages import GapEvent, TrackEvent
from stream_engine.scoring import ScoreError
from stream_engine.scoring.compare import compare
from stream_engine.scoring.read import read_events, read_truth
from stream_engine.scoring.report import write_report
from stream_engine.scoring.score import Score, score_of

QUALITY = Quality(crf=20)
START_S = 60.0
END_S = 30.0
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
    name = f"{order.preset.name}-{order.seed}-{order.seconds:g}s-{size}-crf{QUALITY.crf}-{order.match()}"
    return cache_dir() / "matches" / name


def filmed(order: Order, progress: Callable[[int], None]) -> Path:
    """The match's folder, filmed now if it is not there; matches of earlier versions of the generator are removed."""
    folder = match_folder(order)
    for old in folder.parent.glob(f"{folder.name.rpartition('-')[0]}-*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    shoot(order, folder, QUALITY, progress)
    return folder


def judge_match(match: Path, config: Config | None, report: Path | None) -> Verdict:
    """Run the service over a match's video and score what it said; a run that did not get through is an error."""
    truth = read_truth(match)
    with tempfile.TemporaryDirectory(prefix="stream_engine-") as scratch:
        events = Path(scratch) / "events.jsonl"
        seconds = _run(_config(match / "video.mp4", config, Path(scratch), events), truth.header.frames)
        judged = compare(truth, read_events(events), whole=True)
        # the service went as fast as it could: how old an event is says how long it queued, and nothing else
        score = msgspec.structs.replace(score_of(judged), age_p50_ms=None, age_p95_ms=None, age_p99_ms=None)
        index = write_report(report, judged, score, match / "video.mp4") if report else None
    if score.passes > 1:
        raise ScoreError("a worker was lost, and the video was played anew: this run says nothing about the models")
    return Verdict(score, score.scored_frames / seconds, index)


def _config(video: Path, base: Config | None, scratch: Path, events: Path) -> Config:
    """The stages and settings of a configuration, its feeds and outputs replaced by the match and a file.

    Of the feeds only the kits of the first are kept.
    """
    kits = base.streams[0].kits if base and base.streams else None
    stream = StreamConfig(name="match", url=str(video), pace="fast", kits=kits)
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


def _run(config: Config, frames: int) -> float:
    """Seconds from the first event to the last."""
    with running(config) as service:
        first = last = time.monotonic()
        count = 0
        while service.process.poll() is None and count < frames:
            heard = sum(isinstance(event, TrackEvent | GapEvent) for event in service.listener.receive(200))
            if heard:
                last = time.monotonic()
                first, count = (first if count else last), count + heard
            elif time.monotonic() - last > (STALL_S if count else START_S):
                raise ScoreError(f"the service has published nothing for {time.monotonic() - last:.0f} s: see its log")
        _wait_for_the_end(service.process)
    if service.process.returncode:
        raise ScoreError(f"the service ended with status {service.process.returncode}: see its log above")
    return max(last - first, 1e-3)


def _wait_for_the_end(process: subprocess.Popen[bytes]) -> None:
    """A file that was played ends the service."""
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        raise ScoreError(f"the service did not end within {END_S:g} s after the last frame: see its log") from None
