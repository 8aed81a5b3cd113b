"""The bank beside a slow one of plain lists: any sequence of opens, closes, writes, prompts and cuts."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.models.memory.bank import Bank
from stream_engine.models.memory.settings import MemoryConfig
from stream_engine.models.memory.shelf import Place
from stream_engine.models.memory.spec import MemorySpec
from tests.models.memory.made import decided

CAPACITY = 3
BIG = MemorySpec(features=(2,), pointer_width=2)
SMALL = MemorySpec(features=(2,), slots=4, recents=3, pointers=5, pointer_width=2, anchor_index=9, distractor_index=4)
CASES = [
    (BIG, MemoryConfig()),
    (BIG, MemoryConfig(mode="recall")),
    (SMALL, MemoryConfig(distractors=2, recent_every=3)),
    (SMALL, MemoryConfig(distractors=0, recent_every=1)),
]


@dataclass
class Lists:
    """The slots of one object as lists of what was written, oldest first."""

    slots: int
    most_distractors: int
    most_recents: int
    every: int
    anchor: int | None = None
    distractors: list[int] = field(default_factory=list)
    recents: list[int] = field(default_factory=list)
    begun: int = 0  # frame at which the newest recent one was begun

    def put(self, place: Place, frame: int) -> None:
        if place is Place.ANCHOR:
            self.anchor = frame
        elif place is Place.DISTRACTOR:
            self.distractors = [*self.distractors, frame][-self.most_distractors :]
        elif place is Place.RECENT:
            if self.recents and frame - self.begun < self.every:
                self.recents.pop()
            else:
                self.begun = frame
            self.recents.append(frame)
        room = min(self.most_recents, self.slots - 1 - len(self.distractors))
        self.recents = self.recents[-room:]

    def frames(self) -> list[int]:
        return sorted([*([] if self.anchor is None else [self.anchor]), *self.distractors, *self.recents])

    def indexed(self, spec: MemorySpec) -> list[tuple[int, int]]:
        """Each frame with its temporal index."""
        found = [] if self.anchor is None else [(self.anchor, spec.anchor_index)]
        found += [(frame, spec.distractor_index) for frame in self.distractors]
        return sorted([*found, *((frame, rank) for rank, frame in enumerate(reversed(self.recents)))])


def lists(spec: MemorySpec, config: MemoryConfig) -> tuple[Lists, Lists]:
    recall = config.mode == "recall"
    most = 0 if recall else config.distractors
    memories = Lists(spec.slots, most, spec.recents, 1 if recall else config.recent_every)
    return memories, Lists(spec.pointers, most, spec.pointers, 1)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "close", "cut", *["write"] * 6]),
        st.integers(0, CAPACITY - 1),  # whom it concerns, of those that are open
        st.lists(st.sampled_from(list(Place)), min_size=CAPACITY, max_size=CAPACITY),
        st.integers(1, 4),  # frames that pass before
    ),
    max_size=60,
)


@pytest.mark.parametrize(("spec", "config"), CASES)
@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_any_story_leaves_what_plain_lists_would(spec: MemorySpec, config: MemoryConfig, steps: list[Any]) -> None:
    bank = Bank(spec, CAPACITY, config)
    size, now = bank.memory_bytes, 0
    there: dict[int, tuple[Lists, Lists]] = {}
    for action, whom, places, passed in [("open", 0, [], 1), *steps]:
        now += passed
        handle = [*there, None][whom % (len(there) or 1)]
        if action == "open":
            new = bank.open()
            assert (new is None) == (len(there) == CAPACITY)
            if new is not None:
                assert new not in there
                there[new] = lists(spec, config)
        elif action == "close" and handle is not None:
            bank.close(handle)
            del there[handle]
        elif action == "cut" and handle is not None:
            bank.cut([handle])
            for each in there[handle]:
                each.recents = []
        elif action == "write":
            remember(bank, there, now, places)
        compare(bank, there, now, spec)
    assert bank.memory_bytes == size


def remember(bank: Bank, there: dict[int, tuple[Lists, Lists]], now: int, places: list[Place]) -> None:
    """Write one frame of all objects, each memory as the number of its frame and of its object."""
    wanted = [fit(place, there[handle][0]) for handle, place in zip(there, places, strict=False)]
    done = decided(now, *wanted)
    values = np.array([[now, handle] for handle in there], float).reshape(-1, 2)[done.rows]
    bank.write(list(there), done, values, values)
    for both, place in zip(there.values(), wanted, strict=True):
        for each in both:
            each.put(place, now)


def fit(place: Place, memories: Lists) -> Place:
    return Place.RECENT if place is Place.DISTRACTOR and not memories.most_distractors else place


def compare(bank: Bank, there: dict[int, tuple[Lists, Lists]], now: int, spec: MemorySpec) -> None:
    handles = list(there)
    seen = bank.gather(handles, now)
    assert seen.features.shape == (len(handles), spec.slots, 2)
    assert not seen.features[~seen.slot_valid].any()
    assert not seen.pointers[~seen.pointer_valid].any()
    for each, handle in enumerate(handles):
        memories, pointers = there[handle]
        for got, alone in zip(seen, bank.gather([handle], now), strict=True):
            assert (got[each] == alone[0]).all()
        slots, points = seen.slot_valid[each], seen.pointer_valid[each]
        got_frames = seen.features[each, slots, 0].astype(int).tolist()
        assert sorted(zip(got_frames, seen.slot_tpos[each, slots].tolist(), strict=True)) == memories.indexed(spec)
        assert (seen.features[each, slots, 1] == handle).all()
        assert (seen.pointers[each, points, 1] == handle).all()
        pointed = seen.pointers[each, points, 0]
        assert sorted(pointed.astype(int).tolist()) == pointers.frames()
        assert np.allclose(seen.pointer_dist[each, points], (now - pointed) / spec.pointer_span)


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.integers(1, 6))
def test_recall_keeps_exactly_the_last_frames_whatever_their_distance(gaps: list[int], recents: int) -> None:
    spec = MemorySpec(features=(1,), slots=recents + 1, recents=recents, pointers=0)
    bank = Bank(spec, 1, MemoryConfig(mode="recall"))
    handle = bank.open()
    assert handle is not None
    frames = np.cumsum(gaps).tolist()
    for frame in frames:
        bank.write([handle], decided(frame, Place.RECENT), np.full((1, 1), frame))
    seen = bank.gather([handle], frames[-1])
    ages = np.argsort(np.where(seen.slot_valid[0], seen.slot_tpos[0], 99))[: seen.slot_valid.sum()]
    assert seen.features[0, ages, 0].astype(int).tolist() == frames[::-1][:recents]
