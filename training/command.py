"""The command line of `tools/train`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from footage.picture.gl import RenderError
from stream_engine.cli import PLAIN, fail
from stream_engine.demo.clip import cache_dir
from stream_engine.engines import EngineError, digest

if TYPE_CHECKING:
    from training.detector.course import Course

app = typer.Typer(
    help="Train the built-in models on rendered matches, or on labelled frames of your own.",
    no_args_is_help=True,
    add_completion=False,
)
console = Console(stderr=True)

FIRST_SEED, PROPAGATE_SEED, REID_SEED = 1000, 3000, 5000  # judging begins at 10 000
HELD_BACK = 12  # matches that are not learned from
PROBE = 4  # of the frames held back, every so manieth is judged
STEPS, OWN_STEPS = 7000, 1000

Matches = Annotated[
    int, typer.Option(min=HELD_BACK + 1, max=8000, help="How many matches to learn from and to judge by")
]
Steps = Annotated[
    int | None,
    typer.Option(min=1, help=f"Each of 12 pieces of frames; {STEPS}, or {OWN_STEPS} on frames of your own"),
]
Coco = Annotated[Path | None, typer.Option(help="Fine-tune on a folder of labelled frames, as COCO keeps them")]
Yolo = Annotated[Path | None, typer.Option(help="The same, as YOLO keeps them")]
Start = Annotated[Path | None, typer.Option(help="Fine-tune this exported detector, not the built-in one")]
Ignore = Annotated[list[str] | None, typer.Option(help="A class of your labels that is nothing to us; repeatable")]
Name = Annotated[str | None, typer.Option(help="What the fine-tuned model is called; without it, my-detector")]


@app.callback()
def _commands() -> None: ...


def main() -> None:
    """Run a command; what a person can mend is one line."""
    try:
        app()
    except (RenderError, EngineError, ValueError, OSError) as error:
        fail(str(error))


@app.command()
def detector(
    out: Annotated[Path, typer.Argument(help="Folder for checkpoint, log and the ONNX file")],
    *,
    matches: Matches = 288,
    steps: Steps = None,
    coco: Coco = None,
    yolo: Yolo = None,
    start: Start = None,
    ignore: Ignore = None,
    name: Name = None,
) -> None:
    """Train the nano detector on matches or on your frames, and write it down; goes on after an interruption."""
    from training.curve import draw_curve
    from training.detector import fine
    from training.detector.course import run
    from training.detector.export import export
    from training.detector.int8 import compared, quantise
    from training.detector.learn import Recipe

    wished = fine.wish(coco, yolo, start, ignore or [], name)
    begun = fine.begun(wished) if wished else None
    recipe = fine.recipe_of(wished, steps or OWN_STEPS) if wished else Recipe(steps=steps or STEPS)
    with console.status("reading frames …") as status:

        def progress(done: int, count: int) -> None:
            status.update(f"{done} of {count}")

        course = fine.course(wished, progress, say) if wished else _rendered(matches, progress)
    net = run(course, recipe, out, say, begun)
    path = out / "detector.onnx"
    export(net, path)
    say(f"{path}: {path.stat().st_size / 1e6:.2f} MB, sha256 {digest(path)}")
    draw_curve(out / "log.jsonl", out / "curve.png", ("centres", "boxes"))
    small = out / "detector-int8.onnx"
    quantise(path, small, course.learned)
    for file, figures in compared([path, small], course.frames, course.probes).items():
        console.print(file, {key: value and round(value, 3) for key, value in figures.items()}, highlight=False)
    if wished:
        say(f'{fine.keep(path, wished)}: row "{wished.name}"; to use it: net = "{wished.name}" in [stages.detect]')


@app.command()
def propagate(
    out: Annotated[Path, typer.Argument(help="Folder for checkpoint, log and the ONNX files")],
    *,
    matches: Annotated[
        int, typer.Option(min=HELD_BACK + 1, max=6000, help="How many to learn from and to judge by")
    ] = 136,
    steps: Annotated[int, typer.Option(min=1, help="Each of four frames of eight scenes")] = 17000,
) -> None:
    """Train the nano propagator on scenes of rendered matches, and write it down; goes on after an interruption."""
    from training.curve import draw_curve
    from training.propagator import scenes
    from training.propagator.answering import in_files
    from training.propagator.course import judged, run
    from training.propagator.export import PARTS, export
    from training.propagator.int8 import quantise
    from training.propagator.learn import Recipe

    folder = cache_dir() / "training/scenes"
    with console.status("rendering scenes …") as status:
        files = scenes.render(folder, matches, PROPAGATE_SEED, lambda done: status.update(f"{done} of {matches}"))
    kept = len(files) - HELD_BACK * scenes.WINDOWS
    net = run(files[:kept], files[kept:], Recipe(steps=steps), out, say)
    draw_curve(out / "log.jsonl", out / "curve.png", ("mask", "body"))
    whole = dict(zip(PARTS, export(net, out), strict=True))
    learned = [scene for path in files[:kept:20] for scene in scenes.load(path)]
    for written in (whole, quantise(whole, out / "int8", learned)):
        for path in written.values():
            say(f"{path}: {path.stat().st_size / 1e6:.2f} MB, sha256 {digest(path)}")
        for line in judged(in_files(written), files[kept:], ["selective"]):
            say(line)


@app.command()
def reid(
    out: Annotated[Path, typer.Argument(help="Folder for checkpoint, log and the ONNX files")],
    *,
    matches: Annotated[
        int, typer.Option(min=HELD_BACK + 2, max=5000, help="How many to learn from and to judge by")
    ] = 160,
    steps: Annotated[int, typer.Option(min=1, help="Each of a hundred people of two matches")] = 12000,
) -> None:
    """Train the nano ReID network on people of rendered matches, and write it down; goes on after an interruption."""
    from training.curve import draw_curve
    from training.reid import crops
    from training.reid.answering import in_file
    from training.reid.course import judged, run
    from training.reid.export import export
    from training.reid.int8 import costs, quantise
    from training.reid.learn import Recipe

    folder = cache_dir() / "training/reid"
    with console.status("filming people …") as status:
        files = crops.render(folder, matches, REID_SEED, lambda done: status.update(f"{done} of {matches}"))
    learned, probes = files[:-HELD_BACK], files[-HELD_BACK:]
    net = run(learned, Recipe(steps=steps), out, say)
    draw_curve(out / "log.jsonl", out / "curve.png", ("apart", "who"))
    whole, small = out / "reid.onnx", out / "reid-int8.onnx"
    export(net, whole)
    shown = [crops.load(path) for path in learned[:: max(1, len(learned) // 20)]]
    quantise(whole, small, shown)
    cost = costs([whole, small], shown)
    for path in (whole, small):
        say(f"{path}: {path.stat().st_size / 1e6:.2f} MB, sha256 {digest(path)}")
        for name, figures in {"cost": cost[path.name], **judged(in_file(path), probes)}.items():
            say(f"{name}: {figures}")


def say(line: str) -> None:
    console.print(line, markup=False, **PLAIN)


def _rendered(matches: int, progress: Callable[[int, int], None]) -> "Course":
    """Frames of rendered matches; the last ones are held back."""
    from training.detector.course import Course
    from training.detector.frames import EACH, render

    folder = cache_dir() / "training/frames"
    frames = render(folder, matches, FIRST_SEED, lambda done: progress(done, matches))
    kept = len(frames) - HELD_BACK * EACH
    return Course(frames, kept, range(kept, len(frames), PROBE))
