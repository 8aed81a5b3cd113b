"""The score: how good the events of one stream are, in figures. None is what the events or the truth do not have.

Scored are the frames of truth between the first event and the last, or all of them. A frame without an event is scored
like one in which nothing was found, so dropped frames cost recall, and with it HOTA, IDF1 and MOTA. For these the live
shots of a pass are one sequence, each close-up and each replay is another; their counts are pooled. So an identity is
held over the cuts from live shot to live shot, and whether a close-up gets the same one counts neither way. Identities
in a close-up last only as long as it does and are easily held, which lifts the pooled association; `hota_live` and
`assa_live` leave close-ups and replays out. When no result of the match has a track_id, nobody said who is who, and
what measures identities is None: HOTA, AssA, IDF1, MOTA (which counts switches), switches, cuts, re-entry, crossings.
"""

from collections import Counter
from typing import Any

import msgspec
import numpy as np

from stream_engine.scoring.ball import count_ball
from stream_engine.scoring.cameras import camera_errors, count_cuts
from stream_engine.scoring.cameras_back import camera_returns
from stream_engine.scoring.compare import Comparison, ages_ms, compare
from stream_engine.scoring.crossings import crossings
from stream_engine.scoring.endurance import endurance
from stream_engine.scoring.labels import label_figures
from stream_engine.scoring.mot import Tracking, pool, tracking
from stream_engine.scoring.precision import ap50_by_role
from stream_engine.scoring.read import Scored, Truth
from stream_engine.scoring.visibility import masks_seen

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
LIVE_NAMES = {"hota_live": "HOTA", "assa_live": "AssA"}
OF_IDENTITY = ("hota", "assa", "hota_live", "assa_live", "idf1", "mota", "id_switches", "switches_per_1000")


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
    hota_live: float | None  # of the live shots alone
    assa_live: float | None
    idf1: float | None
    mota: float | None
    id_switches: int | None
    switches_per_1000: float | None  # of the scored frames
    recall: float | None
    precision: float | None
    mask_iou: float | None
    boundary_f: float | None
    mask_coverage: float | None  # how many of the persons to be found have a mask
    mask_iou_visible: float | None
    mask_f_visible: float | None
    mask_iou_visible_judged: int
    mask_iou_occluded: float | None
    mask_iou_occluded_judged: int
    ap50: dict[str, float | None]
    role_accuracy: float | None
    role_accuracy_by_role: dict[str, float | None]
    team_accuracy: float | None
    team_coverage: float | None
    team_flips: int | None
    team_warmup_s: float | None  # of play, until teams are told
    team_accuracy_warm: float | None  # from then on
    team_coverage_warm: float | None
    goalkeeper_team_accuracy: float | None
    goalkeeper_teams_judged: int
    track_team_changes: int | None  # from one team to the other on one track
    track_role_changes: int | None
    ball_precision: float | None
    ball_recall: float | None
    cut_recall: float | None
    cuts_judged: int
    false_cuts: int | None
    camera_error_p50_px: float | None
    camera_error_p90_px: float | None
    camera_coverage: float | None  # share of the movements that were told
    camera_back_recall: float | None  # of the main camera's returns
    camera_back_judged: int
    camera_back_false: int | None
    camera_back_error_px: float | None
    camera_back_claims_judged: int
    identity_over_cuts: float | None
    identity_over_cuts_judged: int
    reentry: float | None
    reentry_judged: int
    reentry_short: float | None
    reentry_short_judged: int
    crossings_same_judged: int  # of two in the same kit
    crossings_same_wrong: float | None
    crossings_same_lost: float | None
    crossings_other_judged: int
    crossings_other_wrong: float | None
    crossings_other_lost: float | None
    age_p50_ms: float | None
    age_p95_ms: float | None
    age_p99_ms: float | None


def score(truth: Truth, events: list[Scored], whole: bool = False) -> Score:
    """All figures of one stream; `whole`: an early end counts as missing."""
    return score_of(compare(truth, events, whole))


