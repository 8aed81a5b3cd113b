"""Boxes, looks, clocks and cameras that cannot be: nobody crashes, no id is given twice, and it is counted."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.tracking.appearance import Appearance
from stream_engine.tracking.camera import STILL
from stream_engine.tracking.seen import MOST, ROLES, Array, Move, Seen
from stream_engine.tracking.tracker import Tracker
from tests.tracking.scene import NUMBERS, SIZE, Person, Scene, Watch, crowd, looks

EIGHT = crowd(8, going=(0.1, 0.0))
MATCH = Scene(EIGHT)


def spoilt(shown: tuple[Seen, list[str]], row: int, **parts: Any) -> tuple[Seen, list[str]]:
    seen, names = shown
    changed = {}
    for name, value in parts.items():
        array = getattr(seen, name).copy()
        array[row] = value
        changed[name] = array
    return replace(seen, **changed), names


@pytest.mark.parametrize(
    "parts",
    [
        {"boxes": (np.nan, 0.0, 10.0, 10.0)},
        {"boxes": (0.0, 0.0, np.inf, 10.0)},
        {"boxes": (50.0, 50.0, 50.0, 90.0)},
        {"boxes": (90.0, 50.0, 50.0, 90.0)},
        {"boxes": (-1e300, 0.0, 1e300, 10.0)},
        {"scores": np.nan},
        {"scores": -1.0},
    ],
)
def test_a_box_that_cannot_be_is_counted_and_has_no_id_and_the_others_have_theirs(parts: dict[str, Any]) -> None:
    watch = Watch()
    watch.film(MATCH, range(10))
    seen, names = spoilt(MATCH.seen(10), 3, **parts)
    told = watch.told(seen, names)
    assert told.ids[3] == -1 and watch.tracker.counts["unusable boxes"] == 1
    others = {name: who for name, who in zip(names, told.ids.tolist(), strict=True) if who >= 0}
    assert others == {name: watch.history[-1][name] for name in others} and len(others) == 7


def test_an_object_that_is_told_twice_is_one() -> None:
    watch = Watch()
    seen, names = MATCH.seen(0, numbered=True)
    told = watch.told(*spoilt((seen, names), 5, objects=seen.objects[2]))
    assert told.ids[5] == -1 and told.ids[2] > 0 and watch.tracker.counts["unusable boxes"] == 1


def test_of_a_thousand_objects_the_likeliest_are_followed() -> None:
    rng = np.random.default_rng(4)
    corners, scores = rng.uniform(0, 600, (1000, 2)), rng.uniform(0.6, 1.0, 1000)
    watch = Watch()
    for seq in range(3):
        boxes = np.hstack([corners, corners + np.array([20, 50])])
        seen = Seen(
            seq, SIZE, boxes, scores, np.zeros(1000, np.int64), np.arange(1000), np.ones(1000, bool), camera=STILL
        )
        told = watch.told(seen, [str(row) for row in range(1000)])
        assert (told.ids >= 0).sum() <= MOST and watch.tracker.counts["unusable boxes"] == (seq + 1) * (1000 - MOST)
        assert scores[told.ids >= 0].min() >= np.sort(scores)[-MOST]


def test_time_that_goes_backward_is_counted_and_changes_nothing() -> None:
    watch = Watch()
    watch.film(MATCH, range(30))
    before = watch.tracker.state()
    for seq in (29, 3, 0):
        seen, names = MATCH.seen(seq, names=("x",) * 8)
        told = watch.told(seen, names)
        assert told.ids.tolist() == [-1] * 8 and told.changes == () and told.names == ("x",) * 8
    assert watch.tracker.state() == before
    assert watch.tracker.counts["frames back in time"] == 3


def test_empty_frames_for_long_lose_everybody_once_and_forget_nobody_who_was_there_for_long() -> None:
    watch = Watch()
    watch.film(MATCH, range(30))
    watch.film(Scene([]), range(30, 500))
    assert sorted(watch.said("lost")) == [("lost", (n,)) for n in range(1, 9)]
    watch.film(MATCH, range(500, 560))
    assert [watch.history[-1][who.name] for who in EIGHT] == [watch.history[0][who.name] for who in EIGHT]


def test_looks_that_are_no_looks_change_nothing() -> None:
    tracker = Tracker(looks=looks())
    for seq in range(40):
        seen, _ = MATCH.seen(seq)
        turn = tracker.begin(seen)
        count = len(turn.wanted)
        vectors = np.full((count, 1, NUMBERS), (np.nan, np.inf, 0.0, 3e38)[seq % 4], np.float32)
        told = tracker.finish(turn, turn.wanted, Appearance(vectors, np.ones((count, 1), np.float32)))
        assert len(set(told.ids.tolist())) == 8
    assert tracker.last_id == 8 and tracker.state()["gallery"]["count"] == 0


@pytest.mark.parametrize(
    "move", [np.full((2, 3), np.nan), np.zeros((2, 3)), 1e9 * STILL, np.array([[1.0, 0, np.inf], [0, 1, 0]])]
)
def test_a_camera_that_cannot_move_so_is_not_believed(move: Array) -> None:
    watch = Watch(False)
    watch.film(MATCH, range(20))
    for seq in range(20, 30):
        watch.see(
            MATCH.seen(seq, camera=None) if seq % 2 else (replace(MATCH.seen(seq)[0], camera=move), MATCH.seen(seq)[1])
        )
    assert [len(watch.ids(who.name)) for who in EIGHT] == [1] * 8
    assert watch.tracker.counts["impossible movements"] == 5
    watch.cut_to(MATCH, 30, back=Move(25, move))
    assert np.isfinite(watch.tracker._known.people.motion.at).all()


def test_whom_the_camera_leaves_behind_for_ever_ends() -> None:
    watch = Watch(False)
    watch.film(MATCH, range(30))
    flight = np.array([[1.0, 0.0, 9e5], [0.0, 1.0, 0.0]])
    for seq in range(30, 60):
        watch.see((replace(Scene([Person("z", (640.0, 300.0))]).seen(seq)[0], camera=flight), ["z"]))
    assert {ids[0] for _, ids in watch.said("ended")} >= set(range(1, 9))


NUMBER = st.one_of(
    st.floats(-50, 1400, width=32), st.sampled_from([np.nan, np.inf, -np.inf, 1e300, -1e9, 0.0, 1e-300, 5e5, -5e5])
)
BOX = st.one_of(
    st.tuples(st.integers(0, 1200), st.integers(0, 650)).map(lambda at: (at[0], at[1], at[0] + 30, at[1] + 75)),
    st.tuples(NUMBER, NUMBER, NUMBER, NUMBER),
)
ROW = st.tuples(
    BOX,
    st.sampled_from([0.9, 0.6, 0.2, np.nan, np.inf, 0.0]),
    st.integers(0, len(ROLES) - 1),
    st.integers(-1, 4),
    st.booleans(),
    st.sampled_from([None, "one", "other"]),
)
ENTRY = st.sampled_from([0.0, 1.0, -1.0, 1.5, 0.6, 40.0, 1e6, np.nan, np.inf, 1e-300])
MATRIX = st.one_of(
    st.just(STILL), st.none(),
    st.lists(ENTRY, min_size=6, max_size=6).map(
        lambda numbers: np.reshape(numbers, (2, 3))
    ),
)  # fmt: skip
FRAME = st.tuples(
    st.lists(ROW, max_size=7), st.sampled_from([1, 1, 1, 2, 50, 61, 10_000, 0, -3]), MATRIX, st.booleans(),
    st.sampled_from([None, None, 1, 30]), st.sampled_from([0, 0, 0, 1]), st.sampled_from([SIZE, SIZE, SIZE, (64, 36)]),
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(FRAME, max_size=12), st.booleans(), st.integers(0, 1 << 32))
def test_whatever_comes_no_id_is_given_twice_and_all_is_accounted_for(
    frames: list[Any], by_looks: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    tracker, seq, epoch = Tracker(looks=looks(5) if by_looks else None), 0, 0
    started: list[int] = []
    for rows, step, camera, cut, back, later, size in frames:
        seq, epoch = max(seq + step, 0), epoch + later
        boxes, scores, roles, objects, fresh, names = zip(*rows, strict=True) if rows else ((),) * 6
        seen = Seen(
            seq, size, np.array(boxes, np.float64).reshape(-1, 4),
            np.array(scores, np.float64), np.array(roles, np.int64),
            np.array(objects, np.int64), np.array(fresh, bool), (None,) * len(rows), camera, None, cut,
            Move(max(seq - back, 0), STILL if camera is None else camera) if back else None, epoch, tuple(names),
        )  # fmt: skip
        turn = tracker.begin(seen)
        wanted = turn.wanted[:4]
        vectors = rng.normal(size=(len(wanted), 1, NUMBERS)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
        vectors[rng.random(len(wanted)) < 0.2] = np.nan
        looked = Appearance(vectors, np.ones((len(wanted), 1), np.float32))
        told = tracker.finish(turn, wanted, looked) if by_looks and len(wanted) else tracker.finish(turn)
        taken = told.ids[told.ids >= 0].tolist()
        assert len(told.ids) == len(told.names) == len(rows) and len(set(taken)) == len(taken)
        assert not taken or max(taken) <= tracker.last_id
        started += [change.track_ids[0] for change in told.changes if change.kind == "started"]
        other = Tracker(looks=looks(5) if by_looks else None)
        other.resume(tracker.state(), identities=True)
        assert other.state() == tracker.state()
    assert len(set(started)) == len(started)


def test_a_box_that_is_told_twice_is_one_person() -> None:
    seen = Seen(
        0, (1920, 1080), np.tile((100.0, 100.0, 140.0, 200.0), (3, 1)), np.ones(3), np.zeros(3, np.int64),
        np.full(3, -1), np.ones(3, bool),
    )  # fmt: skip
    assert sorted(Tracker().follow(seen).ids.tolist()) == [-1, -1, 1]


def test_a_state_of_a_run_whose_epochs_are_forgotten_does_not_hide_everybody() -> None:
    def frame(seq: int) -> Seen:
        boxes = np.array([[100.0 + seq, 100.0, 140.0 + seq, 200.0]])
        return Seen(
            seq, (1920, 1080), boxes, np.ones(1), np.zeros(1, np.int64), np.full(1, -1), np.ones(1, bool), epoch=1
        )

    before, successor = Tracker(), Tracker()
    for seq in range(50):
        before.follow(frame(seq))
    successor.resume(before.state(), identities=True)
    assert successor.follow(frame(0)).ids.min() > 0
    assert successor.follow(frame(0)).ids.tolist() == [-1], "from then on, time goes forward"
