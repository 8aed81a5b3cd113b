"""What a propagator's net wants to be given of an object's memory: sides, slots and temporal indices."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySpec:
    """Defaults are SAM 2's: seven temporal indices, of which the last is that of prompted frames.

    Pointers are the net's short summaries of an object in a frame; a net without them says `pointers=0`.
    """

    features: tuple[int, ...]  # sides of one memory: channels, rows, columns, or tokens, channels
    slots: int = 8
    recents: int = 6  # at most; their temporal indices are 0 for the newest, 1 for the next and so on
    anchor_index: int = 6
    distractor_index: int = 6  # DAM4SAM: what tells rivals apart is as timeless as a prompt
    pointers: int = 16
    pointer_width: int = 256
    pointer_span: float = 15.0  # frames that a distance of 1 stands for
    dtype: Literal["float16", "float32"] = "float32"  # as it is kept and given; halves the memory

    def __post_init__(self) -> None:
        if not self.features or min(self.features) < 1:
            raise ValueError(f"features: every side has to be at least 1; they are {list(self.features)}")
        if not 1 <= self.recents < self.slots:
            raise ValueError(
                f"recents: {self.recents} do not fit into {self.slots} slots, of which one is the anchor's"
            )
        if min(self.anchor_index, self.distractor_index) < self.recents:
            raise ValueError(f"indices: 0 to {self.recents - 1} belong to the {self.recents} recent ones")
        if self.pointers and (self.pointers < 0 or self.pointer_width < 1 or not self.pointer_span > 0):
            raise ValueError(
                f"pointers: {self.pointers} of width {self.pointer_width} over {self.pointer_span:g} frames make no"
                " sense; 0 pointers are none"
            )
