"""The clock of a feed: presentation times that only go forward, whatever the sender's counter does."""

from fractions import Fraction

NS = 1_000_000_000
DEFAULT_FRAME_NS = NS // 30
WRAP_TICKS = 1 << 33  # of an MPEG transport stream, at 90 kHz: 26.5 hours
JUMP_NS = 10 * NS  # a larger step than this is a discontinuity, not a reordering
LEAST_STEP_NS = 1_000


class PtsClock:
    """Turns the PTS of pictures in display order into nanoseconds that strictly increase.

    A counter that wraps goes on beyond the wrap. A missing PTS, or one that jumps, goes on from the last
    picture by the time that has passed since on the local clock. Small steps back are held a microsecond
    ahead.
    """

    def __init__(self, time_base: Fraction, frame_ns: int = DEFAULT_FRAME_NS) -> None:
        self._time_base = time_base
        self._frame_ns = frame_ns
        self._wrap_ns = int(WRAP_TICKS * time_base * NS)
        self._offset_ns = 0  # added to the feed's own time
        self._last_ns: int | None = None
        self._anchored = False  # whether any picture had a PTS yet
        self._last_arrival_ns = 0
        self.made_up = 0  # pictures without a PTS
        self.jumps = 0  # discontinuities

    def pts_ns(self, pts: int | None, arrival_ns: int) -> int:
        """The time of the next picture."""
        if pts is None:
            self.made_up += 1
            now_ns = 0 if self._last_ns is None else self._last_ns + self._since_ns(arrival_ns)
        elif self._last_ns is None:
            now_ns = self._own_ns(pts)
        elif not self._anchored:
            now_ns = self._last_ns + self._since_ns(arrival_ns)
            self._offset_ns = now_ns - self._own_ns(pts)
        else:
            now_ns = self._continued(self._own_ns(pts) + self._offset_ns, arrival_ns)
        self._anchored |= pts is not None
        self._last_ns, self._last_arrival_ns = now_ns, arrival_ns
        return now_ns

    def source_ns(self, pts_ns: int, epoch_ns: int) -> int:
        """The sender's wall-clock time of a picture, from its time of PTS 0."""
        return epoch_ns + pts_ns - self._offset_ns

    def _own_ns(self, pts: int) -> int:
        return int(pts * self._time_base * NS)

    def _continued(self, now_ns: int, arrival_ns: int) -> int:
        last_ns = self._last_ns or 0
        if abs(now_ns + self._wrap_ns - last_ns) < JUMP_NS:
            self._offset_ns += self._wrap_ns
            now_ns += self._wrap_ns
        elif abs(now_ns - self._wrap_ns - last_ns) < JUMP_NS:  # a late one from before the wrap
            now_ns -= self._wrap_ns
        step_ns = now_ns - last_ns
        if abs(step_ns) > JUMP_NS:
            self.jumps += 1
            expected_ns = last_ns + self._since_ns(arrival_ns)
            self._offset_ns += expected_ns - now_ns
            return expected_ns
        return max(now_ns, last_ns + LEAST_STEP_NS)

    def _since_ns(self, arrival_ns: int) -> int:
        """How much time went by since the last picture: at least a little, at most a jump."""
        passed_ns = arrival_ns - self._last_arrival_ns
        return passed_ns if self._frame_ns // 2 <= passed_ns <= JUMP_NS else self._frame_ns
