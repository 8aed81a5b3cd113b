"""What stands in for detections where the detector did not look."""

import msgspec

from stream_engine.following.held import HOLD, Held
from stream_engine.messages import Box, CameraMove, Detection, Detections
from tests.fakes import frame_ref

BOX: Box = (1.0, 2.0, 3.0, 4.0)
PLAYER, BALL = Detection("player", 0.9, BOX), Detection("ball", 0.4, (5.0, 6.0, 7.0, 8.0))


def looked(seq: int, *items: Detection, cut: bool | None = None) -> Detections:
    frame = frame_ref(seq=seq)
    return Detections(frame, cut, None, True, items, frame.times)


def unlooked(seq: int, cut: bool | None = None) -> Detections:
    frame = frame_ref(seq=seq)
    return Detections(frame, cut, None, False, (), frame.times)


def panned(seq: int, since_seq: int, by_px: float = 10.0) -> Detections:
    move = CameraMove(since_seq, (1.0, 0.0, by_px, 0.0, 1.0, -2.0), 0.9)
    return msgspec.structs.replace(unlooked(seq), camera=move, cut=False)


def there(*jobs: Detections) -> list[tuple[Detection, ...]]:
    """After each frame."""
    held = Held()
    return [held.now(job, job.items) for job in jobs]


def boxes(*jobs: Detections) -> list[list[Box]]:
    return [[item.box_px for item in items] for items in there(*jobs)]


def test_what_was_found_last_stands_in_for_a_few_frames_that_detect_did_not_look_at() -> None:
    assert there(looked(0, PLAYER), *map(unlooked, range(1, HOLD + 3))) == [*[(PLAYER,)] * (HOLD + 1), (), ()]


def test_lost_frames_count_among_those_for_which_detections_stand_in() -> None:
    assert there(looked(0, PLAYER), unlooked(HOLD), unlooked(HOLD + 1)) == [(PLAYER,), (PLAYER,), ()]


def test_where_detect_looked_and_found_nothing_nothing_stands_in() -> None:
    assert there(looked(0, PLAYER), looked(1), unlooked(2)) == [(PLAYER,), (), ()]


def test_before_detect_has_looked_nothing_stands_in() -> None:
    assert there(unlooked(0), unlooked(1)) == [(), ()]


def test_nothing_stands_in_from_before_a_cut() -> None:
    assert there(looked(0, PLAYER), unlooked(1, cut=True), unlooked(2, cut=False)) == [(PLAYER,), (), ()]
    assert there(looked(0, PLAYER), looked(1, BALL, cut=True), unlooked(2)) == [(PLAYER,), (BALL,), (BALL,)]


def test_what_stands_in_is_carried_by_the_cameras_movement_and_cut_off_at_the_edge() -> None:
    found = boxes(looked(0, PLAYER), panned(1, 0), panned(2, 1), panned(3, 2, by_px=1900.0), panned(4, 3))
    assert found[:3] == [[BOX], [(11.0, 0.0, 13.0, 2.0)], []]
    assert found[3:] == [[], []], "who has left the picture does not come back"


def test_a_movement_since_a_frame_that_was_lost_here_carries_nothing() -> None:
    assert boxes(looked(0, PLAYER), panned(2, 1), panned(3, 2)) == [[BOX], [], []]
    assert boxes(looked(0, PLAYER), panned(2, 0)) == [[BOX], [(11.0, 0.0, 13.0, 2.0)]], "detect lost frame 1, not we"


def test_nothing_stands_in_once_the_picture_has_another_size() -> None:
    frame = msgspec.structs.replace(frame_ref(seq=1), width=720, height=576)
    assert boxes(looked(0, PLAYER), msgspec.structs.replace(unlooked(1), frame=frame)) == [[BOX], []]


def test_some_of_what_was_found_can_stand_in_without_the_rest() -> None:
    held = Held()
    assert held.now(looked(0, PLAYER, BALL), [BALL]) == (BALL,)
    assert held.now(unlooked(1), []) == (BALL,)
