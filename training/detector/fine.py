"""Fine-tuning of a detector that there is on frames of the user's, and its row in the user's manifest."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from stream_engine.engines import MANIFEST, Name, digest, engines_folder, model, read
from stream_engine.engines.rows import add_row, in_the_way
from training.detector.course import Course
from training.detector.learn import Recipe
from training.detector.net import NanoDetector
from training.detector.own import Own, Progress, read_coco, read_yolo
from training.detector.start import load

BUILT_IN = "nano-detector"
NAME = "my-detector"
COPIED = ("task", "family", "inputs", "outputs", "thresholds")  # of the built-in row
RATE = 2e-4  # a tenth of what it was first trained with


class Wish(NamedTuple):
    """What is to be learned from, from which weights on, and what it is to be called."""

    folder: Path
    read: Callable[[Path, Sequence[str], Progress], Own]
    start: Path
    ignore: Sequence[str]
    name: str


def wish(
    coco: Path | None, yolo: Path | None, start: Path | None, ignore: Sequence[str], name: str | None
) -> Wish | None:
    """What the command line asks for, checked; nothing without frames of one's own."""
    folder = coco or yolo
    if folder is None:
        if start or ignore or name:
            raise ValueError("--start, --ignore and --name go with frames of your own: --coco DIR or --yolo DIR")
        return None
    if coco and yolo:
        raise ValueError("--coco and --yolo: one of them")
    name = name or NAME
    _free(name)
    return Wish(folder, read_coco if coco else read_yolo, start or model(BUILT_IN, "detect").path, ignore, name)


def _free(name: str) -> None:
    """The name can be given to a model of the user's: known before the work is done."""
    try:
        msgspec.convert(name, Name)
    except msgspec.ValidationError:
        raise ValueError(f"--name {name}: letters, digits, '.', '_' and '-' make a name") from None
    in_the_way(name, f"{name}.onnx", engines_folder())


def recipe_of(wished: Wish, steps: int) -> Recipe:
    """Slower than for what knows nothing yet; normalisations stand still, since there may be few frames."""
    return Recipe(steps=steps, rate=RATE, warm_steps=max(steps // 10, 1), start=digest(wished.start), still_norms=True)


def begun(wished: Wish) -> NanoDetector:
    """The network as it is before it has seen any of the frames."""
    return load(wished.start, NanoDetector())


def course(wished: Wish, progress: Progress, say: Callable[[str], None]) -> Course:
    """The user's frames."""
    own = wished.read(wished.folder, wished.ignore, progress)
    for name, count in own.left_out.items():
        say(f"left out: {count} boxes of {name!r}")
    return Course(own.frames, own.learned, range(own.learned, len(own.frames)))


def keep(exported: Path, wished: Wish) -> Path:
    """Put a copy of the file and its row into the engines folder; the manifest."""
    folder = engines_folder()
    like = next(row for row in read(MANIFEST, folder).models if row.name == BUILT_IN)
    row = {part: msgspec.to_builtins(getattr(like, part)) for part in COPIED} | {"precision": "fp32"}
    row |= {"name": wished.name, "file": f"{wished.name}.onnx"}
    row |= {"sha256": digest(exported), "bytes": exported.stat().st_size}
    row |= {"source": f"fine-tuned on {wished.folder.name} by tools/train detector", "licence": "your own"}
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".trained-", dir=folder) as beside:
        return add_row(row, folder, Path(shutil.copy(exported, beside)))
