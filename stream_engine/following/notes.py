"""What is counted and, now and then, written to the log."""

import logging
from collections import Counter

logger = logging.getLogger("stream_engine.propagate")


def note(counts: Counter[str], what: str, times: int = 1) -> None:
    """Count it; the log has a line whenever the count has doubled."""
    before = counts[what]
    counts[what] += times
    if counts[what].bit_length() > before.bit_length():
        logger.warning("%s: %d so far", what, counts[what])
