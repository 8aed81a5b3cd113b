"""Who is who, frame by frame: crossings, exits, cuts, replays, reconnects, and for how long anything is remembered."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from stream_engine.messages import Correction
from stream_engine.tracking.seen import Seen
from stream_engine.tracking.settings import TrackerSettings
from stream_engine.tracking.tracker import LONGEST, Tracker
from tests.tracking.scene import SIZE, THE_BALL, Camera, Person, Scene, Watch, back, crowd

EIGHT = crowd(8, going=(0.1, 0.0))
MATCH = Scene(EIGHT)
STANDS = Scene([Person(chr(97 + n), (150.0 + 130 * n, 300.0 + 60 * (n % 3))) for n in range(7)], seed=3)
MAIN = Camera((-100.0, 0.0), (0.2, 0.0))
CLOSE_UP = Scene([Person("z", (60.0, 60.0))])
NEAR = Camera(zoom=6.0)
PAST = TrackerSettings().lost + 5  # frames after which place alone says nothing

WAYS = pytest.mark.parametrize("by_looks", [True, False])


def everybody(watch: Watch, scene: Scene = MATCH) -> list[int]:
    """The ids of those of a scene in the last frame, in its order; -1 where there is none."""
    return [watch.history[-1].get(who.name, -1) for who in scene.people]


# --- one shot -------------------------------------------------------------------------------------


@WAYS
@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("moves", [True, False])
def test_everybody_keeps_an_id_under_a_panning_camera(by_looks: bool, numbered: bool, moves: bool) -> None:
    watch, scene = Watch(by_looks), Scene(crowd(8, going=(1.0, 0.3)))
    watch.film(scene, range(90), Camera((-120.0, 0.0), (3.0, 0.4)), moves=moves, numbered=numbered)
    assert [len(watch.ids(who.name)) for who in scene.people] == [1] * 8
    assert [kind for kind, _ in watch.said()] == ["started"] * 8


def test_without_a_word_on_the_camera_people_are_found_in_a_fast_pan() -> None:
    watch, scene = Watch(False), Scene(crowd(8))
    for seq in range(40):
        watch.see(scene.seen(seq, Camera((-300.0, 0.0), (9.0, 0.0)), moves=False))
    assert [len(watch.ids(who.name)) for who in scene.people] == [1] * 8


@WAYS
def test_two_who_cross_keep_their_ids(by_looks: bool) -> None:
    crossing = [Person("A", (300.0, 360.0), (4.0, 0.0)), Person("B", (700.0, 366.0), (-4.0, 0.0))]
    watch = Watch(by_looks)
    watch.film(Scene([*crossing, *EIGHT[4:]]), range(110))
    assert len(watch.ids("A")) == len(watch.ids("B")) == 1
    assert any("A" not in here for here in watch.history), "they never hid each other"


def test_two_who_were_taken_for_each_other_are_set_right_by_their_looks() -> None:
    """Propagate swaps them while they are together."""
    crossing = [Person("A", (500.0, 360.0), (2.0, 0.0)), Person("B", (700.0, 360.0), (-2.0, 0.0)), *EIGHT[4:]]
    watch, scene = Watch(), Scene(crossing)
    for seq in range(130):
        seen, names = scene.seen(seq, numbered=True)
        if seq > 50:
            seen = replace(seen, objects=np.where(seen.objects < 102, 201 - seen.objects, seen.objects))
        watch.see((seen, names))
    assert everybody(watch, scene) == [watch.history[0][who.name] for who in crossing]
    [(_, swapped)] = watch.said("swapped")
    assert set(swapped) == {watch.history[0]["A"], watch.history[0]["B"]}
    assert not watch.said("lost", "ended", "resumed")


@WAYS
def test_who_is_hidden_for_a_moment_is_the_same(by_looks: bool) -> None:
    watch = Watch(by_looks)
    watch.film(Scene([replace(EIGHT[0], away=(40, 50)), *EIGHT[1:]]), range(90))
    assert len(watch.ids("A")) == 1 and not watch.said("lost", "resumed")


def test_who_is_back_after_long_is_known_by_place_and_looks_and_told_as_resumed() -> None:
    watch = Watch()
    watch.film(Scene([replace(EIGHT[0], away=(40, 40 + 3 * PAST)), *EIGHT[1:]]), range(80 + 3 * PAST))
    assert watch.ids("A")[0] == watch.history[-1]["A"]
    before = watch.ids("A")[0]
    assert watch.said("lost") == [("lost", (before,))]
    [(_, resumed)] = watch.said("resumed")
    assert resumed[0] == before and watch.changes[-1].detail


@pytest.mark.parametrize(("who", "same"), [("A", True), ("X", False)])
def test_whether_it_is_the_same_who_comes_up_elsewhere_after_long_is_a_question_of_looks(who: str, same: bool) -> None:
    gone, come = replace(EIGHT[0], away=(40, 9999)), Person(who, (430.0, 100.0), away=(0, 40 + 2 * PAST))
    watch = Watch()
    watch.film(Scene([gone, *EIGHT[1:7], come]), range(100 + 2 * PAST))
    assert (watch.history[-1][who] == watch.history[0]["A"]) == same
    assert (watch.history[-1][who] in watch.history[0].values()) == same


def test_a_doubtful_box_keeps_somebody_alive_and_makes_nobody_new() -> None:
    watch = Watch(False)
    watch.film(MATCH, range(30))
    for seq in range(30, 30 + 2 * PAST):
        seen, names = MATCH.seen(seq)
        watch.see((replace(seen, scores=np.full(len(seen), watch.settings.sure / 2)), names))
    assert [len(watch.ids(who.name)) for who in EIGHT] == [1] * 8 and not watch.said("lost")
    doubtful = Watch(False)
    seen, names = MATCH.seen(0)
    assert doubtful.see((replace(seen, scores=seen.scores * 0 + 0.1), names)) == {}


def test_frames_that_nobody_looked_at_hold_everybody_over() -> None:
    watch = Watch()
    for seq in range(60):
        seen, names = MATCH.seen(seq)
        watch.see((replace(seen, fresh=np.full(len(seen), seq % 3 == 0)), names))
    assert [len(watch.ids(who.name)) for who in EIGHT] == [1] * 8


def test_a_ball_is_nobody_and_keeps_what_it_is_called() -> None:
    watch = Watch(False)
    seen, names = MATCH.seen(0)
    roles, called = seen.roles.copy(), [None] * len(seen)
    roles[2] = THE_BALL
    called[2] = "match ball"  # type: ignore[call-overload]
    told = watch.told(replace(seen, roles=roles, names=tuple(called)), names)
    assert told.ids[2] == -1 and (np.delete(told.ids, 2) > 0).all() and told.names[2] == "match ball"
    assert not watch.tracker.counts["unusable boxes"]


def test_who_is_seen_for_a_moment_only_is_told_as_ended() -> None:
    flash = Person("flash", (1100.0, 80.0), away=(3, 9999))
    watch = Watch()
    watch.film(Scene([flash, *EIGHT[1:]]), range(3 + 2 * PAST))
    [flashed] = watch.ids("flash")
    assert [kind for kind, ids in watch.said() if flashed in ids] == ["started", "ended"]


def test_a_movement_that_covers_a_part_of_the_way_only_is_not_taken_for_the_whole() -> None:
    camera, watch = Camera((-700.0, 0.0), (14.0, 0.0)), Watch(False)
    watch.film(MATCH, range(30), camera)
    for seq in range(36, 90, 6):  # five of six frames are lost between detect and here
        seen, names = MATCH.seen(seq, camera)
        watch.see((replace(seen, since_seq=seq - 1), names))
    assert [len(watch.ids(who.name)) for who in EIGHT] == [1] * 8


# --- cuts -----------------------------------------------------------------------------------------


def cut_away(watch: Watch, frames: int, numbered: bool = False) -> int:
    """60 frames of the match, then so many of the stands, then the match again; the frame that is next."""
    watch.film(MATCH, range(60), MAIN, numbered=numbered)
    watch.cut_to(STANDS, 60)
    watch.film(STANDS, range(61, 60 + frames))
    watch.cut_to(MATCH, 60 + frames, MAIN)
    return 61 + frames


@WAYS
@pytest.mark.parametrize("frames", [2, 20, 100, 700])
def test_when_a_camera_is_back_everybody_is_who_they_were(by_looks: bool, frames: int) -> None:
    watch = Watch(by_looks)
    seq = cut_away(watch, frames)
    before = [watch.history[0][who.name] for who in EIGHT]
    watch.film(MATCH, range(seq, seq + 4), MAIN)
    watch.see(MATCH.seen(seq + 4, MAIN, back=back(MAIN, 55, seq + 4)))
    watch.film(MATCH, range(seq + 5, seq + 60), MAIN)
    assert everybody(watch) == before
    times = Counter((kind, ids[0]) for kind, ids in watch.said("lost", "resumed") if ids[0] in before)
    assert times == Counter({(kind, who): 1 for kind in ("lost", "resumed") for who in before})


def test_a_camera_that_is_back_at_once_has_everybody_resumed_without_another_id() -> None:
    watch = Watch(False)
    watch.film(MATCH, range(60), MAIN)
    watch.cut_to(STANDS, 60)
    watch.cut_to(MATCH, 61, MAIN, back=back(MAIN, 59, 61))
    assert [watch.ids(who.name) for who in EIGHT] == [[watch.history[0][who.name]] for who in EIGHT]
    assert sorted(watch.said("resumed")) == [("resumed", (n,)) for n in range(1, 9)]


def test_where_nobody_recognises_the_camera_looks_do() -> None:
    watch = Watch()
    seq = cut_away(watch, 40)
    watch.film(MATCH, range(seq, seq + 60), MAIN)
    assert everybody(watch) == [watch.history[0][who.name] for who in EIGHT]
    assert not watch.tracker.counts["swapped"]


def test_people_of_another_camera_are_nobody_of_this_one() -> None:
    watch = Watch()
    cut_away(watch, 300)
    theirs = {who for person in STANDS.people for who in watch.ids(person.name)}
    assert not theirs & set(watch.history[0].values())


def test_who_is_shown_from_afar_by_another_camera_is_known_by_looks() -> None:
    other = Scene([replace(who, at=(1200 - who.at[0], 700 - who.at[1])) for who in EIGHT], seed=9)
    watch = Watch()
    watch.film(MATCH, range(60))
    watch.cut_to(other, 60)
    watch.film(other, range(61, 140))
    assert everybody(watch) == [watch.history[0][who.name] for who in EIGHT]


def test_a_close_up_confuses_nobody_and_its_people_end_with_it() -> None:
    watch = Watch()
    watch.film(MATCH, range(60), MAIN)
    gallery = watch.tracker.state()["gallery"]
    watch.cut_to(CLOSE_UP, 60, NEAR)
    watch.film(CLOSE_UP, range(61, 400), NEAR)
    [near] = watch.ids("z")
    assert watch.tracker.state()["gallery"] == gallery
    watch.cut_to(MATCH, 400, MAIN, back=back(MAIN, 59, 400))
    watch.film(MATCH, range(401, 460), MAIN)
    assert everybody(watch) == [watch.history[0][who.name] for who in EIGHT]
    assert [kind for kind, ids in watch.said() if near in ids] == ["started", "ended"]


def test_any_number_of_close_ups_make_nobody_forget_the_match() -> None:
    watch = Watch()
    watch.film(MATCH, range(60), MAIN)
    for seq in range(60, 180, 6):
        watch.cut_to(Scene([Person(f"z{seq}", (60.0, 60.0))]), seq, NEAR)
    watch.cut_to(MATCH, 180, MAIN, back=back(MAIN, 59, 180))
    watch.film(MATCH, range(181, 200), MAIN)
    assert everybody(watch) == [watch.history[0][who.name] for who in EIGHT]


def test_a_cut_that_propagate_knows_to_be_none_costs_no_identity() -> None:
    watch = Watch(False)
    watch.film(MATCH, range(30), numbered=True)
    watch.cut_to(MATCH, 30, numbered=True, camera=None)
    watch.film(MATCH, range(31, 40), numbered=True)
    assert [len(watch.ids(who.name)) for who in EIGHT] == [1] * 8 and not watch.said("lost")


def test_a_number_that_goes_on_over_a_cut_by_chance_is_not_believed_of_one_person() -> None:
    watch = Watch()
    watch.film(CLOSE_UP, range(30), NEAR, numbered=True)
    watch.cut_to(Scene([Person("y", (60.0, 60.0))]), 30, NEAR, numbered=True)
    assert set(watch.ids("y")).isdisjoint(watch.ids("z"))


def test_old_numbers_of_propagate_confuse_nobody_when_their_camera_is_back() -> None:
    """They go on after a cut, and so somebody new has the number of somebody who was parked."""
    watch, few = Watch(False), Scene(EIGHT[:3])
    watch.film(few, range(60), numbered=True)
    watch.cut_to(few, 60, numbered=True)
    here = watch.see(few.seen(61, numbered=True, back=back(Camera(), 59, 61)))
    watch.film(few, range(62, 80), numbered=True)
    assert len(here) == 3
    assert [watch.history[-1][who.name] for who in few.people] == [watch.history[0][who.name] for who in few.people]
    assert len(watch.said("resumed")) == 3


def test_looks_of_somebody_new_are_known_though_the_frame_in_which_it_was_decided_is_missing() -> None:
    watch, until = Watch(), TrackerSettings().open
    watch.film(MATCH, range(30))
    watch.cut_to(STANDS, 30)
    watch.film(STANDS, range(31, 29 + until))
    watch.film(STANDS, [29 + until + 3])
    known = watch.tracker._looks
    assert known and all(who in known.gallery and who not in known._first for who in everybody(watch, STANDS))


def test_who_turns_out_to_be_somebody_known_has_met_nobody_by_the_other_id() -> None:
    """Else it would be given out again when those two are judged."""
    before, behind = Person("A", (204.0, 206.0), away=(40, 40 + 2 * PAST)), Person("B", (184.0, 200.0))
    watch = Watch()
    watch.film(Scene([before, behind, *EIGHT[2:]]), range(60 + 2 * PAST))
    assert len(watch.said("resumed")) == 1 and watch.history[-1]["A"] == watch.history[0]["A"]
    assert watch.tracker.last_id == 9 and 9 not in watch.tracker._meetings.ids()


# --- when frames are missing ----------------------------------------------------------------------


@WAYS
def test_a_reconnect_keeps_those_who_can_be_recognised(by_looks: bool) -> None:
    watch = Watch(by_looks)
    watch.film(MATCH, range(60))
    watch.film(MATCH, range(60), epoch=1)
    same = [watch.history[0][who.name] for who in EIGHT]
    assert everybody(watch) == same if by_looks else set(everybody(watch)).isdisjoint(same)


def test_after_seconds_without_frames_propagate_says_who_is_still_there() -> None:
    watch = Watch(False)
    watch.film(MATCH, range(30), numbered=True)
    watch.film(MATCH, range(30 + 3 * LONGEST, 50 + 3 * LONGEST), numbered=True)
    assert [len(watch.ids(who.name)) for who in EIGHT] == [1] * 8


def test_after_seconds_without_frames_nobody_is_taken_for_another() -> None:
    watch = Watch()
    watch.film(MATCH, range(60))
    watch.film(Scene(STANDS.people), range(60 + 3 * LONGEST, 100 + 3 * LONGEST))
    assert set(everybody(watch, STANDS)).isdisjoint(watch.history[0].values())


def test_a_picture_of_another_size_is_another_shot_and_looks_go_on() -> None:
    watch = Watch()
    watch.film(MATCH, range(60))
    for seq in range(60, 110):
        seen, names = MATCH.seen(seq)
        watch.see((replace(seen, size=(SIZE[0] // 2, SIZE[1] // 2), boxes=seen.boxes / 2), names))
    assert everybody(watch) == [watch.history[0][who.name] for who in EIGHT]


# --- names ----------------------------------------------------------------------------------------


def named(shown: tuple[Seen, list[str]], **names: str) -> tuple[Seen, list[str]]:
    seen, who = shown
    return replace(seen, names=tuple(names.get(name) for name in who)), who


def called(watch: Watch, shown: tuple[Seen, list[str]]) -> dict[str, str | None]:
    seen, who = shown
    return dict(zip(who, watch.told(seen, who).names, strict=True))


def test_whom_somebody_pointed_at_is_called_so_and_it_is_told_once() -> None:
    watch = Watch(False)
    for seq in range(10):
        told = called(watch, named(MATCH.seen(seq, numbered=True), C="captain"))
        assert told["C"] == "captain" and set(told.values()) == {None, "captain"}
    [change] = [change for change in watch.changes if change.kind == "named"]
    assert change.name == "captain" and change.seq == 0
    assert called(watch, MATCH.seen(10, numbered=True))["C"] == "captain"


def test_a_name_stays_over_cuts() -> None:
    watch = Watch()
    for seq in range(60):
        watch.see(named(MATCH.seen(seq, numbered=True), C="captain"))
    watch.cut_to(STANDS, 60)
    watch.film(STANDS, range(61, 90))
    watch.cut_to(MATCH, 90)
    watch.film(MATCH, range(91, 150))
    assert called(watch, MATCH.seen(150))["C"] == "captain"


def test_a_name_given_before_it_is_known_who_it_is_goes_to_who_it_is() -> None:
    watch = Watch()
    watch.film(MATCH, range(60), numbered=True)
    watch.cut_to(MATCH, 60)
    for seq in range(61, 120):
        seen, names = named(MATCH.seen(seq, numbered=True), C="captain")
        watch.see((replace(seen, objects=seen.objects + 500), names))
    assert watch.history[-1]["C"] == watch.history[0]["C"]
    assert called(watch, MATCH.seen(120))["C"] == "captain"


def test_who_is_pointed_at_again_gets_the_new_name() -> None:
    watch = Watch(False)
    called(watch, named(MATCH.seen(0, numbered=True), C="captain"))
    assert called(watch, named(MATCH.seen(1, numbered=True), C="scorer"))["C"] == "scorer"


def test_a_name_stays_with_the_person_when_propagate_mixes_people_up() -> None:
    watch = Watch(False)
    for seq in range(5):
        watch.see(named(MATCH.seen(seq, numbered=True), A="captain"))
    a, b = watch.history[-1]["A"], watch.history[-1]["B"]
    watch.tracker.correct(Correction("cam", "swap", (a, b)))
    told = watch.told(*named(MATCH.seen(5, numbered=True), A="captain"))
    assert dict(zip(told.ids.tolist(), told.names, strict=True))[a] == "captain"
    assert [name for name in told.names if name] == ["captain"]


def test_numbers_that_count_anew_in_another_epoch_may_carry_the_same_names() -> None:
    watch = Watch(False)
    called(watch, named(MATCH.seen(5, numbered=True), A="captain"))
    assert called(watch, named(MATCH.seen(0, numbered=True, epoch=2), A="captain"))["A"] == "captain"


# --- for long -------------------------------------------------------------------------------------


def sizes(tracker: Tracker) -> dict[str, int]:
    """Of everything that could grow."""
    known, looks, meetings = tracker._known, tracker._looks, tracker._meetings
    parts = {
        "people": len(known.people), "shots": len(known.shots.ids()), "names": len(known.names),
        "named": len(known.named), "pointed": len(known.pointed), "lost": len(known.lost),
        "meetings": len(meetings.ids()),
    }  # fmt: skip
    return parts | ({"first": len(looks._first), "gallery": len(looks.gallery)} if looks else {})


@pytest.mark.parametrize("by_looks", [True, False])
def test_what_is_remembered_is_bounded_over_hours_of_people_who_come_and_go(by_looks: bool) -> None:
    """20,000 frames, every forty of them with other people, cuts and reconnects; every tenth is shown."""
    watch, most, epoch = Watch(by_looks, TrackerSettings(most_people=30)), Counter[str](), 0
    objects = np.arange(4)
    for seq in range(0, 20_000, 10):
        number, epoch = seq // 40, seq // 7000
        people = [Person(f"{number}.{n}", (100.0 + 200 * n, 100.0 + 37 * (number % 15))) for n in range(4)]
        seen, names = Scene(people).seen(seq, cut=seq % 400 == 0, epoch=epoch)
        calls = tuple(f"p{number}" if row == 0 else None for row in range(len(seen)))
        watch.history.clear()
        watch.see((replace(seen, objects=(objects + 10 * number)[: len(seen)], names=calls), names))
        now = Counter(sizes(watch.tracker))
        most |= now
    bound = {"people": 36, "shots": 9 * 36, "names": 9 * 36, "lost": 9 * 36, "meetings": 36, "first": 36, "gallery": 60}
    assert not {name: count for name, count in most.items() if count > bound.get(name, 1000)}
    assert len(watch.tracker.state()["people"]["ids"]) <= 36 * 8
    started = [ids[0] for _, ids in watch.said("started")]
    assert len(set(started)) == len(started) > 1000
    ledger(watch)


def ledger(watch: Watch) -> None:
    """Each id is started first, lost and resumed in turn, and ended once, last of all."""
    state: dict[int, str] = {}
    for change in watch.changes:
        who = change.track_ids[0]
        if change.kind == "resumed":
            for replaced in change.track_ids[1:]:
                assert state.pop(replaced) == "started"
        before: set[str | None] = {"lost"}
        if len(change.track_ids) > 1:  # it was back before it was told as lost
            before |= {"started", "resumed"}
        allowed: dict[str, set[str | None]] = {
            "started": {None}, "lost": {"started", "resumed"}, "resumed": before,
            "ended": {"started", "resumed", "lost"}, "named": {"started", "resumed", "lost"},
        }  # fmt: skip
        assert state.get(who) in allowed[change.kind], (change, state.get(who))
        if change.kind != "named":
            state[who] = change.kind
        if change.kind in ("lost", "ended"):
            assert change.detail


def test_changes_of_a_long_broadcast_make_sense() -> None:
    watch, seq = Watch(), 0
    for turn in range(6):
        watch.cut_to(MATCH, seq, MAIN, **({"back": back(MAIN, seq - 100, seq)} if turn % 2 else {}))
        watch.film(MATCH, range(seq + 1, seq + 60), MAIN)
        watch.cut_to(STANDS, seq + 60)
        watch.film(STANDS, range(seq + 61, seq + 100))
        seq += 100
    ledger(watch)
    assert {kind for kind, _ in watch.said()} >= {"started", "lost", "resumed", "ended"}
