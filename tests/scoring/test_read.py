"""Reading truth and events: what comes in, and what is said of what does not."""

import gzip
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq

from stream_engine.messages import StatusEvent
from stream_engine.scoring import ScoreError
from stream_engine.scoring.read import hear_events, read_events, read_truth, truth_of
from tests.scoring.fakes import event_of, gap_of, make_events, make_truth, write_events, write_truth

TRUTH = make_truth([("main", 4)])
STATUS = StatusEvent(
    stream="cam",
    state="live",
    epoch=1,
    decoded=1,
    frames=1,
    gaps={},
    restarts={},
    rejected={},
    stale=0,
    output_dropped=0,
    noted_ns=1,
)


def test_truth_is_read_plain_and_compressed(tmp_path: Path) -> None:
    folder = write_truth(TRUTH, tmp_path)
    assert read_truth(folder) == TRUTH
    plain = folder / "truth.jsonl"
    (folder / "truth.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert read_truth(folder) == TRUTH


def spoil(folder: Path, **changes: Any) -> None:
    header = msgspec.json.decode((folder / "match.json").read_bytes())
    (folder / "match.json").write_bytes(msgspec.json.encode(header | changes))


def test_truth_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match=r"match.json is missing; --truth names the folder"):
        read_truth(tmp_path)
    folder = write_truth(TRUTH, tmp_path)
    spoil(folder, format=2)
    with pytest.raises(ScoreError, match=r"match.json: truth of format 2; this version reads 1"):
        read_truth(folder)
    spoil(folder, format=1, frames=9)
    with pytest.raises(ScoreError, match=r"4 frames, but match.json says 9"):
        read_truth(folder)
    (folder / "match.json").write_text("{")
    with pytest.raises(ScoreError, match=r"match.json: this is no header"):
        read_truth(folder)


def test_frames_of_truth_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    folder = write_truth(TRUTH, tmp_path)
    lines = (folder / "truth.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "truth.jsonl").write_bytes(lines[0] + b"{}\n")
    with pytest.raises(ScoreError, match=r"truth.jsonl:2: this is no frame of a truth"):
        read_truth(folder)
    (folder / "truth.jsonl").write_bytes(lines[0] + lines[2])
    with pytest.raises(ScoreError, match=r"the truth has frame 2 where 1 should be"):
        read_truth(folder)
    (folder / "truth.jsonl").unlink()
    with pytest.raises(ScoreError, match=r"there is no truth.jsonl or truth.jsonl.gz"):
        read_truth(folder)
    (folder / "truth.jsonl.gz").write_bytes(gzip.compress(b"".join(lines))[:-20])
    with pytest.raises(ScoreError, match=r"cannot be read to its end"):
        read_truth(folder)


def test_a_person_whom_the_header_does_not_know_is_refused() -> None:
    with pytest.raises(ScoreError, match=r"frame 0 has person 1, whom match.json does not know"):
        truth_of(msgspec.structs.replace(TRUTH.header, people=TRUTH.header.people[1:]), TRUTH.frames)


def test_frames_and_gaps_of_the_only_stream_are_read(tmp_path: Path) -> None:
    events = [*make_events(TRUTH), gap_of(9, 9)]
    assert read_events(write_events([STATUS, *events], tmp_path / "events.jsonl")) == events


def test_of_several_streams_one_has_to_be_chosen(tmp_path: Path) -> None:
    path = write_events([event_of(0, ()), event_of(0, (), stream="other")], tmp_path / "events.jsonl")
    with pytest.raises(ScoreError, match=r"several streams, cam, other; choose one with --stream"):
        read_events(path)
    with pytest.raises(ScoreError, match=r"nothing of stream 'x'; there is cam, other"):
        read_events(path, "x")
    assert [event.stream for event in read_events(path, "other")] == ["other"]


def test_files_that_hold_no_events_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with pytest.raises(ScoreError, match=r"there is no such file; --events names"):
        read_events(path)
    path.write_bytes(b"\n")
    with pytest.raises(ScoreError, match=r"there are no frame events; is the service running"):
        read_events(path)
    path.write_bytes(msgspec.json.encode(event_of(0, ())) + b'\n\n{"type":"fra\n')
    with pytest.raises(ScoreError, match=r"events.jsonl:3: this line is no event .*take the line out"):
        read_events(path)
    path.write_bytes(b"\x93\x00\xff\n")
    with pytest.raises(ScoreError, match=r"events.jsonl:1: this line is no event"):
        read_events(path)


def test_a_running_service_is_listened_to(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/events"
    done = threading.Event()

    def publish() -> None:
        with zmq.Context() as context, context.socket(zmq.PUB) as socket:
            socket.bind(endpoint)
            seq = 0
            while not done.is_set():
                socket.send_multipart([b"cam", msgspec.msgpack.encode(event_of(seq % 4, (), seq=seq))])
                seq += 1
                time.sleep(0.005)

    thread = threading.Thread(target=publish)
    thread.start()
    heard = hear_events(endpoint, 0.4)
    done.set()
    thread.join()
    assert len(heard) > 5
    assert {event.stream for event in heard} == {"cam"}


def test_silence_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match=r"heard for 0.1 s: there are no frame events"):
        hear_events(f"ipc://{tmp_path}/nobody", 0.1)
