"""The bus: order holds, garbage is rejected and counted, restarts of either side are survived."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from stream_engine.bus import HIGH_WATER, Inbox, Outbox, deliver, encode
from stream_engine.messages import LONGEST_NAME, MOST_POINTS, Beside, FrameRef, Gap, Item, Prompt
from tests.fakes import frame_ref, prompt, tagged


class Bench:
    """Pipe ends on one address, closed at the end of the test."""

    def __init__(self, folder: Path) -> None:
        self.context: zmq.Context[Any] = zmq.Context()
        self.address = f"ipc://{folder}/x.pipe"
        self._ends: list[Any] = []

    def inbox(self, *topics: type) -> Inbox:
        self._ends.append(Inbox(self.context, self.address, *(topics or (FrameRef,))))
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
    [b"", b"\x00", b"\xff" * 100, encode(tagged()), encode(["frame", 1, 2]), b"\x93" * 5000, encode(prompt())],
    ids=["empty", "number", "noise", "another topic", "too short", "deeply nested", "a prompt where none is heard"],
)
def test_garbage_is_rejected_and_counted_and_the_inbox_lives(bench: Bench, garbage: bytes) -> None:
    inbox = bench.inbox()
    stranger = bench.stranger()
    stranger.send(garbage)
    stranger.send_multipart([garbage, garbage])
    stranger.send(encode(frame_ref(seq=9)))
    assert receive(inbox, 1) == [frame_ref(seq=9)]
    assert inbox.rejected == 2


ABSURD = [
    Prompt("cam", "", "player", box_px=(1.0, 2.0, 3.0, 4.0)),
    Prompt("cam", "x" * (LONGEST_NAME + 1), "player", box_px=(1.0, 2.0, 3.0, 4.0)),
    Prompt("cam", "two\nlines", "player", box_px=(1.0, 2.0, 3.0, 4.0)),
    Prompt("cam", "x", "striker", box_px=(1.0, 2.0, 3.0, 4.0)),  # type: ignore[arg-type]
    Prompt("cam", "x", "player", box_px=(float("nan"), 2.0, 3.0, 4.0)),
    Prompt("cam", "x", "player", points_px=((1e300, 2.0),), labels=(1,)),
    Prompt("cam", "x", "player", points_px=((1.0, 2.0),) * (MOST_POINTS + 1), labels=(1,) * (MOST_POINTS + 1)),
]


def test_a_stage_that_hears_prompts_gets_them_among_its_frames_and_no_absurd_ones(bench: Bench) -> None:
    inbox, outbox = bench.inbox(FrameRef, Prompt), bench.outbox()
    sent: list[Item] = [frame_ref(seq=0), prompt(), frame_ref(seq=1)]
    for item in (*ABSURD, *sent):
        assert outbox.send(item, waiting=lambda: True)
    assert receive(inbox, 3) == sent
    assert inbox.rejected == len(ABSURD)


def test_what_is_delivered_from_outside_arrives(bench: Bench) -> None:
    inbox = bench.inbox(FrameRef, Prompt)
    assert deliver(bench.address, prompt(), 2000)
    assert receive(inbox, 1) == [prompt()]


def test_where_nobody_reads_nothing_is_delivered_and_nobody_waits_for_long(bench: Bench) -> None:
    start = time.monotonic()
    assert not deliver(bench.address, prompt(), 100)
    assert time.monotonic() - start < 2


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
        heard += [i.frame.seq for i in successor.receive(10) if not isinstance(i, Beside)]
    assert heard and heard == sorted(heard)
