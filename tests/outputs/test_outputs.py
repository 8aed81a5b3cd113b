"""Outputs: what is handed over arrives, and what cannot is dropped and counted without waiting."""

import time
from pathlib import Path
from typing import Any

import pytest
import zmq

from stream_engine.config import JsonlOutputConfig, ZmqOutputConfig
from stream_engine.demo.player import free_port
from stream_engine.listen import Listener, decode_event
from stream_engine.messages import Event, TrackEvent
from stream_engine.outputs import OutputError
from stream_engine.outputs.jsonl import JsonlOutput
from stream_engine.outputs.zmq_pub import ZmqOutput
from stream_engine.records import frame_event
from tests.fakes import tagged


def event(seq: int, stream: str = "cam") -> Event:
    return frame_event(tagged(stream, seq=seq), now_ns=2_000_000_000)


@pytest.mark.parametrize("encoding", ["msgpack", "json"])
def test_a_subscriber_of_a_stream_hears_that_stream_in_either_format(encoding: str, tmp_path: Path) -> None:
    output = ZmqOutput(ZmqOutputConfig(endpoint=f"ipc://{tmp_path}/events", format=encoding))  # type: ignore[arg-type]
    heard: list[Event] = []
    with Listener(f"ipc://{tmp_path}/events", ("cam",)) as listener:
        until = time.monotonic() + 5
        while not heard and time.monotonic() < until:
            output.send(event(1))
            output.send(event(2, "other"))
            heard += listener.receive(50)
    output.close()
    assert heard and {e.stream for e in heard} == {"cam"}


def test_a_port_in_use_is_an_error_that_names_the_key() -> None:
    import socket

    config = ZmqOutputConfig(endpoint=f"tcp://127.0.0.1:{free_port(socket.SOCK_STREAM)}")
    first = ZmqOutput(config)
    with pytest.raises(OutputError, match=r"outputs\.zmq\.endpoint: .* Address already in use"):
        ZmqOutput(config)
    first.close()


def test_lines_are_appended_whole_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for start in (0, 3):
        output = JsonlOutput(JsonlOutputConfig(path=str(path)))
        for seq in range(start, start + 3):
            output.send(event(seq))
        output.close()
    assert [decode_event(line) for line in path.read_bytes().splitlines()] == [event(n) for n in range(6)]


def test_a_line_that_a_kill_cut_short_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"type": "fra')
    output = JsonlOutput(JsonlOutputConfig(path=str(path)))
    output.send(event(1))
    output.close()
    assert decode_event(path.read_bytes().splitlines()[1]) == event(1)


def test_a_path_that_cannot_be_written_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"outputs\.jsonl\.path: .*No such file"):
        JsonlOutput(JsonlOutputConfig(path=str(tmp_path / "nowhere/events.jsonl")))


def test_a_full_disk_costs_lines_that_are_counted_and_nothing_waits() -> None:
    output = JsonlOutput(JsonlOutputConfig(path="/dev/full"))
    started = time.monotonic()
    for seq in range(100):
        output.send(event(seq))
    output.close()
    assert output.dropped == 100
    assert time.monotonic() - started < 2


def test_a_disk_that_hangs_costs_lines_beyond_the_queue(tmp_path: Path) -> None:
    import os

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # never reads: the writer fills it and hangs
    output = JsonlOutput(JsonlOutputConfig(path=str(pipe), queue=10))
    started = time.monotonic()
    for seq in range(1_000):
        output.send(event(seq))
    assert time.monotonic() - started < 1
    assert output.dropped > 0
    os.close(reader)
    output.close()


def test_a_stalled_subscriber_loses_its_own_events_and_a_healthy_one_hears_all(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/events"
    output = ZmqOutput(ZmqOutputConfig(endpoint=endpoint, queue=10_000))
    context: zmq.Context[Any] = zmq.Context()
    stalled = context.socket(zmq.SUB)
    stalled.set(zmq.RCVHWM, 1)
    stalled.subscribe("")
    stalled.connect(endpoint)
    heard: list[int] = []
    with Listener(endpoint) as listener:
        while not list(listener.receive(50)):
            output.send(event(0))
        slowest_s = 0.0
        for seq in range(1, 30_000):
            started = time.perf_counter()
            output.send(event(seq))
            slowest_s = max(slowest_s, time.perf_counter() - started)
            if seq % 500 == 0:
                heard += [e.seq for e in listener.receive(0) if isinstance(e, TrackEvent)]
        while fresh := [e.seq for e in listener.receive(500) if isinstance(e, TrackEvent)]:
            heard += fresh
    output.close()
    got = 0
    while stalled.poll(100):
        stalled.recv_multipart()
        got += 1
    context.destroy(linger=0)
    assert sorted(set(heard) - {0}) == list(range(1, 30_000))
    assert 0 < got < 30_000
    assert slowest_s < 0.5
