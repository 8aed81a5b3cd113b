"""How old events are, what is lost, and what is left out for whom, on live 1080p30 feeds over SRT."""

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from stream_engine.audit import Audit
from stream_engine.bench.service import RunningService, cpu_seconds, resident_mb, running
from stream_engine.bench.spine import Say
from stream_engine.config import StagesConfig, StreamConfig
from stream_engine.demo.builtin import VIDEO
from stream_engine.demo.clip import ClipKind, picture_clip
from stream_engine.demo.player import srt_player
from stream_engine.demo.run import STAGES
from stream_engine.demo.trial import trial_config
from stream_engine.messages import Event, TrackEvent
from stream_engine.watch import percentile, rounded

START_S = 60.0
SAY_EVERY_S = 10.0
SETTLE_S = 4.0  # the burst in which a connection starts, and first calls of nets, are not what is measured

Nets = Literal["builtin", "none"]


@dataclass(slots=True)
class HeardOf:
    """What the events of one stream told while measuring."""

    own_ms: list[float] = field(default_factory=list)  # age beyond the decoder's own delay
    age_ms: list[float] = field(default_factory=list)
    ease: Counter[int] = field(default_factory=Counter)  # frames by level
    objects: int = 0
    fresh: int = 0

    def add(self, event: TrackEvent) -> None:
        self.age_ms.append(event.age_ns / 1e6)
        self.own_ms.append((event.age_ns - event.decoder_ns) / 1e6)
        self.ease[event.ease] += 1
        self.objects += len(event.objects)
        self.fresh += sum(thing.fresh for thing in event.objects)

    def __add__(self, other: "HeardOf") -> "HeardOf":
        return HeardOf(
            self.own_ms + other.own_ms, self.age_ms + other.age_ms, self.ease + other.ease,
            self.objects + other.objects, self.fresh + other.fresh,
        )  # fmt: skip

    def figures(self, gaps: Counter[str], seconds: float) -> dict[str, Any]:
        return {
            "fps": round(len(self.age_ms) / seconds, 2),
            "dropped": sum(gaps.values()),
            "gaps": dict(gaps),
            "age_p50_ms": rounded(percentile(self.own_ms, 0.50), 2),
            "age_p95_ms": rounded(percentile(self.own_ms, 0.95), 2),
            "age_p99_ms": rounded(percentile(self.own_ms, 0.99), 2),
            "age_with_decoder_p50_ms": rounded(percentile(self.age_ms, 0.50), 2),
            "age_with_decoder_p95_ms": rounded(percentile(self.age_ms, 0.95), 2),
            "age_with_decoder_p99_ms": rounded(percentile(self.age_ms, 0.99), 2),
            "frames_by_ease": {str(level): self.ease[level] for level in sorted(self.ease)},
            "fresh_share": round(self.fresh / self.objects, 3) if self.objects else None,
        }


@dataclass(slots=True)
class Heard:
    """What the events of all streams told while measuring."""

    audit: Audit = field(default_factory=Audit)
    streams: dict[str, HeardOf] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        self.audit.add(event)
        if isinstance(event, TrackEvent):
            self.streams.setdefault(event.stream, HeardOf()).add(event)

    def listen(self, service: RunningService, seconds: float, say: Say | None = None) -> None:
        started = time.monotonic()
        next_word_s = SAY_EVERY_S
        while (passed_s := time.monotonic() - started) < seconds:
            if say and passed_s > next_word_s:
                say(f"{passed_s:.0f} of {seconds:.0f} s: {self.audit.events} events")
                next_word_s += SAY_EVERY_S
            for event in service.listener.receive(100):
                self.add(event)

    def figures(self, names: Sequence[str], seconds: float) -> dict[str, Any]:
        """Of all streams together, and of each if there are several."""
        heard = {name: self.streams.get(name, HeardOf()) for name in names}
        gaps = self.audit.gaps_of
        together = sum(heard.values(), HeardOf()).figures(self.audit.gaps, seconds)
        together["unexplained_holes"] = self.audit.unexplained_holes
        if len(heard) > 1:
            each = {name: one.figures(gaps.get(name, Counter()), seconds) for name, one in heard.items()}
            together["by_stream"] = each
        return together


def bench_live(
    say: Say,
    streams: int = 2,
    seconds: float = 60.0,
    nets: Nets = "builtin",
    priorities: Sequence[int] = (),
) -> dict[str, Any]:
    """Play so many feeds, run the service on them, and measure for so long; without nets a test picture is played."""
    clip = VIDEO if nets == "builtin" else picture_clip(ClipKind())
    stages = STAGES if nets == "builtin" else StagesConfig()
    usual = StreamConfig(name="usual", url="").priority
    of_each = [*priorities, *[usual] * streams][:streams]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stream_engine-")))
        players = [stack.enter_context(srt_player(clip)) for _ in range(streams)]
        feeds = tuple(
            StreamConfig(name=f"cam{n}", url=player.url, priority=priority)
            for n, (player, priority) in enumerate(zip(players, of_each, strict=True), 1)
        )
        service = stack.enter_context(running(trial_config(folder, feeds, stages=stages)))
        _await_all(service, streams)
        Heard().listen(service, SETTLE_S)
        say(f"{streams} streams flow; measuring for {seconds:.0f} s")
        heard, pids = Heard(), service.pids()
        cpu, rss = _weigh(pids)
        heard.listen(service, seconds, say)
        cpu_after, rss_after = _weigh(pids)
        shares = {name: round((cpu_after[name] - cpu[name]) / seconds, 3) for name in pids}
        return heard.figures([feed.name for feed in feeds], seconds) | {
            "streams": streams,
            "nets": nets,
            "priorities": {feed.name: feed.priority for feed in feeds},
            "cpu_share": shares,
            "cpu_share_total": round(sum(shares.values()), 3),
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
