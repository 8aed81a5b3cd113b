"""Which files are to be pulled, and how a person sees them come."""

import contextlib
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from stream_engine.console import say
from stream_engine.engines import EngineError, Manifest, Model, Weights, engines_folder, look
from stream_engine.engines.fetch import Limits, Watch, fetch

STEPS = 10  # lines of progress for one file
STEP_BYTES = 64_000_000  # to a line, where the server does not say how long the file is


def pull(known: Manifest, names: Sequence[str], console: Console, limits: Limits) -> list[str]:
    """Pull what is named, or else what the user's manifest lacks; says what went wrong, if anything."""
    wrong = []
    rows: Sequence[Model | Weights] = named(known, names) if names else _lacking(known, console)
    for row in rows:
        try:
            _pull(row, console, limits)
        except EngineError as error:
            wrong.append(str(error))
    return wrong


def named(known: Manifest, names: Sequence[str]) -> list[Model | Weights]:
    """The rows of these names, each once."""
    rows = {row.name: row for row in known.rows}
    if unknown := [name for name in names if name not in rows]:
        raise EngineError(f"there is nothing named {unknown[0]!r}; there are: {', '.join(rows)}")
    return [rows[name] for name in dict.fromkeys(names)]


def _lacking(known: Manifest, console: Console) -> list[Model]:
    home = engines_folder()
    own = [row for row in known.models if row.url and row.own]
    rows = [row for row in own if look(row)[0] == "missing"]
    if not rows:
        say(f"nothing is missing of the {len(own)} models with a url in {home}; weights are pulled by name", console)
    return rows


def _pull(row: Model | Weights, console: Console, limits: Limits) -> None:
    state, wrong = look(row)
    if not wrong:
        say(f"{row.name}: {row.path} is {state}", console)
    elif not row.url:
        raise EngineError(f"{row.name}: {wrong}, and its row has no url: put the file there, or add url to the row")
    else:
        with _watched(row.name, console) as watch:
            fetch(row, watch, limits)
        say(f"{row.name}: {row.path} is there", console)
    if isinstance(row, Weights):
        say(f"{row.name}: next, {row.then}", console)


@contextlib.contextmanager
def _watched(name: str, console: Console) -> Iterator[Watch]:
    """A bar on a terminal, some lines elsewhere."""
    if not console.is_terminal:
        yield Lines(name, console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        yield Bar(name, progress)


class Bar:
    """Progress on a terminal."""

    def __init__(self, name: str, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=None)

    def got(self, have: int, total: int | None) -> None:
        self._progress.update(self._task, completed=have, total=total)

    def say(self, line: str) -> None:
        say(line, self._progress.console)


class Lines:
    """Progress where lines are kept."""

    def __init__(self, name: str, console: Console) -> None:
        self._name, self._console, self._step = name, console, 0

    def got(self, have: int, total: int | None) -> None:
        step = have * STEPS // total if total else have // STEP_BYTES
        if step > self._step:
            of = f" of {total / 1e6:.1f}" if total else ""
            self.say(f"{self._name}: {have / 1e6:.1f}{of} MB")
        self._step = step

    def say(self, line: str) -> None:
        say(line, self._console)
