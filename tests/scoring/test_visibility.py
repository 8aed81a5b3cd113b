"""J by how much of a person is seen: who is judged, and who has none."""

from typing import Any

import pytest

from stream_engine.messages import TrackedObject
from stream_engine.scoring.compare import compare
from stream_engine.scoring.read import Scored, Truth
from stream_engine.scoring.visibility import MasksSeen, masks_seen
from tests.scoring.fakes import PEOPLE, altered, make_events, make_truth, mask_at, moved, person_in, truth_frame

SEEN = (1.0, 0.7, 0.69, 0.3, 0.29, 0.1)  # two clearly, two half hidden, one of neither, one "don't care"


def partly(frame: int, no: int, kind: Any, wipe: bool = False) -> Any:
    objects = [person_in(frame, at, PEOPLE[at], visible=visible) for at, visible in enumerate(SEEN)]
    return truth_frame(frame, [] if wipe else objects, no, wipe=wipe)


TRUTH = make_truth([("main", 10)], partly)


def judged(change: Any = None, truth: Truth = TRUTH, events: list[Scored] | None = None) -> MasksSeen:
    compared = compare(truth, make_events(truth, change) if events is None else events)
    return masks_seen(compared.people, [frame for shapes in compared.shapes for frame in shapes])


def of_person(no: int, change: Any) -> Any:
    track = PEOPLE[no].id + 100
    return lambda _, item: change(item) if item.track_id == track else item


def test_perfect_masks_are_one_and_everybody_is_counted_by_what_is_seen() -> None:
    assert judged() == MasksSeen(1.0, 1.0, 20, 1.0, 20)


@pytest.mark.parametrize(
    "change",
    [
        lambda item: altered(item, mask=None),
        lambda item: None,
        lambda item: altered(item, box_px=moved(item.box_px, 0, 200)),
    ],
    ids=["no mask", "not found", "found elsewhere"],
)
@pytest.mark.parametrize(
    ("no", "visible", "occluded"),
    [(0, 0.5, 1.0), (1, 0.5, 1.0), (2, 1.0, 0.5), (3, 1.0, 0.5), (4, 1.0, 1.0), (5, 1.0, 1.0)],
)
def test_who_has_no_mask_counts_as_zero(no: int, visible: float, occluded: float, change: Any) -> None:
    assert judged(of_person(no, change)) == MasksSeen(visible, visible, 20, occluded, 20)


def test_a_poor_mask_costs_what_is_lacking() -> None:
    def lower(item: TrackedObject) -> TrackedObject:
        return altered(item, mask=mask_at(item.mask.x, item.mask.y + 8)) if item.mask else item

    found = judged(of_person(0, lower))
    assert found.mask_iou_visible is not None and 0.7 < found.mask_iou_visible < 0.9
    assert found.mask_f_visible is not None and 0.5 < found.mask_f_visible < 0.9
    assert found.mask_iou_occluded == 1.0


def test_where_nobody_has_a_mask_nobody_is_judged_and_one_anywhere_claims_them() -> None:
    assert judged(lambda _, item: altered(item, mask=None)) == MasksSeen(None, None, 0, None, 0)

    def one(frame: int, item: TrackedObject) -> TrackedObject:
        far = altered(item, box_px=moved(item.box_px, 0, 200))
        return far if (frame, item.track_id) == (3, 101) else altered(item, mask=None)

    assert judged(one) == MasksSeen(0.0, 0.0, 20, 0.0, 20)
    close = make_truth([("main", 4)], lambda frame, no, kind: truth_frame(frame, [person_in(frame, 0, PEOPLE[0])], no))
    assert judged(truth=close) == MasksSeen(1.0, 1.0, 4, None, 0)


def test_frames_without_an_event_and_those_with_a_wipe_are_left_out() -> None:
    events = [event for event in make_events(TRUTH) if event.seq not in (4, 5)]  # type: ignore[union-attr]
    assert judged(events=events) == MasksSeen(1.0, 1.0, 16, 1.0, 16)
    wiped = make_truth([("main", 10)], lambda frame, no, kind: partly(frame, no, kind, wipe=frame in (4, 5, 6)))
    assert judged(truth=wiped, events=make_events(TRUTH)) == MasksSeen(1.0, 1.0, 14, 1.0, 14)
