"""The command lines of `tools/match` and `tools/judge`."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from footage.boxes import write_boxes
from footage.demo import DEMO, DEMO_MATCH, DEMO_QUALITY, pack
from footage.encode import Quality
from footage.film import Order
from footage.picture.gl import RenderError
from footage.presets import JUDGING_SEEDS, PRESETS, preset
from footage.sheet import Row, contact_sheet
from footage.shoot import ShootError, shoot
from footage.tracking.positions import TrackingError, play_from_tracking
from footage.world import Play
from stream_engine.cli import fail
from stream_engine.config import ConfigError, load_config
from stream_engine.scoring import ScoreError

app = typer.Typer(
    help="Render football matches with perfect truth.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
console = Console(stderr=True)
PLAIN: dict[str, Any] = {"highlight": False, "soft_wrap": True, "markup": False}
LONGEST_S = 86_400.0

SEEDS = f"{JUDGING_SEEDS[0]} to {JUDGING_SEEDS[-1]} judge: never train or tune on them; leave higher ones alone"
PresetName = Annotated[str, typer.Option("--preset", help=f"One of {', '.join(PRESETS)}")]
Seed = Annotated[int, typer.Option(min=0, help=SEEDS)]
TRACKING = "Positions of a real match: a CSV, or what kloppy reads as provider:FILE"
Size = Annotated[str, typer.Option(help="Width x height in pixels, both even")]


def main() -> None:
    """Run a command of tools/match; what a person can mend is one line."""
    _run(app)


def judge_main() -> None:
    """Run tools/judge."""
    _run(judge_app)


def _run(command: typer.Typer) -> None:
    try:
        command()
    except (RenderError, ShootError, TrackingError, ScoreError, ConfigError, ValueError, OSError) as error:
        fail(str(error))


@app.command()
def render(
    out: Annotated[Path, typer.Argument(help="Folder for video.mp4 and the truth")],
    *,
    preset_name: PresetName = "league",
    seed: Seed = 1,
    seconds: Annotated[float, typer.Option(min=0.1, max=LONGEST_S)] = 60.0,
    size: Size = "1920x1080",
    fps: Annotated[float, typer.Option(min=1, max=120)] = 30.0,
    crf: Annotated[int, typer.Option(min=0, max=51, help="x264's constant quality: more is smaller and worse")] = 22,
    tracking: Annotated[str | None, typer.Option(help=TRACKING)] = None,
    tracking_fps: Annotated[float, typer.Option(min=1, max=120, help="Frames per second of that file")] = 25.0,
) -> None:
    """Film a match: a video, and the truth of every frame. Can be interrupted and goes on when it is called again."""
    play = play_from_tracking(tracking, fps=tracking_fps) if tracking is not None else None
    order = Order(preset(preset_name), seed, _length(play, seconds), parse_size(size), fps, tracking=play)
    with _progress(order) as show:
        started = time.monotonic()
        header = shoot(order, out, Quality(crf=crf), show)
        speed = show.fresh / (time.monotonic() - started)
    if not show.fresh:
        console.print(f"{out} was complete already: {header.frames} frames", **PLAIN)
        return
    console.print(f"{out}: {header.frames} frames, {speed:.1f} frames/s, drawn by {header.renderer}", **PLAIN)


def _length(play: Play | None, seconds: float) -> float:
    return seconds if play is None else min(seconds, play.seconds)


@app.command()
def boxes(
    out: Annotated[Path, typer.Argument(help="Folder for the sequences, <preset>-<seed> each")],
    *,
    preset_name: PresetName = "league",
    seed: Seed = 1,
    count: Annotated[int, typer.Option(min=1, help="So many matches, of this seed and the following ones")] = 1,
    seconds: Annotated[float, typer.Option(min=0.1, max=LONGEST_S)] = 60.0,
    size: Size = "1920x1080",
    fps: Annotated[float, typer.Option(min=1, max=120)] = 25.0,
    noise: Annotated[float, typer.Option(min=0, max=10, help="In det.txt: 0 finds everybody, 1 as a detector")] = 0.0,
    cuts: Annotated[
        bool, typer.Option("--cuts", help="Cut as the preset does; else the main camera throughout")
    ] = False,
) -> None:
    """Who is where in a match that is not drawn: MOTChallenge's folders to try trackers on."""
    chosen, sides = preset(preset_name), parse_size(size)
    for number in range(seed, seed + count):
        order, folder = Order(chosen, number, seconds, sides, fps), out / f"{chosen.name}-{number}"
        started = time.monotonic()
        people = write_boxes(order, folder, noise, cuts)
        speed = order.frames / (time.monotonic() - started)
        console.print(f"{folder}: {order.frames} frames, {people} boxes, {speed:.0f} frames/s", **PLAIN)


