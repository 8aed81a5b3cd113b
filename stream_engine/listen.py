"""Listening to a service: a subscriber that decodes events of either format."""

from collections.abc import Iterator
from typing import Any

import msgspec
import zmq

from stream_engine.messages import Event

_msgpack: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)
_json: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class ListenError(Exception):
    """The endpoint cannot be listened to: what, and what to write instead."""


class Listener:
    """A subscription to the events of some streams, or of all."""

    def __init__(self, endpoint: str, streams: tuple[str, ...] = (), queue: int = 10_000) -> None:
        self._context: zmq.Context[Any] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.set(zmq.RCVHWM, queue)
        self._socket.set(zmq.RECONNECT_IVL, 5)
        self._socket.set(zmq.RECONNECT_IVL_MAX, 50)
        for stream in streams or ("",):
            self._socket.subscribe(stream)
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise ListenError(f"{endpoint!r} is no endpoint ({error.strerror}); write tcp://host:port") from None
        self.garbled = 0

    def receive(self, wait_ms: int) -> Iterator[Event]:
        """What has come, waiting at most so long for the first."""
        while self._socket.poll(wait_ms):
            wait_ms = 0
            parts = self._socket.recv_multipart()
            try:
                yield decode_event(parts[-1])
            except msgspec.MsgspecError:
                self.garbled += 1

    def close(self) -> None:
        self._socket.close(linger=0)
        self._context.term()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def decode_event(payload: bytes) -> Event:
    """A published record, MessagePack or JSON."""
    return _json.decode(payload) if payload[:1] == b"{" else _msgpack.decode(payload)
