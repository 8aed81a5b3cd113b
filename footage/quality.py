"""What docs/quality.md holds: its matches, the built-in models judged on them one after the other, and its tables."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from footage.film import Order
from footage.judging import Verdict, judge_match, match_folder
from footage.presets import JUDGING_SEEDS, PRESETS, preset
from stream_engine.config import Config, StagesConfig
from stream_engine.engines import COLOURS, manifest, net_of
from stream_engine.scoring import ScoreError
from stream_engine.scoring.score import Score
from stream_engine.scoring.table import NONE

SECONDS = 60.0
MATCHES = (
    ("league", 10_001, 60.0),
    ("similar-kits", 10_001, 30.0),
    ("corner-crowd", 10_001, 30.0),
    ("corner-crowd", 10_002, 30.0),
    ("floodlight", 10_001, 30.0),
    ("fast-pan", 10_001, 30.0),
    ("cuts", 10_002, 60.0),
    ("cuts", 10_003, 60.0),
)


def matches(seed: int | None, seconds: float | None) -> list[Order]:
    """Those of the document; every preset once where a seed or a length is given."""
    if seed is None and seconds is None:
        return [Order(preset(name), number, length) for name, number, length in MATCHES]
    first = JUDGING_SEEDS[0] if seed is None else seed
    return [Order(kind, first, SECONDS if seconds is None else seconds) for kind in PRESETS.values()]


def built_in() -> Config:
    """Every stage with what is built in, on every frame."""
    rows = [row for row in manifest().models if not row.own]
    nets = {row.task: {"net": net_of(row)} for row in reversed(rows)} | {"tag": {"net": COLOURS}}
    return Config(streams=(), stages=msgspec.convert(nets, StagesConfig))


# --- one match after the other ------------------------------------------------------------------


class Kept(msgspec.Struct, frozen=True):
    """A verdict as it lies in a folder."""

    settings: str  # of the stages and the models that were judged
    frames_per_s: float
    score: Score


def judge_each(
    orders: Sequence[Order],
    config: Config | None,
    keep: Path | None,
    film: Callable[[Order], Path],
    report: Path | None = None,
) -> Iterator[tuple[Order, Verdict]]:
    """Judge the matches; what lies in `keep` from a call with the same stages and models is not judged again."""
    settings = _settings(config)
    for order in orders:
        kept = keep / f"{match_folder(order).name}.json" if keep else None
        verdict = _read(kept, settings) if kept else None
        if verdict is None:
            verdict = judge_match(film(order), config, report)
            if kept:
                _write(kept, Kept(settings, verdict.frames_per_s, verdict.score))
        yield order, verdict


def _settings(config: Config | None) -> str:
    kits = config.streams[0].kits if config and config.streams else None
    told = msgspec.json.encode((config.stages if config else None, kits, manifest().models), enc_hook=str)
    return hashlib.sha256(told).hexdigest()[:16]


def _read(path: Path, settings: str) -> Verdict | None:
    if not path.is_file():
        return None
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
    except msgspec.MsgspecError:
        return None  # of a version with other figures
    return Verdict(kept.score, kept.frames_per_s, None) if kept.settings == settings else None


def _write(path: Path, kept: Kept) -> None:
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(msgspec.json.encode(kept))
        part.replace(path)
    except OSError as error:
        raise ScoreError(f"{path} cannot be written: {error.strerror}; choose another folder with --keep") from None


# --- tables -------------------------------------------------------------------------------------


class Column(NamedTuple):
    """A figure (`a.b` is b of a), and the figure that says of how many it is."""

    heading: str
    figure: str
    of: str | None = None
    digits: int = 3


TABLES: dict[str, tuple[Column, ...]] = {
    "Who is who": (
        Column("HOTA", "hota"),
        Column("HOTA live", "hota_live"),
        Column("AssA live", "assa_live"),
        Column("IDF1", "idf1"),
        Column("switches per 1000", "switches_per_1000", digits=1),
        Column("over cuts", "identity_over_cuts", "identity_over_cuts_judged"),
        Column("back after 10 s", "reentry", "reentry_judged"),
        Column("after 1 to 10 s", "reentry_short", "reentry_short_judged"),
        Column("crossings wrong: one kit", "crossings_same_wrong", "crossings_same_judged"),
        Column("two kits", "crossings_other_wrong", "crossings_other_judged"),
    ),
    "Teams and roles": (
        Column("told after s of play", "team_warmup_s", digits=1),
        Column("right from then on", "team_accuracy_warm"),
        Column("told from then on", "team_coverage_warm"),
        Column("goalkeepers' right", "goalkeeper_team_accuracy", "goalkeeper_teams_judged"),
        Column("flips", "team_flips"),
        Column("changes on tracks: team", "track_team_changes"),
        Column("role", "track_role_changes"),
        Column("roles right", "role_accuracy"),
        Column("player", "role_accuracy_by_role.player"),
        Column("goalkeeper", "role_accuracy_by_role.goalkeeper"),
        Column("referee", "role_accuracy_by_role.referee"),
    ),
    "Who is found, and the ball": (
        Column("recall", "recall"),
        Column("precision", "precision"),
        Column("AP50 player", "ap50.player"),
        Column("goalkeeper", "ap50.goalkeeper"),
        Column("referee", "ap50.referee"),
        Column("ball", "ap50.ball"),
        Column("ball precision", "ball_precision"),
        Column("ball recall", "ball_recall"),
    ),
    "Masks": (
        Column("J", "mask_iou"),
        Column("F", "boundary_f"),
        Column("with a mask", "mask_coverage"),
        Column("J clearly seen", "mask_iou_visible"),
        Column("J half hidden", "mask_iou_occluded"),
    ),
    "Cuts, camera and speed": (
        Column("cuts found", "cut_recall", "cuts_judged"),
        Column("false", "false_cuts"),
        Column("camera error p50 px", "camera_error_p50_px", digits=2),
        Column("p90 px", "camera_error_p90_px", digits=2),
        Column("camera back", "camera_back_recall", "camera_back_judged"),
        Column("false", "camera_back_false"),
        Column("frames/s", "frames_per_s", digits=1),
    ),
}


def header(columns: Sequence[Column]) -> str:
    """The first two lines of a table."""
    headings = ["preset, seed, seconds", *(column.heading for column in columns)]
    return f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}"


def markdown(judged: Sequence[tuple[Order, Verdict]]) -> str:
    """All tables, with a row for each match."""
    parts = []
    for title, columns in TABLES.items():
        rows = [_row(order, verdict.figures(), columns) for order, verdict in judged]
        parts.append("\n".join([f"## {title}", "", header(columns), *rows]))
    return "\n\n".join(parts)


def _row(order: Order, figures: dict[str, Any], columns: Sequence[Column]) -> str:
    cells = " | ".join(_cell(figures, column) for column in columns)
    return f"| {order.preset.name} {order.seed}, {order.seconds:g} | {cells} |"


def _cell(figures: dict[str, Any], column: Column) -> str:
    name, _, part = column.figure.partition(".")
    value = figures[name][part] if part else figures[name]
    if value is None:
        return NONE
    text = str(value) if isinstance(value, int) else f"{value:.{column.digits}f}"
    return f"{text} of {figures[column.of]}" if column.of else text
