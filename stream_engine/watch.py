"""A live table of the streams of a service, from its events alone."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from stream_engine.listen import Listener
from stream_engine.messages import (
    UNKNOWN_TEAM,
    ChangeKind,
    Event,
    Role,
    StatusEvent,
    TrackChange,
    TrackedObject,
    TrackEvent,
)

WINDOW_S = 5.0
BURST_S = 1.0
OVER = ("ended", "failed")  # after which a service may stop, having said so
SILENT_S = 3.0  # without a status, which comes every second, nobody is there
# who is who and who is what; others are counted
DECIDED: tuple[ChangeKind, ...] = ("resumed", "swapped", "merged", "split", "named", "role_changed")
IN_SHORT: dict[Role, str] = {"goalkeeper": "gk", "referee": "ref", "other": "other", "ball": "ball"}
SHOWN = 5  # decisions of one stream
LONGEST_WHY = 120  # characters
STYLES = {"live": "green", "connecting": "yellow", "lost": "red", "down": "bold red", "ended": "dim"}

COLUMNS: dict[str, Literal["left", "right"]] = {
    "stream": "left",
    "state": "left",
    "picture": "right",
    "epoch": "right",
    "fps": "right",
    "age p50/p99": "right",
    "frames": "right",
    "lost": "right",
}


def percentile(values: list[float], share: float) -> float | None:
    """The value below which this share lies; None of nothing."""
    if not values:
        return None
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@dataclass(slots=True)
class StreamTally:
    """The last few seconds of one stream."""

    frames: deque[tuple[float, float]] = field(default_factory=deque)  # when heard, age in ms
    last: TrackEvent | None = None
    status: StatusEvent | None = None
    status_s: float = 0.0  # when it was heard
    since_status: int = 0  # frames
    flowing_since_s: float = 0.0
    changed: Counter[str] = field(default_factory=Counter)  # identities, by what became of them
    decided: deque[TrackChange] = field(default_factory=lambda: deque(maxlen=SHOWN))

    def add(self, event: Event, now_s: float) -> None:
        if isinstance(event, TrackEvent):
            if self.last is None or self.last.epoch != event.epoch:
                self.flowing_since_s = now_s
            # A connection starts with a burst of what the sender had kept; it says nothing of the flow.
            if now_s - self.flowing_since_s >= BURST_S:
                self.frames.append((now_s, event.age_ns / 1e6))
            self.last = event
            self.since_status += 1
        elif isinstance(event, StatusEvent):
            self.status, self.status_s, self.since_status = event, now_s, 0
        elif isinstance(event, TrackChange):
            self.changed[event.kind] += 1
            self.decided.extend([event] if event.kind in DECIDED else [])

    def _starts(self, now_s: float) -> bool:
        return self.last is not None and now_s - self.flowing_since_s < 2 * BURST_S

    def _state(self, now_s: float) -> str:
        """As the service says, while it says anything."""
        if self.status and (now_s - self.status_s < SILENT_S or self.status.state in OVER):
            return self.status.state
        return "live" if self.frames or self._starts(now_s) else "silent"

    def row(self, now_s: float) -> dict[str, Any]:
        """What a person wants to know."""
        while self.frames and self.frames[0][0] < now_s - WINDOW_S:
            self.frames.popleft()
        ages = [age for _, age in self.frames]
        span_s = self.frames[-1][0] - self.frames[0][0] if len(ages) > 1 else 0.0
        return {
            "state": self._state(now_s),
            "health": self.last.health if self.last and ages else None,
            "picture": f"{self.last.width}x{self.last.height}" if self.last else None,
            "epoch": self.last.epoch if self.last else None,
            "fps": round((len(ages) - 1) / span_s, 1) if span_s >= 1 else None if self._starts(now_s) else 0.0,
            "age_p50_ms": rounded(percentile(ages, 0.50), 1),
            "age_p99_ms": rounded(percentile(ages, 0.99), 1),
            "frames": self.status.frames + self.since_status if self.status else None,
            "gaps": self.status.gaps if self.status else {},
            "restarts": self.status.restarts if self.status else {},
            "objects": who_is_seen(self.last.objects) if self.last and ages else {},
            "ease": self.status.ease if self.status else 0,
            "eased": self.status.eased if self.status else 0,
            "changed": dict(self.changed),
            "decided": [decision(change) for change in self.decided],
        }


def who_is_seen(objects: Sequence[TrackedObject]) -> dict[str, int]:
    """How many of each team, home or A first, of each other role, and of players whose team is not decided."""
    teams = Counter(printable(seen.team or "players") for seen in objects if seen.role == "player")
    undecided = teams.pop(UNKNOWN_TEAM, 0)
    roles = Counter(seen.role for seen in objects)
    shown = {team: teams[team] for team in sorted(teams, key=lambda team: (team != "home", team))}
    shown |= {word: roles[role] for role, word in IN_SHORT.items()} | {"?": undecided}
    return {word: count for word, count in shown.items() if count}


def decision(change: TrackChange) -> dict[str, str]:
    """A line of the ledger of who is who."""
    role = (change.role or "") if change.kind == "role_changed" else ""
    why = [role, change.name or "", "by the operator" if change.by == "operator" else "", change.detail]
    line = {
        "frame": f"{change.epoch}/{change.seq}",
        "what": change.kind,
        "tracks": ", ".join(map(str, change.track_ids)),
        "why": "; ".join(filter(None, why))[:LONGEST_WHY],
    }
    return {key: printable(text) for key, text in line.items()}


def printable(text: str) -> str:
    """What came from outside, doing nothing to a terminal."""
    return "".join(c if c.isprintable() else "·" for c in text)


def rounded(value: float | None, digits: int) -> float | None:
    """A figure as it is reported; None stays None."""
    return None if value is None else round(value, digits)


class Tally:
    """All streams that were heard of."""

    def __init__(self) -> None:
        self.streams: dict[str, StreamTally] = {}

    def add(self, event: Event, now_s: float) -> None:
        self.streams.setdefault(event.stream, StreamTally()).add(event, now_s)

    def rows(self, now_s: float) -> dict[str, dict[str, Any]]:
        return {name: self.streams[name].row(now_s) for name in sorted(self.streams)}


def table(rows: dict[str, dict[str, Any]], title: str) -> Group:
    """The rows as they are shown, 80 columns wide; under them what went wrong, and who was decided to be who."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading, justify in COLUMNS.items():
        shown.add_column(heading, justify=justify, no_wrap=True)
    for name, row in rows.items():
        shown.add_row(
            name,
            _state(row),
            *(_cell(row[key]) for key in ("picture", "epoch", "fps")),
            f"{_cell(row['age_p50_ms'])}/{_cell(row['age_p99_ms'])} ms",
            _cell(row["frames"]),
            str(sum(count for cause, count in row["gaps"].items() if cause != "source_lost")),
        )
    if not rows:
        shown.add_row("–", Text("nothing heard yet", style="yellow"), *["–"] * (len(COLUMNS) - 2))
    trouble = [Text(line, style="yellow") for line in filter(None, map(_trouble, rows, rows.values()))]
    seen = [Text(line) for line in filter(None, map(_objects, rows, rows.values()))]
    changed = [Text(line) for line in filter(None, map(_identities, rows, rows.values()))]
    return Group(shown, *trouble, *seen, *changed, *_ledger(rows))


