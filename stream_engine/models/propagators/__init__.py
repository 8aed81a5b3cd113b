"""Families of propagators: what a net makes of parts of pictures, of prompts and of memories."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from stream_engine.models.memory.bank import Gathered
from stream_engine.models.memory.spec import MemorySpec

Bytes = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]


class Prompts(NamedTuple):
    """Where P objects are; K is the same for all of them."""

    points: Floats  # P, K, 2: across and down, in pixels of the window as the net takes it
    labels: NDArray[np.int32]  # P, K: 1 on the object, 0 beside it, 2 and 3 a box's corners, -1 nothing
    masks: Floats  # P, mask_side, mask_side: share of each cell that the object covers
    mask_given: Flags  # P: it is the mask that counts, not the points


class Hints(NamedTuple):
    """What is known of N objects before anybody looks; a net uses it or does not."""

    own: Floats  # N, hint_side, hint_side: the last mask from 0 to 1, carried to where the object should be now
    others: Floats  # N, hint_side, hint_side: the same of everybody else around


class Answers(NamedTuple):
    """What is found of N objects; C candidates each, one after a prompt."""

    masks: Floats  # N, C, mask_side, mask_side: logits over the window
    iou: Floats  # N, C: predicted, of each candidate with the truth
    object_logit: Floats  # N: above 0 the object can be seen
    pointers: Floats  # N, C, width of the spec's pointers
    # N, C, 4: whole bodies, hidden parts too, in shares of the window; None: the net does not say.
    bodies: NDArray[np.float64] | None = None


class Propagator(Protocol):
    """A net for masks of many objects; windows are left, top, width and height in the picture, all of them even."""

    spec: MemorySpec
    side: int  # pixels of its square input
    mask_side: int  # cells of its masks
    hint_side: int  # cells of the hints that it wants; 0: none
    whole: bool  # it looks at whole pictures, so every object's window is the picture; else at squares around objects

    def take(self, nv12: Bytes, windows: Whole) -> Any:
        """A copy of what is needed of a picture for objects in these windows [N, 4]; outside of a picture is black."""

    def encode(self, taken: Sequence[Any]) -> Any:
        """Features of all objects of all these pictures, in their order."""

    def prompt(self, features: Any, rows: Whole, prompts: Prompts, hints: Hints) -> Answers:
        """The objects of these rows, which somebody points at."""

    def track(self, features: Any, rows: Whole, memories: Gathered, hints: Hints) -> Answers:
        """The objects of these rows, by what is remembered of them."""

    def memorise(self, features: Any, rows: Whole, masks: Floats, object_logit: Floats, prompted: Flags) -> Floats:
        """What is to be remembered of these rows, with the masks [n, mask_side, mask_side] that were chosen."""


# Each is a function of the nets by part and the rows of the manifest by part.
FAMILIES = {
    "nano": "stream_engine.models.propagators.nano:NanoPropagator",
    "sam2": "stream_engine.models.propagators.sam2:Sam2Propagator",
}
PARTS = {"nano": ("encode", "head", "memorize"), "sam2": ("encode", "prompt_head", "track_head", "memorize")}
