"""What is heard of a file that is fetched, and how long is waited for it."""

import threading
from pathlib import Path

import pytest

from stream_engine.engines import EngineError, Weights
from stream_engine.engines.fetch import Limits, fetch

QUICK = Limits(timeout_s=10, tries=3, pause_s=0)
ONCE = Limits(timeout_s=10, tries=1, pause_s=0)
HASTY = Limits(timeout_s=0.05, tries=1, pause_s=0)


class Ear:
    """Hears what is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.most = 0
        self.spoken = threading.Event()

    def got(self, have: int, total: int | None) -> None:
        self.most = max(self.most, have)

    def say(self, line: str) -> None:
        self.lines.append(line)
        self.spoken.set()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(row: Weights, limits: Limits = QUICK) -> str:
    with pytest.raises(EngineError) as told:
        fetch(row, Ear(), limits)
    assert "\n" not in str(told.value)
    return str(told.value)
