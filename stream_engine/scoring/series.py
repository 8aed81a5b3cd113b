"""The figures frame by frame: what plots are drawn from, and where the worst moments are."""

from dataclasses import dataclass

import numpy as np

from stream_engine.boxes import Floats
from stream_engine.scoring.boxes import Ints
from stream_engine.scoring.clear import outcomes
from stream_engine.scoring.compare import Comparison, ages_ms


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each frame, pass after pass; NaN where there is none."""

    time_s: Floats
    pass_no: Ints
    frame: Ints
    answered: Ints  # 1 where there is an event
    truth: Ints  # persons to be found
    hits: Ints
    misses: Ints
    false: Ints
    switches: Ints
    mean_j: Floats
    age_ms: Floats


def frame_series(compared: Comparison) -> Series:
    """Every frame; hits and switches are those of CLEAR MOT, less the switches where no result has a track_id."""
    truth, results, hits, switches = _counts(compared)
    frames = compared.frames
    masks = [shapes for each in compared.shapes for shapes in each]
    return Series(
        time_s=np.arange(len(frames)) / compared.truth.header.fps,
        pass_no=np.repeat(np.arange(len(compared.passes)), [len(people) for people in compared.passes]),
        frame=np.array([frame.truth.frame for frame in frames], np.int64),
        answered=np.array([frame.event is not None for frame in frames], np.int64),
        truth=truth,
        hits=hits,
        misses=truth - hits,
        false=results - hits,
        switches=switches if compared.claimed else np.zeros_like(switches),
        mean_j=np.array([np.mean([shape.j for shape in each]) if each else np.nan for each in masks], np.float64),
        age_ms=ages_ms(frames),
    )


def _counts(compared: Comparison) -> Ints:
    """Of every frame: truth, results, hits, switches (rows)."""
    counts = np.zeros((4, len(compared.frames)), np.int64)
    for scope in compared.scopes:
        for at, step, outcome in zip(scope.places, scope.sequence.steps, outcomes(scope.sequence), strict=True):
            counts[:, at] = len(step.truth), len(step.tracks), len(outcome.rows), len(outcome.switched)
    return counts


def worst_frames(series: Series, n: int, apart: int = 30) -> list[int]:
    """Where most went wrong: places in the series, worst first, so many frames apart, among those with an event.

    A miss, a false result and a switch of identity weigh 1 each, a mask what is lacking of its J.
    """
    poor_masks = series.hits * (1 - np.nan_to_num(series.mean_j, nan=1.0))
    wrong = (series.misses + series.false + series.switches + poor_masks) * series.answered
    found: list[int] = []
    for at in np.argsort(-wrong, kind="stable").tolist():
        if len(found) == n or wrong[at] <= 0:
            break
        if all(abs(at - other) >= apart for other in found):
            found.append(at)
    return found
