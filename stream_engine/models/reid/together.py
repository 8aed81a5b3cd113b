"""The people of many pictures through one net, whatever became of their boxes and of the memory."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Net
from stream_engine.backends.arrays import planes_of, window
from stream_engine.engines import Model
from stream_engine.masks import MaskRle, decode
from stream_engine.messages import FARTHEST_PX
from stream_engine.models.crops import Taken, places_of, sparing, told_of
from stream_engine.models.reid import Boxes, Bytes, Family
from stream_engine.tracking.appearance import NET_ROLES, Appearance, appearance_of, unseen

LEAST_INSIDE = 0.1  # of a box, in the picture; what is seen of the others tells nobody apart


class Together:
    """What every family has in common."""

    def __init__(self, family_of: Callable[[Net, Model], Family], net: Net, row: Model) -> None:
        spared = sparing(net, row)
        self._family = family_of(spared, row)
        self.parts, self.size, self.counts = self._family.parts, self._family.size, spared.counts

    def take(self, picture: Bytes, boxes: Boxes, masks: Sequence[MaskRle | None]) -> Taken:
        """Crops of those whose boxes can be seen in the picture."""
        boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
        rows, columns = planes_of(picture)[0].shape
        real = inside(boxes, columns, rows) >= LEAST_INSIDE
        for row, mask in enumerate(masks):
            real[row] &= mask is None or (real[row] and covers(mask, boxes[row]))
        if not real.any():
            return Taken(real, None)
        return Taken(
            real, self._family.take(picture, boxes[real], [masks[row] for row in np.flatnonzero(real).tolist()])
        )

    def answer(self, takens: Sequence[Taken]) -> list[Appearance]:
        """One run of the net for all of them."""
        real, told = told_of(self._family.answer, takens)
        everybody = spread(self._whole(told, int(real.sum())), real)
        return [everybody.rows(place) for place in places_of(len(taken.real) for taken in takens)]

    def _whole(self, told: Appearance | None, count: int) -> Appearance:
        """What so many look like; nobody knows if nothing is told."""
        nothing = unseen(count, self.parts, self.size)
        if told is None:
            return nothing
        if told.vectors.shape != nothing.vectors.shape or told.visibility.shape != nothing.visibility.shape:
            raise ValueError(
                f"the net says {list(told.vectors.shape)} and {list(told.visibility.shape)} of {count} crops"
            )
        return appearance_of(told.vectors, told.visibility, told.roles)


def spread(told: Appearance, real: NDArray[np.bool_]) -> Appearance:
    """A row for everybody; those who are not real are not visible and have no role."""
    vectors = np.zeros((len(real), *told.vectors.shape[1:]), np.float32)
    visibility = np.zeros((len(real), *told.visibility.shape[1:]), np.float32)
    vectors[real], visibility[real] = told.vectors, told.visibility
    if told.roles is None:
        return Appearance(vectors, visibility)
    roles = np.zeros((len(real), len(NET_ROLES)), np.float32)
    roles[real] = np.where(np.isfinite(told.roles).all(1, keepdims=True), told.roles, 0)
    return Appearance(vectors, visibility, roles)


def inside(boxes: Boxes, columns: int, rows: int) -> NDArray[np.float64]:
    """The share of each box that lies in the picture; of one without numbers or area none does."""
    whole = (np.abs(boxes) <= FARTHEST_PX).all(1, keepdims=True)  # what is no number is not, either
    safe = np.where(whole, boxes, 0)
    area = np.prod(np.maximum(safe[:, 2:] - safe[:, :2], 0), axis=1)
    clipped = np.clip(safe, 0, np.array([columns, rows] * 2))
    seen = np.prod(np.maximum(clipped[:, 2:] - clipped[:, :2], 0), axis=1)
    share: NDArray[np.float64] = np.divide(seen, area, out=np.zeros(len(boxes)), where=area > 0)
    return share


def covers(mask: MaskRle, box: Boxes) -> bool:
    """Whether a pixel of the mask lies in the box; somebody with none is hidden."""
    return bool(window(decode(mask).astype(np.uint8), place_in(mask, place_of(box)), 0).any())


def place_of(box: Boxes) -> tuple[int, int, int, int]:
    """Left, top, width and height in whole pixels, at least one of each."""
    left, top, right, bottom = np.rint(box).astype(int).tolist()
    return left, top, max(right - left, 1), max(bottom - top, 1)


def place_in(mask: MaskRle, place: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The same place from the corner of the mask's rectangle."""
    left, top, width, height = place
    return left - mask.x, top - mask.y, width, height
