"""Log lines: one format for every process, credentials hidden whatever the text came from."""

import logging
import sys
from types import TracebackType

from stream_engine.address import redact


class RedactingFormatter(logging.Formatter):
    """Hides credentials in the finished line, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def set_up(level: str, process: str) -> None:
    """Send log lines of this process, and its last words, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    line = f"%(asctime)s %(levelname)-7s {process}: %(message)s"
    handler.setFormatter(RedactingFormatter(line, datefmt="%H:%M:%S"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    sys.excepthook = _last_words


def _last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("stream_engine").critical("%s: %s", kind.__name__, error, exc_info=(kind, error, trace))
