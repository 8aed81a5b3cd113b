"""What an operator says: it is told once, and honoured from then on."""

import numpy as np
import pytest

from stream_engine.messages import Change, Correction
from stream_engine.tracking.corrections import CorrectionError
from tests.tracking.scene import Camera, Person, Scene, Watch, back, crowd, looks_of

SIX = crowd(6, going=(0.1, 0.0))
MATCH = Scene(SIX)
STANDS = Scene([Person(chr(97 + n), (150.0 + 130 * n, 300.0)) for n in range(5)], seed=3)
WAYS = pytest.mark.parametrize("by_looks", [True, False])
LONG = 80  # frames after which nobody waits to know who somebody is


def started(by_looks: bool = True, numbered: bool = False, scene: Scene = MATCH, frames: int = 40) -> Watch:
    watch = Watch(by_looks)
    watch.film(scene, range(frames), numbered=numbered)
    return watch


def say(watch: Watch, kind: str, *ids: int, name: str | None = None) -> None:
    watch.tracker.correct(Correction("cam", kind, ids, name))  # type: ignore[arg-type]


def operated(watch: Watch) -> list[Change]:
    return [change for change in watch.changes if change.by == "operator"]


def away_and_back(watch: Watch, seq: int) -> None:
    """Another camera, and then this one again."""
    watch.cut_to(STANDS, seq)
    watch.film(STANDS, range(seq + 1, seq + 30))
    watch.cut_to(MATCH, seq + 30, back=back(Camera(), seq - 1, seq + 30))
    watch.film(MATCH, range(seq + 31, seq + 31 + LONG))


@WAYS
def test_two_who_are_swapped_have_each_other_s_id_from_the_next_frame_on(by_looks: bool) -> None:
    watch = started(by_looks)
    a, b = watch.history[-1]["A"], watch.history[-1]["B"]
    say(watch, "swap", a, b)
    now = watch.film(MATCH, [40])
    assert (now["A"], now["B"]) == (b, a)
    [change] = operated(watch)
    assert (change.kind, change.track_ids, change.seq, change.by) == ("swapped", (a, b), 40, "operator")
    now = watch.film(MATCH, range(41, 41 + LONG))
    assert (now["A"], now["B"]) == (b, a) and len(operated(watch)) == 1


def test_who_is_swapped_with_somebody_out_of_sight_is_that_one_and_the_other_is_lost() -> None:
    scene = Scene([SIX[0], Person("B", SIX[1].at, away=(20, 9999)), *SIX[2:]])
    watch = started(scene=scene, frames=40 + LONG)
    a, b = watch.history[0]["A"], watch.history[0]["B"]
    assert ("lost", (b,)) in watch.said()
    say(watch, "swap", a, b)
    watch.film(scene, range(40 + LONG, 40 + 3 * LONG))
    assert watch.history[-1]["A"] == b
    assert watch.said("lost", "resumed") == [("lost", (b,))]  # with its identity a has taken over that it is lost


@WAYS
def test_a_second_who_is_the_first_ends_in_it(by_looks: bool) -> None:
    scene = Scene([Person("A", (300.0, 300.0), away=(30, 9999)), Person("A2", (1000.0, 600.0), away=(0, 35)), *SIX[2:]])
    watch = started(by_looks, scene=scene, frames=45)
    first, second = watch.ids("A")[0], watch.ids("A2")[0]
    say(watch, "merge", first, second)
    now = watch.film(scene, range(45, 45 + LONG))
    assert now["A2"] == first and second not in now.values()
    [change] = operated(watch)
    assert (change.kind, change.track_ids) == ("merged", (first, second))
    assert not [ids for kind, ids in watch.said("lost", "ended", "resumed") if {first, second} & {*ids}]


