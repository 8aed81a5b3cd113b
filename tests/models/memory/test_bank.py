"""The bank: what is kept of every object, what pushes it out, and what a net is given."""

import numpy as np
import pytest

from stream_engine.models.memory.bank import Bank
from stream_engine.models.memory.rules import decide
from stream_engine.models.memory.settings import MemoryConfig
from tests.models.memory.made import decided, sure
from tests.models.memory.small import (
    ANCHOR,
    DISTRACTOR,
    NANO,
    NOWHERE,
    RECALL,
    RECENT,
    SELECTIVE,
    SPEC,
    kept,
    opened,
    pointed,
    write,
)


def test_a_new_object_has_no_memories() -> None:
    bank = Bank(SPEC, 2, SELECTIVE)
    seen = bank.gather([opened(bank), opened(bank)], 0)
    assert seen.features.shape == (2, 8, 2, 3)
    assert seen.pointers.shape == (2, 16, 4)
    assert not seen.slot_valid.any() and not seen.pointer_valid.any()
    assert [str(array.dtype) for array in (seen.slot_tpos, seen.pointer_dist)] == ["int32", "float32"]


def test_recall_keeps_exactly_the_last_frames() -> None:
    bank = Bank(SPEC, 1, RECALL)
    handle = opened(bank)
    for frame in (3, 4, 5, 9, 10, 20, 21, 30, 31):
        write(bank, handle, frame)
    assert kept(bank, handle) == {31: 0, 30: 1, 21: 2, 20: 3, 10: 4, 9: 5}


def test_recall_keeps_the_prompt_besides() -> None:
    bank = Bank(SPEC, 1, RECALL)
    handle = opened(bank)
    write(bank, handle, 0, ANCHOR)
    for frame in range(1, 50):
        write(bank, handle, frame)
    assert kept(bank, handle) == {0: 6} | {49 - rank: rank for rank in range(6)}


def test_selective_begins_a_recent_memory_every_so_often_and_keeps_the_last_frame() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    for frame in range(13):
        write(bank, handle, frame)
    assert kept(bank, handle) == {12: 0, 9: 1, 4: 2}


def test_after_frames_that_were_refused_the_next_sure_one_begins_a_memory() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    for frame in (0, 1):
        write(bank, handle, frame)
    for frame in range(2, 8):
        write(bank, handle, frame, NOWHERE)
    write(bank, handle, 8)
    assert kept(bank, handle) == {8: 0, 1: 1}


def test_distractor_frames_take_the_slots_of_the_oldest_recent_ones() -> None:
    bank = Bank(SPEC, 1, MemoryConfig(recent_every=1))
    handle = opened(bank)
    write(bank, handle, 0, ANCHOR)
    for frame in range(1, 9):
        write(bank, handle, frame)
    for frame in (9, 10, 11):
        write(bank, handle, frame, DISTRACTOR)
    assert kept(bank, handle) == {0: 6, 9: 6, 10: 6, 11: 6, 8: 0, 7: 1, 6: 2, 5: 3}


def test_a_further_distractor_frame_replaces_the_oldest() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    for frame in range(5):
        write(bank, handle, frame, DISTRACTOR)
    assert kept(bank, handle) == {2: 6, 3: 6, 4: 6}


def test_a_prompt_replaces_the_anchor_and_nothing_else() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    for frame, place in enumerate((ANCHOR, DISTRACTOR, RECENT, ANCHOR)):
        write(bank, handle, frame, place)
    assert kept(bank, handle) == {3: 6, 1: 6, 2: 0}
    assert pointed(bank, handle) == [1, 2, 3]


def test_a_cut_drops_what_is_recent_and_keeps_the_rest() -> None:
    bank = Bank(SPEC, 2, SELECTIVE)
    handle, other = opened(bank), opened(bank)
    for frame, place in enumerate((ANCHOR, DISTRACTOR, RECENT)):
        write(bank, handle, frame, place)
        write(bank, other, frame, place)
    bank.cut([handle])
    assert kept(bank, handle) == {0: 6, 1: 6}
    assert pointed(bank, handle) == [0, 1]
    assert kept(bank, other) == {0: 6, 1: 6, 2: 0}
    assert not bank.gather([handle], 9).features[~bank.gather([handle], 9).slot_valid].any()
    write(bank, handle, 3)
    assert kept(bank, handle) == {0: 6, 1: 6, 3: 0}


