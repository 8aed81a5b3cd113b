"""Brings the file of a row to its place, whole and checked, or not at all."""

import time
from dataclasses import dataclass
from typing import Protocol

from stream_engine.address import shown
from stream_engine.engines import EngineError, Model, Weights, look
from stream_engine.engines.part import Part, held
from stream_engine.engines.web import Changed, Interrupted, Pace, ask


@dataclass(frozen=True, slots=True)
class Limits:
    """How long is waited, how often it is tried, and how large a file may be whose row does not say it."""

    timeout_s: float = 30.0  # to connect, and between two pieces
    least_bytes: int = 64_000  # that come within this time, if there are so many
    within_s: float = 60.0
    tries: int = 5
    pause_s: float = 1.0
    most_bytes: int = 8 << 30


class Watch(Protocol):
    """Who is told how it goes."""

    def got(self, have: int, total: int | None) -> None:
        """So many bytes are there."""

    def say(self, line: str) -> None:
        """Something that a person may want to know."""


def fetch(row: Model | Weights, watch: Watch, limits: Limits) -> None:
    """Fetch it; what has come of it stays for the next time, unless it is wrong."""
    with held(row.path, lambda: watch.say(f"{row.name} is being pulled already; waiting for that")) as part:
        if not look(row)[1]:
            return
        try:
            _keep_trying(row, part, watch, limits)
        except EngineError as error:
            raise EngineError(f"{row.name}: {shown(row.url or '')}: {error}") from None


def _keep_trying(row: Model | Weights, part: Part, watch: Watch, limits: Limits) -> None:
    for tried in range(1, limits.tries + 1):
        try:
            return _try(row, part, watch, limits)
        except Changed as why:
            part.begin(None)
            problem = str(why)
        except Interrupted as why:
            problem = str(why)
        if tried < limits.tries:
            watch.say(f"{row.name}: {problem}; trying again")
            time.sleep(limits.pause_s)
    kept = f"{part.have / 1e6:.1f} MB are kept: run it again to go on" if part.have else "run it again"
    raise EngineError(f"{problem} (tried {limits.tries} times); {kept}, or put the file at {row.path}")


def _try(row: Model | Weights, part: Part, watch: Watch, limits: Limits) -> None:
    """One request, from what is there to the end."""
    version = part.version()
    pace = Pace(limits.timeout_s, limits.least_bytes, limits.within_s)
    with ask(row.url or "", part.have if version else 0, version, pace) as answer:
        _check_length(row, answer.total, limits)
        if not answer.start:
            part.begin(answer.version)
        part.make_room(answer.total)
        for piece in answer.pieces():
            if part.have + len(piece) > (row.bytes or limits.most_bytes):
                part.begin(None)
                raise EngineError(f"it does not end after {_most(row, limits)}; nothing of it is kept")
            part.add(piece, answer.total)
            watch.got(part.have, answer.total)
    if row.bytes and part.have < row.bytes:
        raise Interrupted(f"the connection ended after {part.have} of {row.bytes} bytes")
    if other := part.finish(row):
        if answer.start:
            raise Changed(f"its two halves do not fit together ({other})")
        raise EngineError(f"what came is not the manifest's file ({other}) and was deleted: correct url or checksum")


def _check_length(row: Model | Weights, total: int | None, limits: Limits) -> None:
    if total is None:
        return
    if row.bytes and total != row.bytes:
        raise EngineError(f"it has {total} bytes there, {row.bytes} in the manifest: correct url or bytes")
    if total > (row.bytes or limits.most_bytes):
        raise EngineError(f"it has {total} bytes, more than {_most(row, limits)}: set bytes in its row")


def _most(row: Model | Weights, limits: Limits) -> str:
    return f"the {row.bytes} bytes of the manifest" if row.bytes else f"the {limits.most_bytes} that are allowed"
