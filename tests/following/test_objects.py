"""The objects of one stream: rows that stay together."""

from dataclasses import fields

import numpy as np

from stream_engine.following.objects import PERSONS, begun, nobody
from stream_engine.following.windows import boxes_of
from tests.following.made import SIDE, boxes, objects, sloping

TWO = boxes((10, 10, 20, 30), (50, 10, 70, 50))
PAN = np.array([[1, 0, 30.0], [0, 1, -5]])


def test_nobody_is_no_rows_of_everything() -> None:
    none = nobody(SIDE)
    assert len(none) == 0 and none.roles == []
    assert none.logits.shape == (0, SIDE, SIDE) and none.motion.boxes.shape == (0, 4)
    assert len(none.ahead(PAN, 3)) == 0


def test_of_whoever_has_just_begun_only_the_place_is_known() -> None:
    new = objects(TWO)
    assert new.motion.boxes.tolist() == new.before.boxes.tolist() == TWO.tolist()
    assert (new.logits < 0).all() and np.isnan(new.boxes).all() and not new.votes.any()


def test_some_can_be_picked_and_joined_again_with_all_that_belongs_to_them() -> None:
    both = objects(TWO, np.stack([sloping((4, 4, 9, 9)), sloping((2, 2, 6, 6))]), unseen=[3, 4], votes=np.eye(4)[:2])
    again = both.rows(np.array([False, True])).joined(both.rows(slice(0, 1)))
    back = again.rows(np.array([1, 0]))
    for field in fields(both):
        ours, theirs = getattr(both, field.name), getattr(back, field.name)
        assert np.array_equal(np.hstack(ours), np.hstack(theirs), equal_nan=True), field.name
    assert again.ids.tolist() == [2, 1]


def test_nobody_and_somebody_together_are_somebody() -> None:
    assert nobody(SIDE).joined(objects(TWO)).ids.tolist() == [1, 2]


def test_boxes_and_masks_go_with_their_objects_and_with_the_camera() -> None:
    still = objects(TWO, np.stack([sloping((4, 4, 9, 9))] * 2), boxes=TWO)
    walking = still.changed(motion=still.motion._replace(velocity=np.array([[2.0, 1.0], [0, 0]])))
    later = walking.ahead(PAN, 3)
    by = np.array([[36, -2, 36, -2], [30, -5, 30, -5.0]])
    assert np.allclose(later.boxes, TWO + by) and np.allclose(later.motion.boxes, TWO + by)
    before, after = boxes_of(still.logits, still.windows), boxes_of(later.logits, later.windows)
    assert np.allclose(after, before + by)
    assert np.allclose(later.before.boxes, np.add(TWO, (30, -5, 30, -5))), "where it was, carried by the camera alone"


def test_with_a_zoom_boxes_and_masks_grow() -> None:
    later = objects(TWO, np.stack([sloping((4, 4, 9, 9))] * 2), boxes=TWO).ahead(np.array([[2, 0, 0], [0, 2.0, 0]]), 1)
    assert np.allclose(later.boxes, TWO * 2)
    assert np.allclose(later.windows[:, 2:], objects(TWO).windows[:, 2:] * 2)


def test_who_is_not_seen_still_has_no_box_after_a_movement() -> None:
    assert np.isnan(objects(TWO).ahead(PAN, 2).boxes).all()


def test_a_role_is_the_one_with_most_votes_and_without_any_the_first() -> None:
    votes = [[0.1, 0, 0.9, 0.5], [0, 0, 0, 0]]
    assert objects(TWO, votes=votes).roles == ["referee", PERSONS[0]]


def test_each_begins_with_its_own_id_and_handle() -> None:
    new = begun(np.array([7, 9]), np.array([4, 2]), objects(TWO).motion, SIDE)
    assert (new.ids.tolist(), new.handles.tolist()) == ([7, 9], [4, 2])
