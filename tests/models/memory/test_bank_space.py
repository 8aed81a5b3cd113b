"""The bank's space: its bounds, places that are used again, and numbers that are none."""

import gc
import tracemalloc

import numpy as np
import pytest

from stream_engine.models.memory.bank import Bank
from stream_engine.models.memory.spec import MemorySpec
from tests.models.memory.made import decided
from tests.models.memory.small import (
    ANCHOR,
    DISTRACTOR,
    NOWHERE,
    RECALL,
    RECENT,
    SELECTIVE,
    SPEC,
    kept,
    opened,
    write,
)


def test_a_full_bank_says_so_and_does_not_grow() -> None:
    bank = Bank(SPEC, 2, SELECTIVE)
    size, handles = bank.memory_bytes, [opened(bank), opened(bank)]
    assert bank.open() is None
    assert (len(bank), bank.memory_bytes) == (2, size)
    bank.close(handles[0])
    assert opened(bank) not in handles


def test_the_size_that_is_told_is_that_of_the_memories_and_little_more() -> None:
    bank = Bank(MemorySpec(features=(64, 14, 14)), 4, SELECTIVE)
    features, pointers = 4 * 8 * 64 * 14 * 14 * 4, 4 * 16 * 256 * 4
    assert 1 <= bank.memory_bytes / (features + pointers) < 1.01


def test_half_precision_takes_half_the_space() -> None:
    whole, half = (Bank(MemorySpec(features=(64, 14, 14), dtype=dtype), 2, RECALL) for dtype in ("float32", "float16"))
    assert half.memory_bytes == pytest.approx(whole.memory_bytes / 2, rel=0.01)
    assert half.gather([opened(half)], 0).features.dtype == np.float16


def test_nothing_grows_with_time() -> None:
    bank = Bank(SPEC, 4, SELECTIVE)

    def live(frames: range) -> None:
        for frame in frames:
            handle = opened(bank)
            write(bank, handle, frame, ANCHOR)
            write(bank, handle, frame + 1)
            bank.past([handle])
            bank.close(handle)

    def taken() -> int:
        gc.collect()  # Python keeps small tuples for later use
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    live(range(50))
    before = taken()
    live(range(50, 300))
    after = taken()
    tracemalloc.stop()
    assert after - before < 10_000


def test_a_reused_place_shows_nothing_of_who_had_it() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    for frame, place in enumerate((ANCHOR, DISTRACTOR, RECENT)):
        write(bank, handle, frame, place)
    bank.close(handle)
    for shelf in (bank._memories, bank._pointers):
        shelf._items[:] = np.nan
    handle = opened(bank)
    seen, past = bank.gather([handle], 0), bank.past([handle])
    assert not seen.slot_valid.any() and not seen.pointer_valid.any()
    assert not seen.features.any() and not seen.pointers.any()  # NaN would be any
    assert np.isnan(past.usual_area).all() and past.distractor_frame[0] < -(10**9)
    write(bank, handle, 0)  # frames begin anew
    assert np.isfinite(bank.gather([handle], 1).features).all()


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("where", ["features", "pointers"])
def test_a_memory_that_is_not_finite_is_refused_by_name_and_harms_nobody(wrong: float, where: str) -> None:
    bank = Bank(SPEC, 2, RECALL)
    handles = [opened(bank), opened(bank)]
    for handle in handles:
        write(bank, handle, 0, ANCHOR)
    arrays = {"features": np.ones((2, 2, 3)), "pointers": np.ones((2, 4))}
    arrays[where][0, 1] = wrong
    done = bank.write(handles, decided(1, ANCHOR, ANCHOR), **arrays)
    assert done.counts() == {"not finite": 1, "prompted": 1}
    assert done.place.tolist() == [NOWHERE, ANCHOR]
    assert kept(bank, handles[0]) == {0: 6}
    assert kept(bank, handles[1]) == {1: 6}


def test_what_half_precision_cannot_hold_is_not_finite() -> None:
    bank = Bank(MemorySpec(features=(1,), pointers=0, dtype="float16"), 1, RECALL)
    done = bank.write([opened(bank)], decided(0, RECENT), np.full((1, 1), 1e6))
    assert done.counts() == {"not finite": 1}
