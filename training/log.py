"""What a course of training tells: every line on the screen, and in a file that a course that goes on adds to."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

Show = Callable[[str], None]


@contextmanager
def log_of(out: Path, show: Show) -> Iterator[Show]:
    """Where a course says its lines."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "log.jsonl").open("a") as log:

        def say(line: str) -> None:
            log.write(line + "\n")
            log.flush()
            show(line)

        yield say


def line_of(figures: Mapping[str, float | None]) -> str:
    """Figures as a line."""
    return json.dumps({name: value and round(value, 4) for name, value in figures.items()})
