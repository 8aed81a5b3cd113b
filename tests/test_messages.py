"""The wire: golden bytes, an independent reader, and a schema that does not drift unnoticed."""

import base64
import json
from pathlib import Path

import msgpack
import msgspec
import pytest

from stream_engine.bus import encode
from stream_engine.listen import decode_event
from stream_engine.masks import MaskRle
from stream_engine.messages import (
    CameraMove,
    Change,
    Correction,
    Detection,
    Detections,
    Gap,
    GapEvent,
    Mark,
    Mask,
    Masks,
    Prompt,
    SourceTime,
    StatusEvent,
    TaggedTrack,
    TaggedTracks,
    Track,
    Tracks,
    Wire,
)
from stream_engine.records import frame_event, track_change
from stream_engine.schema import schema_text
from tests.fakes import frame_ref, tagged

GOLDEN = Path(__file__).parent / "data/golden_messages.json"
FRAME = frame_ref(source=SourceTime(1, True), timecode="10:00:00:00", user_data=(b"\x00abc",))
TRACK = Track(3, "player", 0.9, (1.0, 2.0, 3.0, 4.0), MaskRle(1, 2, (2, 2), "13"), True, "the scorer")
MOVE = CameraMove(6, (1.0, 0.0, 2.5, 0.0, 1.0, -0.5), 0.75)
CHANGE = Change("resumed", 7, (3, 12), "the scorer", "tracker", "by appearance")
EXAMPLES: dict[str, Wire] = {
    "frame": FRAME,
    "detections": Detections(FRAME, False, MOVE, True, (Detection("ball", 0.5, (1.0, 2.0, 3.0, 4.0)),), FRAME.times),
    "masks": Masks(
        FRAME, True, None, (Mask(None, "player", 0.5, (1.0, 2.0, 3.0, 4.0), None, fresh=False),), FRAME.times
    ),
    "tracks": Tracks(FRAME, None, MOVE, (TRACK,), FRAME.times, MOVE, (CHANGE,)),
    "tagged": TaggedTracks(
        FRAME, None, MOVE, (TaggedTrack(TRACK, "home", "player", 0.97, 12, 0.99, 40),), FRAME.times, MOVE, (CHANGE,)
    ),
    "gap": Gap("cam", 1, 5, 9, "late", "why"),
    "mark": Mark("cam", 1, 9, "close"),
    "prompt": Prompt("cam", "left wing", "player", points_px=((3.0, 4.0),), labels=(1,)),
    "correction": Correction("cam", "swap", (3, 4)),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_bytes_of_each_topic_are_what_they_were(name: str) -> None:
    golden = json.loads(GOLDEN.read_text())
    now = base64.b64encode(encode(EXAMPLES[name])).decode()
    assert golden[name] == now, f"the wire format of {name} has changed; if that is meant, put {now} into {GOLDEN.name}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_topic_comes_back_as_it_went(name: str) -> None:
    example = EXAMPLES[name]
    assert msgspec.msgpack.decode(encode(example), type=type(example)) == example


def test_any_messagepack_reader_can_read_an_event() -> None:
    event = msgpack.unpackb(msgspec.msgpack.encode(frame_event(tagged(seq=7), now_ns=2_000_000_000)))
    assert (event["type"], event["schema"], event["stream"], event["seq"]) == ("frame", 1, "cam", 7)
    assert event["age_ns"] == 2_000_000_000 - 1_007_000_000


def test_events_read_the_same_in_both_formats() -> None:
    events = [
        frame_event(tagged(), now_ns=2_000_000_000),
        GapEvent(stream="cam", epoch=1, first_seq=0, last_seq=1, cause="late", detail="", noted_ns=5),
        track_change(FRAME, CHANGE, noted_ns=5),
        StatusEvent(
            stream="cam",
            state="live",
            epoch=1,
            decoded=3,
            frames=3,
            gaps={},
            restarts={},
            rejected={},
            stale=0,
            output_dropped=0,
            noted_ns=5,
        ),
    ]
    for event in events:
        assert decode_event(msgspec.msgpack.encode(event)) == event
        assert decode_event(msgspec.json.encode(event)) == event


def test_the_schema_in_the_documents_is_the_schema_of_the_code() -> None:
    kept = Path(__file__).parent.parent / "docs/events.schema.json"
    assert kept.read_text() == schema_text(), "run: stream-engine schema > docs/events.schema.json"
