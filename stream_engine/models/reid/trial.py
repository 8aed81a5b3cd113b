"""What a network that tells people apart proves before it is used."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Arrays, Net
from stream_engine.engines import EngineError
from stream_engine.engines.trial import GREY, Numbers, tried
from stream_engine.masks import encode
from stream_engine.models.reid import Bytes, Reid
from stream_engine.models.reid.layout import VISIBILITY
from stream_engine.tracking.appearance import Appearance

BOXES = np.array([(20.0, 20.0, 60.0, 100.0), (100.0, 40.0, 130.0, 120.0)])
MASK = encode(np.ones((60, 20), np.bool_), x=105, y=50)


def shown(name: str, net: Net, reid_of: Callable[[Net], Reid]) -> Reid:
    """The network; EngineError if it says no numbers of grey people, or mixes those of a batch."""
    checked = _Checked(name, net)
    reid = reid_of(checked)
    taken = reid.take(GREY, BOXES, [None, MASK])
    reid.answer([taken, taken])
    tried(name, checked, lambda heard: _OnePerson(reid_of(heard)))
    return reid_of(net)


class _Checked(Numbers):
    """A net that also has to say shares of what is visible."""

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        outputs = super().run(arrays)
        seen = outputs.get(VISIBILITY, np.zeros(1))
        if seen.min(initial=0) < 0 or seen.max(initial=0) > 1:
            raise EngineError(f"{self._name}: its {VISIBILITY} of a picture to try it is not between 0 and 1")
        return outputs


class _OnePerson:
    """Of each picture the person in its middle."""

    def __init__(self, reid: Reid) -> None:
        self._reid = reid

    def take(self, nv12: Bytes) -> Any:
        return self._reid.take(nv12, BOXES[1:], [None])

    def answer(self, taken: Sequence[Any]) -> list[Appearance]:
        return self._reid.answer(taken)