def score_of(compared: Comparison) -> Score:
    """All figures, when truth and events were brought together already."""
    header, frames = compared.truth.header, compared.frames
    causes = Counter(frame.missing for frame in frames if frame.missing is not None)
    ball = count_ball(compared.truth, frames)
    lasting = endurance(compared.truth, compared.passes)
    parts: dict[str, Any] = _tracking_figures(compared) | _mask_figures(compared) | _age_figures(compared)
    parts |= _camera_figures(compared) | _crossing_figures(compared)
    return Score(
        match=header.match,
        stream=compared.stream,
        preset=header.preset,
        seed=header.seed,
        passes=len(compared.passes),
        frames=len(frames),
        scored_frames=len(frames) - causes.total(),
        missing=dict(sorted(causes.items())),
        ap50=ap50_by_role(compared.truth, compared.people),
        ball_precision=ball.precision,
        ball_recall=ball.recall,
        identity_over_cuts=lasting.cuts.share,
        identity_over_cuts_judged=lasting.cuts.judged,
        reentry=lasting.reentry.share,
        reentry_judged=lasting.reentry.judged,
        reentry_short=lasting.reentry_short.share,
        reentry_short_judged=lasting.reentry_short.judged,
        **label_figures(compared.truth, compared.passes)._asdict(),
        **parts,
    )


def _tracking_figures(compared: Comparison) -> dict[str, float | int | None]:
    parts = [(scope.live, tracking(scope.sequence)) for scope in compared.scopes]
    answered = any(frame.results for frame in compared.people)
    everything = _told([part for _, part in parts], answered)
    live = _told([part for is_live, part in parts if is_live], answered)
    shown: dict[str, float | int | None] = {ours: everything.get(theirs) for ours, theirs in TRACKING_NAMES.items()}
    shown |= {ours: live.get(theirs) for ours, theirs in LIVE_NAMES.items()}
    answers = sum(frame.event is not None for frame in compared.frames)
    switches = int(everything["IDSW"]) if everything else None
    shown |= {"id_switches": switches, "switches_per_1000": None if switches is None else 1000 * switches / answers}
    return shown if compared.claimed else shown | dict.fromkeys(OF_IDENTITY)


def _told(parts: list[Tracking], answered: bool) -> dict[str, float]:
    """The figures of several sequences, if anybody was to be found there and the events have anybody at all."""
    wanted = sum(part.clear.tp + part.clear.fn for part in parts)
    return pool(parts).figures() if wanted and answered else {}


def _camera_figures(compared: Comparison) -> dict[str, float | int | None]:
    passes = [[frame.aligned for frame in people] for people in compared.passes]
    cuts, errors = count_cuts(passes), camera_errors(compared.truth, passes)
    back = camera_returns(compared.truth, passes)
    p50, p90 = np.percentile(errors.px, (50, 90)).tolist() if errors.px.size else (None, None)
    return {
        "cut_recall": cuts.recall,
        "cuts_judged": cuts.wanted if cuts.told else 0,
        "false_cuts": cuts.false if cuts.told else None,
        "camera_error_p50_px": p50,
        "camera_error_p90_px": p90,
        "camera_coverage": errors.coverage if errors.px.size else None,
        "camera_back_recall": back.recall,
        "camera_back_judged": back.wanted if back.told else 0,
        "camera_back_false": back.wrong if back.told else None,
        "camera_back_error_px": back.error_px,
        "camera_back_claims_judged": len(back.px),
    }


def _crossing_figures(compared: Comparison) -> dict[str, float | int | None]:
    found = crossings(compared.truth, compared.passes)
    return {
        f"crossings_{kit}_{name}": figure
        for kit, verdicts in found._asdict().items()
        for name, figure in (
            ("judged", verdicts.judged),
            ("wrong", verdicts.wrong_share),
            ("lost", verdicts.lost_share),
        )
    }


def _mask_figures(compared: Comparison) -> dict[str, float | int | None]:
    frames = [frame for shapes in compared.shapes for frame in shapes]
    shapes = [shape for frame in frames for shape in frame]
    wanted = sum(int(frame.counts.sum()) for frame in compared.people)
    by_sight = masks_seen(compared.people, frames)._asdict()
    if not shapes:
        return {"mask_iou": None, "boundary_f": None, "mask_coverage": None, **by_sight}
    j, f = np.array(shapes).mean(axis=0)
    return {"mask_iou": float(j), "boundary_f": float(f), "mask_coverage": len(shapes) / wanted, **by_sight}


def _age_figures(compared: Comparison) -> dict[str, float]:
    p50, p95, p99 = np.nanpercentile(ages_ms(compared.frames), (50, 95, 99)).tolist()
    return {"age_p50_ms": p50, "age_p95_ms": p95, "age_p99_ms": p99}
