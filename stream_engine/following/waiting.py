"""What somebody outside points at, until the next frame of its stream."""

import logging
from collections import Counter, deque
from collections.abc import Iterable

from stream_engine.backlog import MOST_HEARD
from stream_engine.messages import Prompt

logger = logging.getLogger("stream_engine.propagate")


class Waiting:
    """Prompts by stream, in their order; what cannot be taken is refused, counted and written to the log."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._prompts: dict[str, deque[Prompt]] = {}

    def add(self, prompt: Prompt) -> None:
        waiting = self._prompts.setdefault(prompt.stream, deque())
        if len(waiting) < MOST_HEARD:
            waiting.append(prompt)
        else:
            self.refuse(prompt, f"{MOST_HEARD} others wait for the stream's next frame")

    def take(self, stream: str) -> Iterable[Prompt]:
        """All that wait for a frame of the stream."""
        return self._prompts.pop(stream, ())

    def give_back(self, prompts: Iterable[Prompt]) -> None:
        """The frame's picture was gone: they wait for the next one."""
        for prompt in prompts:
            self.add(prompt)

    def refuse(self, prompt: Prompt, why: str) -> None:
        self._counts["refused prompts"] += 1
        logger.warning("prompt %r for %s is refused: %s", prompt.name, prompt.stream, why)
