"""When an object begins and ends, and when it has to be pointed at again."""

from typing import Any

import numpy as np
import pytest

from stream_engine.following import lives
from stream_engine.following.answers import Settled
from stream_engine.following.objects import Objects
from stream_engine.following.windows import Array
from stream_engine.messages import Detection, Role
from tests.following.made import SIDE, boxes, objects

SIZE = (200, 100)
PERSON = boxes((50, 20, 70, 60))


def detection(score: float = 0.9, role: Role = "player") -> Detection:
    return Detection(role, score, (0.0, 0.0, 1.0, 1.0))


def shifted(box: Array, by: float) -> Array:
    """To the right."""
    return np.add(box, (by, 0, by, 0))


# --- who is who ---------------------------------------------------------------------------------


def test_each_object_has_at_most_one_detection_and_each_detection_one_object() -> None:
    expected = np.vstack([PERSON, shifted(PERSON, 4)])
    assert lives.match(expected, PERSON).tolist() == [0, -1]
    assert lives.match(PERSON, expected).tolist() == [0]
    assert lives.match(expected, expected[::-1]).tolist() == [1, 0]


def test_what_overlaps_too_little_is_not_the_same() -> None:
    just, not_quite = shifted(PERSON, 11.9), shifted(PERSON, 12.1)  # 8 of 32 pixels are 0.25
    assert lives.match(PERSON, just).tolist() == [0]
    assert lives.match(PERSON, not_quite).tolist() == [-1]


def test_two_that_each_have_a_near_one_keep_it_though_one_could_have_a_nearer() -> None:
    expected, found = np.vstack([PERSON, shifted(PERSON, 8)]), np.vstack([shifted(PERSON, 5), shifted(PERSON, 13)])
    assert lives.match(expected, found).tolist() == [0, 1]


def test_an_overlap_that_is_too_little_does_not_take_a_good_one_from_another() -> None:
    found = np.vstack([PERSON, shifted(PERSON, 8)])
    expected = np.vstack([shifted(PERSON, 3), shifted(PERSON, -12.1)])  # IoU 0.74 and 0.6, 0.246 and none
    assert lives.match(expected, found).tolist() == [0, -1]


def test_with_nobody_on_either_side_nothing_is_matched() -> None:
    assert lives.match(boxes(), PERSON).tolist() == []
    assert lives.match(PERSON, boxes()).tolist() == [-1]


def test_matched_boxes_are_no_numbers_where_nothing_was_matched() -> None:
    found = lives.matched_boxes(np.array([-1, 0]), PERSON)
    assert np.isnan(found[0]).all() and found[1].tolist() == PERSON[0].tolist()
    assert lives.matched_boxes(np.array([-1]), boxes()).shape == (1, 4)


def masked(*at: Array | None) -> Settled:
    """Masks around which there are these boxes."""
    around = np.vstack([np.full((1, 4), np.nan) if box is None else box for box in at])
    return Settled(np.zeros((len(at), SIDE, SIDE), np.float32), around, np.zeros(len(at)), np.zeros((len(at), len(at))))


def test_a_detection_means_the_mask_that_it_is_around_whoever_was_expected_there() -> None:
    found, expected = np.vstack([PERSON, shifted(PERSON, 40)]), np.vstack([shifted(PERSON, 40), PERSON])
    assert lives.recognised(masked(PERSON, shifted(PERSON, 40)), expected, found, np.array([1, 0])).tolist() == [0, 1]


def test_a_detection_that_could_mean_two_means_who_was_expected_there() -> None:
    both = masked(shifted(PERSON, -2), shifted(PERSON, 3))
    expected = np.vstack([shifted(PERSON, -12), shifted(PERSON, 1)])
    assert lives.recognised(both, expected, PERSON, np.array([-1, 0])).tolist() == [-1, 0]
    assert lives.recognised(both, expected[::-1] * 1.0, PERSON, np.array([0, -1])).tolist() == [0, -1]


def test_whose_mask_means_nothing_keeps_the_detection_that_was_expected_if_it_is_free() -> None:
    expected = np.vstack([PERSON, shifted(PERSON, 100)])
    hidden = masked(None, shifted(PERSON, 100))
    assert lives.recognised(hidden, expected, PERSON, np.array([0, -1])).tolist() == [0, -1]
    taken = masked(None, PERSON)
    assert lives.recognised(taken, expected, PERSON, np.array([0, -1])).tolist() == [-1, 0]


# --- who begins ---------------------------------------------------------------------------------


def begin(at: Array, expected: Array, matched: list[int], *scores: float) -> list[int]:
    return lives.beginning([detection(score) for score in scores], at, expected, np.array(matched, np.int64))


def test_a_detection_begins_an_object_if_it_is_sure_enough() -> None:
    at = np.vstack([PERSON, shifted(PERSON, 50)])
    assert begin(at, boxes(), [], lives.START_SCORE, lives.START_SCORE - 0.01) == [0]


def test_a_detection_that_has_its_object_begins_none() -> None:
    at = np.vstack([PERSON, shifted(PERSON, 50)])
    assert begin(at, PERSON, [0], 0.9, 0.9) == [1]


def test_a_second_detection_of_somebody_known_begins_none_but_one_beside_him_does() -> None:
    at = np.vstack([PERSON, shifted(PERSON, 2), shifted(PERSON, 6)])  # IoU 1, 0.82, 0.54
    assert begin(at, PERSON, [0], 0.9, 0.9, 0.9) == [2]


# --- what is heard ------------------------------------------------------------------------------


def heard(before: dict[str, Any] | None = None, score: float = 0.8, agreed: float = 1.0, matched: int = 0) -> Objects:
    """After one look at one person, of whom something was known before."""
    known = objects(PERSON, **before or {})
    return lives.heard(known, [detection(score)], np.array([matched]), np.array([agreed]))


