"""The command line of `tools/kits`."""

import sys
from collections import defaultdict
from typing import Annotated

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from footage.picture.gl import RenderError
from stream_engine.backends.arrays import limit_threads
from stream_engine.cli import fail
from stream_engine.demo.clip import cache_dir
from stream_engine.engines import EngineError
from training.command import REID_SEED
from training.kits import Figures, by_preset, figures_of, looks_of, preset_of, tellers
from training.reid import crops

COLUMNS = {
    "matches": "matches", "people_right": "people", "looks_nearer": "looks", "margin_least": "least margin",
    "margin_median": "median", "accepted": "accepted", "alone": "alone", "split": "split",
}  # fmt: skip
Told = dict[str, dict[str, dict[str, float]]]


def main() -> None:
    """Run the command; what a person can mend is one line."""
    typer.run(kits)


def kits(
    *,
    matches: Annotated[int, typer.Option(min=1, max=5000, help="How many; those that are missing are rendered")] = 160,
    looks: Annotated[int | None, typer.Option(min=3, help="At each player at most; without it, all there are")] = None,
    net: Annotated[list[str] | None, typer.Option(help="A model of task tag, beside the built-in ways")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object on the last line")] = False,
) -> None:
    """Tell the kits of rendered matches apart that nobody is judged by, and say how often that is right."""
    console = Console(stderr=True)
    try:
        told = measured(console, matches, looks, net or [])
    except (RenderError, EngineError, ValueError, OSError) as error:
        fail(str(error))
    for name, presets in told.items():
        console.print(table_of(name, presets))
    if as_json:
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


def measured(console: Console, matches: int, looks: int | None, nets: list[str]) -> Told:
    """Of each embedding, by preset."""
    limit_threads(1)
    ways, folder = tellers(nets), cache_dir() / "training/reid"
    told: dict[str, dict[str, list[Figures]]] = {name: defaultdict(list) for name in ways}
    with console.status("filming people …") as status:
        files = crops.render(folder, matches, REID_SEED, lambda done: status.update(f"{done} of {matches} filmed"))
        for number, path in enumerate(files, 1):
            match = looks_of(crops.load(path), looks)
            for name, way in ways.items():
                if found := figures_of(match, way):
                    told[name][preset_of(path)].append(found)
            status.update(f"{number} of {matches} looked at")
    if not any(told[name] for name in told):
        raise ValueError(f"in {matches} match(es) two teams are seen nowhere: more --matches or more --looks")
    return {name: by_preset(presets) for name, presets in told.items()}


def table_of(name: str, presets: dict[str, dict[str, float]]) -> Table:
    """A line for each preset."""
    table = Table(title=name, box=box.SIMPLE_HEAD)
    for title in ("", *COLUMNS.values()):
        table.add_column(title, justify="right" if title else "left")
    for preset, row in presets.items():
        table.add_row(preset, *(f"{row[column]:g}" for column in COLUMNS))
    return table
