"""What was taken out of many pictures, through one family of networks in one batch."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Net
from stream_engine.engines import Model
from stream_engine.models.batches import NoMemory, Sparing

T = TypeVar("T")


class Taken(NamedTuple):
    """What was taken out of one picture."""

    real: NDArray[np.bool_]  # which of those that were asked for have crops
    crops: Any  # a named tuple of arrays with a row for each of them; None if none has


def sparing(net: Net, row: Model) -> Sparing:
    """The net, whose batches are halved where memory does not do, unless their side is fixed."""
    return Sparing(net, halves=all(isinstance(side, str) for spec in row.inputs.values() for side in spec.shape[:1]))


def told_of(answer: Callable[[Any], T], takens: Sequence[Taken]) -> tuple[NDArray[np.bool_], T | None]:
    """Which of all have crops, and what a family answers for these; None without any, or without memory for one."""
    real = np.concatenate([np.zeros(0, np.bool_), *(taken.real for taken in takens)])
    crops = [taken.crops for taken in takens if taken.crops is not None]
    if not crops:
        return real, None
    try:
        return real, answer(type(crops[0])(*(np.concatenate(arrays) for arrays in zip(*crops, strict=True))))
    except NoMemory:
        return real, None


def places_of(counts: Iterable[int]) -> list[slice]:
    """Where each take lies among all, by how many there are of it."""
    ends = np.cumsum(list(counts), dtype=np.int64).tolist()
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
