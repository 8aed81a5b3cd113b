"""Evidence and decisions for tests: everything sure, but for what a test changes."""

from typing import Any

import numpy as np

from stream_engine.models.memory.bank import NEVER
from stream_engine.models.memory.evidence import Evidence
from stream_engine.models.memory.rules import Decisions, Past, Reason
from stream_engine.models.memory.shelf import Place


def sure(count: int = 1, **changes: Any) -> Evidence:
    """Objects of 10 x 10 that nothing speaks against, with one alternative that adds nothing."""
    arrays: dict[str, Any] = {
        "frame": np.full(count, 100),
        "object_logit": np.full(count, 5.0),
        "iou": np.full(count, 0.9),
        "area": np.full(count, 80.0),
        "box": np.tile([0.0, 0.0, 10.0, 10.0], (count, 1)),
        "alternative_iou": np.full((count, 1), 0.9),
        "alternative_box": np.zeros((count, 1, 4)),
        "detection_iou": np.full(count, 0.9),
        "overlap": np.eye(count),
        "rival": np.zeros(count),
        "at_border": np.zeros(count, np.bool_),
        "cut": np.zeros(count, np.bool_),
        "prompted": np.zeros(count, np.bool_),
    }
    return Evidence(**arrays | {name: np.asarray(value) for name, value in changes.items()})


def known(count: int = 1, distractor_frame: int = NEVER, usual_area: float = 80.0) -> Past:
    return Past(np.full(count, distractor_frame), np.full(count, usual_area))


def decided(frame: int, *places: Place, area: float = 80.0) -> Decisions:
    """What would be decided for objects that go to these places."""
    reasons = {Place.ANCHOR: Reason.PROMPTED, Place.DISTRACTOR: Reason.RIVAL, Place.RECENT: Reason.SURE}
    return Decisions(
        np.array(places, np.int8),
        np.array([reasons.get(place, Reason.LOW_CONFIDENCE) for place in places], np.int8),
        np.full(len(places), frame),
        np.full(len(places), area),
    )
