"""The demonstration: the built-in match as live feeds, the service on them, a live table, and the score at the end."""

import asyncio
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from stream_engine.config import (
    AssociateConfig,
    DetectConfig,
    OutputsConfig,
    PropagateConfig,
    StagesConfig,
    StreamConfig,
    TagConfig,
    ZmqOutputConfig,
)
from stream_engine.demo.builtin import KITS, MATCH, VIDEO
from stream_engine.demo.player import Player, port_is_free, srt_player
from stream_engine.demo.rtsp import GST_INSTALL, has_rtsp_server, rtsp_player
from stream_engine.demo.trial import trial_config
from stream_engine.engines import COLOURS
from stream_engine.messages import Event, GapEvent, TrackEvent
from stream_engine.scoring.read import Scored, read_truth
from stream_engine.scoring.score import score
from stream_engine.scoring.table import score_table
from stream_engine.service import serve
from stream_engine.stamp import stamp_of
from stream_engine.watch import watch

STAGES = StagesConfig(  # what two cores carry
    detect=DetectConfig(net="nano-detector", every=2),
    propagate=PropagateConfig(net="nano-propagator", every=2),
    associate=AssociateConfig(net="nano-reid"),
    tag=TagConfig(net=COLOURS),
)
SCORED_FRAMES = 1200  # two passes of the match


class DemoError(Exception):
    """The demonstration cannot be given here; says what is missing."""


def run_demo(console: Console, streams: int, seconds: float | None, rtsp: bool) -> dict[str, dict[str, Any]]:
    """Play the match as live feeds and run the service on them; the last figures of the table."""
    if rtsp and not has_rtsp_server():
        raise DemoError(f"--rtsp needs GStreamer's RTSP server: {GST_INSTALL}; without --rtsp the feeds are SRT")
    player: Callable[[Path], AbstractContextManager[Player]] = rtsp_player if rtsp else srt_player
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stream_engine-")))
        players = [stack.enter_context(player(VIDEO)) for _ in range(streams)]
        feeds = tuple(StreamConfig(name=f"cam{n}", url=p.url, kits=KITS) for n, p in enumerate(players, 1))
        config = trial_config(folder, feeds, stages=STAGES, **_usual_port())
        assert config.outputs.zmq
        endpoint = config.outputs.zmq.endpoint
        console.print(f"events are published on {endpoint}; Ctrl-C ends the demonstration", highlight=False)
        recent = Recent(feeds[0].name)
        table = _Table(console, endpoint, seconds, recent)
        serve(config, beside=table.show)
        for name, row in table.rows.items():
            lost = sum(row["gaps"].values())
            console.print(f"{name}: {row['frames']} frames published, {lost} lost", highlight=False)
        recent.show_score(console)
        return table.rows


def _usual_port() -> dict[str, OutputsConfig]:
    """The usual endpoint when it is free, so that `stream-engine watch` finds the demonstration."""
    usual = OutputsConfig(zmq=ZmqOutputConfig())
    return {"outputs": usual} if port_is_free(5577) else {}


class Recent:
    """The last events of one stream, to be scored when it is over."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._events: deque[Scored] = deque(maxlen=SCORED_FRAMES)

    def hear(self, event: Event) -> None:
        """Keep what can be scored."""
        if event.stream == self._stream and isinstance(event, TrackEvent | GapEvent):
            self._events.append(event)

    def show_score(self, console: Console) -> None:
        """How good the events were, once a model finds anything."""
        frames = [event for event in self._events if isinstance(event, TrackEvent)]
        stamped = sum(stamp_of(event.user_data) is not None for event in frames)
        console.print(f"{self._stream}: {stamped} of the last {len(frames)} events name their frame of the match")
        if any(event.objects for event in frames):
            console.print(score_table(score(read_truth(MATCH), list(self._events))))


class _Table:
    """The live table beside the service; both end together."""

    def __init__(self, console: Console, endpoint: str, seconds: float | None, recent: Recent) -> None:
        self._console, self._endpoint, self._seconds, self._recent = console, endpoint, seconds, recent
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
        return watch(
            self._endpoint, self._seconds, self._console, lambda: not leaving.is_set(), self._recent.hear
        )  # fmt: skip
