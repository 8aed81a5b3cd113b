"""What a bank refuses, by name."""

from typing import Any

import numpy as np
import pytest

from stream_engine.models.memory.bank import Bank
from stream_engine.models.memory.rules import Reason
from stream_engine.models.memory.spec import MemorySpec
from tests.models.memory.made import decided
from tests.models.memory.small import DISTRACTOR, NANO, RECALL, RECENT, SELECTIVE, SPEC, kept, opened, write


@pytest.mark.parametrize("call", ["close", "cut", "gather", "past"])
def test_handles_of_nobody_and_of_closed_objects_are_told_apart(call: str) -> None:
    bank = Bank(SPEC, 2, SELECTIVE)
    closed = opened(bank)
    bank.close(closed)
    opened(bank)

    def use(handle: int) -> None:
        given: Any = handle if call == "close" else [handle]
        getattr(bank, call)(given, *([9] if call == "gather" else []))

    with pytest.raises(ValueError, match=f"handle {closed}: its object was closed"):
        use(closed)
    for handle in (1, 77, -1):
        with pytest.raises(ValueError, match=f"handle {handle}: it is unknown"):
            use(handle)


@pytest.mark.parametrize("handles", [[0.0], [[0]], ["0"], [True]])
def test_handles_that_are_no_list_of_numbers_are_refused(handles: Any) -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    opened(bank)
    with pytest.raises(ValueError, match="a list of whole numbers is needed"):
        bank.gather(handles, 0)


@pytest.mark.parametrize("frames", [-1, 0.5, np.array([1, 2])])
def test_frames_that_are_no_numbers_of_these_objects_are_refused(frames: Any) -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    with pytest.raises(ValueError, match="frames: a number from 0 on"):
        bank.gather([opened(bank)], frames)


def test_frames_that_go_back_are_refused() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    write(bank, handle, 5)
    with pytest.raises(ValueError, match="frame 5: the object has been written up to 5"):
        write(bank, handle, 5)
    with pytest.raises(ValueError, match="frame 4: the object has been written up to 5"):
        bank.gather([handle], 4)


@pytest.mark.parametrize(
    ("features", "pointers", "told"),
    [
        (np.zeros((2, 2, 3)), np.zeros((1, 4)), r"features are \[2, 2, 3\], but \[1, 2, 3\] are needed"),
        (np.zeros((1, 3, 2)), np.zeros((1, 4)), "features are"),
        (np.zeros((1, 2, 3)), np.zeros((1, 5)), "pointers are"),
        (np.zeros((1, 2, 3)), None, "pointers: there are none, but the bank has 16"),
    ],
)
def test_arrays_of_other_sides_are_refused_and_change_nothing(features: Any, pointers: Any, told: str) -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    with pytest.raises(ValueError, match=told):
        bank.write([handle], decided(0, RECENT), features, pointers)
    assert kept(bank, handle) == {}
    write(bank, handle, 0)


def test_pointers_for_a_bank_without_are_refused() -> None:
    bank = Bank(NANO, 1, SELECTIVE)
    with pytest.raises(ValueError, match="pointers: there are some, but the bank has 0"):
        bank.write([opened(bank)], decided(0, RECENT), np.zeros((1, 16, 8)), np.zeros((1, 4)))


def test_decisions_that_are_not_of_these_objects_are_refused() -> None:
    bank = Bank(SPEC, 2, SELECTIVE)
    handle = opened(bank)
    with pytest.raises(ValueError, match="decisions: place is"):
        bank.write([handle], decided(0, RECENT, RECENT), np.zeros((2, 2, 3)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="one is there twice"):
        bank.write([handle, handle], decided(0, RECENT, RECENT), np.zeros((2, 2, 3)), np.zeros((2, 4)))


def test_a_distractor_frame_is_refused_where_none_are_kept() -> None:
    bank = Bank(SPEC, 1, RECALL)
    with pytest.raises(ValueError, match="settings keep none"):
        write(bank, opened(bank), 0, DISTRACTOR)


def test_a_bank_that_cannot_work_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity: 0 objects"):
        Bank(SPEC, 0, SELECTIVE)
    with pytest.raises(ValueError, match="slots: 4 leave no recent one beside an anchor and 3 distractors"):
        Bank(MemorySpec(features=(1,), slots=4, recents=3), 1, SELECTIVE)
    with pytest.raises(ValueError, match="pointers: 4 leave no recent one"):
        Bank(MemorySpec(features=(1,), pointers=4), 1, SELECTIVE)
    assert Bank(MemorySpec(features=(1,), slots=2, recents=1, pointers=2), 1, RECALL).open() is not None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"features": ()}, "features: every side"),
        ({"features": (4, 0)}, "features: every side"),
        ({"recents": 8}, "recents: 8 do not fit into 8 slots"),
        ({"recents": 7}, "indices: 0 to 6 belong to"),
        ({"pointers": -1}, "pointers: -1 of width 256"),
        ({"pointer_span": 0.0}, "over 0 frames"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        MemorySpec(**{"features": (1,)} | wrong)


def test_every_reason_has_a_name_for_people() -> None:
    assert Reason.NOT_FINITE.told == "not finite"
    assert len({reason.told for reason in Reason}) == len(Reason)
