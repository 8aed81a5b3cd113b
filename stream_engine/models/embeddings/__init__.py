"""Families of networks that tell kits apart."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Jersey(NamedTuple):
    """Where somebody's shirt is in a picture, and which pixels of that place show it."""

    place: tuple[int, int, int, int]  # left, top, width and height in pixels; may reach beyond the picture's edges
    mask: Bytes  # height, width: 255 on the shirt, 0 elsewhere; never empty


class Embedder(Protocol):
    """Takes shirts out of pictures, and says of those of many pictures at once what they look like."""

    size: int  # numbers that it says of each
    apart: float  # how far two kits lie apart, at least; what is nearer is one in more or less light; 0: nobody knows
    counts: Counter[str]  # batches that were halved for want of memory, and shirts given up

    def take(self, picture: Bytes, jerseys: Sequence[Jersey]) -> Any:
        """A copy of what is needed of an NV12 picture."""

    def answer(self, takens: Sequence[Any]) -> list[Floats]:
        """Of each take N, size: vectors of length 1; one of nothing but zeros could not be told."""


class Family(Protocol):
    """What sets one kind of network apart; `together.Together` makes an Embedder of it.

    What it takes is a named tuple of arrays with a row for each shirt. It is not asked for nobody, and its vectors may
    have any length.
    """

    size: int

    def take(self, picture: Bytes, jerseys: Sequence[Jersey]) -> Any:
        """The crops of one picture."""

    def answer(self, taken: Any) -> Floats:
        """What all of them look like."""


# Each is a function of the net and its row of the manifest.
FAMILIES = {
    "siglip": "stream_engine.models.embeddings.siglip:Siglip",
}
