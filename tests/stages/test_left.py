"""What a stage leaves to its successor: whatever is found there, a tracker begins, and no id is given twice."""

import logging
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.stages.left import VERSION, Heritage, Left, left
from stream_engine.tracking.tracker import Tracker
from tests.fakes import frame_ref
from tests.tracking.scene import Scene, crowd

MATCH = Scene(crowd(4))
WALL_NS = frame_ref().arrival_wall_ns
SECOND = 1_000_000_000


def tracker(frames: int = 5) -> Tracker:
    made = Tracker()
    for seq in range(frames):
        made.follow(MATCH.seen(seq)[0])
    return made


class Held:
    """Where something was left, or nothing."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content

    def load(self) -> bytes | None:
        return self.content

    def save(self, state: bytes) -> None:
        self.content = state


def kept(**trackers: Tracker) -> bytes:
    return left(trackers, dict.fromkeys(trackers, WALL_NS), Left())


def heritage(content: bytes | None) -> Heritage:
    return Heritage(Held(content), "identities", 60.0, logging.getLogger("stream_engine.associate"))


def begun(content: bytes | None, later_s: float = 1.0, stream: str = "cam") -> Tracker:
    """A new tracker with what was found for it."""
    made = Tracker()
    heritage(content).take_up(made, frame_ref(stream, seq=6, arrival_wall_ns=WALL_NS + int(later_s * SECOND)))
    return made


def test_a_tracker_goes_on_where_the_one_before_ended() -> None:
    one = tracker()
    assert begun(kept(cam=one)).state() == one.state()


@pytest.mark.parametrize("later_s", [61.0, -61.0])
def test_of_what_was_left_long_ago_or_in_the_future_the_ids_alone_are_taken(later_s: float) -> None:
    one = tracker()
    other = begun(kept(cam=one), later_s)
    assert other.last_id == one.last_id == 4 and other.state()["people"]["count"] == 0


def test_a_stream_of_which_nothing_was_left_begins_anew() -> None:
    assert begun(kept(cam=tracker()), stream="other").last_id == 0
    assert begun(None).last_id == 0


def test_without_a_time_it_was_left_long_ago() -> None:
    found = msgspec.msgpack.encode(Left(VERSION, {"cam": tracker().state()}, {}))
    assert begun(found).state()["people"]["count"] == 0 and begun(found).last_id == 4


def test_what_is_no_tracker_is_said_and_the_stream_begins(caplog: pytest.LogCaptureFixture) -> None:
    found = msgspec.msgpack.encode(Left(VERSION, {"cam": {"people": 3}}, {"cam": WALL_NS}))
    with caplog.at_level(logging.WARNING):
        assert begun(found).state()["people"]["count"] == 0
    assert "what was left of cam is of no use" in caplog.text


def test_what_another_version_left_is_not_read() -> None:
    other = Left(VERSION + 1, {"cam": tracker().state()}, {"cam": WALL_NS})
    assert begun(msgspec.msgpack.encode(other)).last_id == 0


@pytest.mark.parametrize(
    "content", [b"", b"\xc1", b"\xa1\xff", b"\x91" * 5000, b"\x82\xa7version\x01\xa7streams\x81\xa1a\xa1\xff"]
)
def test_what_cannot_be_read_is_said_and_nothing(content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert begun(content).last_id == 0
    assert "identities begin anew" in caplog.text


def test_of_streams_that_have_not_come_yet_it_is_left_what_was_left_before() -> None:
    held, newer = Held(kept(cam=tracker(), other=tracker(3))), tracker(8)
    begins = Heritage(held, "identities", 60.0, logging.getLogger("stream_engine.associate"))
    frame = frame_ref(seq=9, arrival_wall_ns=WALL_NS + 9)
    begins.note(frame)
    begins.leave({"cam": newer}, frame, urgent=True)
    now = msgspec.msgpack.decode(held.content or b"", type=Left)
    assert now.wall_ns == {"cam": WALL_NS + 9, "other": WALL_NS}
    assert begun(held.content).state() == newer.state()
    assert begun(held.content, stream="other").state() == tracker(3).state()


RAW = kept(cam=tracker(), other=tracker(2))


@settings(deadline=None)
@given(st.integers(0, len(RAW) - 1), st.binary(max_size=4), st.integers(0, 6))
def test_whatever_has_become_of_it_a_tracker_begins(where: int, odd: bytes, cut: int) -> None:
    made: Any = begun(RAW[:where] + odd + RAW[where + cut :])
    told = made.follow(MATCH.seen(6)[0])
    assert len(set(told.ids.tolist())) == 4 and min(told.ids.tolist()) > 0
