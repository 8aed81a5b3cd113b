"""What detectors of RGB pictures share: how pictures go in, and how what comes out becomes detections of our roles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Net
from stream_engine.backends.arrays import AS_THEY_ARE, Bytes, Colours, colours_into, rgb_into, run_batch
from stream_engine.engines import EngineError, Model
from stream_engine.messages import Detection, Role

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

ROLES: tuple[Role, ...] = get_args(Role)
NO_ROLE = -1
MARGIN = 114  # of every colour, around a picture that does not fill the input


@dataclass(frozen=True, slots=True)
class Intake:
    """How a family wants its pictures."""

    colours: Colours = AS_THEY_ARE
    averaged: bool = False  # shrunk by averaging, or by looking between the nearest four
    letterbox: bool = False  # keeps its shape in the middle of the input; otherwise it is stretched over all of it


class Placed(NamedTuple):
    """How a picture lies in the input of a net."""

    corner: tuple[int, int]  # left and top, in the input
    filled: tuple[int, int]  # width and height, in the input
    size: tuple[int, int]  # width and height of the picture itself

    def on_picture(self, boxes: Floats) -> Floats:
        """Boxes in pixels of the input as boxes in pixels of the picture, clipped to it."""
        factor = np.array(self.size, np.float64) / self.filled
        placed: Floats = (boxes - self.corner * 2) * np.tile(factor, 2)
        return placed.clip(0, self.size * 2)


class Taken(NamedTuple):
    """A picture as the net takes it, and how it lies in there."""

    rgb: Bytes  # rows, columns, 3 of the input
    placed: Placed


class Found(NamedTuple):
    """What one picture's outputs say: each row a box, one of the maker's classes, and how sure that is."""

    boxes: Floats  # N, 4: left, top, right, bottom in pixels of the input, not clipped
    columns: Whole  # N
    scores: Floats  # N
    sources: Whole  # N: which of the net's own boxes it is

    def at(self, places: Whole) -> "Found":
        return Found(self.boxes[places], self.columns[places], self.scores[places], self.sources[places])


# Outputs of one picture, width and height of the input; None if the scores are not between 0 and 1.
Read = Callable[[Mapping[str, Floats], tuple[int, int]], Found | None]
Thin = Callable[[Found, Whole], Whole]  # what is left of rows, best first, and their roles: places in rising order


class Reading(NamedTuple):
    """What sets a family of detectors apart, for one model of it."""

    intake: Intake
    classes: int | str  # columns of the scores
    read: Read
    thin: Thin


class PixelDetector:
    """A net that takes RGB pictures as [batch, 3, rows, columns]; a family says how, and what its outputs mean."""

    def __init__(self, reading: Reading, net: Net, model: Model, thresholds: Mapping[str, float], most: int) -> None:
        self._intake, classes, self._read, self._thin = reading
        self._net, self._most = net, most
        self._input, self._batch, self._size = input_of(model)
        self._roles = roles_of(model, classes)
        self._least = least_of(model, self._roles, thresholds)

    def take(self, nv12: Bytes) -> Taken:
        """The picture in the colours and at the size of the input."""
        width, height = self._size
        columns, rows = size = nv12.shape[1], nv12.shape[0] * 2 // 3
        if not self._intake.letterbox:
            rgb = np.empty((height, width, 3), np.uint8)
            rgb_into(nv12, rgb, self._intake.averaged)
            return Taken(rgb, Placed((0, 0), self._size, size))
        scale = min(width / columns, height / rows)
        filled = max(1, round(columns * scale)), max(1, round(rows * scale))
        left, top = (width - filled[0]) // 2, (height - filled[1]) // 2
        rgb = np.full((height, width, 3), MARGIN, np.uint8)
        rgb_into(nv12, rgb[top : top + filled[1], left : left + filled[0]], self._intake.averaged)
        return Taken(rgb, Placed((left, top), filled, size))

    def answer(self, taken: Sequence[Taken]) -> list[tuple[Detection, ...] | None]:
        """What each picture shows, best first; None where the outputs are no numbers or no scores."""
        if not taken:
            return []
        outputs = run_batch(self._net, {self._input: self.pixels(taken)}, self._batch)
        return [
            self._detections({name: array[place] for name, array in outputs.items()}, each.placed)
            for place, each in enumerate(taken)
        ]

    def pixels(self, taken: Sequence[Taken]) -> NDArray[np.float32]:
        """The batch as the net takes it."""
        width, height = self._size
        batch = np.empty((len(taken), 3, height, width), np.float32)
        for planes, each in zip(batch, taken, strict=True):
            colours_into(each.rgb, self._intake.colours, planes)
        return batch

    def _detections(self, outputs: Mapping[str, NDArray[np.float32]], placed: Placed) -> tuple[Detection, ...] | None:
        if not all(np.isfinite(array).all() for array in outputs.values()):
            return None
        found = self._read({name: array.astype(np.float64) for name, array in outputs.items()}, self._size)
        if found is None:
            return None
        roles = self._roles[found.columns]
        sure = np.flatnonzero((roles != NO_ROLE) & (found.scores > self._least[roles]))
        order = sure[np.argsort(-found.scores[sure], kind="stable")]
        order = order[self._thin(found.at(order), roles[order])]
        return detections(roles[order], found.scores[order], placed.on_picture(found.boxes[order]), self._most)


def detections(roles: Whole, scores: NDArray[Any], boxes: Floats, most: int) -> tuple[Detection, ...]:
    """Rows, best first, as detections: those whose boxes have an area in the picture, and no more than the most."""
    real = np.flatnonzero((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))[:most]
    rows = zip(roles[real].tolist(), scores[real].tolist(), boxes[real].tolist(), strict=True)
    return tuple(Detection(ROLES[role], score, (box[0], box[1], box[2], box[3])) for role, score, box in rows)


def input_of(model: Model) -> tuple[str, int | str, tuple[int, int]]:
    """Name, side of the batch, and width and height of the one input."""
    specs = list(model.inputs.items())
    name, spec = specs[0] if specs else ("", None)
    if len(specs) == 1 and spec and spec.dtype == "float32" and len(spec.shape) == 4 and spec.shape[1] == 3:
        batch, _, rows, columns = spec.shape
        if isinstance(rows, int) and isinstance(columns, int):
            return name, batch, (columns, rows)
    raise EngineError(
        f"{model.name}: {model.family} takes one input, float32 [batch, 3, rows, columns] with rows and columns fixed"
    )


def sides_of(model: Model, *outputs: str) -> list[tuple[int | str, ...]]:
    """The sides of the outputs that a family reads, by name."""
    if set(outputs) != set(model.outputs):
        raise EngineError(
            f"{model.name}: the outputs of {model.family} are {', '.join(outputs)}; "
            f"the manifest names {', '.join(sorted(model.outputs)) or 'none'}"
        )
    return [model.outputs[name].shape for name in outputs]


def roles_of(model: Model, classes: int | str) -> Whole:
    """For each column of the scores the place of its role, or that it has none."""
    if len(model.classes) != classes:
        raise EngineError(
            f"{model.name}: its scores have {classes} columns, its row names {len(model.classes)} classes"
        )
    if not model.roles:
        raise EngineError(f"{model.name}: its row gives none of its classes a role: add [models.roles]")
    roles = [ROLES.index(model.roles[name]) if name in model.roles else NO_ROLE for name in model.classes]
    if model.background is not None:
        roles[model.background] = NO_ROLE
    return np.array(roles, np.int64)


def least_of(model: Model, roles: Whole, thresholds: Mapping[str, float]) -> Floats:
    """The threshold of every role of ROLES; those that the model does not know need none."""
    for role in sorted({ROLES[place] for place in roles.tolist() if place != NO_ROLE} - set(thresholds)):
        raise EngineError(f"{model.name}: neither its row nor the configuration has a threshold for {role}")
    return np.array([thresholds.get(role, np.inf) for role in ROLES])
