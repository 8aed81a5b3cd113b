"""Whether what the rows of a propagator's parts say of their tensors fits together."""

from collections.abc import Mapping
from typing import NamedTuple

from stream_engine.engines import EngineError, Model, TensorSpec


class Tensors(NamedTuple):
    """What one part has to take and to give; a word stands for a side that has to be free."""

    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]


def fixed_side(row: Model, tensor: str, axis: int) -> int:
    """A side that others follow from."""
    spec = (row.inputs | row.outputs).get(tensor)
    side = spec.shape[axis] if spec and axis < len(spec.shape) else None
    if isinstance(side, int) and side > 0:
        return side
    raise EngineError(
        f"{row.name}: {row.family} reads its size from side {axis} of {tensor}, which has to be a number; the manifest "
        f"says {_told(spec)}"
    )


def check_tensors(row: Model, wanted: Tensors) -> None:
    """The row says what the sizes of all parts together ask for."""
    for kind, specs, said in (("inputs", wanted.inputs, row.inputs), ("outputs", wanted.outputs, row.outputs)):
        if set(specs) != set(said):
            raise EngineError(
                f"{row.name}: the {kind} of this part of {row.family} are {', '.join(specs)}; "
                f"the manifest names {', '.join(said) or 'none'}"
            )
        for name, spec in specs.items():
            if not _fits(said[name], spec):
                raise EngineError(
                    f"{row.name}: beside the other parts {name} has to be {_told(spec)}; "
                    f"the manifest says {_told(said[name])}"
                )


def _fits(said: TensorSpec, wanted: TensorSpec) -> bool:
    if (said.dtype, len(said.shape)) != (wanted.dtype, len(wanted.shape)):
        return False
    pairs = zip(said.shape, wanted.shape, strict=True)
    return all(isinstance(side, str) if isinstance(other, str) else side == other for side, other in pairs)


def _told(spec: TensorSpec | None) -> str:
    return f"{spec.dtype} [{', '.join(map(str, spec.shape))}]" if spec else "nothing of it"
