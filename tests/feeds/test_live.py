"""A live connection: how it ends."""

import threading
from pathlib import Path

import av
import pytest

from stream_engine.config import StreamConfig
from stream_engine.feeds import FeedError
from stream_engine.feeds.live import LiveFeed
from tests.peers import make_late_sound


def test_a_connection_on_which_sound_came_up_ends_as_any_other(clips: Path) -> None:
    container = av.open(str(make_late_sound(clips / "late-sound-live.ts")), format="mpegts")
    feed = LiveFeed(StreamConfig(name="a", url="udp://127.0.0.1:9000"), container, threading.Event())
    packets, count = feed.packets(), 0
    with pytest.raises(FeedError, match="the sender has ended the connection"):
        while next(packets):
            count += 1
    assert count == 17 * 30
    feed.close()
