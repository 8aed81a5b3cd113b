"""The command line: `stream-engine engines`."""

from typing import Annotated, Any

import typer

from stream_engine.console import Json, complain, console, mark, report, say
from stream_engine.engines import EngineError, engines_folder, manifest

app = typer.Typer(help="Models: what there is, where it comes from, whether it is right.", no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Names as `list` shows them")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show the models and official weights of both manifests, and how their files are."""
    from stream_engine.engines.states import listed

    rows = listed(manifest())
    say("\n".join(_columns([_cells(row) for row in rows])))
    say(f"your own models, and official weights, lie in {engines_folder()}")
    if as_json:
        report({"folder": str(engines_folder()), "rows": rows})


@app.command()
def pull(names: Names = None) -> None:
    """Fetch files by name; without names, your own models that have a url and are missing, but no official weights."""
    from stream_engine.engines.fetch import Limits
    from stream_engine.engines.pull import pull as pull_them

    wrong = pull_them(manifest(), names or (), console, Limits())
    for why in wrong[:-1]:
        complain(why)
    if wrong:
        raise EngineError(wrong[-1])


@app.command()
def verify(names: Names = None, as_json: Json = False) -> None:
    """Check the files that are there: their checksums, and that models load with the manifest's inputs and outputs."""
    from stream_engine.engines.states import verdicts

    found = verdicts(manifest(), names or ())
    for verdict in found:
        word, style = ("ok     ", "green") if verdict.ok else ("wrong  ", "red")
        mark(word, style, f"{verdict.name}: {verdict.found}")
    ok = all(verdict.ok for verdict in found)
    if as_json:
        report({"ok": ok, "rows": found})
    raise typer.Exit(0 if ok else 1)


def _cells(row: Any) -> list[str]:
    size = "" if row.bytes is None else f"{row.bytes / 1e6:.1f} MB"
    return [row.name, row.task, row.family, row.precision, size, row.licence, row.state]


def _columns(rows: list[list[str]]) -> list[str]:
    rows = [["name", "task", "family", "precision", "size", "licence", "state"], *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
