"""The score: how good the events of one stream are, in figures. None is what the events or the truth do not have.

Scored are the frames of truth between the first event and the last. A frame without an event is scored like one in
which nothing was found, so dropped frames cost recall, and with it HOTA, IDF1 and MOTA. For these the live shots of a
pass are one sequence, each close-up and each replay is another; their counts are pooled. So an identity is held over
the cuts from live shot to live shot, and whether a close-up gets the same one counts neither way.
"""

from collections import Counter
from typing import Any

import msgspec
import numpy as np

from stream_engine.scoring.ball import count_ball
from stream_engine.scoring.endurance import endurance
from stream_engine.scoring.judge import Judgement, ages_ms, judge
from stream_engine.scoring.labels import label_figures
from stream_engine.scoring.mot import pool, tracking
from stream_engine.scoring.precision import ap50_by_role
from stream_engine.scoring.read import Scored, Truth

TRACKING_NAMES = {
    "hota": "HOTA",
    "deta": "DetA",
    "assa": "AssA",
    "loca": "LocA",
    "idf1": "IDF1",
    "mota": "MOTA",
    "recall": "CLR_Re",
    "precision": "CLR_Pr",
}


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One line of figures; docs/scoring.md says how each is defined."""

    match: str
    stream: str
    preset: str
    seed: int
    passes: int
    frames: int  # of truth, from the first event to the last
    scored_frames: int  # of these, with an event
    missing: dict[str, int]  # the others, by cause
    hota: float | None
    deta: float | None
    assa: float | None
    loca: float | None
    idf1: float | None
    mota: float | None
    id_switches: int | None
    recall: float | None
    precision: float | None
    mask_iou: float | None
    boundary_f: float | None
    mask_coverage: float | None  # how many of the persons to be found have a mask
    ap50: dict[str, float | None]
    role_accuracy: float | None
    team_accuracy: float | None
    team_coverage: float | None
    team_flips: int | None
    ball_precision: float | None
    ball_recall: float | None
    identity_over_cuts: float | None
    identity_over_cuts_judged: int
    reentry: float | None
    reentry_judged: int
    reentry_short: float | None
    reentry_short_judged: int
    age_p50_ms: float | None
    age_p95_ms: float | None
    age_p99_ms: float | None


def score(truth: Truth, events: list[Scored]) -> Score:
    """All figures of one stream."""
    return score_of(judge(truth, events))


def score_of(judged: Judgement) -> Score:
    """All figures, when truth and events were brought together already."""
    header, moments = judged.truth.header, judged.moments
    causes = Counter(moment.missing for moment in moments if moment.missing is not None)
    ball = count_ball(judged.truth, moments)
    lasting = endurance(judged.truth, judged.passes)
    parts: dict[str, Any] = _tracking_figures(judged) | _mask_figures(judged) | _age_figures(judged)
    return Score(
        match=header.match,
        stream=judged.stream,
        preset=header.preset,
        seed=header.seed,
        passes=len(judged.passes),
        frames=len(moments),
        scored_frames=len(moments) - causes.total(),
        missing=dict(sorted(causes.items())),
        ap50=ap50_by_role(judged.truth, judged.people),
        ball_precision=ball.precision,
        ball_recall=ball.recall,
        identity_over_cuts=lasting.cuts.share,
        identity_over_cuts_judged=lasting.cuts.judged,
        reentry=lasting.reentry.share,
        reentry_judged=lasting.reentry.judged,
        reentry_short=lasting.reentry_short.share,
        reentry_short_judged=lasting.reentry_short.judged,
        **label_figures(judged.truth, judged.passes)._asdict(),
        **parts,
    )


def _tracking_figures(judged: Judgement) -> dict[str, float | int | None]:
    found = pool([tracking(flow.sequence) for flow in judged.flows])
    figures = found.figures()
    told = any(frame.results for frame in judged.people) and found.clear.tp + found.clear.fn > 0
    shown = {ours: figures[theirs] if told else None for ours, theirs in TRACKING_NAMES.items()}
    return shown | {"id_switches": found.clear.switches if told else None}


def _mask_figures(judged: Judgement) -> dict[str, float | None]:
    shapes = [shape for frames in judged.shapes for frame in frames for shape in frame]
    wanted = sum(int(frame.counts.sum()) for frame in judged.people)
    if not shapes:
        return {"mask_iou": None, "boundary_f": None, "mask_coverage": None}
    j, f = np.array(shapes).mean(axis=0)
    return {"mask_iou": float(j), "boundary_f": float(f), "mask_coverage": len(shapes) / wanted}


def _age_figures(judged: Judgement) -> dict[str, float]:
    p50, p95, p99 = np.nanpercentile(ages_ms(judged.moments), (50, 95, 99)).tolist()
    return {"age_p50_ms": p50, "age_p95_ms": p95, "age_p99_ms": p99}
