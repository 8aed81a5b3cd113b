"""What a stage sees of the ring: pictures by reference, and the news that one is no more."""

from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stream_engine.messages import FrameRef


class FrameGone(Exception):
    """The slot was overwritten before or while it was read."""


class Pictures(Protocol):
    """The pictures of the streams that a worker serves."""

    def view(self, ref: FrameRef) -> AbstractContextManager[NDArray[np.uint8]]:
        """A picture as NV12, read-only; FrameGone if it is not, or did not stay, the one that was meant."""
