"""How long to wait before a lost feed is opened again."""

import random

FIRST_S = 0.1
MOST_S = 1.0  # with 1.5 s for a vain SRT handshake and half a second to open, a returned feed flows within three
FACTOR = 2.0


class Backoff:
    """Pauses that grow with each failure, jittered so that feeds of one sender do not come all at once."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()  # noqa: S311 - jitter
        self._failures = 0

    def next_s(self) -> float:
        """The pause after one more failure."""
        pause_s = min(MOST_S, FIRST_S * FACTOR**self._failures)
        self._failures = min(self._failures + 1, 16)
        return pause_s * self._rng.uniform(0.5, 1.0)

    def reset(self) -> None:
        """The feed flows."""
        self._failures = 0
