"""The command line of `tools/teams`."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from stream_engine.cli import fail
from stream_engine.scoring import ScoreError
from stream_engine.scoring.read import read_events
from stream_engine.scoring.teams_offline import compare_teams, read_looks, show, told_teams


def main() -> None:
    """Run the command; what a person can mend is one line."""
    typer.run(teams)


def teams(
    vectors: Annotated[Path, typer.Argument(help="An .npz with vectors (a row a look) and track_ids")],
    events: Annotated[Path, typer.Argument(help="JSON lines as outputs.jsonl writes them")],
    *,
    stream: Annotated[str | None, typer.Option(help="Which, if there are several")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object on the last line")] = False,
) -> None:
    """Cluster all looks at once, as nobody can live, and say which tracks the events have in the other team."""
    try:
        found = compare_teams(read_looks(vectors), told_teams(read_events(events, stream)))
    except ScoreError as error:
        fail(str(error))
    show(found, Console(stderr=True))
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
