"""Everybody of a stream, followed: who begins, who goes on, who ends, and what is told."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from stream_engine.following import lives
from stream_engine.following.follow import PARKED
from stream_engine.following.windows import boxes_of
from stream_engine.messages import Detection, Mask
from tests.following.bright import (
    ANNA,
    BERT,
    CARL,
    DORA,
    HEIGHT,
    RUNS,
    SIDE,
    WIDTH,
    Brightness,
    Person,
    Watch,
    covers,
    found,
    looked,
    near,
    nowhere,
    unlooked,
)

# --- who begins ---------------------------------------------------------------------------------


def test_detections_become_objects_whose_ids_rise() -> None:
    watch = Watch()
    assert list(watch.sees(0, ANNA)) == [1]
    assert list(watch.sees(1, ANNA, BERT, CARL)) == [1, 2, 3]


def test_an_object_is_told_with_its_box_its_pixels_its_role_and_its_score() -> None:
    told = Watch().sees(0, ANNA, BERT)[2]
    assert told.box_px == BERT.at()
    assert covers(told, BERT.at())
    assert (told.role, told.score, told.fresh, told.name) == ("player", 0.9, True, None)


def test_a_ball_is_told_and_not_followed() -> None:
    watch, ball = Watch(), Detection("ball", 0.4, (5.0, 5.0, 9.0, 9.0))
    for job, fresh in ((msgspec.structs.replace(looked(0), items=(ball,)), True), (unlooked(1), False)):
        turn = watch.follow.turn(job)
        assert watch.follow.told(turn) == (Mask(None, "ball", 0.4, ball.box_px, None, fresh),)


def test_detections_that_are_not_sure_begin_nobody() -> None:
    unsure = msgspec.structs.replace(looked(0), items=found(ANNA, score=lives.START_SCORE - 0.01))
    assert Watch()(unsure, ANNA) == {}


def test_a_detection_where_the_net_sees_nobody_begins_without_a_mask() -> None:
    watch = Watch()
    told = watch(looked(0, ANNA))
    assert list(told) == [1] and told[1].mask is None and told[1].box_px == ANNA.at()


def test_a_detection_of_half_a_person_who_is_followed_begins_nobody() -> None:
    watch, half = Watch(), Person(60, ANNA.left, ANNA.top + 20, size=(20, 20))
    watch.sees(0, ANNA)
    assert list(watch(looked(1, ANNA, half), ANNA)) == [1]


def test_whoever_takes_over_in_the_middle_of_a_stream_gives_ids_that_nobody_can_have_given() -> None:
    first, successor = Watch(), Watch()
    given = {number for seq in range(40) for number in first.sees(seq, Person(60, left=10 + 40 * (seq % 3)))}
    assert min(successor.sees(40, ANNA, BERT)) > 1000 > max(given)


def test_ids_are_not_given_again_when_somebody_ends_or_the_stream_is_forgotten() -> None:
    watch = Watch()
    watch.sees(0, ANNA)
    watch.goes_on(range(1, lives.UNSEEN + 3))
    assert list(watch.sees(40, BERT)) == [2]
    watch.follow.forget("cam")
    assert list(watch.sees(0, ANNA, BERT)) == [3, 4]
    watch.follow.forget("never seen")


def test_more_objects_than_there_is_memory_for_are_counted_and_the_others_go_on() -> None:
    watch = Watch(max_objects=2)
    assert list(watch.sees(0, ANNA, BERT, CARL, DORA)) == [1, 2]
    assert watch.follow.counts["too many objects"] == 2
    told = watch.goes_on(range(1, 5), ANNA, BERT, CARL, DORA)
    assert near(told[1], ANNA.at()) and near(told[2], BERT.at())


# --- who goes on --------------------------------------------------------------------------------


def test_an_object_is_followed_where_the_detector_does_not_look() -> None:
    watch = Watch()
    watch.sees(0, RUNS, CARL)
    told = watch.goes_on(range(1, 30), RUNS, CARL)
    assert covers(told[1], RUNS.at(29)) and near(told[1], RUNS.at(29))
    assert covers(told[2], CARL.at(29)) and told[2].fresh


def test_who_crosses_another_stays_who_he_is() -> None:
    watch, runs = Watch(), Person(60, left=60, going=(4, 0))
    watch.sees(0, BERT, runs)
    for seq in range(1, 40):
        told = watch(unlooked(seq), BERT, runs)
    assert covers(told[1], BERT.at(39)) and covers(told[2], runs.at(39))


def test_between_looks_objects_go_with_their_motion() -> None:
    watch = Watch(every=4)
    for seq in range(20):
        watch.sees(seq, RUNS)
    told = [watch(unlooked(seq), RUNS)[1] for seq in range(20, 28)]
    assert [each.fresh for each in told] == [False, False, False, True] * 2
    assert all(near(each, RUNS.at(seq)) and covers(each, RUNS.at(seq)) for seq, each in enumerate(told, 20))
    assert len(watch.net.batches) == 22, "the net looked at twenty frames of the detector's and at two others"


def test_between_looks_objects_go_with_the_camera() -> None:
    watch = Watch(every=4)
    watch.sees(0, ANNA)
    for seq in (1, 2, 3):
        told = watch(unlooked(seq, pan_px=10.0))[1]
        moved = Person(60, left=ANNA.left + 10 * seq).at()
        assert near(told, moved) and covers(told, moved) and not told.fresh


def test_every_frame_at_which_detect_looked_is_looked_at() -> None:
    watch = Watch(every=60)
    assert [watch.sees(seq, ANNA)[1].fresh for seq in range(3)] == [True] * 3


def test_the_net_is_told_where_everybody_was_and_where_the_others_are() -> None:
    watch, beside = Watch(), Person(120, left=ANNA.left + 30)
    watch.sees(0, ANNA, beside)
    watch(unlooked(1, pan_px=10.0), Person(60, left=50), Person(120, left=80))
    hints, window = watch.net.hints[-1], np.array([[32, 52, 56, 56.0]])  # around where the camera took her
    assert np.allclose(boxes_of(hints.own[:1] - 0.5, window)[0], (50, 60, 70, 100), atol=2.5)
    assert np.allclose(boxes_of(hints.others[:1] - 0.5, window)[0], (80, 60, 88, 100), atol=2.5)


def test_a_net_that_looks_at_whole_pictures_is_given_those() -> None:
    tall = [Person(bright, left, top=20, size=(80, 140)) for bright, left in ((60, 20), (120, 180))]
    watch = Watch(Brightness(whole=True))
    watch.sees(0, *tall)
    told = watch.goes_on(range(1, 5), *tall)
    for number, person in enumerate(tall, 1):
        assert np.allclose(told[number].box_px, person.at(), atol=WIDTH / SIDE)


def test_who_is_hidden_for_a_while_comes_back_as_himself() -> None:
    watch, wall = Watch(), Person(200, left=30, top=40, size=(60, 90))
    watch.sees(0, ANNA)
    assert watch.goes_on(range(1, 10), ANNA, wall) == {}
    assert list(watch.goes_on(range(10, 12), ANNA)) == [1]


def test_somebody_whom_the_detector_finds_and_the_net_has_lost_is_pointed_at_again() -> None:
    watch, changed = Watch(), Person(150, left=ANNA.left)
    watch.sees(0, ANNA, BERT)
    watch.goes_on(range(1, 5), ANNA, BERT)
    for seq in range(5, 5 + lives.DOUBTS):
        told = watch.sees(seq, changed, BERT)[1]
        assert told.mask is None and told.box_px == ANNA.at(), "the detector is believed about where he is"
    assert covers(watch.sees(8, changed, BERT)[1], ANNA.at())
    assert watch.follow.counts["prompted again"] == 1
    tracked, prompted = watch.net.hints[-2:]
    assert tracked.own.max() > 0.9 > 0.1 > prompted.own.max(), "each is told of his own last mask"
    assert list(watch.goes_on(range(9, 15), changed, BERT)) == [1, 2], "he is known by how he looks now"


def test_a_mask_that_the_detector_disagrees_with_is_not_told() -> None:
    watch = Watch()
    watch.sees(0, ANNA)
    walked, aside = Person(ANNA.bright, ANNA.left + 7, ANNA.top), Person(60, ANNA.left - 7, ANNA.top)
    told = watch(looked(1, aside), walked)[1]
    assert told.mask is None and told.box_px == aside.at()


def test_whoever_the_detector_finds_lives_on_though_the_net_does_not_see_him() -> None:
    watch = Watch()
    watch.sees(0, RUNS)
    watch.net.numberless = {"object_logit": RUNS.bright}
    for seq in range(1, lives.UNSEEN + 5):
        told = watch.sees(seq, RUNS)
    assert {number: each.box_px for number, each in told.items()} == {1: RUNS.at(seq)}


# --- who ends -----------------------------------------------------------------------------------


def test_who_is_not_seen_for_too_long_ends() -> None:
    watch = Watch()
    watch.sees(0, ANNA)
    watch.goes_on(range(1, lives.UNSEEN + 1))
    assert watch.follow.counts["ended"] == 0
    watch.goes_on([lives.UNSEEN + 1])
    assert watch.follow.counts["ended"] == 1
    assert watch.goes_on([lives.UNSEEN + 2], ANNA) == {}


def test_who_is_not_found_in_too_many_looks_of_the_detector_ends_unless_he_was_pointed_at() -> None:
    watch = Watch()
    watch.prompt("ten", box_px=BERT.at())
    watch(looked(0, ANNA), ANNA, BERT)
    for seq in range(1, lives.UNFOUND + 2):
        assert len(watch.goes_on([2 * seq - 1], ANNA, BERT)) == 2
        told = watch(nowhere(looked(2 * seq)), ANNA, BERT)
    assert [each.name for each in told.values()] == ["ten"]


def test_who_leaves_the_picture_ends() -> None:
    watch, leaves = Watch(), Person(60, left=WIDTH - 50, going=(5, 0))
    for seq in range(6):
        watch.sees(seq, leaves)
    watch.goes_on(range(6, 20), leaves)
    assert watch.follow.counts["ended"] == 1


def forgets(watch: Watch) -> int:
    watch.follow.forget("cam")
    return 0


def forgets_after_a_cut(watch: Watch) -> int:
    watch(looked(1, cut=True))
    watch.follow.forget("cam")
    return 0


def has_another_size(watch: Watch) -> int:
    watch(looked(1, width=WIDTH * 2, height=HEIGHT * 2))
    return 2


def has_another_size_after_a_cut(watch: Watch) -> int:
    watch(looked(1, cut=True))
    watch(looked(2, width=WIDTH * 2, height=HEIGHT * 2))
    return 3


def cuts(watch: Watch) -> int:
    watch(looked(1, cut=True))
    watch(looked(2 + PARKED))
    return 3 + PARKED


def loses_them(watch: Watch) -> int:
    watch.goes_on(range(1, lives.UNSEEN + 2))
    return lives.UNSEEN + 2


def sees_them_go(watch: Watch) -> int:
    watch(unlooked(1, pan_px=2 * WIDTH))
    return 2


def does_not_find_them(watch: Watch) -> int:
    for seq in range(1, lives.UNFOUND + 2):
        watch(nowhere(looked(seq)), ANNA, BERT)
    return lives.UNFOUND + 2


@pytest.mark.parametrize(
    "ends",
    [
        forgets, forgets_after_a_cut, has_another_size, has_another_size_after_a_cut, cuts, loses_them, sees_them_go,
        does_not_find_them,
    ],
)  # fmt: skip
def test_however_objects_end_others_get_their_memory(ends: Callable[[Watch], int]) -> None:
    watch = Watch(max_objects=2)
    watch.sees(0, ANNA, BERT)
    assert list(watch.sees(ends(watch), CARL, DORA)) == [3, 4]
    assert watch.follow.counts["ended"] == 2


def test_a_picture_that_is_gone_gives_back_the_memory_of_those_who_would_have_begun_in_it() -> None:
    watch = Watch(max_objects=2)
    watch.follow.missed(watch.follow.turn(looked(0, ANNA, BERT)))
    assert list(watch.sees(1, CARL, DORA)) == [3, 4]


def test_another_size_of_the_picture_begins_anew() -> None:
    watch = Watch()
    watch.sees(0, ANNA, BERT)
    large = Person(60, left=300, top=200)
    assert list(watch.sees(1, large, width=WIDTH * 2, height=HEIGHT * 2)) == [3]


def test_those_who_waited_after_a_cut_do_not_come_back_into_a_picture_of_another_size() -> None:
    watch = Watch()
    watch.sees(0, ANNA, BERT)
    watch(looked(1, cut=True))
    assert list(watch.sees(2, ANNA, BERT, width=WIDTH * 2, height=HEIGHT * 2)) == [3, 4]


def test_over_300_frames_of_coming_and_going_no_memory_grows_and_none_is_lost() -> None:
    """Every 27 frames somebody comes, whom it takes 74 to cross the picture: three are there at a time."""
    come = [Person(60 + 15 * n, 20 - 4 * 27 * n, 10 + 60 * (n % 3), going=(4, 0)) for n in range(12)]
    watch = Watch(max_objects=3)
    at_start, told = watch.follow.memory_bytes, []
    for seq in range(300):
        there = [person for person in come if 20 <= person.at(seq)[0] < WIDTH]
        seen = [person for person in there if person.at(seq)[2] <= WIDTH]
        told.append(watch(looked(seq, *seen) if seq % 3 == 0 else unlooked(seq), *there))
    assert watch.follow.counts["too many objects"] == 0
    assert watch.follow.memory_bytes == at_start
    assert sorted({number for each in told for number in each}) == list(range(1, 13))
    assert min(len(each) for each in told[60:]) >= 2
    assert len(watch.follow._bank) == len(watch.follow._streams["cam"].objects) <= 3


# --- when the machine does not keep up ----------------------------------------------------------


@pytest.mark.parametrize(("ease", "looks"), [(0, 16), (1, 8), (2, 4), (3, 2), (5, 2)])
def test_of_an_eased_stream_the_net_looks_more_rarely_wherever_the_detector_looks(ease: int, looks: int) -> None:
    watch = Watch()
    watch.sees(0, RUNS, CARL, ease=ease)
    told = [watch.sees(seq, RUNS, CARL, ease=ease) for seq in range(1, 17)]
    assert sum(each[1].fresh for each in told) == looks == len(watch.net.batches) - 1


def test_between_looks_at_an_eased_stream_the_detector_says_where_everybody_is_and_masks_go_along() -> None:
    watch, turns = Watch(), Person(60, left=90, going=(-5, 0))
    watch.sees(0, turns, ease=3)
    for seq in range(1, 8):
        told = watch.sees(seq, turns, ease=3)[1]
        assert told.box_px == turns.at(seq) and not told.fresh
        assert covers(told, turns.at(seq))
    assert near(watch(unlooked(8), turns)[1], turns.at(8))


def test_whoever_comes_up_in_an_eased_stream_is_looked_at_at_once() -> None:
    watch = Watch()
    watch.sees(0, ANNA, ease=3)
    told = watch.sees(1, ANNA, BERT, ease=3)
    assert told[2].fresh and covers(told[2], BERT.at(1))
