"""The demonstration: players, the service on their feeds, and a live table of it."""

import asyncio
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from stream_engine.config import OutputsConfig, StreamConfig, ZmqOutputConfig
from stream_engine.demo.clip import ClipKind, picture_clip
from stream_engine.demo.player import port_is_free, srt_player
from stream_engine.demo.trial import trial_config
from stream_engine.service import serve
from stream_engine.watch import watch


def run_demo(console: Console, streams: int, seconds: float | None) -> dict[str, dict[str, Any]]:
    """Play the clip as live SRT feeds and run the service on them; the last figures of the table."""
    kind = ClipKind()
    with console.status(f"preparing the test picture ({kind.width}x{kind.height}, {kind.seconds} s; once)"):
        clip = picture_clip(kind)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stream_engine-")))
        players = [stack.enter_context(srt_player(clip)) for _ in range(streams)]
        feeds = tuple(StreamConfig(name=f"cam{n}", url=p.url) for n, p in enumerate(players, 1))
        config = trial_config(folder, feeds, **_usual_port())
        assert config.outputs.zmq
        endpoint = config.outputs.zmq.endpoint
        console.print(f"events are published on {endpoint}; Ctrl-C ends the demonstration", highlight=False)
        table = _Table(console, endpoint, seconds)
        serve(config, beside=table.show)
        for name, row in table.rows.items():
            lost = sum(row["gaps"].values())
            console.print(f"{name}: {row['frames']} frames published, {lost} lost", highlight=False)
        return table.rows


def _usual_port() -> dict[str, OutputsConfig]:
    """The usual endpoint when it is free, so that `stream-engine watch` finds the demonstration."""
    usual = OutputsConfig(zmq=ZmqOutputConfig())
    return {"outputs": usual} if port_is_free(5577) else {}


class _Table:
    """The live table beside the service; both end together."""

    def __init__(self, console: Console, endpoint: str, seconds: float | None) -> None:
        self._console, self._endpoint, self._seconds = console, endpoint, seconds
        self.rows: dict[str, dict[str, Any]] = {}

    async def show(self, stop: asyncio.Event) -> None:
        leaving = threading.Event()
        shown = asyncio.create_task(asyncio.to_thread(self._watch, leaving))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({shown, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        leaving.set()
        self.rows = await shown
        self._console.print("stopping …")

    def _watch(self, leaving: threading.Event) -> dict[str, dict[str, Any]]:
        return watch(self._endpoint, self._seconds, self._console, going_on=lambda: not leaving.is_set())