def test_who_is_merged_after_it_was_lost_can_be_lost_again() -> None:
    scene = Scene([Person("A", (300.0, 300.0), away=(30, 9999)), *SIX[2:], Person("A2", (1000.0, 600.0), away=(0, 35))])
    watch = started(scene=scene, frames=40 + LONG)
    first, second = watch.ids("A")[0], watch.ids("A2")[0]
    say(watch, "merge", first, second)
    watch.film(scene, range(40 + LONG, 60 + LONG))
    watch.film(Scene(SIX[2:]), range(60 + LONG, 60 + 2 * LONG))
    assert [kind for kind, ids in watch.said() if ids[0] == first] == ["started", "lost", "merged", "lost"]


@WAYS
def test_two_who_are_in_the_picture_together_are_not_one(by_looks: bool) -> None:
    watch = started(by_looks)
    with pytest.raises(CorrectionError, match="two people"):
        say(watch, "merge", *list(watch.history[-1].values())[:2])
    watch.film(MATCH, [40])
    assert operated(watch) == [] and not watch.said("ended")


@WAYS
def test_who_is_split_off_is_somebody_new_for_good_and_the_first_is_told_as_gone(by_looks: bool) -> None:
    watch = started(by_looks)
    a = watch.history[-1]["A"]
    say(watch, "split", a)
    new = watch.film(MATCH, [40])["A"]
    assert new not in watch.history[0].values() and watch.ids("A") == [a, new]
    assert [(change.kind, change.track_ids) for change in operated(watch)] == [("split", (a, new)), ("ended", (a,))]
    watch.film(MATCH, range(41, 41 + LONG))
    assert watch.history[-1]["A"] == new


def test_a_first_whom_an_earlier_shot_knows_is_lost_by_a_split_and_may_be_back() -> None:
    watch = started()
    a = watch.history[-1]["A"]
    watch.cut_to(MATCH, 40, back=back(Camera(), 39, 40))
    watch.film(MATCH, range(41, 60))
    assert watch.history[-1]["A"] == a
    say(watch, "split", a)
    watch.film(MATCH, [60])
    assert [(change.kind, change.track_ids[0]) for change in operated(watch)] == [("split", a), ("lost", a)]


@WAYS
def test_what_was_said_holds_over_a_cut(by_looks: bool) -> None:
    watch = started(by_looks)
    a, b, c = (watch.history[-1][name] for name in "ABC")
    say(watch, "swap", a, b)
    say(watch, "split", c)
    say(watch, "name", a, name="captain")
    now = watch.film(MATCH, range(40, 60))
    away_and_back(watch, 60)
    if not by_looks:  # looks of before the correction speak against it
        assert watch.history[-1] == now
    assert c not in watch.history[-1].values()


def test_a_name_is_told_and_stays_with_the_person_over_a_cut() -> None:
    watch = started()
    a = watch.history[-1]["A"]
    say(watch, "name", a, name="captain")
    shown = MATCH.seen(40)
    told = watch.told(*shown)
    assert told.names[shown[1].index("A")] == "captain" and [name for name in told.names if name] == ["captain"]
    [change] = operated(watch)
    assert (change.kind, change.track_ids, change.name) == ("named", (a,), "captain")
    away_and_back(watch, 41)
    shown = MATCH.seen(72 + LONG)
    assert watch.told(*shown).names[shown[1].index("A")] == "captain"


def test_an_operator_s_name_is_not_overruled_by_whoever_pointed_at_somebody() -> None:
    watch = started(numbered=True)
    say(watch, "name", watch.history[-1]["A"], name="captain")
    for seq in range(40, 45):
        seen, names = MATCH.seen(seq, numbered=True)
        seen, names = MATCH.seen(seq, numbered=True, names=tuple("scorer" if who == "A" else None for who in names))
        told = watch.told(seen, names)
        assert told.names[names.index("A")] == "captain"
    assert [change.name for change in watch.changes if change.kind == "named"] == ["captain"]


