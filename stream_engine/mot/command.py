"""What `stream-engine track` does."""

from pathlib import Path
from typing import Any

from rich.console import Console

from stream_engine.console import say
from stream_engine.mot.clips import Source, find_clips, read_clip
from stream_engine.mot.ours import ours
from stream_engine.mot.trying import Trial, measured, try_on, write_result
from stream_engine.scoring import ScoreError
from stream_engine.scoring.mot import Tracking, pool
from stream_engine.scoring.table import mot_table


def run_track(root: Path, out: Path, source: Source, score: bool, console: Console) -> dict[str, Any]:
    """A result file for each sequence, and how fast that went."""
    trials = []
    for folder in find_clips(root):
        trial = try_on(read_clip(folder, source), ours())
        trials.append(trial)
        path = write_result(trial, out)
        say(f"{path}: {_summary(trial)}", console)
    figures = {"sequences": {trial.clip.name: _figures(trial) for trial in trials}}
    if score:
        figures |= _scored(trials, console)
    return figures


def _figures(trial: Trial) -> dict[str, Any]:
    clip = trial.clip
    return {
        "frames": len(clip.frames),
        "boxes": sum(len(found.boxes) for found in clip.frames),
        "rejected_boxes": clip.rejected,
        "identities": len(_identities(trial)),
        "fps": round(trial.fps, 1),
    }


def _summary(trial: Trial) -> str:
    told = _figures(trial)
    rejected = f" ({told['rejected_boxes']} more were none)" if told["rejected_boxes"] else ""
    return (
        f"{told['frames']} frames, {told['boxes']} boxes{rejected}, {told['identities']} identities, "
        f"{told['fps']:g} frames/s on a core"
    )


def _identities(trial: Trial) -> set[int]:
    return {who for named in trial.named for who in named.ids.tolist() if who >= 0}


def _scored(trials: list[Trial], console: Console) -> dict[str, Any]:
    each: dict[str, Tracking] = {trial.clip.name: measured(trial) for trial in trials if trial.clip.has_truth}
    if not each:
        raise ScoreError(f"{trials[0].clip.folder} has no gt/gt.txt; without truth there is no score")
    pooled = pool(list(each.values()))
    console.print(mot_table(each, pooled))
    return {"combined": pooled.figures(), "scores": {name: found.figures() for name, found in each.items()}}
