"""associate: identities of several streams in one batch, looks within a budget, corrections, and a successor."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.config import AssociateConfig
from stream_engine.masks import MaskRle
from stream_engine.messages import CameraMove, Change, Correction, FrameRef, Mask, Masks, StageTime, Track, Tracks
from stream_engine.pictures import FrameGone
from stream_engine.stages import Given
from stream_engine.stages.associate import Associate, Off, build, seen_of
from stream_engine.stages.left import KEEP_EVERY_NS
from stream_engine.tracking.appearance import Appearance
from tests.fakes import NONE, frame_ref
from tests.tracking.scene import NUMBERS, SIZE, Person, Scene, crowd, looks_of

EIGHT = crowd(8, going=(0.1, 0.0))
SCENES = {"here": Scene(EIGHT), "there": Scene([Person(who.name.lower(), who.at) for who in EIGHT[:5]], seed=2)}
STANDS = Scene([Person(chr(75 + n), (150.0 + 130 * n, 300.0)) for n in range(5)], seed=3)
START_NS, FRAME_NS = 1_700_000_000_000_000_000, 33_000_000


class Films:
    """Pictures that say whose and which frame they are; some are gone before, some while they are read."""

    def __init__(self, gone: Iterable[int] = (), lapped: Iterable[int] = ()) -> None:
        self._gone, self._lapped = set(gone), set(lapped)
        self.read: list[tuple[str, int]] = []

    @contextmanager
    def view(self, ref: FrameRef) -> Iterator[NDArray[np.uint8]]:
        if ref.seq in self._gone:
            raise FrameGone("before")
        self.read.append((ref.stream, ref.seq))
        yield np.frombuffer(f"{ref.stream} {ref.seq}".encode(), np.uint8)
        if ref.seq in self._lapped:
            raise FrameGone("while")


class Eyes:
    """A net that sees who stands where, and notes whom it is asked for."""

    parts, size = 1, NUMBERS

    def __init__(self, *others: Scene) -> None:
        self.counts: Counter[str] = Counter()
        self.batches: list[list[int]] = []  # of each answer how many people of each picture
        self._others = [person for scene in others for person in scene.people]

    def take(self, picture: NDArray[np.uint8], boxes: NDArray[np.float64], masks: Sequence[MaskRle | None]) -> Any:
        stream, seq = bytes(picture).decode().split()
        assert len(boxes) == len(masks) > 0
        people = [*SCENES[stream].people, *self._others]
        places = np.array([person.box(int(seq)) for person in people])
        nearest = np.abs(boxes[:, None] - places[None]).sum(axis=2).argmin(axis=1)
        return [people[place].name for place in nearest.tolist()], int(seq)

    def answer(self, takens: Sequence[Any]) -> list[Appearance]:
        self.batches.append([len(names) for names, _ in takens])
        return [looks_of(names, seq) for names, seq in takens]


class Drawer:
    """What is kept, and how often."""

    def __init__(self, state: bytes | None = None) -> None:
        self.state, self.saves = state, 0

    def load(self) -> bytes | None:
        return self.state

    def save(self, state: bytes) -> None:
        self.state, self.saves = state, self.saves + 1


def stage(eyes: Eyes | None = None, pictures: Any = None, keep: Drawer | None = None, **settings: Any) -> Associate:
    films = pictures or (Films() if eyes else NONE)
    return Associate(eyes, AssociateConfig(net="fake", **settings), Given(films, keep=keep))


def job(seq: int, stream: str = "here", scene: Scene | None = None, numbered: bool = False, **more: Any) -> Masks:
    epoch, wall_ns, cut = more.pop("epoch", 1), more.pop("wall_ns", START_NS + seq * FRAME_NS), more.pop("cut", False)
    ease = more.pop("ease", 0)
    ref = frame_ref(stream, epoch, seq, width=SIZE[0], height=SIZE[1], arrival_wall_ns=wall_ns, ease=ease)
    seen, names = (scene or SCENES[stream]).seen(seq, numbered=numbered)
    items = tuple(
        Mask(number if number >= 0 else None, "player", 0.9, tuple(box), None, True, more.get(name))
        for box, number, name in zip(seen.boxes.tolist(), seen.objects.tolist(), names, strict=True)
    )
    return Masks(ref, cut, CameraMove(seq - 1, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), 0.9), items, ref.times)


def who(done: Tracks, scene: Scene | None = None) -> dict[str, int | None]:
    """Names of people, and their ids."""
    names = (scene or SCENES[done.frame.stream]).seen(done.frame.seq)[1]
    return dict(zip(names, [track.track_id for track in done.items], strict=True))


def run(following: Associate, seqs: Iterable[int], **more: Any) -> dict[str, int | None]:
    """Frame by frame; who is who in the last."""
    for seq in seqs:
        [done] = following.process([job(seq, **more)])
    return who(done, more.get("scene"))


def changes(done: Sequence[Tracks]) -> list[Change]:
    return [change for each in done for change in each.changes]


# --- batches --------------------------------------------------------------------------------------


def test_results_are_of_their_frames_in_order_over_all_streams() -> None:
    jobs = [job(0), job(0, "there"), job(1), job(2), job(1, "there")]
    done = stage(Eyes()).process(jobs)
    assert [each.frame for each in done] == [each.frame for each in jobs]
    assert [[track.box_px for track in each.items] for each in done] == [
        [m.box_px for m in each.items] for each in jobs
    ]
    assert stage().process([]) == []


def test_several_frames_of_a_stream_in_one_batch_are_told_as_one_by_one() -> None:
    jobs = [each for seq in range(12) for each in (job(seq), job(seq, "there"))]
    at_once, one_by_one = stage(Eyes()), stage(Eyes())
    expected = [done for each in jobs for done in one_by_one.process([each])]
    assert at_once.process(jobs[:9]) + at_once.process(jobs[9:]) == expected


def test_the_net_is_asked_once_for_a_frame_of_each_stream() -> None:
    eyes = Eyes()
    stage(eyes).process([job(0), job(0, "there"), job(1)])
    assert len(eyes.batches[0]) == 2 and len(eyes.batches) <= 2


def test_streams_know_nothing_of_each_other() -> None:
    together, here, there = stage(Eyes()), stage(Eyes()), stage(Eyes())
    for seq in range(30):
        both = together.process([job(seq), job(seq, "there")])
        assert both == [*here.process([job(seq)]), *there.process([job(seq, "there")])]
    assert sorted(who(both[0]).values()) == list(range(1, 9)) and sorted(who(both[1]).values()) == list(range(1, 6))  # type: ignore[type-var]


def test_what_is_known_of_a_frame_goes_on_with_it() -> None:
    back, times = CameraMove(1, (1.0, 0.0, 4.0, 0.0, 1.0, 0.0), 0.5), (StageTime("detect", 5, 6),)
    plain = job(5)
    given = Masks(plain.frame, True, plain.camera, plain.items, times, back)
    [done] = stage().process([given])
    assert (done.frame, done.cut, done.camera, done.times, done.back) == (given.frame, True, given.camera, times, back)
    assert {change.kind for change in done.changes} == {"started"}


def test_a_ball_and_whoever_has_no_box_pass_without_an_id() -> None:
    frame = frame_ref("here", width=SIZE[0], height=SIZE[1])
    ball = Mask(None, "ball", 0.8, (5.0, 5.0, 15.0, 15.0), None, True, "match ball")
    flat = Mask(3, "player", 0.8, (50.0, 50.0, 50.0, 90.0), None, True)
    following = stage()
    [done] = following.process([Masks(frame, None, None, (ball, flat), frame.times)])
    assert done.items == (
        Track(None, "ball", 0.8, ball.box_px, None, True, "match ball"),
        Track(None, "player", 0.8, flat.box_px, None, True),
    )


def test_a_name_that_somebody_gave_is_the_track_s_from_then_on() -> None:
    following = stage()
    following.process([job(0, numbered=True, A="captain")])
    [done] = following.process([job(1, numbered=True)])
    named = [track for track in done.items if track.name]
    assert [(track.name, track.track_id) for track in named] == [("captain", who(done)["A"])]


def test_a_stream_that_begins_anew_keeps_its_identities() -> None:
    following = stage(Eyes())
    before = run(following, range(40))
    following.forget("here")
    assert run(following, range(60), epoch=2) == before


# --- looks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", [1, 3, 100])
def test_no_more_looks_are_taken_of_a_frame_than_are_allowed(budget: int) -> None:
    eyes = Eyes()
    run(stage(eyes, max_crops_per_frame=budget), range(30))
    most = max(count for batch in eyes.batches for count in batch)
    assert most == budget if budget < 8 else 3 < most <= 8


def test_by_motion_alone_no_picture_is_read() -> None:
    assert len(set(run(build(AssociateConfig(net="motion"), Given(NONE)), range(10)).values())) == 8  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["gone", "lapped"])
def test_a_picture_that_is_gone_costs_its_looks_and_nothing_else(how: str) -> None:
    whole, eyes = stage(Eyes()), Eyes()
    holed = stage(eyes, Films(**{how: (0, 1)}))
    for seq in range(30):
        [expected], [done] = whole.process([job(seq)]), holed.process([job(seq)])
        assert isinstance(done, Tracks) and who(done) == who(expected)
    assert holed.counts == {"pictures that were gone": 2} and len(eyes.batches) > 0


def test_a_picture_that_is_gone_in_one_stream_takes_no_looks_from_another() -> None:
    class Half(Films):
        @contextmanager
        def view(self, ref: FrameRef) -> Iterator[NDArray[np.uint8]]:
            if ref.stream == "here":
                raise FrameGone("before")
            with super().view(ref) as picture:
                yield picture

    eyes = Eyes()
    done = stage(eyes, Half()).process([job(0), job(0, "there")])
    assert [len(each.items) for each in done] == [8, 5] and [len(batch) for batch in eyes.batches] == [1]


def test_looks_tell_who_is_back_after_another_camera() -> None:
    following = stage(Eyes(STANDS))
    before = run(following, range(60))
    following.process([job(60, scene=STANDS, cut=True)])
    run(following, range(61, 80), scene=STANDS)
    following.process([job(80, cut=True)])
    assert run(following, range(81, 140)) == before


def test_of_a_camera_that_moved_for_hardly_anything_nothing_is_believed() -> None:
    plain = job(5)
    doubted = Masks(plain.frame, False, CameraMove(4, (1.0, 0, 9.0, 0, 1.0, 0), 0.1), plain.items, ())
    assert seen_of(plain).camera is not None and seen_of(doubted).camera is None
    assert seen_of(plain).since_seq == 4
    empty = seen_of(Masks(plain.frame, None, None, (), ()))
    assert len(empty) == 0 and empty.camera is None and empty.boxes.shape == (0, 4)


# --- corrections ----------------------------------------------------------------------------------


def test_what_an_operator_says_holds_from_the_next_frame_on_in_its_stream_alone() -> None:
    following = stage()
    following.process([job(0), job(0, "there")])
    following.hear(Correction("there", "swap", (1, 2)))
    here, there = following.process([job(1), job(1, "there")])
    assert changes([here]) == []
    [change] = changes([there])
    assert (change.kind, change.by, change.track_ids, change.seq) == ("swapped", "operator", (1, 2), 1)
    assert following.refused == 0


@pytest.mark.parametrize("said", [Correction("nowhere", "split", (1,)), Correction("here", "split", (99,))])
def test_what_cannot_be_is_refused_counted_and_logged(said: Correction, caplog: pytest.LogCaptureFixture) -> None:
    following = stage()
    following.process([job(0)])
    following.hear(said)
    [done] = following.process([job(1)])
    assert following.refused == 1 and changes([done]) == [] and "is refused" in caplog.text


def test_a_stage_that_is_off_refuses_corrections(caplog: pytest.LogCaptureFixture) -> None:
    off = build(AssociateConfig(), Given(NONE))
    assert isinstance(off, Off)
    off.hear(Correction("here", "split", (1,)))
    assert off.refused == 1 and "is refused" in caplog.text


# --- what is left ---------------------------------------------------------------------------------


def last_of(drawer: Drawer) -> dict[str, int]:
    """What a successor would know of ids that were given."""
    heir = stage(keep=Drawer(drawer.state))
    before = heir._heritage._before
    return {stream: state["last_id"] for stream, state in before.streams.items()}


def test_no_new_id_is_told_before_it_is_kept() -> None:
    drawer = Drawer()
    following = stage(keep=drawer)
    for seq, count in enumerate([2, 2, 5, 5, 8, 8]):
        done = following.process([job(seq, scene=Scene(EIGHT[:count])), job(seq, "there", numbered=True)])
        for each in done:
            assert max(track.track_id or 0 for track in each.items) <= last_of(drawer)[each.frame.stream]


def test_what_changes_little_is_kept_now_and_then_also_when_the_clock_is_put_back() -> None:
    drawer = Drawer()
    following = stage(keep=drawer)
    run(following, range(100))
    assert 3 < drawer.saves < 20
    saves = drawer.saves
    run(following, range(100, 140), wall_ns=START_NS - 10 * KEEP_EVERY_NS)
    assert drawer.saves == saves + 1


def test_a_correction_is_kept_before_anybody_hears_of_it() -> None:
    drawer = Drawer()
    following = stage(keep=drawer)
    run(following, range(3))
    following.hear(Correction("here", "name", (1,), "captain"))
    run(following, [3])
    assert b"captain" in (drawer.state or b"")


@pytest.mark.parametrize("lost", [1, 20, 100])
def test_a_successor_goes_on_with_the_same_ids_by_the_objects_that_propagate_follows(lost: int) -> None:
    drawer = Drawer()
    before = run(stage(keep=drawer), range(30), numbered=True)
    heir = stage(keep=drawer)
    [done] = heir.process([job(29 + lost, numbered=True)])
    assert who(done) == before and "started" not in {change.kind for change in done.changes}
    assert run(heir, range(30 + lost, 60 + lost), numbered=True) == before


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_successor_knows_people_by_what_the_one_before_saw(epoch: int) -> None:
    drawer = Drawer()
    before = run(stage(Eyes(), keep=drawer), range(60))
    heir = stage(Eyes(), keep=drawer)
    assert run(heir, range(400, 460), epoch=epoch) == before


@pytest.mark.parametrize("change", [{"state": None}, {"state": b"\xa1\xff"}, {"seconds": 7200}, {"seconds": -7200}])
def test_where_nothing_of_use_was_left_no_id_is_given_again(change: dict[str, Any]) -> None:
    drawer = Drawer()
    before = run(stage(Eyes(), keep=drawer), range(30))
    drawer.state = change.get("state", drawer.state)
    heir = stage(Eyes(), keep=drawer)
    now = run(heir, range(31, 60), wall_ns=START_NS + 30 * FRAME_NS + change.get("seconds", 0) * 1_000_000_000)
    assert len(now) == 8 and set(now.values()).isdisjoint(before.values())


def test_a_successor_that_is_lost_at_once_leaves_what_it_has_not_touched() -> None:
    drawer = Drawer()
    first = stage(Eyes(), keep=drawer)
    for seq in range(30):
        both = first.process([job(seq), job(seq, "there")])
    run(stage(Eyes(), keep=drawer), [30])
    heir = stage(Eyes(), keep=drawer)
    assert who(heir.process([job(31, "there")])[0]) == who(both[1])
    assert who(heir.process([job(31)])[0]) == who(both[0])


def test_people_who_come_while_the_successor_starts_get_ids_that_nobody_had() -> None:
    drawer = Drawer()
    before = run(stage(keep=drawer), range(30), scene=Scene(EIGHT[:5]))
    now = run(stage(keep=drawer), range(31, 40), scene=Scene(EIGHT))
    assert {name: now[name] for name in before} == before
    assert set(now.values()) - set(before.values()) == {6, 7, 8}


def test_of_an_eased_stream_fewer_crops_are_taken_but_at_least_one() -> None:
    for ease, most in ((0, 4), (2, 2), (3, 1)):
        eyes = Eyes()
        run(stage(eyes, max_crops_per_frame=4), range(30), ease=ease)
        assert max(count for batch in eyes.batches for count in batch) == most
