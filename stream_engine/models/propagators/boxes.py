"""No net at all: nobody is seen, so objects live by the detector's boxes alone, without masks."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stream_engine.models.memory.bank import Gathered
from stream_engine.models.memory.spec import MemorySpec
from stream_engine.models.propagators import Answers, Bytes, Flags, Floats, Hints, Prompts, Whole

BLIND = -32.0  # logit


class Boxes:
    """Sees nothing, and remembers nothing."""

    spec = MemorySpec(features=(1,), slots=8, pointers=0)
    side = mask_side = 2
    hint_side = 0
    whole = False

    def take(self, nv12: Bytes, windows: Whole) -> int:
        """Nothing of the picture is needed."""
        return len(windows)

    def encode(self, taken: Sequence[int]) -> int:
        return sum(taken)

    def prompt(self, features: Any, rows: Whole, prompts: Prompts, hints: Hints) -> Answers:
        return _nobody(len(rows))

    def track(self, features: Any, rows: Whole, memories: Gathered, hints: Hints) -> Answers:
        return _nobody(len(rows))

    def memorise(self, features: Any, rows: Whole, masks: Floats, object_logit: Floats, prompted: Flags) -> Floats:
        return np.zeros((len(rows), 1), np.float32)


def _nobody(count: int) -> Answers:
    return Answers(
        masks=np.full((count, 1, 2, 2), BLIND, np.float32), iou=np.zeros((count, 1), np.float32),
        object_logit=np.full(count, BLIND, np.float32),
        pointers=np.zeros((count, 1, Boxes.spec.pointer_width), np.float32),
    )  # fmt: skip
