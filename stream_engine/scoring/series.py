"""The figures frame by frame: what plots are drawn from, and where the worst moments are."""

from dataclasses import dataclass

import numpy as np

from stream_engine.scoring.boxes import Floats, Ints
from stream_engine.scoring.clear import outcomes
from stream_engine.scoring.judge import Judgement, ages_ms


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


def frame_series(judged: Judgement) -> Series:
    """Every frame; hits and switches are those of CLEAR MOT."""
    truth, results, hits, switches = _counts(judged)
    moments = judged.moments
    masks = [frame for frames in judged.shapes for frame in frames]
    return Series(
        time_s=np.arange(len(moments)) / judged.truth.header.fps,
        pass_no=np.repeat(np.arange(len(judged.passes)), [len(people) for people in judged.passes]),
        frame=np.array([moment.truth.frame for moment in moments], np.int64),
        answered=np.array([moment.event is not None for moment in moments], np.int64),
        truth=truth,
        hits=hits,
        misses=truth - hits,
        false=results - hits,
        switches=switches,
        mean_j=np.array([np.mean([shape.j for shape in frame]) if frame else np.nan for frame in masks], np.float64),
        age_ms=ages_ms(moments),
    )


def _counts(judged: Judgement) -> Ints:
    """Of every frame: truth, results, hits, switches (rows)."""
    counts = np.zeros((4, len(judged.moments)), np.int64)
    for flow in judged.flows:
        for at, step, outcome in zip(flow.places, flow.sequence.steps, outcomes(flow.sequence), strict=True):
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
