"""What a dropped frame leaves to the next one: nothing that it told is lost, and nothing is told wrongly."""

from typing import Any

import msgspec
import numpy as np
import pytest

from stream_engine.heirs import MOST_CHANGES, heir
from stream_engine.messages import CameraMove, Change, Detections, FrameRef, Masks, TaggedTracks, Tracks
from tests.fakes import frame_ref

LOOKED: tuple[type[Detections] | type[Masks] | type[Tracks] | type[TaggedTracks], ...] = (
    Detections,
    Masks,
    Tracks,
    TaggedTracks,
)
BACK = CameraMove(100, (1.0, 0.0, 5.0, 0.0, 1.0, 0.0), 0.9)


def frame(seq: int, epoch: int = 1, kind: Any = TaggedTracks, **told: Any) -> Any:
    ref = frame_ref(seq=seq, epoch=epoch)
    looked = (True,) if kind is Detections else ()
    return msgspec.structs.replace(kind(ref, False, None, *looked, (), ref.times), **told)


def inherited(item: Any, lost: Any) -> Any:
    return heir(item, lost)


def change(seq: int, *ids: int) -> Change:
    return Change("started", seq, ids or (seq,), None, "tracker", "")


@pytest.mark.parametrize("kind", LOOKED)
def test_a_cut_and_a_camera_that_is_back_are_told_by_the_next_frame_of_every_topic(kind: Any) -> None:
    told = inherited(frame(2, kind=kind), frame(1, kind=kind, cut=True, back=BACK))
    assert told == frame(2, kind=kind, cut=True, back=BACK)


def test_nothing_is_made_up() -> None:
    assert inherited(frame(2, cut=None), frame(1)) == frame(2, cut=None)
    assert inherited(frame(2), None) == frame(2)
    assert inherited(frame_ref(seq=2), frame_ref(seq=1)) == frame_ref(seq=2)


def test_how_a_camera_came_back_goes_on_as_it_moved_since() -> None:
    turn = CameraMove(1, (2.0, 0.5, 10.0, -0.5, 2.0, 20.0), 0.8)
    back = CameraMove(100, (1.5, 0.2, 5.0, -0.2, 1.5, 3.0), 0.9)
    told = inherited(frame(2, camera=turn), frame(1, back=back)).back
    place = np.array((7.0, 11.0, 1.0))
    first = np.append(np.reshape(back.matrix, (2, 3)) @ place, 1.0)
    assert np.reshape(told.matrix, (2, 3)) @ place == pytest.approx(np.reshape(turn.matrix, (2, 3)) @ first)
    assert (told.since_seq, told.confidence) == (100, 0.9)
    elsewhere = msgspec.structs.replace(turn, since_seq=0)
    assert inherited(frame(2, camera=elsewhere), frame(1, back=back)).back == back


def test_a_camera_that_is_off_air_again_is_not_back() -> None:
    own = CameraMove(50, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), 0.5)
    assert inherited(frame(2, cut=True), frame(1, back=BACK)).back is None
    assert inherited(frame(2, back=own), frame(1, back=BACK)).back == own
    assert inherited(frame(0, epoch=2), frame(1, back=BACK)).back is None, "its frames are numbered anew"


@pytest.mark.parametrize("kind", [Tracks, TaggedTracks])
def test_changes_come_before_those_of_the_next_frame(kind: Any) -> None:
    lost = inherited(frame(2, kind=kind, changes=(change(2),)), frame(1, kind=kind, changes=(change(1),)))
    assert inherited(frame(3, kind=kind, changes=(change(3),)), lost).changes == (change(1), change(2), change(3))


def test_changes_of_an_epoch_that_is_over_are_told_as_of_the_frame_that_tells_them() -> None:
    told = inherited(frame(0, epoch=2, changes=(change(0),)), frame(900, changes=(change(899), change(900))))
    assert told.changes == (change(0, 899), change(0, 900), change(0))


def test_of_too_many_changes_the_oldest_go_and_it_is_told(caplog: pytest.LogCaptureFixture) -> None:
    told = frame(0)
    for seq in range(1, MOST_CHANGES + 3):
        told = inherited(frame(seq, changes=(change(seq),)), told)
    assert [each.seq for each in told.changes] == list(range(3, MOST_CHANGES + 3))
    assert caplog.messages == ["cam: 1 changes of identity in late frames are not told"] * 2


def test_the_way_over_a_lost_frame_is_told_where_both_parts_of_it_are_known() -> None:
    first, then = (CameraMove(seq, (1.0, 0.0, 5.0, 0.0, 1.0, 2.0), 0.9) for seq in (4, 5))
    lost = Masks(frame_ref(seq=5), None, first, (), ())
    told = heir(Masks(frame_ref(seq=6), None, then, (), ()), lost)
    assert not isinstance(told, FrameRef) and told.camera == CameraMove(4, (1.0, 0.0, 10.0, 0.0, 1.0, 4.0), 0.9)
    alone = heir(Masks(frame_ref(seq=7), None, CameraMove(6, then.matrix, 0.9), (), ()), lost)
    assert not isinstance(alone, FrameRef) and alone.camera and alone.camera.since_seq == 6
