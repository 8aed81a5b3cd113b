"""Who gives way when: levels and the controller, with plain numbers for ages and clock."""

from collections.abc import Callable, Mapping
from itertools import pairwise

import pytest

from stream_engine import easing
from stream_engine.easing import CALM_NS, LEVELS, LONGEST_CALM_NS, MOST, SETTLE_NS, Controller, Ease, S, Share

MS = 1_000_000
FRAME_NS = S // 30
YOUNG, OLD, VERY_OLD = 40, 300, 450  # milliseconds, of 500 that are allowed

Ages = Callable[[str, int], float | None]  # stream, level -> how old its frames are; None: none comes


class Machine:
    """Streams at 30 frames a second, whose ages follow from their levels; time starts when they have settled."""

    def __init__(self, priorities: Mapping[str, int], levels: Mapping[str, int] | None = None, limit_ms: int = 500):
        self.now_ns = 1_000 * S
        self.levels = dict.fromkeys(priorities, 0) | dict(levels or {})
        shares = {name: Share(priority, limit_ms * MS) for name, priority in priorities.items()}
        self.controller = Controller(shares, self.levels, self.now_ns)
        self.steps: list[tuple[str, int]] = []
        self.times_ns: list[int] = []
        self.why = ""
        self.now_ns += SETTLE_NS

    def runs(self, seconds: float, ages: Ages, *losing: str) -> list[tuple[str, int]]:
        """The steps of this time."""
        known = len(self.steps)
        for _ in range(int(seconds * 30)):
            self.now_ns += FRAME_NS
            for name, level in self.levels.items():
                if (age_ms := ages(name, level)) is not None:
                    self.controller.aged(name, int(age_ms * MS), self.now_ns)
                if name in losing:
                    self.controller.lost(name, self.now_ns)
            if step := self.controller.decide(self.now_ns):
                assert step.before == self.levels[step.stream] and step.why
                self.levels[step.stream], self.why = step.level, step.why
                self.steps.append((step.stream, step.level))
                self.times_ns.append(self.now_ns)
        return self.steps[known:]


def young(_: str, __: int) -> float:
    return YOUNG


def old(_: str, __: int) -> float:
    return VERY_OLD


def test_frames_are_left_out_last_and_each_level_leaves_out_no_less_than_the_one_before() -> None:
    assert LEVELS[0] == Ease(1, 1, 1, 1)
    for before, after in pairwise(LEVELS):
        assert all(more >= less for more, less in zip(after, before, strict=True)) and after != before
    assert [ease.frames for ease in LEVELS] == [1, 1, 1, 1, 2, 4]
    assert LEVELS[1].masks > 1 and LEVELS[1].looks == LEVELS[1].crops == 1, "freshness of masks goes first"
    assert easing.at(-1) == LEVELS[0] and easing.at(99) == LEVELS[-1]


def test_of_the_crops_at_least_one_is_left() -> None:
    assert [easing.crops(8, level) for level in range(6)] == [8, 8, 4, 2, 2, 2]
    assert [easing.crops(1, level) for level in (0, 5)] == [1, 1]


def test_what_is_left_out_is_told_from_what_found_no_room() -> None:
    detail = easing.left_out(4, priority=1)
    assert easing.is_left_out(detail) and "priority 1" in detail and "one frame in 2" in detail
    assert not easing.is_left_out("") and not easing.is_left_out("waited too long for detect")


def test_the_lowest_priority_gives_way_to_the_end_before_the_next_one_does() -> None:
    steps = Machine({"main": 9, "wide": 1, "reverse": 4}).runs(20, old)
    assert steps == [(name, level) for name in ("wide", "reverse", "main") for level in range(1, MOST + 1)]


def test_equals_take_turns() -> None:
    steps = Machine({"one": 5, "two": 5}).runs(3, old)
    assert steps[:4] == [("one", 1), ("two", 1), ("one", 2), ("two", 2)]


def test_a_stream_that_is_alone_eases_itself_before_it_loses_frames() -> None:
    machine = Machine({"cam": 5})
    assert machine.runs(5, lambda _, level: OLD if level < 2 else YOUNG)[:2] == [("cam", 1), ("cam", 2)]


def test_at_most_one_step_in_half_a_second_and_more_patience_before_frames_are_left_out() -> None:
    machine = Machine({"cam": 5})
    machine.runs(10, old)
    pauses_ns = [after - before for before, after in pairwise(machine.times_ns)]
    assert all(pause >= easing.RAISE_EVERY_NS for pause in pauses_ns)
    assert all(pause >= easing.FRAMES_AFTER_NS for pause in pauses_ns[2:])


def test_frames_are_left_out_only_where_they_would_be_lost() -> None:
    machine = Machine({"main": 9, "wide": 1})
    assert machine.runs(60, lambda _, __: OLD)[-1] == ("wide", 3)
    assert machine.runs(0.2, lambda _, __: OLD, "main") == [("wide", 4)]


