"""publish: events in order, gaps with their causes, and an account that a successor can take up."""

from typing import Any

import msgspec
import numpy as np
import pytest

from stream_engine.config import Config, StreamConfig
from stream_engine.easing import left_out
from stream_engine.masks import MaskRle
from stream_engine.messages import (
    CameraMove,
    CameraReport,
    Change,
    Event,
    Gap,
    GapEvent,
    Item,
    Mark,
    SourceTime,
    StageTime,
    StatusEvent,
    TaggedTrack,
    TaggedTracks,
    Track,
    TrackChange,
    TrackedObject,
    TrackEvent,
)
from stream_engine.pulse import STREAM, WORKER, Flow, close_epoch, is_untold
from stream_engine.records import frame_event
from stream_engine.stages.publish import Publisher, StreamAccount
from stream_engine.stages.relief import relief
from tests.fakes import frame_ref, tagged

MS = 1_000_000


class FakeOutput:
    dropped = 0

    def __init__(self) -> None:
        self.events: list[Event] = []

    def send(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None: ...


class Scene:
    """A publisher of one stream on a board that outlives it."""

    def __init__(self) -> None:
        self.row: Any = np.zeros(1, STREAM)
        self.row["published_epoch"] = self.row["closed_epoch"] = -1
        self.row["epoch"], self.row["last_seq"] = 2, 1_000
        self.worker: Any = np.zeros(1, WORKER)
        self.publish: Any = np.zeros(1, WORKER)
        self.output = FakeOutput()
        self.now_ns = 1_100 * MS
        self.start()

    def start(self) -> None:
        account = StreamAccount("cam", self.row[0], {"detect.main": self.worker[0], "publish": self.publish[0]})
        self.publisher = Publisher({"cam": account}, [self.output], monotonic_ns=lambda: self.now_ns, wall_ns=lambda: 5)

    def said(self) -> list[object]:
        return [
            e.seq if isinstance(e, TrackEvent) else (e.cause, e.first_seq, e.last_seq)
            for e in self.output.events
            if isinstance(e, TrackEvent | GapEvent)
        ]


def test_a_frame_becomes_an_event_with_its_age_and_the_times_of_its_stages() -> None:
    times = (StageTime("decode", 1_002 * MS, 1_007 * MS), StageTime("detect", 1_008 * MS, 1_010 * MS))
    frame = frame_ref(arrival_ns=1_000 * MS, source=SourceTime(77, True), user_data=(b"x",))
    track = Track(4, "player", 0.5, (1.0, 2.0, 3.0, 4.0), MaskRle(1, 2, (1, 4), "013"), fresh=False)
    told = TaggedTracks(frame, False, None, (TaggedTrack(track, "home", "player"),), times)
    event = frame_event(told, now_ns=1_015 * MS)
    assert event.age_ns == 15 * MS
    assert [(s.stage, s.wait_ns // MS, s.work_ns // MS) for s in event.stages] == [("decode", 2, 5), ("detect", 1, 2)]
    assert event.source is not None and (event.source.time_ns, event.source.locked) == (77, True)
    (thing,) = event.objects
    assert (thing.track_id, thing.team, thing.mask, thing.fresh) == (4, "home", track.mask, False)


def test_an_object_that_nobody_follows_is_published_without_an_id() -> None:
    track = Track(None, "referee", 0.5, (1.0, 2.0, 3.0, 4.0), None, fresh=True)
    frame = frame_ref()
    told = TaggedTracks(frame, None, None, (TaggedTrack(track, None, "referee"),), frame.times)
    event = frame_event(told, now_ns=2_000 * MS)
    assert event.objects == (TrackedObject(None, "referee", None, 0.5, (1.0, 2.0, 3.0, 4.0), None, fresh=True),)


SWAPPED = Change("swapped", 7, (3, 12), None, "operator", "")
NAMED = Change("named", 8, (3,), "the scorer", "tracker", "by its prompt")


def test_each_change_of_identity_is_a_record_after_that_of_its_frame() -> None:
    scene = Scene()
    scene.publisher.send([msgspec.structs.replace(tagged(epoch=2, seq=8), changes=(SWAPPED, NAMED))])
    gap, frame, swapped, named = scene.output.events
    assert isinstance(gap, GapEvent) and isinstance(frame, TrackEvent)
    assert swapped == TrackChange(
        stream="cam", epoch=2, seq=7, kind="swapped", track_ids=(3, 12), name=None, by="operator", detail="", noted_ns=5
    )
    assert isinstance(named, TrackChange) and (named.name, named.detail) == ("the scorer", "by its prompt")
    assert scene.row["frames"] == 1, "changes are no part of the account"


def test_changes_in_a_frame_that_had_been_told_as_lost_are_published_all_the_same() -> None:
    scene = Scene()
    scene.publisher.send([tagged(epoch=2, seq=0), tagged(epoch=2, seq=9)])
    scene.publisher.send([msgspec.structs.replace(tagged(epoch=2, seq=8), changes=(NAMED,))])
    assert scene.said() == [0, ("unknown", 1, 8), 9]
    assert isinstance(scene.output.events[-1], TrackChange)


def test_changes_in_a_frame_that_no_decoder_gave_out_are_rejected_with_it() -> None:
    scene = Scene()
    scene.publisher.send([msgspec.structs.replace(tagged(epoch=9, seq=8), changes=(NAMED,))])
    assert not scene.output.events and scene.publish["rejected"] == 1


def test_a_camera_that_is_back_is_published() -> None:
    back = CameraMove(3, (1.0, 0.0, 5.0, 0.0, 1.0, 6.0), 0.7)
    event = frame_event(TaggedTracks(frame_ref(), True, None, (), (), back), now_ns=2_000 * MS)
    assert event.back == CameraReport(3, (1.0, 0.0, 5.0, 0.0, 1.0, 6.0), 0.7)


def test_a_hole_after_the_loss_of_a_worker_is_explained_by_it() -> None:
    scene = Scene()
    scene.publisher.send([tagged(seq=0)])
    scene.worker["lost_ns"] = 1_050 * MS
    scene.publisher.send([tagged(seq=3)])
    assert scene.said() == [0, ("worker_lost", 1, 2), 3]


def test_a_hole_that_an_earlier_loss_cannot_explain_is_unknown() -> None:
    scene = Scene()
    scene.worker["lost_ns"] = 900 * MS
    scene.publisher.send([tagged(seq=0), tagged(seq=3)])
    assert scene.said() == [0, ("unknown", 1, 2), 3]


def test_the_tail_of_an_epoch_that_died_with_its_decoder_is_told_by_the_board() -> None:
    scene = Scene()
    scene.publisher.send([tagged(seq=0)])
    scene.row["epoch"], scene.row["last_seq"], scene.worker["lost_ns"] = 1, 4, 1_050 * MS
    close_epoch(scene.row[0])
    scene.row["epoch"], scene.row["last_seq"] = 2, 0
    scene.publisher.send([Mark("cam", 2, -1, "open"), tagged(epoch=2, seq=0)])
    assert scene.said() == [0, ("worker_lost", 1, 4), 0]


def test_a_successor_goes_on_where_the_board_says() -> None:
    scene = Scene()
    scene.publisher.send([tagged(seq=n) for n in range(20)])
    scene.worker["lost_ns"] = 1_090 * MS
    scene.start()
    scene.output.events.clear()
    scene.publisher.send([tagged(seq=25)])
    assert scene.said() == [("worker_lost", 12, 24), 25]


def test_the_board_counts_frames_and_gaps_and_the_status_tells_them() -> None:
    scene = Scene()
    scene.row["flow"], scene.row["epoch"], scene.worker["restarts"] = Flow.LIVE, 1, 2
    scene.publisher.send([tagged(seq=0), Gap("cam", 1, 1, 3, "late", ""), tagged(seq=4)])
    scene.publisher.tick()
    status = scene.output.events[-1]
    assert isinstance(status, StatusEvent)
    assert (status.state, status.frames, status.gaps, status.restarts) == ("live", 2, {"late": 3}, {"detect.main": 2})
    scene.publisher.tick()
    assert scene.output.events[-1] is status, "a status is told once a second"
    scene.worker["down"] = 1
    scene.publisher.tick()
    last = scene.output.events[-1]
    assert isinstance(last, StatusEvent) and last.state == "down"


def test_numbers_that_no_decoder_gave_out_are_rejected_and_the_stream_goes_on() -> None:
    scene = Scene()
    scene.publisher.send([tagged(epoch=2, seq=0)])
    absurd: list[Item] = [
        tagged(epoch=2**62, seq=0),
        tagged(epoch=2, seq=1_001),
        Gap("cam", 2, 1, 2**63 - 1, "late", ""),
        Mark("cam", 2**63 + 5, 5, "sync"),
        tagged(epoch=-1, seq=0),
    ]
    scene.publisher.send([*absurd, tagged(epoch=2, seq=1)])
    assert scene.said() == [0, 1]
    assert scene.publish["rejected"] == len(absurd)


def ending(last_seq: int) -> Scene:
    """Two frames of an epoch have come, and the service was stopped."""
    scene = Scene()
    scene.publisher.send([tagged(epoch=2, seq=0), tagged(epoch=2, seq=1)])
    scene.row["last_seq"], scene.row["given"], scene.publish["stopping"] = last_seq, last_seq + 1, 1
    return scene


def test_at_the_end_what_a_lost_worker_had_in_hand_is_told() -> None:
    scene = ending(last_seq=6)
    scene.worker["lost_ns"] = 1_090 * MS
    assert is_untold(scene.row[0])
    scene.publisher.end()
    assert scene.said() == [0, 1, ("worker_lost", 2, 6)]
    assert not is_untold(scene.row[0])


def test_at_the_end_an_epoch_of_which_nothing_came_is_told_whole() -> None:
    scene = ending(last_seq=1)
    close_epoch(scene.row[0])
    scene.row["epoch"], scene.row["last_seq"], scene.worker["lost_ns"] = 3, 4, 1_090 * MS
    scene.publisher.end()
    assert scene.said() == [0, 1, ("worker_lost", 0, 4)]


def test_at_the_end_what_nobody_took_in_time_is_overload_and_no_defect() -> None:
    scene = ending(last_seq=3)
    scene.publisher.end()
    assert scene.said() == [0, 1, ("overload", 2, 3)]


@pytest.mark.parametrize("last_seq", [1, 6])
def test_the_last_status_balances(last_seq: int) -> None:
    scene = ending(last_seq)
    scene.publisher.end()
    last = scene.output.events[-1]
    assert isinstance(last, StatusEvent)
    assert last.decoded == last.frames + sum(last.gaps.values()) == last_seq + 1


def test_a_publish_that_ends_alone_leaves_the_account_to_its_successor() -> None:
    scene = ending(last_seq=6)
    scene.publish["stopping"] = 0
    scene.publisher.end()
    assert scene.said() == [0, 1]
    assert is_untold(scene.row[0])


def test_a_successor_tells_what_its_predecessor_may_have_taken_along() -> None:
    scene = ending(last_seq=1)
    scene.publish["lost_ns"] = 1_090 * MS
    scene.start()
    scene.publisher.end()
    assert scene.said() == [0, 1, ("worker_lost", 0, 1)], "an event that did come counts for more than the gap"


class Squeeze(Scene):
    """A publisher that may ease its stream; frames come every 33 ms, 300 ms old."""

    def start(self) -> None:
        account = StreamAccount("cam", self.row[0], {"detect.main": self.worker[0], "publish": self.publish[0]})
        self.row["flow"] = Flow.LIVE
        config = Config(streams=(StreamConfig(name="cam", url="srt://h:1"),))
        eased = relief(config, {"cam": self.row[0]}, self.now_ns)
        self.publisher = Publisher({"cam": account}, [self.output], eased, lambda: self.now_ns, lambda: 5)

    def flows(self, seconds: float, *items: Item, age_ms: int = 300) -> list[int]:
        """The level that each status told."""
        known = len(self.output.events)
        for _ in range(int(seconds * 30)):
            self.now_ns += 33 * MS
            seq, level = int(self.row["published_next"][0]), int(self.row["ease"][0])
            frame = tagged(epoch=2, seq=seq, arrival_ns=self.now_ns - age_ms * MS - 5 * MS, ease=level)
            self.publisher.send([frame, *items])
            self.publisher.tick()
        return [event.ease for event in self.output.events[known:] if isinstance(event, StatusEvent)]


def test_a_stream_whose_frames_are_old_is_eased_and_its_events_say_so() -> None:
    scene = Squeeze()
    assert scene.flows(2.0) == [0, 0]
    told = scene.flows(2.0)
    assert told == sorted(told) and told[-1] == scene.row["ease"] >= 2
    frames = [event.ease for event in scene.output.events if isinstance(event, TrackEvent)]
    assert frames == sorted(frames) and frames[-1] >= 2
    status = [event for event in scene.output.events if isinstance(event, StatusEvent)][-1]
    assert 0 < status.eased <= sum(ease > 0 for ease in frames) == scene.row["eased"]


def test_levels_and_counts_outlive_publish() -> None:
    scene = Squeeze()
    scene.flows(4.0)
    level, eased = int(scene.row["ease"][0]), int(scene.row["eased"][0])
    scene.start()
    assert scene.flows(1.0) == [level] and scene.row["eased"] == eased + 30
    scene.flows(20.0, age_ms=20)
    assert scene.row["ease"] == 0


@pytest.mark.parametrize("what", ["a worker was lost", "an epoch begins"])
def test_after_a_loss_or_a_new_connection_ages_say_nothing_for_a_while(what: str) -> None:
    scene = Squeeze()
    scene.flows(2.5, age_ms=20)
    if what == "a worker was lost":
        scene.worker["lost_ns"] = scene.now_ns
        scene.flows(1.9)
    else:
        scene.publisher.send([Mark("cam", 2, -1, "open")])
        scene.flows(1.9)
    assert scene.row["ease"] == 0
    scene.flows(1.0)
    assert scene.row["ease"] > 0


@pytest.mark.parametrize(("detail", "level"), [("waited too long for detect", 1), (left_out(4, 5), 0)])
def test_a_stream_that_loses_frames_is_eased_unless_they_were_left_out_on_purpose(detail: str, level: int) -> None:
    scene = Squeeze()
    scene.flows(2.5, age_ms=20)
    gap = Gap("cam", 2, seq := int(scene.row["published_next"][0]), seq, "overload", detail)
    scene.publisher.send([gap])
    scene.flows(0.3, age_ms=20)
    assert scene.row["ease"] == level


def test_nothing_is_eased_while_the_service_stops_nor_when_nothing_may_be_lost() -> None:
    scene = Squeeze()
    scene.worker["stopping"] = 1
    scene.flows(4.0)
    assert scene.row["ease"] == 0
    config = Config(streams=(StreamConfig(name="cam", url="a.mp4"),), mode="lossless")
    assert relief(config, {"cam": scene.row[0]}, 0) is None


def test_what_is_left_of_a_feed_that_has_ended_eases_nobody() -> None:
    scene = Squeeze()
    scene.row["flow"] = Flow.ENDED
    assert set(scene.flows(5.0)) == {0}