def test_of_two_who_are_one_an_operator_s_name_is_kept() -> None:
    scene = Scene([Person("A", (300.0, 300.0), away=(30, 9999)), *SIX[2:], Person("A2", (1000.0, 600.0), away=(0, 35))])
    for named, expected in (((0,), "first"), ((1,), "second"), ((0, 1), "first")):
        watch = started(False, scene=scene, frames=45)
        ids = (watch.ids("A")[0], watch.ids("A2")[0])
        for which in named:
            say(watch, "name", ids[which], name=("first", "second")[which])
        say(watch, "merge", *ids)
        seen, names = scene.seen(45)
        assert watch.told(seen, names).names[names.index("A2")] == expected


def undecided() -> Watch:
    """Another shot, and nobody in it of whom it is decided yet whether they are somebody known."""
    watch = started()
    watch.cut_to(STANDS, 40)
    watch.film(STANDS, range(41, 50))
    return watch


def unlike(watch: Watch, name: str, track_id: int) -> float:
    """How far somebody's looks are from what a track looks like."""
    ids, far = watch.tracker._looks.gallery.distances(looks_of([name], 1))  # type: ignore[union-attr]
    return float(far[0, ids.tolist().index(track_id)])


def test_the_looks_of_two_who_are_one_are_one_s_though_it_was_not_decided_who_the_second_is() -> None:
    watch = undecided()
    first, second = watch.history[0]["A"], watch.history[-1]["a"]
    say(watch, "merge", first, second)
    assert unlike(watch, "a", first) < 0.2 and unlike(watch, "A", first) < 0.2


def test_what_is_said_of_somebody_undecided_decides_it_and_their_looks_go_with_them() -> None:
    watch = undecided()
    a, b, c = (watch.history[-1][name] for name in "abc")
    say(watch, "swap", a, b)
    say(watch, "split", c)
    now = watch.film(STANDS, [50])
    assert (now["a"], now["b"]) == (b, a)
    assert max(unlike(watch, name, now[name]) for name in "abc") < 0.2
    assert watch.tracker._looks and int(watch.tracker._looks.gallery.looks([now["c"]])[0]) > 1
    people = watch.tracker._known.people
    assert not people.open[people.places(np.array([now[name] for name in "abc"]))].any()


def test_two_who_are_one_are_so_in_the_shots_before() -> None:
    watch = started(False)
    a, b = watch.history[-1]["A"], watch.history[-1]["B"]
    watch.cut_to(STANDS, 40)
    say(watch, "merge", a, b)
    watch.cut_to(Scene(SIX[:1]), 41, back=back(Camera(), 39, 41))
    assert b not in watch.tracker._known.alive()


@pytest.mark.parametrize(
    ("kind", "ids", "says"),
    [
        ("swap", (1,), "about 2"),
        ("swap", (1, 1), "about 2 different"),
        ("merge", (1, 99), "no track 99"),
        ("split", (99,), "no track 99"),
        ("split", (1, 2), "about 1"),
        ("name", (1,), "name is missing"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(kind: str, ids: tuple[int, ...], says: str) -> None:
    watch = started()
    before = watch.tracker.state()
    with pytest.raises(CorrectionError, match=says):
        say(watch, kind, *ids)
    assert watch.tracker.state() == before


def test_who_is_not_in_the_shot_can_be_neither_split_nor_swapped_but_named() -> None:
    watch = started()
    a, b = watch.history[-1]["A"], watch.history[-1]["B"]
    watch.cut_to(STANDS, 40)
    for kind, ids in (("split", (a,)), ("swap", (a, b))):
        with pytest.raises(CorrectionError, match="in this shot"):
            say(watch, kind, *ids)
    say(watch, "name", a, name="captain")
    watch.film(STANDS, [41])
    assert [change.kind for change in operated(watch)] == ["named"]


def test_what_is_said_between_frames_that_come_too_late_is_told_by_the_next_that_does_not() -> None:
    watch = started()
    say(watch, "split", watch.history[-1]["A"])
    watch.film(MATCH, [5])
    assert operated(watch) == []
    watch.film(MATCH, [40])
    assert [change.seq for change in operated(watch)] == [40, 40]
