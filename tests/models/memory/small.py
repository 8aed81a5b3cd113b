"""A small bank that remembers frames by their numbers, and what it has of an object."""

import numpy as np

from stream_engine.models.memory.bank import Bank
from stream_engine.models.memory.rules import Decisions
from stream_engine.models.memory.settings import MemoryConfig
from stream_engine.models.memory.shelf import Place
from stream_engine.models.memory.spec import MemorySpec
from tests.models.memory.made import decided

SPEC = MemorySpec(features=(2, 3), pointer_width=4)
NANO = MemorySpec(features=(16, 8), recents=7, anchor_index=7, distractor_index=8, pointers=0)
RECALL, SELECTIVE = MemoryConfig(mode="recall"), MemoryConfig()
ANCHOR, DISTRACTOR, RECENT, NOWHERE = Place.ANCHOR, Place.DISTRACTOR, Place.RECENT, Place.NOWHERE


def opened(bank: Bank) -> int:
    handle = bank.open()
    assert handle is not None
    return handle


def write(bank: Bank, handle: int, frame: int, place: Place = RECENT, area: float = 80.0) -> Decisions:
    """Remember a frame by its number."""
    count = int(place != NOWHERE)
    return bank.write(
        [handle], decided(frame, place, area=area), np.full((count, 2, 3), frame), np.full((count, 4), frame)
    )


def kept(bank: Bank, handle: int, now: int = 10_000) -> dict[int, int]:
    """The frames that are remembered, each with its temporal index."""
    seen = bank.gather([handle], now)
    slots = np.flatnonzero(seen.slot_valid[0])
    assert (seen.features[0] == seen.features[0, :, :1, :1]).all()
    return dict(zip(seen.features[0, slots, 0, 0].astype(int).tolist(), seen.slot_tpos[0, slots].tolist(), strict=True))


def pointed(bank: Bank, handle: int, now: int = 10_000) -> list[int]:
    """The frames that have a pointer, oldest first."""
    seen = bank.gather([handle], now)
    return sorted(seen.pointers[0, seen.pointer_valid[0], 0].astype(int).tolist())