@app.command("contact-sheet")
def sheet(
    out: Annotated[Path, typer.Argument(help="A PNG file")],
    *,
    presets: Annotated[list[str] | None, typer.Option("--preset", help="Only these")] = None,
    seed: Seed = 1,
    frames: Annotated[int, typer.Option(min=1, max=12, help="Pictures of each")] = 3,
    truth: Annotated[bool, typer.Option(help="Draw the truth in")] = False,
    width: Annotated[int, typer.Option(min=160, max=3840, help="Of one picture on the sheet")] = 640,
) -> None:
    """Pictures of every preset on one sheet, to look at."""
    if out.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise ValueError(f"{out} cannot be written as a picture; .png and .jpg can")
    chosen = [preset(name) for name in presets or PRESETS]
    with console.status("rendering …"):
        contact_sheet(chosen, Row(seed, frames, truth, width), out)
    console.print(f"{out}: {len(chosen)} presets, {frames} pictures of each", **PLAIN)


def parse_size(text: str) -> tuple[int, int]:
    """`1920x1080` as two even numbers."""
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() and part.isascii() for part in parts):
        raise ValueError(f"a size is written like 1920x1080, not {text!r}")
    width, height = int(parts[0]), int(parts[1])
    if width % 2 or height % 2 or not (64 <= width <= 7680 and 64 <= height <= 4320):
        raise ValueError(f"{text}: both sides must be even, from 64 up to 7680x4320")
    return width, height


class _Shown:
    """Progress on the terminal; counts the frames that were made now."""

    def __init__(self, order: Order) -> None:
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        )
        self._task = self.bar.add_task(f"{order.preset.name} {order.seed}", total=order.frames)
        self._last = 0
        self.fresh = 0

    def __call__(self, done: int) -> None:
        self.fresh += done == self._last + 1
        self._last = done
        self.bar.update(self._task, completed=done)


@contextmanager
def _progress(order: Order) -> Iterator[_Shown]:
    shown = _Shown(order)
    try:
        with shown.bar:
            yield shown
    except KeyboardInterrupt:
        console.print("interrupted; the same call again goes on from here", **PLAIN)
        sys.exit(130)


@app.command("demo-clip")
def demo_clip(
    out: Annotated[Path, typer.Argument(help="The package's folder for it")] = DEMO_MATCH,
) -> None:
    """Film the match that `stream-engine demo` plays, small enough for the package."""
    with tempfile.TemporaryDirectory() as scratch, _progress(DEMO) as show:
        shoot(DEMO, Path(scratch) / "match", DEMO_QUALITY, show)
        pack(Path(scratch) / "match", out)
    size = sum(file.stat().st_size for file in out.iterdir()) / 2**20
    console.print(f"{out}: {DEMO.frames} frames, {size:.2f} MiB", **PLAIN)


ALL = (
    "One match after the other: those of docs/quality.md, or every preset with the --seed and --seconds given; "
    "the built-in models, unless --config says others"
)
JSON = "End with one JSON object on the last line; with --all a list of them"
judge_app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@judge_app.command()
def judge(
    *,
    preset_name: PresetName = "league",
    seed: Annotated[int | None, typer.Option(min=0, help=f"default: {JUDGING_SEEDS[0]}; {SEEDS}")] = None,
    seconds: Annotated[float | None, typer.Option(min=1, max=LONGEST_S, help="default: 60")] = None,
    every: Annotated[bool, typer.Option("--all", help=ALL)] = False,
    keep: Annotated[Path | None, typer.Option(help="Folder of verdicts: what is there is not judged again")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML whose stages are judged; its feeds are not used")] = None,
    report: Annotated[Path | None, typer.Option(help="Folder for plots and pictures of the worst moments")] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables of docs/quality.md")] = False,
    as_json: Annotated[bool, typer.Option("--json", help=JSON)] = False,
) -> None:
    """Film a match (kept for the next time), run the whole service over it without dropping anything, and score it."""
    from footage.judging import filmed, match_folder
    from footage.quality import SECONDS, built_in, judge_each, markdown, matches
    from stream_engine.scoring.table import score_table

    if report and (every or keep):
        raise ValueError("--report is for one match that is judged now; leave out --all and --keep")
    chosen = load_config(config) if config else built_in() if every else None
    if report:
        report.mkdir(parents=True, exist_ok=True)
    first = Order(preset(preset_name), JUDGING_SEEDS[0] if seed is None else seed, seconds or SECONDS)

    def film(order: Order) -> Path:
        with _progress(order) as show:
            return filmed(order, show)

    judged = []
    for order, verdict in judge_each(matches(seed, seconds) if every else [first], chosen, keep, film, report):
        judged.append((order, verdict))
        console.print(score_table(verdict.score))
        console.print(f"{verdict.frames_per_s:.1f} frames/s through the service; {match_folder(order)}", **PLAIN)
    if as_markdown:
        sys.stdout.write(markdown(judged) + "\n")
    if as_json:
        told = [verdict.figures() for _, verdict in judged]
        sys.stdout.write(msgspec.json.encode(told if every else told[0]).decode() + "\n")
