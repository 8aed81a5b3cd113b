"""What a network that tells kits apart proves before it is used."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from stream_engine.backends import Net
from stream_engine.engines import EngineError
from stream_engine.engines.trial import GREY, Numbers, tried
from stream_engine.models.embeddings import Bytes, Embedder, Floats, Jersey

WHOLE = Jersey((105, 50, 20, 60), np.full((60, 20), 255, np.uint8))
AT_THE_EDGE = Jersey((-7, -5, 20, 16), np.full((16, 20), 255, np.uint8))


def shown(name: str, net: Net, embedder_of: Callable[[Net], Embedder]) -> Embedder:
    """The network; EngineError if it says no numbers of grey shirts, nothing of others, or mixes those of a batch."""
    checked = Numbers(name, net)
    embedder = embedder_of(checked)
    embedder.answer([embedder.take(GREY, [WHOLE, AT_THE_EDGE])])
    if embedder.counts["given up"]:
        raise EngineError(f"{name}: there is no memory for it to look at a single shirt")
    tried(name, checked, lambda heard: _OneShirt(name, embedder_of(heard)))
    return embedder_of(net)


class _OneShirt:
    """Of each picture the shirt in its middle."""

    def __init__(self, name: str, embedder: Embedder) -> None:
        self._name, self._embedder = name, embedder

    def take(self, nv12: Bytes) -> Any:
        return self._embedder.take(nv12, [WHOLE])

    def answer(self, taken: Sequence[Any]) -> list[Floats]:
        told = self._embedder.answer(taken)
        if not all(each.any() for each in told):
            raise EngineError(
                f"{self._name}: it says nothing but zeros of a shirt to try it: no kit can be told by that"
            )
        return told