def test_lost_frames_are_reason_enough_even_if_those_that_come_are_young() -> None:
    machine = Machine({"main": 9, "wide": 1})
    assert machine.runs(0.2, young, "main") == [("wide", 1)]
    assert machine.why == "frames of main came too late"


def test_nothing_more_is_left_out_while_what_waits_is_being_worked_off() -> None:
    machine, waiting = Machine({"cam": 5}), iter(range(450, 0, -10))
    assert machine.runs(1.0, lambda _, __: next(waiting))[1:] == []


def test_what_was_left_out_comes_back_to_the_highest_priority_first() -> None:
    machine = Machine({"main": 9, "wide": 1}, levels={"main": 2, "wide": MOST})
    steps = machine.runs(60, young)
    assert steps == [("main", 1), ("main", 0), *(("wide", level) for level in range(MOST - 1, -1, -1))]
    assert machine.now_ns - machine.times_ns[-1] > 40 * S, "after a burst it takes seconds, not minutes"


def test_frames_come_back_as_soon_as_they_can() -> None:
    assert Machine({"cam": 5}, levels={"cam": MOST}).runs(60, lambda _, __: 160) == [("cam", 4), ("cam", 3)]


def test_ages_in_between_change_nothing() -> None:
    assert Machine({"cam": 5}, levels={"cam": 2}).runs(60, lambda _, __: 160) == []


def test_a_level_that_is_needed_is_given_up_ever_more_rarely() -> None:
    machine = Machine({"cam": 5})
    machine.runs(600, lambda _, level: OLD if level < 3 else YOUNG)
    assert set(machine.steps[3:]) == {("cam", 2), ("cam", 3)}
    tried = [at for at, (_, level) in zip(machine.times_ns, machine.steps, strict=True) if level == 2][1:]
    pauses_ns = [after - before for before, after in pairwise(tried)]
    assert pauses_ns == sorted(pauses_ns) and pauses_ns[0] < 3 * CALM_NS
    assert LONGEST_CALM_NS <= pauses_ns[-1] < LONGEST_CALM_NS + 3 * S
    assert len(tried) < 16


def test_it_does_not_swing_either_where_more_is_left_out_at_first_than_is_needed() -> None:
    machine, waiting = Machine({"cam": 5}), {"ms": 0.0}

    def slowly(_: str, level: int) -> float:
        waiting["ms"] = min(450.0, max(0.0, waiting["ms"] + (15 if level < 2 else -5)))
        return YOUNG + waiting["ms"]

    machine.runs(600, slowly)
    machine.steps.clear()
    machine.runs(300, slowly)
    assert 2 < len(machine.steps) < 40 and {level for _, level in machine.steps} <= {1, 2, 3, 4}


def test_after_a_long_squeeze_everything_comes_back_as_quickly_as_after_a_short_one() -> None:
    machine = Machine({"cam": 5})
    machine.runs(300, lambda _, level: OLD if level < 3 else YOUNG)
    machine.runs(90, young)
    assert machine.levels == {"cam": 0}
    assert machine.times_ns[-1] - machine.times_ns[-2] <= CALM_NS + S


def test_a_stream_that_begins_or_comes_back_is_given_time_to_catch_up() -> None:
    machine = Machine({"cam": 5})
    machine.controller.settle("cam", machine.now_ns)
    assert machine.runs(SETTLE_NS / S - 0.1, old, "cam") == []
    assert machine.runs(1, old)[0] == ("cam", 1)


def test_a_successor_goes_on_with_the_levels_that_it_finds_and_settles_first() -> None:
    machine = Machine({"main": 9, "wide": 1}, levels={"wide": 3})
    machine.now_ns -= SETTLE_NS
    assert machine.runs(SETTLE_NS / S - 0.1, old) == []
    assert machine.runs(3, old)[0] == ("wide", 4)


def test_a_stream_that_does_not_flow_is_not_asked_to_give_way_and_gets_back_what_it_gave() -> None:
    machine = Machine({"main": 9, "away": 1})
    assert machine.runs(1, lambda name, _: OLD if name == "main" else None)[0] == ("main", 1)
    machine = Machine({"main": 9, "away": 1}, levels={"away": 2})
    assert machine.runs(10, lambda name, _: YOUNG if name == "main" else None) == [("away", 1), ("away", 0)]


def test_when_nobody_has_anything_left_to_give_nothing_happens() -> None:
    assert Machine({"cam": 5}, levels={"cam": MOST}).runs(30, old) == []


@pytest.mark.parametrize("limit_ms", [1, 50, 100])
def test_a_limit_below_what_a_frame_takes_does_not_ease_a_machine_on_which_nothing_waits(limit_ms: int) -> None:
    machine = Machine({"cam": 5}, levels={"cam": 1}, limit_ms=limit_ms)
    assert machine.runs(30, young) == [("cam", 0)]


def test_what_is_remembered_is_bounded() -> None:
    controller = Controller({"cam": Share(5, S)}, {}, 0)
    for n in range(10_000):
        controller.aged("cam", MS, SETTLE_NS + n)
    assert len(controller._streams["cam"].ages) <= easing.MOST_AGES
