"""A drawn match: two teams, two goalkeepers and three officials on a pitch that lies half in the shade."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.masks import MaskRle, encode
from stream_engine.messages import FrameRef, Role, Track, Tracks
from stream_engine.tracking.appearance import NET_ROLES

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Colour = tuple[int, int, int]  # luma and chroma

SIZE = (1920, 1080)
SEED, FPS = 23, 25.0
EACH = 10  # players of a team beside the goalkeeper
BLACK, GREY, GRASS, SKIN, SHORTS = 16, 128, (95, 112, 118), (150, 112, 152), (200, 128, 128)
HEM = (0.0, 0.16, 0.52, 0.7)  # of a body: where head, shirt, shorts and legs begin
KITS: tuple[Colour, ...] = ((80, 115, 200), (190, 125, 130), (150, 60, 120), (120, 150, 100), (30, 128, 128))
WORN = (*[0] * EACH, *[1] * EACH, 2, 3, 4, 4, 4)  # by each person
WEARERS: tuple[Role, ...] = ("player", "player", "goalkeeper", "goalkeeper", "referee")  # of each kit
ROLES = tuple(WEARERS[kit] for kit in WORN)
SHADE, IN_SHADE = 0.65, 960  # how light it is there, and where it ends
SURE = 0.9  # that the network of looks is of a role


class Shown(NamedTuple):
    """One frame."""

    picture: Bytes  # NV12
    boxes: Floats  # N, 4
    masks: tuple[MaskRle, ...]


class Scene:
    """Everybody in every frame; the same one every time. A picture is drawn into the last one's memory."""

    def __init__(self) -> None:
        chance = np.random.default_rng(SEED)
        columns, rows = SIZE
        self._rates, self._phases = chance.uniform(0.02, 0.08, len(WORN)), chance.uniform(0, 2 * np.pi, len(WORN))
        self._lanes = chance.permutation(np.linspace(0.25, 0.97, len(WORN))) * rows
        grass = np.vstack([np.full((rows, columns), GRASS[0]), np.tile(GRASS[1:], (rows // 2, columns // 2))])
        grass[:rows] += chance.integers(-6, 7, (rows, columns))
        grass[:rows, :IN_SHADE] = _shaded(grass[:rows, :IN_SHADE], BLACK)
        grass[rows:, :IN_SHADE] = _shaded(grass[rows:, :IN_SHADE], GREY)
        self._grass = grass.astype(np.uint8)
        self._picture = self._grass.copy()
        self._owner = np.full((rows, columns), -1, np.int8)

    def frame(self, number: int) -> Shown:
        """Whoever stands farther down is in front."""
        np.copyto(self._picture, self._grass)
        self._owner.fill(-1)
        boxes = self._boxes(number / FPS)
        shapes = {}
        for who in np.argsort(boxes[:, 3]).tolist():
            shapes[who] = self._draw(who, boxes[who].tolist())
        masks = [
            encode(shapes[who] & (self._owner[top:bottom, left:right] == who), left, top)
            for who, (left, top, right, bottom) in enumerate(boxes.tolist())
        ]
        return Shown(self._picture, boxes.astype(np.float64), tuple(masks))

    def _boxes(self, second: float) -> NDArray[np.int64]:
        """Whole pixels, everybody within the picture."""
        turns = 2 * np.pi * self._rates * second + self._phases
        x, y = SIZE[0] * (0.5 + 0.45 * np.sin(turns)), self._lanes + 10 * np.sin(3 * turns)
        tall = 40 + 0.09 * y
        wide = tall * (0.4 + 0.06 * np.sin(40 * turns))
        return np.stack((x - wide / 2, y - tall, x + wide / 2, y), 1).astype(np.int64)

    def _draw(self, who: int, box: list[int]) -> NDArray[np.bool_]:
        left, top, right, bottom = box
        body = _body(bottom - top, right - left)
        self._owner[top:bottom, left:right][body] = who
        colours = self._picture[SIZE[1] :].reshape(SIZE[1] // 2, SIZE[0] // 2, 2)
        rows, columns = np.nonzero(body)
        parts = np.searchsorted(HEM[1:], rows / (bottom - top))
        worn = np.array((SKIN, KITS[WORN[who]], SHORTS, KITS[WORN[who]]))[parts]
        if left + right < 2 * IN_SHADE:
            worn = _shaded(worn, np.array((BLACK, GREY, GREY)))
        self._picture[rows + top, columns + left] = worn[:, 0]
        colours[(rows + top) // 2, (columns + left) // 2] = worn[:, 1:]
        return body


class Showing:
    """The picture of whatever frame it is."""

    picture: Bytes

    @contextmanager
    def view(self, _: FrameRef) -> Iterator[Bytes]:
        yield self.picture


def tracks_of(number: int, shown: Shown) -> Tracks:
    """Everybody with the id that is theirs, as associate tells it."""
    ref = FrameRef("bench", 1, number, number, 1, *SIZE, 0, 0, 0, 0, None, None, "ok", False, (), ())
    rows = zip(ROLES, shown.boxes.tolist(), shown.masks, strict=True)
    items = [
        Track(who + 1, role, SURE, (box[0], box[1], box[2], box[3]), mask, True, None, _chances(role))
        for who, (role, box, mask) in enumerate(rows)
    ]
    return Tracks(ref, False, None, tuple(items), ())


def _chances(role: Role) -> tuple[float, ...]:
    return tuple(SURE if role == each else (1 - SURE) / (len(NET_ROLES) - 1) for each in NET_ROLES)


def _shaded(values: NDArray[np.int64], zero: NDArray[np.int64] | int) -> NDArray[np.int64]:
    return np.asarray(zero + SHADE * (values - zero), np.int64)


def _body(rows: int, columns: int) -> NDArray[np.bool_]:
    """Head, trunk with arms, legs."""
    y, x = (np.arange(rows)[:, None] + 0.5) / rows, np.abs((np.arange(columns)[None] + 0.5) / columns * 2 - 1)
    head = (x / 0.3) ** 2 + ((y - 0.08) / 0.08) ** 2 <= 1
    trunk = (y > 0.16) & (y <= 0.55) & ((x < 0.55) | ((x > 0.65) & (x < 0.95 - 0.3 * np.abs(y - 0.35))))
    legs = (y > 0.55) & (x > 0.06) & (x < 0.5)
    return np.asarray(head | trunk | legs, np.bool_)
