"""A listener that never stops: it audits every event and tells when a stream flows again."""

import threading
import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stream_engine.audit import Audit
from stream_engine.listen import Listener
from stream_engine.messages import TrackEvent

NOWHERE: Mapping[str, int] = {}


class Newest(NamedTuple):
    """The newest frame of a stream."""

    epoch: int
    arrival_ns: int  # wall clock
    heard_s: float


class Ear:
    """Listens in a thread of its own."""

    def __init__(self, endpoint: str) -> None:
        self.audit = Audit()
        self._listener = Listener(endpoint)
        self._newest: dict[str, Newest] = {}
        self._heard = threading.Condition()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="ear", daemon=True)

    def __enter__(self) -> "Ear":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(5)
        self._listener.close()

    def _listen(self) -> None:
        while not self._ending.is_set():
            for event in self._listener.receive(100):
                with self._heard:
                    self.audit.add(event)
                    if isinstance(event, TrackEvent):
                        self._newest[event.stream] = Newest(event.epoch, event.arrival_ns, time.monotonic())
                    self._heard.notify_all()

    def lost(self, stream: str) -> int:
        """How many frames of a stream were told to be lost."""
        with self._heard:
            return sum(self.audit.gaps_of.get(stream, {}).values())

    def epochs(self) -> dict[str, int]:
        """The newest epoch of each stream."""
        with self._heard:
            return {stream: newest.epoch for stream, newest in self._newest.items()}

    def flows_again(
        self, streams: Iterable[str], since_wall_ns: int, timeout_s: float, beyond: Mapping[str, int] = NOWHERE
    ) -> float | None:
        """When every stream had an event of a frame that arrived after this moment; None if one never had.

        `beyond` asks for a later epoch as well: what was under way when a feed broke off is no recovery.
        """
        wanted = set(streams)
        until = time.monotonic() + timeout_s
        with self._heard:
            while not all(self._is_beyond(stream, since_wall_ns, beyond) for stream in wanted):
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return None
                self._heard.wait(left_s)
            return max(self._newest[stream].heard_s for stream in wanted)

    def _is_beyond(self, stream: str, since_wall_ns: int, beyond: Mapping[str, int]) -> bool:
        newest = self._newest.get(stream)
        return newest is not None and newest.arrival_ns > since_wall_ns and newest.epoch > beyond.get(stream, -1)
