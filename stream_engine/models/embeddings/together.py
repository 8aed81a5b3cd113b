"""The shirts of many pictures through one net, whatever became of the memory."""

from collections.abc import Callable, Sequence

import numpy as np

from stream_engine.backends import Net
from stream_engine.backends.arrays import planes_of
from stream_engine.engines import Model
from stream_engine.models.crops import Taken, places_of, sparing, told_of
from stream_engine.models.embeddings import Bytes, Family, Floats, Jersey
from stream_engine.tracking.appearance import units


class Together:
    """What every family has in common."""

    apart = 0.0

    def __init__(self, family_of: Callable[[Net, Model], Family], net: Net, row: Model) -> None:
        spared = sparing(net, row)
        self._family = family_of(spared, row)
        self.size, self.counts = self._family.size, spared.counts

    def take(self, picture: Bytes, jerseys: Sequence[Jersey]) -> Taken:
        """Crops of those shirts of which something can be seen in the picture."""
        rows, columns = planes_of(picture)[0].shape
        seen = [shows(jersey, columns, rows) for jersey in jerseys]
        theirs = [jersey for jersey, shown in zip(jerseys, seen, strict=True) if shown]
        return Taken(np.array(seen, np.bool_), self._family.take(picture, theirs) if theirs else None)

    def answer(self, takens: Sequence[Taken]) -> list[Floats]:
        """One run of the net for all of them."""
        real, told = told_of(self._family.answer, takens)
        everybody = np.zeros((len(real), self.size), np.float32)
        if told is not None:
            count = int(real.sum())
            if told.shape != (count, self.size):
                raise ValueError(f"the net says {list(told.shape)} of {count} shirts, not {[count, self.size]}")
            everybody[real] = units(told)
        return [everybody[place] for place in places_of(len(taken.real) for taken in takens)]


def shows(jersey: Jersey, columns: int, rows: int) -> bool:
    """Whether a pixel of the shirt lies in a picture of this size."""
    left, top, width, height = jersey.place
    if jersey.mask.shape != (height, width):
        raise ValueError(f"the mask of a shirt at {jersey.place} is {list(jersey.mask.shape)}, not {[height, width]}")
    inside = jersey.mask[max(-top, 0) : max(rows - top, 0), max(-left, 0) : max(columns - left, 0)]
    return bool(inside.any())
