"""Tensors as rows of the manifest say them, and as complaints name them."""

from stream_engine.engines import Model, TensorSpec


def floats(*sides: int | str) -> TensorSpec:
    """A float32 tensor."""
    return TensorSpec("float32", sides)


def said_by(row: Model) -> str:
    """What the row says instead of what is expected."""
    specs = (row.inputs | row.outputs).items()
    said = ", ".join(f"{name} {spec.dtype} [{', '.join(map(str, spec.shape))}]" for name, spec in specs)
    return f"the manifest says {said or 'nothing'}"
