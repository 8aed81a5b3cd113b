"""How runs end: whatever happens to the workers meanwhile, every frame that was decoded is told."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stream_engine.audit import Audit
from stream_engine.bench.ear import Ear
from stream_engine.bench.service import RunningService, running, stop
from stream_engine.config import Config, DetectConfig, RingConfig, StagesConfig, StreamConfig, SupervisorConfig
from stream_engine.demo.clip import picture_clip
from stream_engine.demo.trial import trial_config
from stream_engine.engines import OWN, VARIABLE
from stream_engine.messages import StatusEvent
from stream_engine.runtime import Places, board_of
from tests.engines.own import placed, placed_slow
from tests.flow.test_service import FLOW_S, QUICK, SMALL, live_service

HASTY = SupervisorConfig(drain_s=1.0, stall_s=30.0)  # what hangs is killed because it does not come to its end
SLOW_S = 0.25  # what a detector takes for a frame
SLOWLY_S = 60.0  # more than the slow runs take on a busy machine


@pytest.fixture(scope="module")
def clip(clips: Path) -> Path:
    return picture_clip(SMALL, clips)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The engines folder."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "engines"))
    return tmp_path / "engines"


def slow_file(clip: Path, tmp_path: Path, **changes: Any) -> Config:
    """As many frames wait at the detector as it may take at once: together they take longer than `stall_s`."""
    return trial_config(
        tmp_path,
        (StreamConfig(name="file", url=str(clip), pace="fast"),),
        mode="lossless",
        ring=RingConfig(slots=22, max_width=640, max_height=360),
        stages=StagesConfig(detect=DetectConfig(net="mine", camera=False)),
        supervisor=msgspec.structs.replace(QUICK, drain_s=0.5, stall_s=2.5),
        **changes,
    )


@pytest.mark.parametrize(
    ("worker", "limits"),
    [("detect.main", QUICK), ("detect.main", HASTY), ("propagate.main", HASTY), ("publish", HASTY)],
)
def test_what_a_worker_takes_along_when_it_is_killed_at_the_end_is_told(
    clip: Path, tmp_path: Path, worker: str, limits: SupervisorConfig
) -> None:
    with live_service(clip, tmp_path, ("a", "b"), supervisor=limits) as chaos:
        os.kill(chaos.service.pids()[worker], signal.SIGSTOP)
        time.sleep(0.3)
        report = chaos.report()
    assert chaos.service.process.returncode == 0
    assert report["unexplained_holes"] == 0
    assert report["gaps"]["worker_lost"] > 0
    assert report["events"] + sum(report["gaps"].values()) == report["frames_in"]


def test_a_publish_that_was_given_up_comes_back_to_tell_the_end(clip: Path, tmp_path: Path) -> None:
    strict = SupervisorConfig(max_restarts=1, backoff_s=0.01, backoff_max_s=0.01)
    with live_service(clip, tmp_path, ("a",), supervisor=strict) as chaos:
        row = board_of(chaos.service.config, Places.of(chaos.service.config)).worker("publish")
        until = time.monotonic() + FLOW_S
        while not row["down"] and time.monotonic() < until:
            if pid := int(row["pid"]):
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
        time.sleep(0.5)
        report = chaos.report()
    assert report["unexplained_holes"] == 0
    assert report["gaps"]["worker_lost"] > 10


def heard_to_the_end(service: RunningService, seconds: float) -> tuple[Audit, StatusEvent]:
    """The account and the last status of a run that ends by itself."""
    audit, last, until = Audit(), None, time.monotonic() + seconds
    while service.process.poll() is None and time.monotonic() < until:
        for event in service.listener.receive(100):
            audit.add(event)
            last = event if isinstance(event, StatusEvent) else last
    assert last is not None
    return audit, last


def test_the_last_status_of_a_run_balances(clip: Path, tmp_path: Path) -> None:
    stream = StreamConfig(name="file", url=str(clip), pace="fast")
    with running(trial_config(tmp_path, (stream,), mode="lossless")) as service:
        audit, last = heard_to_the_end(service, FLOW_S)
    assert (last.state, last.decoded, last.frames, last.gaps) == ("ended", audit.events, audit.events, {})


def test_a_slow_detector_that_works_on_a_file_is_not_taken_for_a_stuck_one(
    clips: Path, tmp_path: Path, folder: Path
) -> None:
    placed_slow(folder, SLOW_S)
    clip = picture_clip(replace(SMALL, seconds=1), clips)
    with running(slow_file(clip, tmp_path)) as service:
        audit, last = heard_to_the_end(service, SLOWLY_S)
    assert (audit.events, last.frames, last.gaps, last.restarts) == (30, 30, {}, {})


def test_a_slow_detector_gets_the_time_to_finish_what_it_has_of_a_file(
    clip: Path, tmp_path: Path, folder: Path
) -> None:
    placed_slow(folder, SLOW_S)
    config = slow_file(clip, tmp_path)
    with running(config) as service:
        assert config.outputs.zmq
        with Ear(config.outputs.zmq.endpoint) as ear:
            assert ear.flows_again(["file"], 0, SLOWLY_S)
            row = board_of(config, Places.of(config)).stream("file")
            stop(service.process)
            time.sleep(0.5)
            decoded = {"file": int(row["given"])}
    assert service.process.returncode == 0
    assert ear.audit.unexplained_holes + ear.audit.never_told(decoded) == 0
    assert set(ear.audit.gaps) <= {"overload"}, "the frame that was never handed on"
    assert ear.audit.gaps["overload"] <= 2


def test_a_manifest_that_is_broken_while_the_service_runs_does_not_take_a_detector_off_air(
    clip: Path, tmp_path: Path, folder: Path
) -> None:
    placed(folder)
    stages = StagesConfig(detect=DetectConfig(net="mine"))
    with live_service(clip, tmp_path, ("a",), stages=stages) as chaos:
        (folder / OWN).write_text("[[models")
        assert chaos.kill("detect.main"), "it never came back"
