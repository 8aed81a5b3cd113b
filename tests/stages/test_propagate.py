"""propagate: frames of several streams in one batch, pictures that are gone, and what a frame is told with."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from stream_engine.config import PropagateConfig
from stream_engine.messages import CameraMove, Detections, Gap, Mask, Masks, Prompt, StageTime
from stream_engine.stages.propagate import Propagate
from tests.following.bright import Brightness, Films, Person, looked, unlooked

ANNA, BERT, CARL = Person(60, left=40), Person(120, left=140), Person(180, left=240)
RUNS, WALKS = Person(60, left=40, going=(3, 0)), Person(200, left=60, top=40, going=(1, 1))
HERE, THERE = (RUNS, BERT, CARL), (WALKS, Person(120, left=200))
FILMS = Films({"here": HERE, "there": THERE})


def stage(pictures: Films = FILMS, net: Brightness | None = None, **settings: Any) -> Propagate:
    return Propagate(net or Brightness(), pictures, PropagateConfig(net="fake", **settings))


def seen(seq: int, *people: Person, stream: str = "here") -> Detections:
    """Every third frame is looked at."""
    return looked(seq, *people, stream=stream) if seq % 3 == 0 else unlooked(seq, stream=stream)


def items(results: Sequence[Masks | Gap], stream: str = "here") -> list[tuple[Mask, ...]]:
    return [done.items for done in results if isinstance(done, Masks) and done.frame.stream == stream]


def ids(results: Sequence[Masks | Gap], stream: str = "here") -> list[list[int | None]]:
    """By frame; a gap has none."""
    return [[item.object_id for item in each] for each in items(results, stream)]


# --- batches ------------------------------------------------------------------------------------


def test_two_streams_in_one_batch_are_told_what_each_is_told_alone() -> None:
    here = [seen(seq, *HERE) for seq in range(9)]
    there = [seen(seq + 3, *THERE, stream="there") for seq in range(9)]
    together, one, other = stage(), stage(), stage()
    both = [result for jobs in zip(here, there, strict=True) for result in together.process(jobs)]
    assert items(both, "here") == items([result for job in here for result in one.process([job])], "here")
    assert items(both, "there") == items([result for job in there for result in other.process([job])], "there")
    assert [len(each) for each in items(both, "here")] == [3] * 9
    assert [len(each) for each in items(both, "there")] == [2] * 9


def test_those_who_are_at_one_place_in_two_streams_are_no_rivals() -> None:
    following = stage(Films({"here": HERE, "there": HERE}))
    for seq in range(6):
        following.process([seen(seq, *HERE), seen(seq, *HERE, stream="there")])
    assert not {"rival", "overlapped"} & set(following.counts)


def test_several_frames_of_a_stream_in_one_batch_are_told_as_one_by_one() -> None:
    jobs = [seen(seq, *HERE) for seq in range(8)]
    at_once, one_by_one = stage(), stage()
    expected = [result for job in jobs for result in one_by_one.process([job])]
    assert at_once.process(jobs[:5]) + at_once.process(jobs[5:]) == expected


def test_results_are_of_their_frames_in_order_over_all_streams() -> None:
    jobs = [seen(0, *HERE), seen(0, *THERE, stream="there"), seen(1, *HERE), seen(2, *HERE)]
    results = stage().process(jobs)
    assert [result.frame for result in results if isinstance(result, Masks)] == [job.frame for job in jobs]


def test_the_net_looks_once_at_the_frames_of_all_streams() -> None:
    net = Brightness()
    stage(net=net).process([seen(0, *HERE), seen(0, *THERE, stream="there"), seen(1, *HERE)])
    assert net.batches == [5, 3]


def test_streams_have_ids_of_their_own_and_share_the_memory() -> None:
    following = stage(max_objects=4)
    results = following.process([seen(0, *HERE), seen(0, *THERE, stream="there")])
    assert (ids(results, "here"), ids(results, "there")) == ([[1, 2, 3]], [[1]])
    assert following.counts["too many objects"] == 1
    following.forget("here")
    results = following.process([seen(3, *THERE, stream="there")])
    assert ids(results, "there") == [[1, 2]]


def test_no_frames_are_no_results() -> None:
    assert stage().process([]) == []


# --- pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["gone", "lapped"])
def test_a_picture_that_is_gone_becomes_a_gap_in_its_place_and_nothing_begins_in_it(how: str) -> None:
    pictures = Films({"here": HERE}, **{how: (3,)})
    results = stage(pictures).process(
        [seen(0, RUNS), seen(1), seen(2), seen(3, *HERE), *map(seen, (4, 5)), seen(6, *HERE)]
    )
    gap = results[3]
    assert isinstance(gap, Gap) and (gap.stream, gap.first_seq, gap.last_seq, gap.cause) == ("here", 3, 3, "late")
    assert ids(results) == [[1]] * 5 + [[1, 4, 5]]


def test_after_a_picture_that_is_gone_everybody_is_where_he_is_by_then() -> None:
    results = stage(Films({"here": HERE}, gone=(6,))).process([seen(seq, *HERE) for seq in range(8)])
    last = results[-1]
    assert isinstance(last, Masks)
    assert [item.object_id for item in last.items] == [1, 2, 3]
    assert np.allclose(last.items[0].box_px, RUNS.at(7), atol=2)


def test_a_picture_that_is_gone_in_one_stream_is_no_gap_in_another() -> None:
    pictures = Films({"here": HERE, "there": THERE}, gone=(5,))
    first, second = stage(pictures).process([looked(5, *HERE, stream="here"), looked(6, *THERE, stream="there")])
    assert isinstance(first, Gap)
    assert isinstance(second, Masks) and len(second.items) == 2


def test_frames_between_looks_need_no_picture() -> None:
    pictures = Films({"here": HERE}, gone=(1, 2))
    jobs = [looked(0, *HERE, stream="here"), *(unlooked(seq, stream="here") for seq in (1, 2, 3))]
    assert ids(stage(pictures, every=3).process(jobs)) == [[1, 2, 3]] * 4
    assert pictures.read == [0, 3]


def test_where_nobody_is_known_no_picture_is_read() -> None:
    pictures = Films({"here": HERE})
    assert ids(stage(pictures).process([unlooked(0, stream="here"), looked(1, stream="here")])) == [[], []]
    assert pictures.read == []


# --- what is told -------------------------------------------------------------------------------


def test_a_frame_keeps_what_is_known_of_its_camera_and_its_times() -> None:
    move, times = CameraMove(4, (1.0, 0.0, 3.0, 0.0, 1.0, 0.0), 0.8), (StageTime("detect", 5, 6),)
    job = msgspec.structs.replace(looked(5, *HERE, stream="here"), cut=True, camera=move, times=times)
    [done] = stage().process([job])
    assert isinstance(done, Masks)
    assert (done.frame, done.cut, done.camera, done.times) == (job.frame, True, move, times)


def test_what_somebody_outside_points_at_is_told_by_name() -> None:
    following = stage()
    following.hear(Prompt("here", "the captain", "player", box_px=BERT.at()))
    [done] = following.process([unlooked(0, stream="here")])
    assert isinstance(done, Masks)
    assert [(item.object_id, item.name) for item in done.items] == [(1, "the captain")]
    assert following.counts["prompts"] == 1


def test_a_stream_that_was_forgotten_begins_anew_with_ids_that_nobody_had() -> None:
    following = stage()
    following.process([seen(0, *HERE)])
    following.forget("here")
    results = following.process([seen(0, *HERE)])
    assert ids(results) == [[4, 5, 6]]


def test_the_memory_is_taken_at_the_start() -> None:
    following = stage(max_objects=8)
    before = following.memory_bytes
    following.process([seen(seq, *HERE) for seq in range(5)])
    assert following.memory_bytes == before > 0
    assert stage(max_objects=16).memory_bytes == 2 * before
