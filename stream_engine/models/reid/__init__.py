"""Families of networks that tell people apart by how they look."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stream_engine.masks import MaskRle
from stream_engine.tracking.appearance import Appearance

Bytes = NDArray[np.uint8]
Boxes = NDArray[np.float64]


class Reid(Protocol):
    """Takes people out of pictures, and says of those of many pictures at once what they look like."""

    parts: int  # of a body, the whole of it is the first
    size: int  # numbers for each
    counts: Counter[str]  # batches that were halved for want of memory, and people given up

    def take(self, picture: Bytes, boxes: Boxes, masks: Sequence[MaskRle | None]) -> Any:
        """A copy of what is needed of an NV12 picture for the people in boxes N, 4 with these masks."""

    def answer(self, takens: Sequence[Any]) -> list[Appearance]:
        """What the people of each take look like; those who cannot be told are not usable, and none is left out."""


class Family(Protocol):
    """What sets one kind of network apart; `together.Together` makes a Reid of it.

    Its crops are a named tuple of arrays with a row for each person. It gets boxes that lie in the picture, and is
    not asked for nobody; its vectors may have any length, and its roles are probabilities.
    """

    parts: int
    size: int

    def take(self, picture: Bytes, boxes: Boxes, masks: Sequence[MaskRle | None]) -> Any:
        """The crops of one picture."""

    def answer(self, taken: Any) -> Appearance:
        """What all of them look like."""


# Each is a function of the net and its row of the manifest.
FAMILIES = {
    "nano": "stream_engine.models.reid.nano:NanoReid",
    "global": "stream_engine.models.reid.pixels:whole",
    "parts": "stream_engine.models.reid.pixels:parts",
    "parts-solider": "stream_engine.models.reid.pixels:solider",
}
