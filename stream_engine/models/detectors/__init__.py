"""Families of detectors: how a picture goes in and what the outputs mean."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stream_engine.messages import Detection


class Detector(Protocol):
    """Takes from pictures what its net needs, and answers for many of them at once."""

    def take(self, nv12: NDArray[np.uint8]) -> Any:
        """A copy of what is needed of a picture, which may be gone afterwards."""

    def answer(self, taken: Sequence[Any]) -> list[tuple[Detection, ...] | None]:
        """What each picture shows, best first; None where the outputs are no numbers or no scores."""


FAMILIES = {
    "nano": "stream_engine.models.detectors.nano:NanoDetector",
    "rfdetr": "stream_engine.models.detectors.rfdetr:detector",
    "dfine": "stream_engine.models.detectors.dfine:detector",
    "rtdetr": "stream_engine.models.detectors.dfine:detector",
    "yolo": "stream_engine.models.detectors.yolo:detector",
}
