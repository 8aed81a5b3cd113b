"""Events on a ZeroMQ PUB socket: two parts, the stream's name and the event."""

from typing import Any

import msgspec
import zmq

from stream_engine.config import ZmqOutputConfig
from stream_engine.messages import Event
from stream_engine.outputs import OutputError

LINGER_MS = 500


class ZmqOutput:
    """A subscriber that stalls fills its own queue and then loses its own messages."""

    dropped = 0  # ZeroMQ drops per subscriber and does not tell; subscribers see it in `seq`

    def __init__(self, config: ZmqOutputConfig) -> None:
        self._context: zmq.Context[Any] = zmq.Context()
        self._socket = self._context.socket(zmq.PUB)
        self._socket.set(zmq.SNDHWM, config.queue)
        self._socket.set(zmq.LINGER, LINGER_MS)
        self._socket.set(zmq.IPV6, ":" in config.endpoint.partition("://")[2].rpartition(":")[0])
        try:
            self._socket.bind(config.endpoint)
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            raise OutputError(
                f"outputs.zmq.endpoint: {config.endpoint} cannot be opened: {error.strerror}; "
                "stop what uses it or choose another port"
            ) from None
        self._encode = msgspec.json.encode if config.format == "json" else msgspec.msgpack.encode

    def send(self, event: Event) -> None:
        self._socket.send_multipart([event.stream.encode(), self._encode(event)], zmq.NOBLOCK)

    def close(self) -> None:
        self._socket.close()
        self._context.term()
