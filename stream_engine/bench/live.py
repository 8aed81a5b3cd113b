"""How old events are, and whether any is missing, on live 1080p30 feeds over SRT."""

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stream_engine.audit import Audit
from stream_engine.bench.service import RunningService, cpu_seconds, resident_mb, running
from stream_engine.bench.spine import Say
from stream_engine.config import StreamConfig
from stream_engine.demo.clip import ClipKind, picture_clip
from stream_engine.demo.player import srt_player
from stream_engine.demo.trial import trial_config
from stream_engine.messages import TrackEvent
from stream_engine.watch import percentile, rounded

START_S = 30.0
SAY_EVERY_S = 10.0
SETTLE_S = 2.0  # the burst in which a connection starts is not what is measured


@dataclass(slots=True)
class Heard:
    """What the events told while measuring."""

    audit: Audit = field(default_factory=Audit)
    own_ms: list[float] = field(default_factory=list)  # age beyond the decoder's own delay
    age_ms: list[float] = field(default_factory=list)

    def listen(self, service: RunningService, seconds: float, say: Say | None = None) -> None:
        started = time.monotonic()
        next_word_s = SAY_EVERY_S
        while (passed_s := time.monotonic() - started) < seconds:
            if say and passed_s > next_word_s:
                say(f"{passed_s:.0f} of {seconds:.0f} s: {len(self.age_ms)} events")
                next_word_s += SAY_EVERY_S
            for event in service.listener.receive(100):
                self.audit.add(event)
                if isinstance(event, TrackEvent):
                    self.age_ms.append(event.age_ns / 1e6)
                    self.own_ms.append((event.age_ns - event.decoder_ns) / 1e6)


def bench_live(say: Say, streams: int = 2, seconds: float = 60.0) -> dict[str, Any]:
    """Play so many feeds, run the service on them, and measure for so long."""
    clip = picture_clip(ClipKind())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stream_engine-")))
        players = [stack.enter_context(srt_player(clip)) for _ in range(streams)]
        feeds = tuple(StreamConfig(name=f"cam{n}", url=p.url) for n, p in enumerate(players, 1))
        service = stack.enter_context(running(trial_config(folder, feeds)))
        _await_all(service, streams)
        Heard().listen(service, SETTLE_S)
        say(f"{streams} streams flow; measuring for {seconds:.0f} s")
        heard, pids = Heard(), service.pids()
        cpu, rss = _weigh(pids)
        heard.listen(service, seconds, say)
        cpu_after, rss_after = _weigh(pids)
        return _report(heard, seconds) | {
            "streams": streams,
            "cpu_share": {name: round((cpu_after[name] - cpu[name]) / seconds, 3) for name in pids},
            "rss_first_mb": round(sum(rss.values()), 1),
            "rss_last_mb": round(sum(rss_after.values()), 1),
        }


def _weigh(pids: dict[str, int]) -> tuple[dict[str, float], dict[str, float]]:
    return {n: cpu_seconds(p) for n, p in pids.items()}, {n: resident_mb(p) for n, p in pids.items()}


def _await_all(service: RunningService, streams: int) -> None:
    until, seen = time.monotonic() + START_S, set[str]()
    while len(seen) < streams:
        if time.monotonic() > until or service.process.poll() is not None:
            raise RuntimeError(f"only {len(seen)} of {streams} streams flowed within {START_S:.0f} s")
        seen |= {event.stream for event in service.listener.receive(100) if isinstance(event, TrackEvent)}


def _report(heard: Heard, seconds: float) -> dict[str, Any]:
    return {
        "fps": round(len(heard.age_ms) / seconds, 2),
        "dropped": sum(heard.audit.gaps.values()),
        "gaps": dict(heard.audit.gaps),
        "age_p50_ms": rounded(percentile(heard.own_ms, 0.50), 2),
        "age_p99_ms": rounded(percentile(heard.own_ms, 0.99), 2),
        "age_with_decoder_p50_ms": rounded(percentile(heard.age_ms, 0.50), 2),
        "age_with_decoder_p99_ms": rounded(percentile(heard.age_ms, 0.99), 2),
        "unexplained_holes": heard.audit.unexplained_holes,
    }
