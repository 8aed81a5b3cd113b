"""How good masks are: region similarity J and boundary measure F, after DAVIS (Perazzi et al., CVPR 2016).

J is intersection over union. F is the harmonic mean of two shares: of the result's boundary that lies near the
truth's, and of the truth's that lies near the result's. DAVIS calls 0.8 % of the picture's diagonal near (18 px at
1080p), which forgives everything on a player 80 px high; here near is 2 px at 1080p. Both are computed on the
rectangle that holds the two masks, never on whole pictures.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.masks import MaskError, MaskRle, Pixels, decode
from stream_engine.messages import TrackedObject
from stream_engine.scoring import ScoreError
from stream_engine.scoring.boxes import Ints
from stream_engine.scoring.people import People
from stream_engine.scoring.read import Truth
from stream_engine.scoring.truth import TruthObject

NEAR_PX = 2.0  # at 1080p; a hand-drawn outline is not more certain than that


class Shape(NamedTuple):
    """The two measures of one mask."""

    j: float
    f: float


def shapes_of(truth: Truth, frame: People) -> list[Shape]:
    """Of every pair of a frame whose result has a mask."""
    size = (truth.header.width, truth.header.height)
    radius = max(1, round(NEAR_PX * truth.scale))
    shapes = []
    for pair in frame.pairs:
        if pair.found.mask is not None:
            try:
                shapes.append(shape(pair.truth.mask, pair.found.mask, size, radius))
            except MaskError as error:
                raise _unreadable(frame, pair.found, pair.truth, error) from None
    return shapes


def share_on(frame: People, found: TrackedObject, person: TruthObject, size: tuple[int, int]) -> float:
    """How much of a result's mask, as far as it is in a picture of this width and height, lies on a person."""
    ours, theirs = found.mask, person.mask
    if ours is None or not _near(ours, theirs):
        return 0.0
    left, top = max(0, ours.x), max(0, ours.y)
    right, bottom = min(size[0], ours.x + ours.size[1]), min(size[1], ours.y + ours.size[0])
    area = (left, top, max(left, right), max(top, bottom))
    try:
        pixels, body = _within(ours, area), _within(theirs, area)
    except MaskError as error:
        raise _unreadable(frame, found, person, error) from None
    return float((pixels & body).sum() / max(1, pixels.sum()))


def _unreadable(frame: People, found: TrackedObject, person: TruthObject, error: MaskError) -> ScoreError:
    track = "without a track" if found.track_id is None else f"track {found.track_id}"
    where = f"frame {frame.aligned.truth.frame}, person {person.id}, {track}"
    return ScoreError(f"{where}: a mask cannot be read: {error}")


def _near(one: MaskRle, other: MaskRle) -> bool:
    """Whether the rectangles of two masks have pixels in common."""
    (rows, columns), (other_rows, other_columns) = one.size, other.size
    across = min(one.x + columns, other.x + other_columns) > max(one.x, other.x)
    return across and min(one.y + rows, other.y + other_rows) > max(one.y, other.y)


def shape(truth: MaskRle, found: MaskRle, size: tuple[int, int], radius: int) -> Shape:
    """J and F of one mask in a picture of this width and height."""
    ours, theirs = _side_by_side(truth, found, size)
    either = int((ours | theirs).sum())
    j = int((ours & theirs).sum()) / either if either else 1.0
    return Shape(j, boundary_f(ours, theirs, radius))


def boundary_f(truth: Pixels, found: Pixels, radius: int) -> float:
    """F of two masks of one size."""
    ours, theirs = _boundary(truth, radius), _boundary(found, radius)
    near = _disk(radius, ours.shape[1])
    recall, precision = _share_near(ours, theirs, near), _share_near(theirs, ours, near)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _side_by_side(truth: MaskRle, found: MaskRle, size: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Both masks on the smallest rectangle of the picture that holds them, with a margin of a pixel."""
    places = [(mask.x, mask.y, mask.x + mask.size[1], mask.y + mask.size[0]) for mask in (truth, found)]
    left, top = (max(0, min(place[axis] for place in places) - 1) for axis in (0, 1))
    right, bottom = (min(size[axis], max(place[axis + 2] for place in places) + 1) for axis in (0, 1))
    area = (left, top, max(right, left), max(bottom, top))
    return _within(truth, area), _within(found, area)


def _within(mask: MaskRle, area: tuple[int, int, int, int]) -> Pixels:
    left, top, right, bottom = area
    canvas = np.zeros((bottom - top, right - left), bool)
    pixels = decode(mask)[
        max(0, top - mask.y) : max(0, bottom - mask.y), max(0, left - mask.x) : max(0, right - mask.x)
    ]
    y, x = max(0, mask.y - top), max(0, mask.x - left)
    canvas[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
    return canvas


def _boundary(mask: Pixels, margin: int) -> Pixels:
    """Pixels that differ from the one to the right, below, or both; with a margin of empty ones around."""
    rows, columns = mask.shape
    found = np.zeros((rows + 2 * margin, columns + 2 * margin), bool)
    edge = found[margin : margin + rows, margin : margin + columns]
    edge[:, :-1] = mask[:, :-1] != mask[:, 1:]
    edge[:-1] |= mask[:-1] != mask[1:]
    edge[:-1, :-1] |= mask[:-1, :-1] != mask[1:, 1:]
    return found


def _disk(radius: int, columns: int) -> Ints:
    """Steps in a flat picture to every pixel within the radius."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    inside = x * x + y * y <= radius * radius
    steps: Ints = (y * columns + x)[inside].astype(np.int64)
    return steps


def _share_near(boundary: Pixels, other: Pixels, near: Ints) -> float:
    """How much of a boundary has the other one near; 1 of none."""
    places: NDArray[np.int64] = np.flatnonzero(boundary)
    if not places.size:
        return 1.0
    return float(other.ravel()[places[:, None] + near[None, :]].any(axis=1).mean())
