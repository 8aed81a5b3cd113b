"""Those who are followed by a net that gives no numbers."""

from typing import Any

import numpy as np
import pytest

from stream_engine.messages import Mask
from stream_engine.models.memory.settings import MemoryConfig
from tests.following.bright import ANNA, BERT, CARL, Brightness, Person, Watch, covers


def all_numbers(told: dict[int, Mask]) -> bool:
    return all(np.isfinite((*each.box_px, each.score)).all() for each in told.values())


@pytest.mark.parametrize("part", ["masks", "iou", "object_logit", "pointers", "bodies"])
@pytest.mark.parametrize("mode", ["selective", "recall"])
def test_whoever_gets_answers_that_are_no_numbers_is_not_seen_and_the_others_go_on(part: str, mode: Any) -> None:
    beside = Person(120, left=ANNA.left + 24)
    people = ANNA, beside, CARL
    watch = Watch(memory=MemoryConfig(mode=mode))
    watch.sees(0, *people)
    watch.net.numberless = {part: beside.bright}
    told = watch.goes_on(range(1, 5), *people)
    assert list(told) == [1, 3] and all_numbers(told)
    assert covers(told[1], ANNA.at()) and covers(told[3], CARL.at())
    assert watch.follow.counts["answers that are no numbers"] == 4
    assert all(np.isfinite(hint).all() for hints in watch.net.hints for hint in hints)
    watch.net.numberless = {}
    assert list(watch.goes_on(range(5, 7), *people)) == [1, 2, 3]


def test_what_is_no_number_does_not_keep_others_from_being_remembered() -> None:
    watch, beside = Watch(), Person(120, left=ANNA.left + 24)
    watch.sees(0, ANNA, beside)
    watch.net.numberless = {"masks": beside.bright}
    watch.goes_on(range(1, 4), ANNA, beside)
    assert watch.follow.counts["sure"] == 3


def test_whoever_is_found_with_answers_that_are_no_numbers_begins_without_a_mask() -> None:
    watch = Watch(Brightness(numberless={"masks": BERT.bright}))
    told = watch.sees(0, ANNA, BERT)
    assert told[1].mask and told[2].mask is None and told[2].box_px == BERT.at()


def test_whoever_is_found_by_the_detector_alone_is_told_without_a_mask() -> None:
    watch = Watch()
    watch.sees(0, ANNA, BERT)
    watch.net.numberless = {"masks": BERT.bright}
    told = watch.sees(1, ANNA, BERT)
    assert told[2].box_px == BERT.at() and told[2].mask is None


def test_memories_that_are_no_numbers_are_not_kept_and_are_counted() -> None:
    watch = Watch(Brightness(numberless={"memory": BERT.bright}))
    watch.sees(0, ANNA, BERT)
    assert watch.follow.counts["not finite"] == 1
    assert list(watch.goes_on(range(1, 3), ANNA, BERT)) == [1], "of whom nothing is remembered cannot be seen"
