"""The command line of `tools/teams`."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from stream_engine.annotate import AnnotateError
from stream_engine.annotate.recording import choose, read_recordings
from stream_engine.backends.arrays import limit_threads
from stream_engine.cli import fail
from stream_engine.config import TagConfig
from stream_engine.engines import COLOURS, EngineError
from stream_engine.engines.nets import open_embedder
from stream_engine.feeds import FeedError
from stream_engine.scoring import ScoreError
from stream_engine.scoring.teams_looks import events_of, looks_in
from stream_engine.scoring.teams_offline import Agreement, compare_teams, show, told_teams

EVERY = 5


def main() -> None:
    """Run the command; what a person can mend is one line."""
    typer.run(teams)


def teams(
    events: Annotated[Path, typer.Argument(help="JSON lines as outputs.jsonl writes them", show_default=False)],
    video: Annotated[Path, typer.Argument(help="The video that the service was fed", show_default=False)],
    *,
    net: Annotated[str, typer.Option(help="What tells kits apart: a model of task tag, or colours")] = COLOURS,
    every: Annotated[int, typer.Option(min=1, help="Look at every n-th picture; more of them take longer")] = EVERY,
    stream: Annotated[str | None, typer.Option(help="Which, if there are several")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object on the last line")] = False,
) -> None:
    """Cluster all looks at once, as nobody can live, and say which tracks the events have in the other team."""
    console = Console(stderr=True)
    try:
        with console.status(f"looking at the shirts in {video.name} …"):
            found = compared(events, video, net, every, stream)
    except (AnnotateError, EngineError, FeedError, ScoreError) as error:
        fail(str(error))
    show(found, console)
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")


def compared(events: Path, video: Path, net: str, every: int, stream: str | None) -> Agreement:
    """What a stream's events tell beside what is found in its video."""
    limit_threads(1)
    recordings, unreadable = read_recordings(events)
    _, recording = choose(events, recordings, unreadable, stream)
    told = told_teams(events_of(events, recording.places))
    return compare_teams(looks_in(video, events, recording, open_embedder(TagConfig(net=net))[1], every), told)
