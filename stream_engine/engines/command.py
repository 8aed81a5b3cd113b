"""The command line: `stream-engine engines`."""

import sys
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from stream_engine.engines import EngineError, engines_folder, manifest

app = typer.Typer(help="Models: what there is, where it comes from, whether it is right.", no_args_is_help=True)
console = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on the last line")]
Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Names as `list` shows them")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show the models and official weights of both manifests, and how their files are."""
    from stream_engine.engines.states import listed

    rows = listed(manifest())
    _tell("\n".join(_columns([_cells(row) for row in rows])))
    _tell(f"your own models, and official weights, lie in {engines_folder()}")
    if as_json:
        _report({"folder": str(engines_folder()), "rows": rows})


@app.command()
def pull(names: Names = None) -> None:
    """Fetch files by name; without names, your own models that have a url and are missing, but no official weights."""
    from stream_engine.engines.fetch import Limits
    from stream_engine.engines.pull import pull as pull_them

    wrong = pull_them(manifest(), names or (), console, Limits())
    for why in wrong[:-1]:
        _tell(f"error {why}")
    if wrong:
        raise EngineError(wrong[-1])


@app.command()
def verify(names: Names = None, as_json: Json = False) -> None:
    """Check the files that are there: their checksums, and that models load with the manifest's inputs and outputs."""
    from stream_engine.engines.states import verdicts

    found = verdicts(manifest(), names or ())
    for verdict in found:
        console.print("[green]ok     [/]" if verdict.ok else "[red]wrong  [/]", end=" ")
        _tell(f"{verdict.name}: {verdict.found}")
    ok = all(verdict.ok for verdict in found)
    if as_json:
        _report({"ok": ok, "rows": found})
    raise typer.Exit(0 if ok else 1)


def _cells(row: Any) -> list[str]:
    size = "" if row.bytes is None else f"{row.bytes / 1e6:.1f} MB"
    return [row.name, row.task, row.family, row.precision, size, row.licence, row.state]


def _columns(rows: list[list[str]]) -> list[str]:
    rows = [["name", "task", "family", "precision", "size", "licence", "state"], *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _tell(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _report(figures: Any) -> None:
    sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
