"""Telling a running service something: which worker hears it, and what a mistake is called."""

from stream_engine.bus import deliver
from stream_engine.config import Config
from stream_engine.messages import LONGEST_NAME, Heard
from stream_engine.pipeline import plan
from stream_engine.runtime import Places, is_running

WAIT_MS = 2000  # for a stage that is being restarted, and again for what is under way to it
SHOWN = 64  # characters of what somebody said, in a complaint


class TellingError(Exception):
    """This cannot be said, or nobody hears it: what was said, and what to say instead."""


def tell(config: Config, said: Heard) -> str:
    """Say it to the running service; the name of the worker that was told."""
    worker = next(each for each in plan(config) if type(said) in each.row.hears and said.stream in each.streams)
    places = Places.of(config)
    if not is_running(places):
        raise TellingError(f"no service runs in {places.runtime}; start it with: stream-engine run CONFIG")
    if not deliver(places.pipe(worker.name), said, WAIT_MS):
        raise TellingError(f"{worker.name} takes nothing now: it starts, stops or is down; see the service's log")
    return worker.name


def check_stream(config: Config, stream: str) -> None:
    """Whether there is one of this name."""
    names = [each.name for each in config.streams]
    if stream not in names:
        raise TellingError(f"no stream is named {shown(stream)}; there are: {', '.join(names)}")


def check_name(name: str, where: str) -> None:
    """Whether somebody may be called so."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise TellingError(f"{where}: {shown(name)} must be 1 to {LONGEST_NAME} printable characters")


def shown(text: str) -> str:
    """What somebody said, in a complaint of one line."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