def test_a_full_set_of_pointers_pushes_out_the_oldest_recent_one() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    write(bank, handle, 0, ANCHOR)
    for frame in range(1, 40):
        write(bank, handle, frame, DISTRACTOR if frame in (5, 15) else RECENT)
    assert pointed(bank, handle) == [0, 5, 15, *range(27, 40)]


def test_pointers_are_as_far_as_the_frames_between() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    write(bank, handle, 10, ANCHOR)
    write(bank, handle, 37)
    seen = bank.gather([handle], 40)
    assert sorted(seen.pointer_dist[seen.pointer_valid].tolist()) == pytest.approx([3 / 15, 30 / 15])
    assert not seen.pointer_dist[~seen.pointer_valid].any()


def test_a_net_without_pointers_uses_the_same_bank() -> None:
    bank = Bank(NANO, 1, SELECTIVE)
    handle = opened(bank)
    for frame, place in enumerate((ANCHOR, DISTRACTOR, RECENT)):
        bank.write([handle], decided(frame, place), np.full((1, 16, 8), frame))
    seen = bank.gather([handle], 3)
    assert seen.pointers.size == seen.pointer_valid.size == 0
    assert seen.slot_tpos[seen.slot_valid].tolist() == [7, 8, 0]


def test_objects_of_several_streams_are_gathered_at_once_each_on_its_frame() -> None:
    bank = Bank(SPEC, 3, SELECTIVE)
    first, second = opened(bank), opened(bank)
    write(bank, first, 1000)
    write(bank, second, 2)
    seen = bank.gather([second, first], np.array([17, 1003]))
    assert seen.pointer_dist[seen.pointer_valid].tolist() == pytest.approx([1.0, 0.2])


def test_what_was_gathered_does_not_change_with_the_bank() -> None:
    bank = Bank(SPEC, 1, RECALL)
    handle = opened(bank)
    write(bank, handle, 1)
    seen = bank.gather([handle], 2)
    before = [array.copy() for array in seen]
    write(bank, handle, 2, ANCHOR)
    bank.close(handle)
    assert all((old == new).all() for old, new in zip(before, seen, strict=True))


def test_the_usual_area_is_the_median_of_the_last_ten_that_were_written() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    for frame, area in enumerate([900.0, 3.0, 1.0]):
        write(bank, handle, frame, area=area)
    assert bank.past([handle]).usual_area.tolist() == [3.0]
    for frame in range(3, 13):
        write(bank, handle, frame, area=float(frame))
    write(bank, handle, 13, NOWHERE, area=10_000.0)
    for frame, area in ((14, np.nan), (15, 0.0), (16, np.inf)):
        write(bank, handle, frame, area=area)
    assert bank.past([handle]).usual_area.tolist() == [7.5]
    bank.cut([handle])
    assert np.isnan(bank.past([handle]).usual_area).all()


def test_the_last_distractor_frame_is_known_to_the_rules() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    handle = opened(bank)
    write(bank, handle, 3, DISTRACTOR)
    write(bank, handle, 4)
    assert bank.past([handle]).distractor_frame.tolist() == [3]


def test_a_frame_goes_from_gathering_to_writing() -> None:
    bank = Bank(SPEC, 4, SELECTIVE)
    handles = [opened(bank) for _ in range(3)]
    for frame in range(20):
        bank.gather(handles, frame)
        evidence = sure(3, frame=[frame] * 3, prompted=[frame == 0] * 3, iou=[0.9, 0.2, 0.9], rival=[0.0, 0.0, 0.6])
        done = decide(evidence, bank.past(handles), SELECTIVE)
        encoded = np.full((len(done.rows), 2, 3), frame)
        bank.write(handles, done, encoded, np.zeros((len(done.rows), 4)))
    assert kept(bank, handles[0]) == {0: 6, 19: 0, 15: 1, 10: 2, 5: 3}
    assert kept(bank, handles[1]) == {}
    assert {frame for frame, index in kept(bank, handles[2]).items() if index == 6} == {0, 7, 13, 19}


def test_a_frame_without_objects_passes_through() -> None:
    bank = Bank(SPEC, 1, SELECTIVE)
    none = decided(0)
    assert bank.gather([], 0).features.shape == (0, 8, 2, 3)
    assert bank.write([], none, np.zeros((0, 2, 3)), np.zeros((0, 4))).counts() == {}
    assert bank.past([]).usual_area.shape == (0,)
    bank.cut([])
