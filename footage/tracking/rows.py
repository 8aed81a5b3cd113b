"""The rows of recorded tracking data as they are read, with an error that says where one is wrong."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO, cast

from footage.world import Role

NEEDED = ("frame", "team", "player", "x", "y")
OPTIONAL = ("role", "number", "z")
ROLES = ("player", "goalkeeper", "referee", "other")
MOST_ROWS = 6_000_000  # two hours of 23 people and a ball at 25 frames a second are 4.3 million
MOST_BYTES = 2 << 30
LONGEST_NAME = 200
PROVIDERS = {  # kloppy's loaders that take files in this order
    "metrica": ("metrica", "load_tracking_csv", 2),
    "epts": ("metrica", "load_tracking_epts", 2),
    "secondspectrum": ("secondspectrum", "load", 2),
    "skillcorner": ("skillcorner", "load", 2),
    "sportec": ("sportec", "load_tracking", 2),
    "tracab": ("tracab", "load", 2),
    "pff": ("pff", "load_tracking", 3),
}


class TrackingError(Exception):
    """What is wrong with the data, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody, or the ball, in a frame."""

    where: str
    frame: int
    team: str
    player: str
    x: float
    y: float
    z: float
    role: Role | None
    number: int | None

    @property
    def name(self) -> str:
        return "the ball" if self.team == "ball" else f"{self.team} {self.player}"


def rows_of_csv(path: Path, most: int = MOST_ROWS) -> list[Row]:
    """Every row of a CSV, checked."""
    try:
        file = path.open(newline="", encoding="utf-8-sig")
    except OSError as error:
        raise TrackingError(f"{path}: cannot be read: {error.strerror}") from None
    with file:
        try:
            rows = list(checked(path.name, file, most))
        except UnicodeDecodeError as error:
            raise TrackingError(f"{path.name}: is not text ({error.reason}): give a CSV in UTF-8") from None
        except csv.Error as error:
            raise TrackingError(f"{path.name}: is not a CSV: {error}") from None
    if not rows:
        raise TrackingError(f"{path.name}: has no rows: one row for each person and frame is needed")
    return rows


def checked(name: str, file: TextIO, most: int) -> Iterator[Row]:
    """Row by row."""
    lines = csv.reader(file)
    header = [column.strip().lower() for column in next(lines, [])]
    check_header(name, header)
    latest = -1
    for count, values in enumerate(lines):
        if not values:
            continue
        where = f"{name} line {lines.line_num}"
        if count >= most:
            raise TrackingError(f"{where}: more than {most} rows: cut the file into shorter pieces")
        if len(values) != len(header):
            raise TrackingError(f"{where}: {len(values)} values, but the header names {len(header)} columns")
        row = one(where, dict(zip(header, (value.strip() for value in values), strict=True)))
        if row.frame < latest:
            raise TrackingError(f"{where}: frame {row.frame} comes after frame {latest}: sort the rows by frame")
        latest = row.frame
        yield row


def check_header(name: str, header: list[str]) -> None:
    """All the columns that are needed, each once, and none that we do not know."""
    if not header:
        raise TrackingError(f"{name}: is empty: the first line must name the columns {', '.join(NEEDED)}")
    missing = [column for column in NEEDED if column not in header]
    if missing:
        raise TrackingError(f"{name} line 1: no column {', '.join(missing)}: needed are {', '.join(NEEDED)}")
    unknown = [column for column in header if column not in NEEDED + OPTIONAL]
    if unknown:
        known = ", ".join(NEEDED + OPTIONAL)
        raise TrackingError(f"{name} line 1: unknown column {unknown[0][:40]!r}: known are {known}")
    if len(set(header)) < len(header):
        raise TrackingError(f"{name} line 1: a column is named twice: {', '.join(header)}")


def one(where: str, values: dict[str, str]) -> Row:
    """One row from its values."""
    team, player = values["team"].lower(), values["player"]
    if not team or (not player and team != "ball"):
        raise TrackingError(f"{where}: team or player is empty")
    if len(team) + len(player) > LONGEST_NAME:
        raise TrackingError(f"{where}: team and player have {len(team) + len(player)} letters: {LONGEST_NAME} at most")
    role = values.get("role", "").lower()
    if role and role not in ROLES:
        raise TrackingError(f"{where}: role {role[:40]!r} is none of {', '.join(ROLES)}")
    number = whole(where, "number", values["number"]) if values.get("number") else None
    return Row(
        where, whole(where, "frame", values["frame"]), team, player,
        real(where, "x", values["x"]), real(where, "y", values["y"]), real(where, "z", values.get("z") or "0.11"),
        cast(Role | None, role or None), number,
    )  # fmt: skip


def real(where: str, column: str, text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TrackingError(f"{where}: {column} is {text[:40]!r}, not a number: leave out rows of those not seen")
    return value


def whole(where: str, column: str, text: str) -> int:
    """A whole number that is not negative."""
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise TrackingError(f"{where}: {column} is {text[:40]!r}, not a whole number")
    return int(text)


def rows_of_kloppy(provider: str, names: list[str], half: int, most: int = MOST_ROWS) -> tuple[list[Row], float]:
    """The rows of one half in a data set that kloppy reads, and its frame rate."""
    if provider not in PROVIDERS:
        raise TrackingError(f"no provider {provider!r}: there are {', '.join(PROVIDERS)}")
    module, loader, count = PROVIDERS[provider]
    if len(names) != count:
        raise TrackingError(f"{provider} needs {count} files, as kloppy.{module}.{loader} takes them, not {len(names)}")
    for name in names:
        if not Path(name).is_file():
            raise TrackingError(f"{name}: there is no such file")
        if Path(name).stat().st_size > MOST_BYTES:
            raise TrackingError(f"{name}: is larger than {MOST_BYTES >> 20} MiB: cut it into shorter pieces")
    try:
        load = getattr(import_module(f"kloppy.{module}"), loader)
    except ImportError:
        raise TrackingError("kloppy is not installed: pip install kloppy, or give a CSV") from None
    contents = [Path(name).read_bytes() for name in names]
    try:
        data = load(*contents, coordinates="secondspectrum", limit=most // 25)  # metres from the centre spot, y upwards
    except Exception as error:  # kloppy raises whatever its parsers do
        raise TrackingError(f"{names[0]}: kloppy cannot read it as {provider}: {error}") from error
    rows = [row for frame in data.records if frame.period.id == half for row in kloppy_frame(frame)]
    if not rows:
        raise TrackingError(f"{names[0]}: kloppy found nobody in half {half}")
    if any(after.frame < before.frame for before, after in pairwise(rows)):
        raise TrackingError(f"{names[0]}: its frames do not count up")
    return rows, float(data.metadata.frame_rate)


def kloppy_frame(frame: Any) -> Iterator[Row]:
    """Everybody of one frame of kloppy's."""
    number = int(frame.frame_id)
    where = f"frame {number}"
    for player, seen in frame.players_data.items():
        at = seen.coordinates
        if at is not None and math.isfinite(at.x) and math.isfinite(at.y):
            keeper = "GK" in str(getattr(player.starting_position, "code", ""))
            yield Row(where, number, player.team.ground.value, str(player.player_id), float(at.x), float(at.y), 0.11,
                      "goalkeeper" if keeper else None, player.jersey_no)  # fmt: skip
    ball = frame.ball_coordinates
    if ball is not None and math.isfinite(ball.x) and math.isfinite(ball.y):
        high = getattr(ball, "z", None)
        high = float(high) if high is not None and math.isfinite(high) else 0.11
        yield Row(where, number, "ball", "ball", float(ball.x), float(ball.y), high, None, None)
