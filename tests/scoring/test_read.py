"""Reading truth and events: what comes in, and what is said of what does not."""

import contextlib
import gzip
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq

from stream_engine.masks import MaskRle
from stream_engine.messages import StatusEvent, TrackChange, TrackedObject
from stream_engine.scoring import ScoreError
from stream_engine.scoring.read import Scored, hear_events, read_events, read_truth, truth_of
from tests.scoring.fakes import altered, answers, event_of, gap_of, make_events, make_truth, write_events, write_truth

TRUTH = make_truth([("main", 4)])
PERSON = TrackedObject(7, "player", None, 0.9, (0.0, 0.0, 9.0, 9.0), None, fresh=True)
DEADLINE_S = 20.0
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
CHANGE = TrackChange(
    stream="cam", epoch=1, seq=1, kind="lost", track_ids=(7,), name=None, by="tracker", detail="", noted_ns=1
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
    assert read_events(write_events([STATUS, CHANGE, *events], tmp_path / "events.jsonl")) == events


def test_objects_without_a_track_are_read_and_what_is_odd_about_one_is_told(tmp_path: Path) -> None:
    path, nobody = tmp_path / "events.jsonl", altered(PERSON, track_id=None)
    assert read_events(write_events([event_of(0, [nobody, nobody])], path)) == [event_of(0, [nobody, nobody])]
    write_events([event_of(0, [altered(nobody, box_px=(9.0, 0.0, 0.0, 9.0))])], path)
    with pytest.raises(ScoreError, match=r"events.jsonl:1: .*: an object without a track: box_px"):
        read_events(path)


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
    heard: list[Scored] = []
    until = time.monotonic() + DEADLINE_S
    while len(heard) < 6 and time.monotonic() < until:
        with contextlib.suppress(ScoreError):  # nothing was heard
            heard += hear_events(endpoint, 0.1)
    done.set()
    thread.join()
    assert len(heard) >= 6
    assert {event.stream for event in heard} == {"cam"}


NAN = float("nan")
ODD_OBJECTS: list[tuple[dict[str, Any], str]] = [
    ({"box_px": (0.0, 0.0, 1e7, 9.0)}, r"box_px .* is no left, top, right, bottom within 1e\+06 px"),
    ({"box_px": (9.0, 0.0, 0.0, 9.0)}, r"box_px .* is no left, top"),
    ({"track_id": 2**63}, r"track_id of 9223372036854775808 takes more than 64 bits"),
    ({"track_id": -1}, r"track_id is below 0; null says that there is none"),
    ({"mask": MaskRle(10**9, 0, (1, 1), "01")}, r"its mask is out of reach"),
]
ODD_EVENTS: list[tuple[dict[str, Any], str]] = [
    ({"width": 0}, r"a picture of 0 x 360"),
    ({"seq": 2**63}, r"a sequence number of"),
    ({"age_ns": 2**63}, r"age_ns of"),
]


@pytest.mark.parametrize(("changes", "why"), ODD_OBJECTS)
def test_odd_objects_of_events_are_refused_with_their_line(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    path = tmp_path / "events.jsonl"
    good, odd = event_of(0, answers(TRUTH, TRUTH.frames[0])), event_of(1, [altered(PERSON, **changes)])
    write_events([good, odd], path)
    with pytest.raises(ScoreError, match=rf"events.jsonl:2: this event has numbers .*: track -?\d+: {why}"):
        read_events(path)


@pytest.mark.parametrize(("changes", "why"), ODD_EVENTS)
def test_odd_events_are_refused_with_their_line(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    path = write_events([event_of(0, ()), altered(event_of(1, ()), **changes)], tmp_path / "events.jsonl")  # type: ignore[arg-type]
    with pytest.raises(
        ScoreError, match=rf"events.jsonl:2: this event has numbers that the service never sends: {why}"
    ):
        read_events(path)


@pytest.mark.parametrize(
    ("changes", "why"), [({"box_px": (0.0, NAN, 9.0, 9.0)}, "box_px .*nan"), ({"score": NAN}, "score of nan")]
)
def test_an_odd_event_that_is_heard_is_refused_with_its_stream_and_number(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    """Over the wire NaN can come, which JSON lacks."""
    endpoint = f"ipc://{tmp_path}/odd"
    odd = msgspec.msgpack.encode(event_of(3, [altered(PERSON, **changes)]))
    done = threading.Event()

    def publish() -> None:
        with zmq.Context() as context, context.socket(zmq.PUB) as socket:
            socket.bind(endpoint)
            while not done.wait(0.005):
                socket.send_multipart([b"cam", odd])

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        with pytest.raises(ScoreError, match=rf"stream cam, 1/3: this event has numbers .*: track 7: {why}"):
            hear_events(endpoint, DEADLINE_S)
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"fps": 0}, "fps of 0 is not within"), ({"fps": -25}, "fps of -25"), ({"height": 0}, "a picture of 640 x 0")],
)
def test_an_odd_header_is_refused(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    folder = write_truth(TRUTH, tmp_path)
    spoil(folder, **changes)
    with pytest.raises(ScoreError, match=rf"match.json: this is no header of a truth: {why}"):
        read_truth(folder)


@pytest.mark.parametrize(
    "changes", [{"box_px": (9.0, 0.0, 0.0, 9.0)}, {"body_px": (0.0, 0.0, 9.0, 1e9)}, {"id": 1, "visible": "x"}]
)
def test_an_odd_frame_of_truth_is_refused_with_its_line(tmp_path: Path, changes: dict[str, Any]) -> None:
    folder = write_truth(TRUTH, tmp_path)
    lines = [msgspec.json.decode(line) for line in (folder / "truth.jsonl").read_bytes().splitlines()]
    lines[2]["objects"][0] |= changes
    write_events(lines, folder / "truth.jsonl")
    with pytest.raises(ScoreError, match=r"truth.jsonl:3: this is no frame of a truth"):
        read_truth(folder)


def test_the_wholly_hidden_are_read(tmp_path: Path) -> None:
    hidden = altered(
        TRUTH.frames[0].objects[0],  # type: ignore[arg-type]
        box_px=(30.0, 76.0, 30.0, 76.0),
        visible=0.0,
        mask=MaskRle(30, 76, (0, 0), ""),
    )
    frames = [altered(frame, objects=(hidden, *frame.objects[1:])) for frame in TRUTH.frames]  # type: ignore[arg-type]
    truth = truth_of(TRUTH.header, frames)  # type: ignore[arg-type]
    assert read_truth(write_truth(truth, tmp_path)) == truth


def test_silence_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match=r"heard for 0.1 s: there are no frame events"):
        hear_events(f"ipc://{tmp_path}/nobody", 0.1)
