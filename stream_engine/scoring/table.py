"""Figures for people: words and numbers for a terminal or a page."""

from collections.abc import Mapping

from rich import box
from rich.table import Table
from rich.text import Text

from stream_engine.scoring.mot import Tracking
from stream_engine.scoring.score import Score

NONE = "–"
MOT_COLUMNS = ("HOTA", "DetA", "AssA", "LocA", "MOTA", "IDF1", "IDSW", "CLR_FP", "CLR_FN")
COUNTS = {"IDSW", "CLR_FP", "CLR_FN"}
TITLES = {"CLR_FP": "false", "CLR_FN": "missed", "IDSW": "switches"}


def rows_of(score: Score) -> list[tuple[str, str]]:
    """Name and value of everything in a score."""
    ap50 = [(f"AP50 {role}", _share(value)) for role, value in score.ap50.items()]
    return [
        ("HOTA", _share(score.hota)),
        ("DetA · AssA · LocA", " · ".join(map(_share, (score.deta, score.assa, score.loca)))),
        ("HOTA · AssA of live shots", " · ".join(map(_share, (score.hota_live, score.assa_live)))),
        ("IDF1 · MOTA", " · ".join(map(_share, (score.idf1, score.mota)))),
        ("recall · precision of persons", " · ".join(map(_share, (score.recall, score.precision)))),
        ("identity switches · per 1000 frames", f"{_count(score.id_switches)} · {_age(score.switches_per_1000)}"),
        ("mask IoU (J) · boundary F", " · ".join(map(_share, (score.mask_iou, score.boundary_f)))),
        ("persons with a mask", _share(score.mask_coverage)),
        (
            "J · F of all clearly seen",
            f"{_share(score.mask_iou_visible)} · {_kept(score.mask_f_visible, score.mask_iou_visible_judged)}",
        ),
        ("J of all half hidden", _kept(score.mask_iou_occluded, score.mask_iou_occluded_judged)),
        *ap50,
        *_label_rows(score),
        ("ball precision · recall", " · ".join(map(_share, (score.ball_precision, score.ball_recall)))),
        ("cuts found · false", f"{_kept(score.cut_recall, score.cuts_judged)} · {_count(score.false_cuts)}"),
        (
            "camera error p50 · p90",
            " · ".join(map(_age, (score.camera_error_p50_px, score.camera_error_p90_px))) + " px",
        ),
        ("camera's movement told", _share(score.camera_coverage)),
        (
            "camera back: recognised · false",
            f"{_kept(score.camera_back_recall, score.camera_back_judged)} · {_count(score.camera_back_false)}",
        ),
        ("camera back: error", f"{_age(score.camera_back_error_px)} px"),
        ("identity over cuts", _kept(score.identity_over_cuts, score.identity_over_cuts_judged)),
        ("identity after 10 s away", _kept(score.reentry, score.reentry_judged)),
        ("identity after 1 to 10 s away", _kept(score.reentry_short, score.reentry_short_judged)),
        (
            "crossings in one kit: wrong · lost",
            _crossings(score.crossings_same_wrong, score.crossings_same_lost, score.crossings_same_judged),
        ),
        (
            "crossings in two kits: wrong · lost",
            _crossings(score.crossings_other_wrong, score.crossings_other_lost, score.crossings_other_judged),
        ),
        ("age p50 · p95 · p99", " · ".join(map(_age, (score.age_p50_ms, score.age_p95_ms, score.age_p99_ms))) + " ms"),
        ("frames scored", f"{score.scored_frames} of {score.frames} in {score.passes} pass(es)"),
        ("frames missing", ", ".join(f"{cause} {n}" for cause, n in score.missing.items()) or "none"),
    ]


def _label_rows(score: Score) -> list[tuple[str, str]]:
    roles = score.role_accuracy_by_role
    return [
        ("roles right", _share(score.role_accuracy)),
        (f"of them {' · '.join(roles)}", " · ".join(map(_share, roles.values()))),
        ("teams right · told", " · ".join(map(_share, (score.team_accuracy, score.team_coverage)))),
        ("teams told after, of play", f"{_age(score.team_warmup_s)} s"),
        ("from then on right · told", " · ".join(map(_share, (score.team_accuracy_warm, score.team_coverage_warm)))),
        ("goalkeepers' teams right", _kept(score.goalkeeper_team_accuracy, score.goalkeeper_teams_judged)),
        ("team flips", _count(score.team_flips)),
        (
            "changes on tracks: team · role",
            " · ".join(map(_count, (score.track_team_changes, score.track_role_changes))),
        ),
    ]


def score_table(score: Score) -> Table:
    """A score for a terminal."""
    title = f"{score.stream}: match {score.match}, preset {score.preset}, seed {score.seed}"
    nobody = score.deta is None and score.ball_precision is None
    caption = Text("nothing was found in any frame: does a model stage run?", style="yellow") if nobody else None
    table = Table(box=box.SIMPLE, title=Text(title), caption=caption, title_justify="left", show_header=False)
    table.add_column("what")
    table.add_column("figure", justify="right")
    shown = [(name, text) for name, text in rows_of(score) if any(map(str.isdigit, text)) or text == "none"]
    for name, text in shown:
        table.add_row(name, text)
    if len(shown) < len(rows_of(score)) and not nobody:
        table.caption = Text("figures that do not apply are not shown", style="dim")
    return table


def mot_table(each: Mapping[str, Tracking], pooled: Tracking) -> Table:
    """Sequences and their pool for a terminal."""
    table = Table(box=box.SIMPLE)
    table.add_column("sequence")
    for name in MOT_COLUMNS:
        table.add_column(TITLES.get(name, name), justify="right")
    for name, found in each.items():
        table.add_row(Text(name), *_mot_cells(found))
    table.add_section()
    table.add_row("all", *_mot_cells(pooled))
    return table


def _mot_cells(found: Tracking) -> list[str]:
    figures = found.figures()
    return [str(int(figures[name])) if name in COUNTS else _share(figures[name]) for name in MOT_COLUMNS]


def _share(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}"


def _count(value: int | None) -> str:
    return NONE if value is None else str(value)


def _age(value: float | None) -> str:
    return NONE if value is None else f"{value:.1f}"


def _crossings(wrong: float | None, lost: float | None, judged: int) -> str:
    return f"{_share(wrong)} · {_kept(lost, judged)}"


def _kept(share: float | None, judged: int) -> str:
    return NONE if share is None else f"{share:.3f} of {judged}"
