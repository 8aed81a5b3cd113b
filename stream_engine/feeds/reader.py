"""Reading a feed in a thread of its own, so that arrival is true while the decoder is busy."""

import threading
import time
from collections import deque
from collections.abc import Callable

from stream_engine.feeds import Feed, FeedError, FeedPacket, FeedStalled

MOST_PACKETS = 256
MOST_WAIT_S = 2.0  # a key frame interval and a little; a decoder further behind would never be fresh again
CLOSE_S = 1.0
# The feed itself stalls first and knows better why; the reader's own limit is for a demuxer that hangs.
GRACE_S = 0.25


class PacketReader:
    """A bounded queue over a feed: full, it gives way to its newest key frame, or blocks when lossless."""

    def __init__(
        self, feed: Feed, stall_s: float | None, lossless: bool = False, max_wait_s: float = MOST_WAIT_S
    ) -> None:
        self.dropped = 0
        self._feed = feed
        self._stall_s = stall_s
        self._lossless = lossless
        self._max_wait_ns = int(max_wait_s * 1e9)
        self._queue: deque[FeedPacket] = deque()
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        self._room = threading.Condition(lock)  # told when half is free, not for each packet that is taken
        self._error: Exception | None = None
        self._closed = False
        self._skipping = False
        self._last_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="packet-reader", daemon=True)
        self._thread.start()

    def get(self, timeout_s: float) -> FeedPacket | None:
        """The next packet, or None when none comes in time; raises the feed's error after the last packet."""
        until = time.monotonic() + timeout_s
        with self._changed:
            while not self._queue:
                if self._error is not None:
                    raise self._error
                left_s = min(until - time.monotonic(), self._left_s())
                if left_s <= 0:
                    return None
                self._changed.wait(left_s)
            packet = self._queue.popleft()
            if len(self._queue) == MOST_PACKETS // 2:
                self._room.notify()
            return packet

    def _left_s(self) -> float:
        if self._stall_s is None:
            return float("inf")
        left_s = self._last_s + self._stall_s + GRACE_S - time.monotonic()
        if left_s <= 0:
            raise FeedStalled(f"no packet for {self._stall_s:g} s, and reading hangs")
        return left_s

    def _run(self) -> None:
        put: Callable[[FeedPacket], None] = self._put_blocking if self._lossless else self._put_live
        try:
            for packet in self._feed.packets():
                with self._changed:
                    if self._closed:
                        return
                    put(packet)
                    self._last_s = time.monotonic()
                    self._changed.notify_all()
            self._fail(FeedError("the feed has stopped giving packets"))
        except Exception as error:  # raised again by `get`, in the thread that can act on it
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def _put_blocking(self, packet: FeedPacket) -> None:
        while len(self._queue) >= MOST_PACKETS and not self._closed:
            self._room.wait(CLOSE_S)
        self._queue.append(packet)

    def _put_live(self, packet: FeedPacket) -> None:
        if len(self._queue) >= MOST_PACKETS or self._waited_ns(packet) > self._max_wait_ns:
            self._give_way()
        if self._skipping and not packet.packet.is_keyframe:
            self.dropped += 1
            return
        self._skipping = False
        self._queue.append(packet)

    def _waited_ns(self, newest: FeedPacket) -> int:
        return newest.stamp.mono_ns - self._queue[0].stamp.mono_ns if self._queue else 0

    def _give_way(self) -> None:
        """Drop the packets before the newest key frame; without one, all of them and those up to the next."""
        packets = list(self._queue)
        keys = [at for at, queued in enumerate(packets) if at and queued.packet.is_keyframe]
        kept = packets[keys[-1] :] if keys else []
        self._skipping = not kept
        self.dropped += len(packets) - len(kept)
        self._queue = deque(kept)

    def close(self) -> bool:
        """Close the feed; False when its thread hangs in the demuxer and will end by itself later."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._room.notify_all()
        self._feed.close()
        self._thread.join(CLOSE_S)
        return not self._thread.is_alive()
