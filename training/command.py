"""The command line of `tools/train`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from footage.picture.gl import RenderError
from stream_engine.cli import fail
from stream_engine.demo.clip import cache_dir
from stream_engine.engines import digest

app = typer.Typer(help="Train the built-in models on rendered matches.", no_args_is_help=True, add_completion=False)
console = Console(stderr=True)

FIRST_SEED = 1000  # judging begins at 10 000
HELD_BACK = 12  # matches that are not learned from
PROBE = 4  # of the frames held back, every so manieth is judged on the way

Matches = Annotated[
    int, typer.Option(min=HELD_BACK + 1, max=8000, help="How many matches to learn from and to judge by")
]


@app.callback()
def _commands() -> None: ...


def main() -> None:
    """Run a command; what a person can mend is one line."""
    try:
        app()
    except (RenderError, ValueError, OSError) as error:
        fail(str(error))


@app.command()
def detector(
    out: Annotated[Path, typer.Argument(help="Folder for checkpoint, log and the ONNX file")],
    *,
    matches: Matches = 180,
    steps: Annotated[int, typer.Option(min=1, help="Each of 12 pieces of frames")] = 4000,
) -> None:
    """Train the nano detector on matches rendered for it, and write it down; goes on after an interruption."""
    from training import detector_score
    from training.curve import draw_curve
    from training.detector import Recipe, train
    from training.detector_export import export
    from training.detector_int8 import compared, quantise
    from training.frames import EACH, FrameSet, render

    with console.status("rendering matches …") as status:
        frames = render(
            cache_dir() / "training/frames",
            matches,
            FIRST_SEED,
            lambda done: status.update(f"match {done} of {matches}"),
        )
    kept = len(frames) - HELD_BACK * EACH
    learned = FrameSet(frames.luma[:kept], frames.chroma[:kept], frames.labels[:kept])
    out.mkdir(parents=True, exist_ok=True)
    with (out / "log.jsonl").open("a") as log:

        def tell(figures: dict[str, float]) -> None:
            line = json.dumps({name: round(value, 4) for name, value in figures.items()})
            log.write(line + "\n")
            log.flush()
            console.print(line, highlight=False)

        net = train(learned, Recipe(steps=steps), out, tell)
        told = detector_score.answers(net, frames, range(kept, len(frames), PROBE))
        tell({f"ap50 {name}": value for name, value in detector_score.score(frames, told).items()})
    path = out / "detector.onnx"
    export(net, path)
    console.print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, sha256 {digest(path)}", highlight=False)
    draw_curve(out / "log.jsonl", out / "curve.png")
    small = out / "detector-int8.onnx"
    quantise(path, small, learned)
    for name, figures in compared([path, small], frames, range(kept, len(frames), PROBE)).items():
        console.print(name, {key: value and round(value, 3) for key, value in figures.items()}, highlight=False)
