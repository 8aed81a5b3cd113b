"""The way out of a decoder: live gives way and says so, lossless waits for its credit."""

import threading
from typing import Any

import numpy as np

from stream_engine.messages import Beside, Gap, Item, Mark
from stream_engine.pulse import STREAM, WORKER, Pulse
from stream_engine.sender import SPARE_SLOTS, LiveSender, LosslessSender
from tests.fakes import frame_ref


class FakeOutbox:
    """A pipe with room for so many messages."""

    def __init__(self, room: int = 1_000) -> None:
        self.room = room
        self.items: list[Item] = []

    def try_send(self, item: Item) -> bool:
        if len(self.items) >= self.room:
            return False
        self.items.append(item)
        return True

    def send(self, item: Item, waiting: Any) -> bool:
        return self.try_send(item)

    def close(self) -> None: ...


def pulse() -> tuple[Pulse, Any]:
    row = np.zeros(1, WORKER)
    return Pulse(row[0]), row[0]


def test_frames_that_find_no_room_become_one_gap_ahead_of_the_next_frame() -> None:
    outbox, (beat, row) = FakeOutbox(room=1), pulse()
    sender = LiveSender(outbox, beat)  # type: ignore[arg-type]
    for seq in range(4):
        sender.send(frame_ref(seq=seq))
    outbox.room = 10
    sender.send(frame_ref(seq=4))
    assert outbox.items == [frame_ref(seq=0), Gap("cam", 1, 1, 3, "overload", ""), frame_ref(seq=4)]
    assert row["dropped"] == 3


def test_a_mark_keeps_its_place_behind_the_gap_it_follows() -> None:
    outbox, (beat, _) = FakeOutbox(room=0), pulse()
    sender = LiveSender(outbox, beat)  # type: ignore[arg-type]
    sender.send(frame_ref(seq=0))
    sender.send(Mark("cam", 1, 0, "close"))
    outbox.room = 10
    sender.close()
    assert outbox.items == [Gap("cam", 1, 0, 0, "overload", ""), Mark("cam", 1, 0, "close")]


def test_what_waits_for_room_is_bounded() -> None:
    outbox, (beat, _) = FakeOutbox(room=0), pulse()
    sender = LiveSender(outbox, beat)  # type: ignore[arg-type]
    for epoch in range(2_000):
        sender.send(Mark("cam", epoch, -1, "open"))
    outbox.room = 10_000
    sender.close()
    assert len(outbox.items) <= 256


def test_lossless_sends_no_further_than_the_ring_allows_until_publish_has_accounted() -> None:
    outbox, (beat, _), row = FakeOutbox(), pulse(), np.zeros(1, STREAM)
    row["published_epoch"] = 1
    slots, stopping = 20, threading.Event()
    sender = LosslessSender(outbox, row[0], beat, slots, stopping)  # type: ignore[arg-type]
    window = slots - SPARE_SLOTS

    def send_all() -> None:
        for seq in range(window + 5):
            sender.send(frame_ref(seq=seq))

    thread = threading.Thread(target=send_all)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    assert [i.frame.seq for i in outbox.items if not isinstance(i, Beside)] == list(range(window))
    row["published_next"] = 5
    thread.join(5)
    assert not thread.is_alive()


def test_lossless_without_progress_asks_for_the_account() -> None:
    outbox, (beat, _), row, stopping = FakeOutbox(), pulse(), np.zeros(1, STREAM), threading.Event()
    sender = LosslessSender(outbox, row[0], beat, SPARE_SLOTS + 1, stopping)  # type: ignore[arg-type]
    row["published_epoch"] = 1
    sender.send(frame_ref(seq=0))
    thread = threading.Thread(target=sender.send, args=(frame_ref(seq=1),))
    thread.start()
    thread.join(0.8)
    stopping.set()
    thread.join(5)
    assert Mark("cam", 1, 0, "sync") in outbox.items
