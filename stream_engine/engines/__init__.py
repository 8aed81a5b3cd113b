"""The models that the stages run: rows of two manifests, and the files that these mean."""

from collections.abc import Sequence

from stream_engine.engines.files import BLOCK, State, digest, look, unlike, verify
from stream_engine.engines.manifests import (
    HERE,
    MANIFEST,
    OFF,
    OWN,
    VARIABLE,
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
    "HERE",
    "MANIFEST",
    "OFF",
    "OWN",
    "VARIABLE",
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
