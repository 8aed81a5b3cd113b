"""The stages after detect while they have no model: what was found passes through them, and nothing is claimed."""

from stream_engine.config import AssociateConfig, PropagateConfig, TagConfig
from stream_engine.masks import MaskRle
from stream_engine.messages import (
    Box,
    Detection,
    Detections,
    Mask,
    Masks,
    TaggedTrack,
    TaggedTracks,
    Track,
    Tracks,
)
from stream_engine.stages import Given, Stage, associate, propagate, tag
from tests.fakes import NONE, frame_ref

OFF, NOBODY_FOLLOWS = TagConfig(), PropagateConfig()
BOX: Box = (1.0, 2.0, 3.0, 4.0)
PLAYER, BALL = Detection("player", 0.9, BOX), Detection("ball", 0.4, (5.0, 6.0, 7.0, 8.0))
MASK = MaskRle(1, 2, (2, 2), "13")
Propagate = Stage[Detections, Masks]


def looked(seq: int, *items: Detection, stream: str = "cam", cut: bool | None = None) -> Detections:
    frame = frame_ref(stream, seq=seq)
    return Detections(frame, cut, None, True, items, frame.times)


def unlooked(seq: int, stream: str = "cam") -> Detections:
    frame = frame_ref(stream, seq=seq)
    return Detections(frame, None, None, False, (), frame.times)


def objects(stage: Propagate, *jobs: Detections) -> list[tuple[Mask, ...]]:
    """Of each frame."""
    done = [item for item in stage.process(jobs) if isinstance(item, Masks)]
    assert [item.frame for item in done] == [job.frame for job in jobs]
    return [item.items for item in done]


def seen(item: Detection, fresh: bool) -> Mask:
    return Mask(None, item.role, item.score, item.box_px, None, fresh)


def test_what_is_detected_passes_propagate_unfollowed_and_without_masks() -> None:
    job = looked(0, PLAYER, BALL, cut=False)
    [done] = propagate.build(NOBODY_FOLLOWS, Given(NONE)).process([job])
    assert done == Masks(job.frame, False, None, (seen(PLAYER, True), seen(BALL, True)), job.times)


def test_what_was_found_last_stands_in_for_frames_that_detect_did_not_look_at() -> None:
    found = objects(
        propagate.build(NOBODY_FOLLOWS, Given(NONE)), looked(0, PLAYER), unlooked(1), looked(2, BALL), unlooked(3)
    )
    assert found == [(seen(PLAYER, True),), (seen(PLAYER, False),), (seen(BALL, True),), (seen(BALL, False),)]


def test_streams_do_not_stand_in_for_each_other_and_one_is_forgotten_alone() -> None:
    stage = propagate.build(NOBODY_FOLLOWS, Given(NONE))
    found = objects(stage, looked(0, PLAYER), looked(0, BALL, stream="other"), unlooked(1), unlooked(1, "other"))
    assert found[2:] == [(seen(PLAYER, False),), (seen(BALL, False),)]
    stage.forget("cam")
    stage.forget("never seen")
    assert objects(stage, unlooked(2), unlooked(2, "other")) == [(), (seen(BALL, False),)]


def test_without_a_detector_nothing_is_ever_there() -> None:
    assert objects(propagate.build(NOBODY_FOLLOWS, Given(NONE)), unlooked(0), unlooked(1)) == [(), ()]


def test_associate_calls_a_track_what_propagate_called_the_object() -> None:
    frame = frame_ref()
    followed, unfollowed = Mask(3, "player", 0.9, BOX, MASK, True), Mask(None, "ball", 0.4, BOX, None, False)
    [done] = associate.build(AssociateConfig(), Given(NONE)).process(
        [Masks(frame, True, None, (followed, unfollowed), frame.times)]
    )
    tracks = (Track(3, "player", 0.9, BOX, MASK, True), Track(None, "ball", 0.4, BOX, None, False))
    assert done == Tracks(frame, True, None, tracks, frame.times)


def test_tag_passes_tracks_on_without_teams() -> None:
    frame = frame_ref()
    tracks = (Track(3, "player", 0.9, BOX, MASK, True), Track(None, "ball", 0.4, BOX, None, False))
    [done] = tag.build(OFF, Given(NONE)).process([Tracks(frame, None, None, tracks, frame.times)])
    tagged = (TaggedTrack(tracks[0], None, "player"), TaggedTrack(tracks[1], None, "ball"))
    assert done == TaggedTracks(frame, None, None, tagged, frame.times)
