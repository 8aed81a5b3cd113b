"""How publish, which knows the ages of all streams, eases them: levels go to the board, and changes into the log."""

import logging
from collections.abc import Mapping

import numpy as np

from stream_engine.config import Config
from stream_engine.easing import MOST, Controller, Share, is_left_out
from stream_engine.messages import Event, GapEvent, TrackEvent
from stream_engine.pulse import Flow

logger = logging.getLogger("stream_engine.publish")


def relief(config: Config, rows: Mapping[str, np.void], now_ns: int) -> "Relief | None":
    """For these streams, from the levels that the board remembers; None where nothing may be left out."""
    if config.mode == "lossless":
        return None
    shares = {s.name: Share(s.priority, s.max_age_ms * 1_000_000) for s in config.streams if s.name in rows}
    levels = {name: int(row["ease"]) for name, row in rows.items()}
    return Relief(Controller(shares, levels, now_ns), rows)


class Relief:
    """The controller's ears and hands."""

    def __init__(self, controller: Controller, rows: Mapping[str, np.void]) -> None:
        self._controller, self._rows = controller, rows

    def settle(self, stream: str, now_ns: int) -> None:
        """The stream begins, or comes back."""
        self._controller.settle(stream, now_ns)

    def hear(self, event: Event, now_ns: int) -> None:
        """What was published tells how the chain does, but for what its decoder needs and what easing left out.

        What is left of a feed that has ended, or is away, tells nothing.
        """
        if self._rows[event.stream]["flow"] != Flow.LIVE:
            return
        if isinstance(event, TrackEvent):
            self._controller.aged(event.stream, event.age_ns - event.decoder_ns, now_ns)
        elif isinstance(event, GapEvent) and event.cause in ("late", "overload") and not is_left_out(event.detail):
            self._controller.lost(event.stream, now_ns)

    def act(self, now_ns: int) -> None:
        """Change what has to be changed."""
        if (step := self._controller.decide(now_ns)) is None:
            return
        self._rows[step.stream]["ease"] = step.level
        level = logging.WARNING if step.level > step.before else logging.INFO
        logger.log(level, "%s: eased %d of %d, was %d: %s", step.stream, step.level, MOST, step.before, step.why)