def _state(row: dict[str, Any]) -> Text:
    """How a stream is; of what is wrong with it what is worst."""
    wrong = f"eased {row['ease']}" if row["ease"] else ""
    wrong = wrong if row["health"] in (None, "ok") else row["health"]
    style = "yellow" if row["state"] == "live" and row["ease"] else STYLES.get(row["state"], "yellow")
    return Text(", ".join(filter(None, (row["state"], wrong))), style=style)


def _trouble(name: str, row: dict[str, Any]) -> str:
    """What a stream has lost, what was left out for it, and which of its workers were replaced."""
    parts = [f"{cause} {count}" for cause, count in row["gaps"].items()]
    parts += [f"eased {row['ease']}; {row['eased']} frames so far with less"] if row["eased"] else []
    parts += [f"{worker} restarted {count}×" for worker, count in row["restarts"].items()]
    return f" {name}: {', '.join(parts)}" if parts else ""


def _objects(name: str, row: dict[str, Any]) -> str:
    """Who is in the last frame, in numbers."""
    parts = [f"{word} {count}" for word, count in row["objects"].items()]
    return f" {name}: seen {' · '.join(parts)}" if parts else ""


def _identities(name: str, row: dict[str, Any]) -> str:
    """What became of identities, in numbers."""
    parts = [f"{kind} {row['changed'][kind]}" for kind in get_args(ChangeKind) if kind in row["changed"]]
    return f" {name}: identities {', '.join(parts)}" if parts else ""


def _ledger(rows: dict[str, dict[str, Any]]) -> list[Table]:
    """Who was decided to be who, the newest first; a table of many streams stays as long as of few."""
    most = max(1, 2 * SHOWN // max(1, len(rows)))
    lines = [(name, line) for name, row in rows.items() for line in row["decided"][::-1][:most]]
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("stream", "frame", "who is who", "tracks", "why"):
        shown.add_column(heading, no_wrap=heading != "why")
    for name, line in lines:
        shown.add_row(*(Text(text) for text in (name, *line.values())))
    return [shown] if lines else []


def _cell(value: object) -> str:
    return "–" if value is None else str(value)


def watch(
    endpoint: str,
    seconds: float | None,
    console: Console,
    going_on: Callable[[], bool] = lambda: True,
    heard: Callable[[Event], None] = lambda event: None,
) -> dict[str, dict[str, Any]]:
    """Show the table until the time is over, `going_on` says no, or the reader presses Ctrl-C; the last rows."""
    tally = Tally()
    until = time.monotonic() + (float("inf") if seconds is None else seconds)
    title = f"stream_engine · {endpoint}"
    with Listener(endpoint) as listener, Live(console=console, refresh_per_second=4) as live:
        try:
            while time.monotonic() < until and going_on():
                for event in listener.receive(200):
                    tally.add(event, time.monotonic())
                    heard(event)
                live.update(table(tally.rows(time.monotonic()), title))
        except KeyboardInterrupt:
            pass
        return tally.rows(time.monotonic())
