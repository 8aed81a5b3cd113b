"""Harm done to a running service on purpose, and how long it takes to recover."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from stream_engine.bench.ear import NOWHERE, Ear
from stream_engine.bench.service import RunningService, resident_mb, stop
from stream_engine.config import Config
from stream_engine.pipeline import plan
from stream_engine.runtime import Places, board_of
from stream_engine.supervisor import signal_group
from stream_engine.watch import percentile, rounded

RECOVERY_TIMEOUT_S = 30.0
SETTLE_S = 0.5
FREEZE_S = 3.0  # longer than stall_s, so that it is noticed


class Sending(Protocol):
    """A peer that feeds a stream."""

    def freeze(self) -> None: ...

    def thaw(self) -> None: ...

    def drop(self) -> None:
        """Die and come back."""


@dataclass(slots=True)
class Chaos:
    """A service, its feeds by stream, and what was done to them so far."""

    service: RunningService
    ear: Ear
    feeds: Mapping[str, Sending]
    recoveries_s: list[float] = field(default_factory=list)
    by_action: dict[str, list[float]] = field(default_factory=dict)
    never: list[str] = field(default_factory=list)

    def kill(self, worker: str) -> float | None:
        """SIGKILL a worker; how long until all its streams flow again."""
        return self._measured("kill", worker, lambda: self._signal(worker, signal.SIGKILL), self._epochs_for(worker))

    def stop(self, worker: str) -> float | None:
        """SIGSTOP a worker, which only its missing pulse shows."""
        return self._measured("stall", worker, lambda: self._signal(worker, signal.SIGSTOP), self._epochs_for(worker))

    def freeze(self, stream: str) -> float | None:
        """Silence a feed for a while; how long until it flows again after its return."""
        before = self.ear.epochs()
        self.feeds[stream].freeze()
        time.sleep(FREEZE_S)
        return self._measured("freeze", f"decode.{stream}", self.feeds[stream].thaw, before)

    def drop(self, stream: str) -> float | None:
        """Kill a feed's sender, which comes back by itself."""
        return self._measured("drop", f"decode.{stream}", self.feeds[stream].drop, self.ear.epochs())

    def _signal(self, worker: str, number: signal.Signals) -> None:
        until = time.monotonic() + RECOVERY_TIMEOUT_S
        while time.monotonic() < until:
            if pid := self.service.pids().get(worker):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
                return
            time.sleep(0.01)

    def _epochs_for(self, worker: str) -> Mapping[str, int]:
        """Only a decoder that was replaced begins a new epoch."""
        return self.ear.epochs() if worker.startswith("decode.") else NOWHERE

    def _measured(self, action: str, worker: str, harm: Callable[[], None], beyond: Mapping[str, int]) -> float | None:
        streams = next(w.streams for w in plan(self.service.config) if w.name == worker)
        harm()
        since_wall_ns, since = time.time_ns(), time.monotonic()
        again = self.ear.flows_again(streams, since_wall_ns + 1_000_000, RECOVERY_TIMEOUT_S, beyond)
        if again is None:
            self.never.append(f"{action} {worker}")
            return None
        self.recoveries_s.append(again - since)
        self.by_action.setdefault(f"{action} {worker}", []).append(again - since)
        return again - since

    def rage(self, seconds: float, rng: random.Random, say: Callable[[str], None]) -> None:
        """Harm at random until the time is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(rng.uniform(1.0, 4.0))
            action = rng.choices([self.kill, self.stop, self.freeze, self.drop], [5, 1, 1, 1])[0]
            on_worker = action in (self.kill, self.stop)
            target = rng.choice(self.service.worker_names() if on_worker else tuple(self.feeds))
            took = action(target)
            say(f"{action.__name__} {target}: " + (f"flows again after {took:.2f} s" if took else "NEVER came back"))

    def report(self) -> dict[str, Any]:
        """Stop the service, let it finish what it has, and give the account and the recoveries."""
        config, pids = self.service.config, self.service.pids()
        board = board_of(config, Places.of(config))
        stop(self.service.process)
        time.sleep(SETTLE_S)
        decoded = {stream: int(board.stream(stream)["given"]) for stream in self.feeds}
        audit = self.ear.audit
        return {
            "frames_in": sum(decoded.values()),
            "events": audit.events,
            "gaps": dict(audit.gaps),
            "duplicates": audit.duplicates,
            "unexplained_holes": audit.unexplained_holes + max(0, audit.never_told(decoded)),
            "left_behind": left_behind(config, pids),
            "harms": dict(Counter({name: len(times) for name, times in self.by_action.items()})),
            "never_recovered": self.never,
            "recovery_p50_s": rounded(percentile(self.recoveries_s, 0.50), 3),
            "recovery_p95_s": rounded(percentile(self.recoveries_s, 0.95), 3),
            "recovery_max_s": rounded(max(self.recoveries_s, default=None), 3),
        }


def left_behind(config: Config, pids: dict[str, int]) -> list[str]:
    """Processes and files of a service that should be gone."""
    places = Places.of(config)
    alive = [f"process {name}" for name, pid in pids.items() if Path(f"/proc/{pid}").exists()]
    groups = [f"child of {name}" for name, pid in pids.items() if name != "supervisor" and signal_group(pid, 0)]
    return alive + groups + [str(path) for path in (places.rings, places.runtime) if path.exists()]


def resident_total_mb(service: RunningService) -> float:
    """Unshared resident memory of all processes of a service."""
    return round(sum(resident_mb(pid) for pid in service.pids().values()), 1)
