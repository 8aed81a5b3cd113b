"""Whole runs: real feeds, real workers, harm done to them, and the account that has to hold."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq

from stream_engine.audit import Audit
from stream_engine.bench.chaos import Chaos
from stream_engine.bench.ear import Ear
from stream_engine.bench.service import running
from stream_engine.config import Config, JsonlOutputConfig, RingConfig, StreamConfig, SupervisorConfig
from stream_engine.demo.clip import ClipKind, picture_clip
from stream_engine.demo.player import srt_player
from stream_engine.demo.trial import trial_config
from stream_engine.listen import Listener, decode_event
from stream_engine.messages import GapEvent, StatusEvent, TrackEvent
from stream_engine.pulse import Board, State
from stream_engine.runtime import Places, board_of, occupy

SMALL = ClipKind(width=640, height=360, seconds=4, key_every=15, bitrate_k=800)
QUICK = SupervisorConfig(stall_s=1.0, max_restarts=100, backoff_max_s=0.1)
FLOW_S = 20.0


@pytest.fixture(scope="module")
def clip(clips: Path) -> Path:
    return picture_clip(SMALL, clips)


@contextmanager
def live_service(clip: Path, folder: Path, names: tuple[str, ...], **changes: Any) -> Iterator[Chaos]:
    """A service on SRT feeds, flowing."""
    with ExitStack() as stack:
        players = {name: stack.enter_context(srt_player(clip)) for name in names}
        streams = tuple(StreamConfig(name=name, url=player.url) for name, player in players.items())
        config = trial_config(folder, streams, **({"supervisor": QUICK, "log_level": "error"} | changes))
        service = stack.enter_context(running(config))
        assert config.outputs.zmq
        ear = stack.enter_context(Ear(config.outputs.zmq.endpoint))
        assert ear.flows_again(names, 0, FLOW_S), "no events came"
        time.sleep(0.5)
        yield Chaos(service, ear, players)


def config_for_file(clip: Path, folder: Path, **changes: Any) -> Config:
    return trial_config(folder, (StreamConfig(name="file", url=str(clip), pace="fast"),), mode="lossless", **changes)


def events_of_a_run(config: Config) -> list[Any]:
    heard: list[Any] = []
    with running(config) as service:
        until = time.monotonic() + FLOW_S
        while service.process.poll() is None and time.monotonic() < until:
            heard += service.listener.receive(100)
        assert service.process.returncode == 0
    return heard


def test_a_file_is_published_whole_once_and_in_order_and_then_the_service_ends(clip: Path, tmp_path: Path) -> None:
    lines = tmp_path / "events.jsonl"
    config = config_for_file(clip, tmp_path)
    config = msgspec.structs.replace(
        config, outputs=msgspec.structs.replace(config.outputs, jsonl=JsonlOutputConfig(path=str(lines)))
    )
    events_of_a_run(config)
    frames = [e for e in map(decode_event, lines.read_bytes().splitlines()) if isinstance(e, TrackEvent)]
    assert [e.seq for e in frames] == list(range(SMALL.seconds * SMALL.fps))
    assert {e.epoch for e in frames} == {1}
    steps = {round((b.pts_ns - a.pts_ns) / 1e6) for a, b in pairwise(frames)}
    assert steps == {33}
    assert [s.stage for s in frames[0].stages] == ["decode", "detect", "propagate", "associate", "tag"]


def test_epochs_go_on_from_run_to_run(clip: Path, tmp_path: Path) -> None:
    epochs = []
    for _ in range(2):
        heard = events_of_a_run(config_for_file(clip, tmp_path))
        epochs.append({e.epoch for e in heard if isinstance(e, TrackEvent)})
    assert epochs == [{1}, {2}]


def test_killed_workers_come_back_and_every_frame_is_accounted_for(clip: Path, tmp_path: Path) -> None:
    with live_service(clip, tmp_path, ("a", "b")) as chaos:
        for worker in chaos.service.worker_names():
            spared = {"decode.a": "b", "decode.b": "a"}.get(worker)
            lost_before = chaos.ear.lost(spared or "")
            assert chaos.kill(worker), f"{worker} never came back"
            time.sleep(0.5)
            assert chaos.ear.lost(spared or "") == lost_before
        report = chaos.report()
    assert report["unexplained_holes"] == 0
    assert report["duplicates"] == 0
    assert report["recovery_max_s"] < 5
    assert report["left_behind"] == []
    assert report["frames_in"] >= report["events"] > 0


def test_a_worker_that_stands_still_is_replaced(clip: Path, tmp_path: Path) -> None:
    with live_service(clip, tmp_path, ("a",)) as chaos:
        took = chaos.stop("propagate.main")
        assert took and took < 5
        assert chaos.service.process.poll() is None
        time.sleep(0.5)
        assert chaos.ear.audit.unexplained_holes == 0


def test_a_feed_that_freezes_or_goes_away_is_a_gap_and_then_a_new_epoch(clip: Path, tmp_path: Path) -> None:
    with live_service(clip, tmp_path, ("a", "b")) as chaos:
        assert (chaos.freeze("a") or 99) < 4
        assert (chaos.drop("b") or 99) < 4
        time.sleep(0.5)
        with Listener(chaos.service.config.outputs.zmq.endpoint) as listener:  # type: ignore[union-attr]
            until = time.monotonic() + 5
            epochs: dict[str, int] = {}
            while len(epochs) < 2 and time.monotonic() < until:
                epochs |= {e.stream: e.epoch for e in listener.receive(100) if isinstance(e, TrackEvent)}
        assert epochs == {"a": 2, "b": 2}
        assert chaos.ear.audit.unexplained_holes == 0


def test_a_worker_that_keeps_dying_takes_only_its_stream_down(clip: Path, tmp_path: Path) -> None:
    strict = SupervisorConfig(max_restarts=2, backoff_s=0.01, backoff_max_s=0.01)
    with live_service(clip, tmp_path, ("a", "b"), supervisor=strict) as chaos:
        until = time.monotonic() + 15
        board = board_of(chaos.service.config, Places.of(chaos.service.config))
        while not board.worker("decode.a")["down"] and time.monotonic() < until:
            if pid := int(board.worker("decode.a")["pid"]):
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
        states: dict[str, str] = {}
        with Listener(chaos.service.config.outputs.zmq.endpoint) as listener:  # type: ignore[union-attr]
            until = time.monotonic() + 5
            while len(states) < 2 and time.monotonic() < until:
                states |= {e.stream: e.state for e in listener.receive(100) if isinstance(e, StatusEvent)}
        assert states == {"a": "down", "b": "live"}
        assert chaos.ear.flows_again(["b"], time.time_ns(), 2)


def test_a_subscriber_that_stalls_is_not_felt_by_others(clip: Path, tmp_path: Path) -> None:
    with live_service(clip, tmp_path, ("a",)) as chaos:
        context: zmq.Context[Any] = zmq.Context()
        stalled = context.socket(zmq.SUB)
        stalled.set(zmq.RCVHWM, 1)
        stalled.subscribe("")
        stalled.connect(chaos.service.config.outputs.zmq.endpoint)  # type: ignore[union-attr]
        time.sleep(3)
        assert chaos.ear.flows_again(["a"], time.time_ns(), 2)
        assert chaos.ear.audit.frames == chaos.ear.audit.events
        context.destroy(linger=0)


def test_garbage_on_an_internal_pipe_is_counted_and_harms_nobody(clip: Path, tmp_path: Path) -> None:
    with live_service(clip, tmp_path, ("a",)) as chaos:
        places = Places.of(chaos.service.config)
        context: zmq.Context[Any] = zmq.Context()
        for pipe in ("detect.main", "publish"):
            with context.socket(zmq.PUSH) as stranger:
                stranger.connect(places.pipe(pipe))
                for garbage in (b"", b"\xff" * 1000, b"\x93\xa5frame"):
                    stranger.send(garbage)
                stranger.close(linger=1000)
        board = board_of(chaos.service.config, places)
        until = time.monotonic() + 10
        while (rejected := _rejected(board)) != [3, 3] and time.monotonic() < until:
            time.sleep(0.05)
        assert rejected == [3, 3]
        assert chaos.ear.flows_again(["a"], time.time_ns(), 2)
        assert sum(int(board.worker(name)["restarts"]) for name in board.worker_names) == 0
        context.destroy(linger=0)


def _rejected(board: Board) -> list[int]:
    return [int(board.worker(name)["rejected"]) for name in ("detect.main", "publish")]


def test_a_worker_that_is_asked_to_stop_by_a_stranger_comes_back(clip: Path, tmp_path: Path) -> None:
    with live_service(clip, tmp_path, ("a",)) as chaos:
        for worker in ("decode.a", "detect.main"):
            os.kill(chaos.service.pids()[worker], signal.SIGTERM)
            assert chaos.ear.flows_again(["a"], time.time_ns() + 200_000_000, 10), f"{worker} never came back"
        assert chaos.ear.audit.unexplained_holes == 0


def test_a_runtime_directory_that_vanishes_ends_the_service_with_an_error(clip: Path, tmp_path: Path) -> None:
    with live_service(clip, tmp_path, ("a",)) as chaos:
        Places.of(chaos.service.config).board.unlink()
        assert chaos.service.process.wait(20) != 0


def test_workers_do_not_outlive_a_supervisor_that_was_killed(clip: Path, tmp_path: Path) -> None:
    with live_service(clip, tmp_path, ("a",)) as chaos:
        pids = chaos.service.pids()
        chaos.service.process.kill()
        chaos.service.process.wait(10)
        until = time.monotonic() + 5
        while time.monotonic() < until and any(_runs(pid) for pid in pids.values()):
            time.sleep(0.05)
        assert not [name for name, pid in pids.items() if _runs(pid)]
        with occupy(chaos.service.config) as (places, _):  # the next start clears what was left
            pass
        assert not places.rings.exists() and not places.runtime.exists()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


# --- what the command line says when it cannot start ------------------------------------------------


def toml(folder: Path, url: str, more: str = "", port: int = 0) -> Path:
    path = folder / "service.toml"
    output = f'[outputs.zmq]\nendpoint = "tcp://127.0.0.1:{port}"\n' if port else ""
    path.write_text(
        f'runtime_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n{more}\n{output}'
        f'[[streams]]\nname = "cam"\nurl = "{url}"\n'
    )
    return path


def stream_engine(*arguments: str | Path, timeout_s: float = 20) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stream_engine", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)


def test_a_second_instance_on_the_same_runtime_directory_is_refused(clip: Path, tmp_path: Path) -> None:
    with live_service(clip, tmp_path, ("a",)):
        done = stream_engine("run", toml(tmp_path, str(clip)))
    assert done.returncode == 2
    assert "another instance is running here" in done.stderr


def test_a_port_in_use_is_named(clip: Path, tmp_path: Path) -> None:
    with live_service(clip, tmp_path, ("a",)) as chaos:
        port = int(chaos.service.config.outputs.zmq.endpoint.rpartition(":")[2])  # type: ignore[union-attr]
        folder = tmp_path / "second"
        folder.mkdir()
        done = stream_engine("run", toml(folder, str(clip), port=port))
    assert done.returncode == 2
    assert f"127.0.0.1:{port} cannot be opened: Address already in use" in done.stderr


def test_rings_that_do_not_fit_are_named_before_anything_starts(clip: Path, tmp_path: Path) -> None:
    done = stream_engine(
        "run", toml(tmp_path, str(clip), "[ring]\nslots = 4096\nmax_width = 16384\nmax_height = 16384")
    )
    assert done.returncode == 2
    assert "are free; lower ring.slots" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_feed_that_cannot_be_opened_is_told_without_its_password(tmp_path: Path) -> None:
    config = toml(tmp_path, "rtsp://joe:hunter2@127.0.0.1:1/x")
    with subprocess.Popen(
        [sys.executable, "-m", "stream_engine", "run", str(config)], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = ""
        while "refused" not in said:
            said += process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        said += process.communicate(timeout=20)[1]
    assert process.returncode == 0
    assert "connection refused" in said
    assert "hunter2" not in said


def test_a_picture_too_large_for_the_ring_says_which_keys_to_raise(clip: Path, tmp_path: Path) -> None:
    config = config_for_file(
        clip, tmp_path, ring=RingConfig(slots=12, max_width=320, max_height=180), log_level="error"
    )
    with running(config) as service:
        gap = None
        until = time.monotonic() + FLOW_S
        while gap is None and time.monotonic() < until:
            gap = next((e for e in service.listener.receive(100) if isinstance(e, GapEvent)), None)
    assert gap and gap.cause == "source_lost"
    assert "ring.max_width" in gap.detail


def test_lossless_survives_the_loss_of_a_worker_without_standing_still(clips: Path, tmp_path: Path) -> None:
    clip = picture_clip(SMALL, clips)
    stream = StreamConfig(name="file", url=str(clip), pace="fast", loop=True)
    config = trial_config(tmp_path, (stream,), mode="lossless", supervisor=QUICK, log_level="error")
    with running(config):
        assert config.outputs.zmq
        with Ear(config.outputs.zmq.endpoint) as ear:
            assert ear.flows_again(["file"], 0, FLOW_S)
            board = board_of(config, Places.of(config))
            for worker in ("detect.main", "tag.main", "publish"):
                os.kill(int(board.worker(worker)["pid"]), signal.SIGKILL)
                assert ear.flows_again(["file"], time.time_ns(), 5), f"stands still after {worker} was lost"
            assert board.worker("decode.file")["state"] != State.ABSENT
            time.sleep(0.3)
            audit: Audit = ear.audit
            assert audit.unexplained_holes == 0
            assert set(audit.gaps) <= {"worker_lost"}
