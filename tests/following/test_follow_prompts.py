"""Somebody outside points at those who are to be followed."""

import logging
from typing import Any

import numpy as np
import pytest

from stream_engine.backlog import MOST_HEARD
from stream_engine.following import lives
from stream_engine.masks import MaskRle, encode
from tests.following.bright import (
    ANNA,
    BERT,
    Person,
    Watch,
    covers,
    looked,
    near,
    nowhere,
    unlooked,
)


def points_at(person: Person, by: str) -> dict[str, Any]:
    left, top, right, bottom = person.at()
    if by == "a box":
        return {"box_px": person.at()}
    if by == "points":
        return {"points_px": ((left + 10, top + 3), (left + 10, bottom - 3), (5.0, 5.0)), "labels": (1, 1, 0)}
    return {"mask": encode(np.ones((int(bottom - top), int(right - left)), bool), int(left), int(top))}


@pytest.mark.parametrize("by", ["a box", "points", "a mask"])
def test_what_somebody_points_at_is_followed_by_name_though_the_detector_finds_nothing(by: str) -> None:
    watch = Watch()
    watch.prompt("the keeper", **points_at(BERT, by))
    told = watch(nowhere(looked(0)), BERT)[1]
    assert (told.name, told.role, told.score, told.fresh) == ("the keeper", "goalkeeper", 1.0, True)
    assert near(told, BERT.at()) and covers(told, BERT.at())
    assert watch.goes_on(range(1, 5), BERT)[1].name == "the keeper"
    assert watch.follow.counts["prompts"] == 1


def test_the_net_looks_at_a_frame_in_which_somebody_points_though_it_is_not_due() -> None:
    watch = Watch(every=60)
    watch.sees(0, ANNA)
    watch.prompt(box_px=BERT.at())
    assert [told.fresh for told in watch(unlooked(1), ANNA, BERT).values()] == [True, True]


def test_whoever_is_pointed_at_and_found_at_once_is_one_object() -> None:
    watch = Watch()
    watch.prompt("ten", box_px=BERT.at())
    told = watch.sees(0, BERT)
    assert [each.name for each in told.values()] == ["ten"]


def test_a_prompt_is_for_its_own_stream() -> None:
    watch = Watch()
    watch.prompt(stream="other", box_px=BERT.at())
    assert watch(unlooked(0), BERT) == {}
    assert [told.name for told in watch(unlooked(0, stream="other"), BERT).values()] == ["ten"]


def test_a_prompt_that_cannot_be_is_refused_and_counted_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = Watch()
    watch.prompt("nine", box_px=(float("nan"), 0, 1, 1))
    watch.prompt("ten", box_px=BERT.at())
    watch.prompt("eleven", mask=MaskRle(0, 0, (4, 4), "~"))
    with caplog.at_level(logging.WARNING):
        told = watch(unlooked(0), BERT)
    assert [each.name for each in told.values()] == ["ten"]
    assert (watch.follow.counts["refused prompts"], watch.follow.counts["prompts"]) == (2, 1)
    assert "'nine' for cam is refused: the box is no number" in caplog.text


def test_more_prompts_than_may_wait_are_refused() -> None:
    watch = Watch()
    for _ in range(MOST_HEARD):
        watch.prompt(points_px=((-1e3, 0.0),), labels=(1,))
    assert watch.follow.counts["refused prompts"] == 0
    watch.prompt(box_px=BERT.at())
    assert watch.follow.counts["refused prompts"] == 1
    assert watch(unlooked(0), BERT) == {}
    watch.prompt(box_px=BERT.at())
    assert list(watch(unlooked(1), BERT)) == [1], "once they have been taken there is room again"


def test_a_prompt_for_which_there_is_no_memory_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch(max_objects=1)
    watch.sees(0, ANNA)
    watch.prompt(box_px=BERT.at())
    with caplog.at_level(logging.WARNING):
        assert list(watch(unlooked(1), ANNA, BERT)) == [1]
    assert watch.follow.counts["refused prompts"] == 1
    assert "max_objects" in caplog.text


def test_a_prompt_for_a_picture_that_is_gone_waits_for_the_next_one() -> None:
    watch = Watch()
    watch.prompt(box_px=BERT.at())
    watch.follow.missed(watch.follow.turn(unlooked(0)))
    assert watch.follow.counts["prompts"] == 0
    assert list(watch(unlooked(1), BERT)) == [2], "the id of the first try is not given again"
    assert (watch.follow.counts["refused prompts"], watch.follow.counts["prompts"]) == (0, 1)


@pytest.mark.parametrize("by", ["a box", "points", "a mask"])
def test_whoever_is_followed_already_gets_the_name_and_keeps_his_id(by: str) -> None:
    watch = Watch()
    watch.sees(0, ANNA, BERT)
    watch.prompt("the keeper", **points_at(BERT, by))
    told = watch.sees(1, ANNA, BERT)
    assert list(told) == [1, 2] and [each.name for each in told.values()] == [None, "the keeper"]
    assert told[2].role == "goalkeeper" and covers(told[2], BERT.at())
    assert watch.follow.counts["prompts"] == 1


def test_whoever_is_pointed_at_late_has_as_long_to_be_seen_as_anybody() -> None:
    watch = Watch()
    watch.goes_on(range(100))
    watch.prompt(box_px=BERT.at())
    watch.goes_on(range(100, 100 + lives.UNSEEN))
    assert watch.follow.counts["ended"] == 0
    watch.goes_on([100 + lives.UNSEEN])
    assert watch.follow.counts["ended"] == 1


def test_a_prompt_for_somebody_who_is_followed_is_not_taken_twice_when_the_picture_was_gone() -> None:
    watch = Watch()
    watch.sees(0, BERT)
    watch.prompt("the keeper", box_px=BERT.at())
    watch.follow.missed(watch.follow.turn(looked(1, BERT)))
    assert watch.follow.counts["prompts"] == 0
    told = watch.sees(2, BERT)
    assert told[1].name == "the keeper" and watch.follow.counts["prompts"] == 1


def test_what_waits_when_the_stream_begins_anew_is_refused() -> None:
    watch = Watch()
    watch.sees(0, ANNA)
    watch.prompt(box_px=BERT.at())
    watch.follow.forget("cam")
    assert watch(unlooked(0), ANNA, BERT) == {}
    assert (watch.follow.counts["refused prompts"], watch.follow.counts["prompts"]) == (1, 0)


def test_pointing_where_nobody_is_seen_is_counted_and_so_is_the_end_of_a_name_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    watch = Watch()
    watch.prompt("the keeper", box_px=BERT.at())
    watch.goes_on(range(lives.UNSEEN + 2))
    assert watch.follow.counts["prompts where nobody is seen"] == 1
    assert "'the keeper', object 1, is not followed any more" in caplog.text
