"""The models that the stages run: rows of two manifests, and the files that these mean."""

from collections.abc import Sequence

from stream_engine.engines.files import BLOCK, State, digest, look, unlike, verify
from stream_engine.engines.manifests import (
    BOXES,
    COLOURS,
    HERE,
    MANIFEST,
    MOTION,
    OFF,
    OWN,
    VARIABLE,
    WITHOUT_MODEL,
    EngineError,
    Kind,
    Manifest,
    Model,
    Name,
    Task,
    TensorSpec,
    Threshold,
    Weights,
    engines_folder,
    manifest,
    read,
    read_row,
)

__all__ = [
    "BLOCK",
    "BOXES",
    "COLOURS",
    "HERE",
    "MANIFEST",
    "MOTION",
    "OFF",
    "OWN",
    "VARIABLE",
    "WITHOUT_MODEL",
    "EngineError",
    "Kind",
    "Manifest",
    "Model",
    "Name",
    "State",
    "Task",
    "TensorSpec",
    "Threshold",
    "Weights",
    "digest",
    "engines_folder",
    "look",
    "manifest",
    "model",
    "named",
    "net_of",
    "parts",
    "read",
    "read_row",
    "unlike",
    "verify",
]


def model(name: str, task: Task, models: Sequence[Model] | None = None) -> Model:
    """The model of this name for this task, its file checked; of these, or else of what the manifests say now."""
    known = manifest().models if models is None else models
    fitting = {row.name: row for row in known if row.task == task}
    if name not in fitting:
        raise EngineError(f"there is no model {name!r} for {task}; there are: {', '.join(sorted(fitting)) or 'none'}")
    verify(fitting[name])
    return fitting[name]


def net_of(row: Model) -> str:
    """What `net` of its stage has to say for this model; a propagator is several, NAME.PART each."""
    return row.name.rpartition(".")[0] if row.task == "propagate" else row.name


def named(task: Task) -> list[str]:
    """What `net` of a stage may say."""
    names = (net_of(row) for row in manifest().models if row.task == task)
    return list(dict.fromkeys(filter(None, names)))


def parts(name: str, models: Sequence[Model] | None = None) -> dict[str, Model]:
    """The models that are a propagator of this name, by part, their files checked."""
    known = manifest().models if models is None else models
    rows = (row for row in known if row.task == "propagate" and net_of(row) == name)
    found = {row.name.rpartition(".")[2]: row for row in rows}
    if not found or not name:
        there = ", ".join(sorted(named("propagate"))) or "none"
        raise EngineError(f"there is no model {name!r} for propagate; there are: {there}")
    for row in found.values():
        verify(row)
    return found
