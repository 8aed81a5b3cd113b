"""A listener that never stops: it audits every event and tells when a stream flows again."""

import threading
import time
from collections.abc import Iterable

from stream_engine.audit import Audit
from stream_engine.listen import Listener
from stream_engine.messages import TrackEvent


class Ear:
    """Listens in a thread of its own."""

    def __init__(self, endpoint: str) -> None:
        self.audit = Audit()
        self._listener = Listener(endpoint)
        self._newest: dict[str, tuple[int, float]] = {}  # stream -> arrival of its newest frame, when heard
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
                        self._newest[event.stream] = (event.arrival_ns, time.monotonic())
                    self._heard.notify_all()

    def lost(self, stream: str) -> int:
        """How many frames of a stream were told to be lost."""
        with self._heard:
            return sum(self.audit.gaps_of.get(stream, {}).values())

    def flows_again(self, streams: Iterable[str], since_wall_ns: int, timeout_s: float) -> float | None:
        """When every stream had an event of a frame that arrived after this moment; None if one never had."""
        wanted = set(streams)
        until = time.monotonic() + timeout_s
        with self._heard:
            while not all(self._newest.get(stream, (0, 0.0))[0] > since_wall_ns for stream in wanted):
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return None
                self._heard.wait(left_s)
            return max(self._newest[stream][1] for stream in wanted)