def test_detections_vote_for_roles_as_surely_as_they_are_sure() -> None:
    after = objects(PERSON)
    for said in (detection(0.5, "player"), detection(0.8, "referee"), detection(0.4, "player")):
        after = lives.heard(after, [said], np.array([0]), np.array([1.0]))
    assert after.roles == ["player"]
    assert np.allclose(after.votes[0], [0.9, 0, 0.8, 0])


def test_the_first_score_counts_whole_and_later_ones_a_share() -> None:
    assert heard(score=0.8).score.tolist() == [0.8]
    assert np.allclose(heard(score=0.8, before={"score": [0.4]}).score, [0.4 + lives.LEARNS * 0.4])


def test_what_is_not_found_keeps_its_role_and_its_score_and_is_counted() -> None:
    after = heard(matched=-1, before={"score": [0.4], "votes": [[0, 1, 0, 0]], "unfound": [3]})
    assert (after.roles, after.score.tolist(), after.unfound.tolist()) == (["goalkeeper"], [0.4], [4])
    assert heard(before={"unfound": [3]}).unfound.tolist() == [0]


def test_a_mask_that_disagrees_with_its_detection_look_after_look_is_doubted() -> None:
    after = objects(PERSON)
    for look in range(1, lives.DOUBTS + 1):
        assert lives.doubted(after, np.array([0])).tolist() == []
        after = lives.heard(after, [detection()], np.array([0]), np.array([lives.AGREES - 0.01]))
        assert after.doubts.tolist() == [look]
    assert lives.doubted(after, np.array([0])).tolist() == [0]
    assert lives.doubted(after, np.array([-1])).tolist() == [], "nothing was found that it could be pointed at by"


def test_whoever_is_found_but_not_seen_is_doubted_too() -> None:
    assert heard(agreed=np.nan, before={"doubts": [1]}).doubts.tolist() == [2]


def test_a_look_that_agrees_or_finds_nothing_ends_the_doubts() -> None:
    assert heard(agreed=lives.AGREES, before={"doubts": [2]}).doubts.tolist() == [0]
    assert heard(matched=-1, before={"doubts": [2]}).doubts.tolist() == [0]


def test_what_somebody_says_of_a_role_outweighs_the_detector() -> None:
    after = lives.called(objects(PERSON), 0, "referee")
    assert after.score.tolist() == [1.0]
    for _ in range(50):
        after = lives.heard(after, [detection(0.9, "player")], np.array([0]), np.array([1.0]))
    assert after.roles == ["referee"]


# --- who ends -----------------------------------------------------------------------------------


def ended(named: bool = False, at: Array = PERSON, **changes: Any) -> bool:
    [gone] = lives.ended(objects(at, **changes), SIZE, np.array([named]))
    return bool(gone)


def test_who_has_not_been_seen_for_too_long_ends_named_or_not() -> None:
    for named in (False, True):
        assert not ended(named, unseen=[lives.UNSEEN])
        assert ended(named, unseen=[lives.UNSEEN + 1])


def test_who_was_not_found_in_too_many_looks_ends_unless_he_was_pointed_at() -> None:
    assert not ended(unfound=[lives.UNFOUND])
    assert ended(unfound=[lives.UNFOUND + 1])
    assert not ended(named=True, unfound=[lives.UNFOUND + 1])


@pytest.mark.parametrize(
    ("stays", "leaves"),
    [
        ((-14, 20, 6, 60), (-16, 20, 4, 60)),  # the quarters of 20 x 40 are 5 and 10
        ((194, 20, 214, 60), (196, 20, 216, 60)),
        ((50, -29, 70, 11), (50, -31, 70, 9)),
        ((50, 89, 70, 129), (50, 91, 70, 131)),
    ],
)
def test_who_has_left_the_picture_ends_named_or_not(stays: tuple[float, ...], leaves: tuple[float, ...]) -> None:
    for named in (False, True):
        assert not ended(named, at=boxes(stays))
        assert ended(named, at=boxes(leaves))


# --- who is there already -----------------------------------------------------------------------


FOUND = np.array([True, True])


def settled(share_of_new_in_old: float, seen: bool = True) -> Settled:
    """An old object and a new one."""
    overlap = np.array([[0.0, 0.9], [share_of_new_in_old, 0.0]])
    at = np.vstack([PERSON, PERSON if seen else np.full((1, 4), np.nan)])
    return Settled(np.zeros((2, SIDE, SIDE), np.float32), at, np.zeros(2), overlap)


def test_a_new_object_in_an_older_ones_mask_is_a_double() -> None:
    new = np.array([False, True])
    assert lives.doubles(settled(lives.TWICE + 0.01), new, FOUND).tolist() == [False, True]
    assert lives.doubles(settled(lives.TWICE - 0.01), new, FOUND).tolist() == [False, False]


def test_older_objects_are_no_doubles_of_one_another() -> None:
    assert lives.doubles(settled(0.9), np.array([False, False]), FOUND).tolist() == [False, False]


def test_new_objects_are_no_doubles_of_one_another() -> None:
    assert lives.doubles(settled(0.9), np.array([True, True]), FOUND).tolist() == [False, False]


def test_a_new_object_that_neither_net_nor_detector_sees_is_nobody() -> None:
    unseen, new = settled(0.0, seen=False), np.array([False, True])
    assert lives.doubles(unseen, new, ~FOUND).tolist() == [False, True]
    assert lives.doubles(unseen, new, FOUND).tolist() == [False, False]
    assert lives.doubles(unseen, np.array([False, False]), ~FOUND).tolist() == [False, False]
