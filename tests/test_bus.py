"""The bus: order holds, garbage is rejected and counted, restarts of either side are survived."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from stream_engine.bus import HIGH_WATER, Inbox, Outbox, encode
from stream_engine.messages import FrameRef, Gap, Item, Mark
from tests.fakes import frame_ref, tagged


class Bench:
    """Pipe ends on one address, closed at the end of the test."""

    def __init__(self, folder: Path) -> None:
        self.context: zmq.Context[Any] = zmq.Context()
        self.address = f"ipc://{folder}/x.pipe"
        self._ends: list[Any] = []

    def inbox(self) -> Inbox:
        self._ends.append(Inbox(self.context, self.address, FrameRef))
        return self._ends[-1]  # type: ignore[no-any-return]

    def outbox(self) -> Outbox:
        self._ends.append(Outbox(self.context, self.address))
        return self._ends[-1]  # type: ignore[no-any-return]

    def stranger(self) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self.context.socket(zmq.PUSH)
        socket.connect(self.address)
        self._ends.append(socket)
        return socket

    def close(self) -> None:
        for end in self._ends:
            end.close()
        self.context.destroy(linger=0)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def receive(inbox: Inbox, count: int) -> list[Item]:
    items: list[Item] = []
    for _ in range(100):
        items += inbox.receive(50)
        if len(items) >= count:
            break
    return items


def test_what_is_sent_arrives_in_order(bench: Bench) -> None:
    inbox, outbox = bench.inbox(), bench.outbox()
    sent: list[Item] = [frame_ref(seq=0), Gap("cam", 1, 1, 3, "late", ""), frame_ref(seq=4)]
    for item in sent:
        assert outbox.send(item, waiting=lambda: True)
    assert receive(inbox, 3) == sent


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x00", b"\xff" * 100, encode(tagged()), encode(["frame", 1, 2]), b"\x93" * 5000],
    ids=["empty", "number", "noise", "another topic", "too short", "deeply nested"],
)
def test_garbage_is_rejected_and_counted_and_the_inbox_lives(bench: Bench, garbage: bytes) -> None:
    inbox = bench.inbox()
    stranger = bench.stranger()
    stranger.send(garbage)
    stranger.send_multipart([garbage, garbage])
    stranger.send(encode(frame_ref(seq=9)))
    assert receive(inbox, 1) == [frame_ref(seq=9)]
    assert inbox.rejected == 2


def test_a_pipe_nobody_reads_takes_a_bounded_number_of_messages(bench: Bench) -> None:
    outbox = bench.outbox()
    taken = sum(outbox.try_send(frame_ref(seq=n)) for n in range(1000))
    assert taken <= HIGH_WATER
    assert not outbox.send(frame_ref(), waiting=lambda: False)


def test_the_pipe_finds_the_successor_of_its_reader(bench: Bench) -> None:
    inbox, outbox = bench.inbox(), bench.outbox()
    outbox.send(frame_ref(seq=0), waiting=lambda: True)
    assert receive(inbox, 1) == [frame_ref(seq=0)]
    inbox.close()
    successor, heard, seq = bench.inbox(), list[int](), 0
    while not heard and seq < 1_000:  # what was under way to the dead reader may be lost
        seq += 1
        outbox.send(frame_ref(seq=seq), waiting=lambda: True)
        heard += [i.frame.seq for i in successor.receive(10) if not isinstance(i, Gap | Mark)]
    assert heard and heard == sorted(heard)
