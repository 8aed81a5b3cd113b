"""Pacing: when to release a packet so that a file, or a burst of a playlist, flows like a live feed."""

from fractions import Fraction

SECOND_NS = 1_000_000_000
# Later than this nothing is caught up any more, and further ahead than this the timestamps must have jumped.
LATE_NS = SECOND_NS
AHEAD_NS = 20 * SECOND_NS


class Pacer:
    """Maps DTS to release times on the monotonic clock; starts anew when time or timestamps jump."""

    def __init__(self) -> None:
        self._anchor: tuple[Fraction, int] | None = None

    def due_ns(self, dts_s: Fraction, now_ns: int) -> int:
        """When the packet with this DTS is due; never before the one that anchored the mapping."""
        if self._anchor is not None:
            due_ns = self._anchor[1] + round((dts_s - self._anchor[0]) * SECOND_NS)
            if now_ns - LATE_NS <= due_ns <= now_ns + AHEAD_NS:
                return due_ns
        self._anchor = (dts_s, now_ns)
        return now_ns
