"""What `stream-engine score` does."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from stream_engine.scoring import ScoreError
from stream_engine.scoring.compare import compare
from stream_engine.scoring.motchallenge import score_folders
from stream_engine.scoring.read import Scored, Truth, hear_events, read_events, read_truth
from stream_engine.scoring.score import Score, score_of
from stream_engine.scoring.table import mot_table, score_table

VIDEO = "video.mp4"
USAGE = "write `score --events FILE --truth DIR`, or `score --mot GT_DIR RESULT_DIR`"


@dataclass(frozen=True, slots=True)
class Request:
    """The options of the command."""

    events: str | None = None
    truth: Path | None = None
    stream: str | None = None
    seconds: float | None = None
    report: Path | None = None
    mot: tuple[Path, Path] | None = None


def run_score(request: Request, console: Console) -> Any:
    """Score what is asked for, show it, and return the figures."""
    if request.mot:
        if request.events or request.truth:
            raise ScoreError(f"--mot takes neither --events nor --truth: {USAGE}")
        return _score_mot(*request.mot, console)
    if not request.events or not request.truth:
        raise ScoreError(f"nothing to score: {USAGE}")
    return _score_events(request, request.events, request.truth, console)


def _score_events(request: Request, source: str, folder: Path, console: Console) -> Score:
    truth = read_truth(folder)
    compared = compare(truth, _events(request, source, truth, console))
    score = score_of(compared)
    console.print(score_table(score))
    if request.report:
        from stream_engine.scoring.report import write_report

        video = folder / VIDEO
        index = write_report(request.report, compared, score, video if video.is_file() else None)
        console.print(f"the report is {index}", highlight=False, soft_wrap=True)
    return score


def _events(request: Request, source: str, truth: Truth, console: Console) -> list[Scored]:
    if "://" not in source:
        return read_events(Path(source), request.stream)
    seconds = request.seconds or truth.header.frames / truth.header.fps
    console.print(f"listening to {source} for {seconds:.0f} s", highlight=False, soft_wrap=True)
    return hear_events(source, seconds, request.stream)


def _score_mot(gt_dir: Path, result_dir: Path, console: Console) -> dict[str, Any]:
    each, pooled = score_folders(gt_dir, result_dir)
    console.print(mot_table(each, pooled))
    return {"combined": pooled.figures(), "sequences": {name: found.figures() for name, found in each.items()}}
