"""What is there of the manifest, and whether it is right."""

from collections.abc import Sequence

import msgspec

from stream_engine.config import DetectConfig, StagesConfig
from stream_engine.engines import EngineError, Manifest, Model, State, Weights, look
from stream_engine.engines.files import missing, not_whole
from stream_engine.engines.nets import check_stages
from stream_engine.engines.pull import named


class Listed(msgspec.Struct, frozen=True):
    """One row as it is shown."""

    name: str
    task: str
    family: str
    precision: str
    bytes: int | None  # of the file that is there, else of the manifest, if it says so
    licence: str
    state: State


class Verdict(msgspec.Struct, frozen=True):
    """What is wrong with one row, if anything."""

    name: str
    ok: bool
    found: str


def listed(known: Manifest) -> list[Listed]:
    """Every row."""
    return [_listed(row) for row in known.rows]


def _listed(row: Model | Weights) -> Listed:
    state, _ = look(row)
    size = row.path.stat().st_size if state not in ("missing", "damaged") else row.bytes
    what = (row.task, row.family, row.precision) if isinstance(row, Model) else ("", "weights", "")
    return Listed(row.name, *what, size, row.licence, state)


def verdicts(known: Manifest, names: Sequence[str]) -> list[Verdict]:
    """Of what is named, or else of every file that is there."""
    if names:
        return [_verdict(row) for row in named(known, names)]
    return [_verdict(row) for row in known.rows if not row.own or not missing(row)]


def _verdict(row: Model | Weights) -> Verdict:
    state, wrong = look(row)
    wrong = wrong or not_whole(row)
    if wrong or isinstance(row, Weights) or row.task != "detect":  # what runs the others comes with their stages
        return Verdict(row.name, not wrong, wrong or state)
    try:
        check_stages(StagesConfig(detect=DetectConfig(net=row.name, backend="ort")))
    except EngineError as error:
        return Verdict(row.name, False, str(error).removeprefix(f"{row.name}: "))
    return Verdict(row.name, True, f"{state}, loads")
