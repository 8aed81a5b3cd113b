"""The bus: ZeroMQ pipes between stages, one typed inbox each. The only place of the pipeline that knows zmq."""

import time
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

import msgspec
import zmq

from stream_engine.messages import Gap, Item, Mark

HIGH_WATER = 64  # messages; 2 s of one stream at 30 frames/s, more than a ring holds
LINGER_MS = 1000  # what a stage that ends gives the next to take what is under way
FOR_EVER_MS = -1
MAX_MESSAGE = 4 << 20  # bytes; 1,000 masks of 1080p regions are a tenth of it
MAX_DRAIN = 512  # messages taken in before the stage gets its turn

encode: Callable[[Any], bytes] = msgspec.msgpack.Encoder().encode


class Inbox:
    """The reading end of a stage's pipe; what does not decode as one of its topics is rejected and counted."""

    def __init__(self, context: zmq.Context[Any], address: str, *topics: Any) -> None:
        self._socket = context.socket(zmq.PULL)
        self._socket.set(zmq.RCVHWM, HIGH_WATER)
        self._socket.set(zmq.MAXMSGSIZE, MAX_MESSAGE)
        self._socket.set(zmq.LINGER, 0)
        self._socket.bind(address)
        self._decoder: msgspec.msgpack.Decoder[Item] = msgspec.msgpack.Decoder(reduce(or_, (*topics, Gap, Mark)))
        self.rejected = 0

    def receive(self, wait_ms: int) -> list[Item]:
        """Everything that has come, waiting at most so long for the first."""
        if not self._socket.poll(wait_ms):
            return []
        items: list[Item] = []
        for _ in range(MAX_DRAIN):
            try:
                parts = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            item = self._decode(parts)
            if item is not None:
                items.append(item)
        return items

    def _decode(self, parts: list[bytes]) -> Item | None:
        try:
            return self._decoder.decode(b"".join(parts))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self.rejected += 1
            return None

    def close(self) -> None:
        self._socket.close()


class Outbox:
    """The writing end of the next stage's pipe; it survives that stage's restarts."""

    def __init__(self, context: zmq.Context[Any], address: str, linger_ms: int = LINGER_MS) -> None:
        self._socket = context.socket(zmq.PUSH)
        self._socket.set(zmq.SNDHWM, HIGH_WATER)
        self._socket.set(zmq.LINGER, linger_ms)
        self._socket.set(zmq.RECONNECT_IVL, 5)
        self._socket.set(zmq.RECONNECT_IVL_MAX, 20)
        self._socket.connect(address)

    def try_send(self, item: Item) -> bool:
        """Send if the pipe has room; False if it has none now."""
        try:
            self._socket.send(encode(item), zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def send(self, item: Item, waiting: Callable[[], bool]) -> bool:
        """Send, however long it takes; `waiting` is called meanwhile and returns False to give up."""
        while not self.try_send(item):
            if not waiting():
                return False
            self._socket.poll(50, zmq.POLLOUT)
        return True

    def close(self) -> None:
        self._socket.close()


def deliver(address: str, item: Item, wait_ms: int) -> bool:
    """One message from outside to whoever reads a pipe now; False if nobody takes it in time."""
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.set(zmq.IMMEDIATE, 1)  # only to a reader that is there
        socket.set(zmq.LINGER, wait_ms)
        socket.set(zmq.RECONNECT_IVL, 20)
        socket.connect(address)
        if not socket.poll(wait_ms, zmq.POLLOUT):
            return False
        try:
            socket.send(encode(item), zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True


def now_ns() -> int:
    """The clock that ages are measured on; the same in every process of a host."""
    return time.monotonic_ns()
