"""What a row of the manifest says of a network that takes people as RGB pictures."""

from typing import NamedTuple

from stream_engine.engines import EngineError, Model, TensorSpec
from stream_engine.models.tensors import floats, said_by
from stream_engine.tracking.appearance import NET_ROLES

PROMPTS, EMBEDDINGS, VISIBILITY, ROLE_LOGITS = "prompts", "embeddings", "visibility", "roles"


class Layout(NamedTuple):
    """The tensors of one network."""

    batch: int | str
    picture: str  # name of the input
    width: int
    height: int
    prompts: int  # channels of them; 0: it takes none
    embeddings: str  # name of the output
    parts: int
    size: int
    roles: bool  # it says them


def whole_body(row: Model) -> Layout:
    """One vector for each person."""
    names = [name for name in row.outputs if name != ROLE_LOGITS]
    told = row.outputs[names[0]] if len(names) == 1 else None
    layout = _layout(row, names[0] if names else "", told, 1, prompts=False)
    if layout and told == floats(layout.batch, layout.size):
        return layout
    raise EngineError(
        f"{row.name}: {row.family} takes one input, float32 [batch, 3, rows, columns], and gives one output, float32 "
        f"[batch, numbers], {_WITH_ROLES}; sides but the batch are fixed; {said_by(row)}"
    )


def body_parts(row: Model) -> Layout:
    """A vector for the whole body and one for each part, and how visible they are."""
    told, seen = row.outputs.get(EMBEDDINGS), row.outputs.get(VISIBILITY)
    parts = told.shape[1] if told and len(told.shape) == 3 else 0
    if isinstance(parts, int) and parts > 0 and seen and not set(row.outputs) - {EMBEDDINGS, VISIBILITY, ROLE_LOGITS}:
        layout = _layout(row, EMBEDDINGS, told, parts, prompts=True)
        if (
            layout
            and told == floats(layout.batch, parts, layout.size)
            and seen.dtype in ("float32", "bool")
            and seen.shape == (layout.batch, parts)
        ):
            return layout
    raise EngineError(
        f"{row.name}: {row.family} takes an input, float32 [batch, 3, rows, columns], and perhaps {PROMPTS}, float32 "
        f"[batch, channels, rows, columns], and gives {EMBEDDINGS}, float32 [batch, parts, numbers], {VISIBILITY}, "
        f"float32 or bool [batch, parts], {_WITH_ROLES}; sides but the batch are fixed; {said_by(row)}"
    )


_WITH_ROLES = f"and perhaps {ROLE_LOGITS}, float32 [batch, {len(NET_ROLES)}]"


def _layout(row: Model, embeddings: str, told: TensorSpec | None, parts: int, prompts: bool) -> Layout | None:
    """What is the same for both; None if it does not fit."""
    names = [name for name in row.inputs if name != PROMPTS or not prompts]
    spec = row.inputs[names[0]] if len(names) == 1 else None
    if not spec or not told or len(spec.shape) != 4 or not told.shape:
        return None
    batch, _, rows, columns = spec.shape
    size = told.shape[-1]
    if not (isinstance(rows, int) and isinstance(columns, int) and isinstance(size, int)):
        return None
    channels = _channels(row, batch, rows, columns) if prompts else 0
    roles = row.outputs.get(ROLE_LOGITS)
    if (
        spec != floats(batch, 3, rows, columns)
        or channels is None
        or roles not in (None, floats(batch, len(NET_ROLES)))
    ):
        return None
    return Layout(batch, names[0], columns, rows, channels, embeddings, parts, size, roles is not None)


def _channels(row: Model, batch: int | str, rows: int, columns: int) -> int | None:
    """Of the prompts; 0 without any, None if they do not lie over the picture."""
    spec = row.inputs.get(PROMPTS)
    if spec is None:
        return 0
    channels = spec.shape[1] if len(spec.shape) == 4 else 0
    fits = isinstance(channels, int) and spec == floats(batch, channels, rows, columns)
    return channels if fits and isinstance(channels, int) else None
