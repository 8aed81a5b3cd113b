"""Events as JSON lines, appended to a file by a thread of its own: a slow disk costs lines, not frames."""

import errno
import logging
import os
import queue
import threading
from pathlib import Path

import msgspec

from stream_engine.config import JsonlOutputConfig
from stream_engine.messages import Event
from stream_engine.outputs import OutputError

CLOSE_S = 2.0

logger = logging.getLogger("stream_engine.outputs.jsonl")


class JsonlOutput:
    """Lines that find no room in the queue, or no room on the disk, are dropped and counted."""

    def __init__(self, config: JsonlOutputConfig) -> None:
        self.dropped = 0
        self._path = Path(config.path)
        self._encode = msgspec.json.Encoder().encode
        self._lines: queue.Queue[bytes | None] = queue.Queue(config.queue)
        try:
            self._file = self._path.open("ab", buffering=0)
        except OSError as error:
            raise OutputError(f"outputs.jsonl.path: {self._path} cannot be written: {error.strerror}") from None
        self._failed, self._torn = False, self._ends_torn()
        self._thread = threading.Thread(target=self._write_lines, name="jsonl", daemon=True)
        self._thread.start()

    def _ends_torn(self) -> bool:
        """Whether the last line of the file was cut short by a full disk or a kill."""
        try:
            with self._path.open("rb") as file:
                return bool(file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) and file.read(1) != b"\n")
        except OSError:  # not a plain file
            return False

    def send(self, event: Event) -> None:
        try:
            self._lines.put_nowait(self._encode(event) + b"\n")
        except queue.Full:
            self._drop("the disk does not keep up")

    def close(self) -> None:
        try:
            self._lines.put(None, timeout=CLOSE_S)
        except queue.Full:
            self.dropped += self._lines.qsize()
        self._thread.join(CLOSE_S)

    def _write_lines(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._write(line)
            except OSError as error:
                self._drop(error.strerror or "write failed")
            else:
                self._failed = False
        self._file.close()

    def _write(self, line: bytes) -> None:
        """Write a line whole; one that a full disk cut short is ended before the next begins."""
        line = b"\n" + line if self._torn else line
        written = self._file.write(line)
        self._torn = written != len(line)
        if self._torn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _drop(self, why: str) -> None:
        self.dropped += 1
        if not self._failed:
            logger.warning("%s: events are lost: %s", self._path, why)
        self._failed = True
