"""What is there of the manifest, and whether it is right."""

import functools
from collections.abc import Callable, Sequence

import msgspec

from stream_engine.config import AssociateConfig, DetectConfig, PropagateConfig, StagesConfig, TagConfig
from stream_engine.engines import EngineError, Manifest, Model, State, Task, Weights, look, net_of
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
    rows = named(known, names) if names else [row for row in known.rows if not row.own or not missing(row)]
    trial = functools.cache(_tried)  # a propagator is tried once and not for each of its parts
    return [_verdict(row, trial) for row in rows]


def _verdict(row: Model | Weights, trial: Callable[[Task, str], str]) -> Verdict:
    state, wrong = look(row)
    wrong = wrong or not_whole(row)
    if wrong or isinstance(row, Weights):
        return Verdict(row.name, not wrong, wrong or state)
    if not net_of(row):
        return Verdict(row.name, False, "a part of a propagator is named NAME.PART")
    if wrong := trial(row.task, net_of(row)):
        return Verdict(row.name, False, wrong.removeprefix(f"{row.name}: "))
    return Verdict(row.name, True, f"{state}, loads")


def _tried(task: Task, name: str) -> str:
    """What keeps a stage from running the models of this name, if anything."""
    match task:
        case "detect":
            stages = StagesConfig(detect=DetectConfig(net=name, backend="ort"))
        case "propagate":
            stages = StagesConfig(propagate=PropagateConfig(net=name, backend="ort"))
        case "associate":
            stages = StagesConfig(associate=AssociateConfig(net=name, backend="ort"))
        case "tag":
            stages = StagesConfig(tag=TagConfig(net=name, backend="ort"))
    try:
        check_stages(stages)
    except EngineError as error:
        return str(error)
    return ""
