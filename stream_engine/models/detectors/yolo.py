"""YOLO with the head of version 8: one output of boxes and scores for every cell, of which most say the same thing."""

from collections.abc import Mapping

import numpy as np

from stream_engine.backends import Net
from stream_engine.boxes import without_doubles
from stream_engine.engines import EngineError, Model
from stream_engine.models.detectors.common import Floats, Found, Intake, PixelDetector, Reading, Whole, sides_of

INTAKE = Intake(letterbox=True)
SAME = 0.7  # two boxes of one role that overlap more are one thing; its makers' default
SLACK = 1e-3  # by which rounding may take a score out of 0 to 1
MOST_CANDIDATES = 1000  # bounds the work on a picture of which the net makes nothing


def detector(net: Net, model: Model, thresholds: Mapping[str, float], most: int) -> PixelDetector:
    """The row's net as a detector."""
    (output,) = model.outputs if len(model.outputs) == 1 else ("output0",)
    (sides,) = sides_of(model, output)
    if len(sides) != 3 or not isinstance(sides[1], int):
        raise EngineError(
            f"{model.name}: the output of yolo is [batch, 4 + classes, boxes]; the manifest says {list(sides)}"
        )

    def read(outputs: Mapping[str, Floats], _: tuple[int, int]) -> Found | None:
        return best_classes(outputs[output])

    return PixelDetector(Reading(INTAKE, sides[1] - 4, read, suppressed), net, model, thresholds, most)


def best_classes(output: Floats) -> Found | None:
    """The best class of every cell: `output` is 4 + classes, cells, as middle, width, height and scores."""
    middle, half, scores = output[:2].T, output[2:4].T / 2, output[4:]
    if scores.min(initial=0) < -SLACK or scores.max(initial=1) > 1 + SLACK:
        return None
    columns = scores.argmax(axis=0)
    cells = np.arange(output.shape[1])
    return Found(np.hstack([middle - half, middle + half]), columns, scores[columns, cells].clip(0, 1), cells)


def suppressed(found: Found, roles: Whole) -> Whole:
    """Places of rows, best first, without those that overlap a better one of their role."""
    return without_doubles(found.boxes[:MOST_CANDIDATES], roles[:MOST_CANDIDATES], SAME)
