"""What every command line says, and how: lines for people on standard error, one JSON object on standard output."""

import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console

console = Console(stderr=True)
PLAIN: dict[str, Any] = {"highlight": False, "soft_wrap": True}

Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on the last line")]


def say(line: str, where: Console = console) -> None:
    """The line as it is: brackets in it are no markup."""
    where.print(line, markup=False, **PLAIN)


def show_figures(figures: Mapping[str, Any]) -> None:
    """What was measured, a line each."""
    for line in lines_of(figures):
        say(line)


def lines_of(figures: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """`key: value`; what has parts of its own is indented."""
    for key, value in figures.items():
        if isinstance(value, Mapping) and any(isinstance(part, Mapping) for part in value.values()):
            yield f"{before}{key}:"
            yield from lines_of(value, before + "  ")
        else:
            yield f"{before}{key}: {_words(value)}"


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(part)}" for name, part in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value)) or "none"
    return "–" if value is None else str(value)


def mark(word: str, style: str, line: str) -> None:
    """A word in colour, and a line after it."""
    console.print(f"[{style}]{word}[/]", end=" ")
    say(line)


def complain(why: str) -> None:
    """What went wrong."""
    mark("error", "bold red", why)


def fail(why: str) -> NoReturn:
    """What went wrong, and the end of the program."""
    complain(why)
    sys.exit(2)


def report(figures: Any) -> None:
    """The last line of a command with --json."""
    sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
