"""Two who meet, and what their looks say once they are apart."""

import numpy as np

from stream_engine.tracking.meetings import ENOUGH, WAITS, Meetings, covered, shared
from stream_engine.tracking.seen import Array

SWAPS = 0.1
BEHIND, BEFORE, ASIDE = (100, 90, 140, 190), (110, 100, 150, 200), (600, 100, 640, 200)
LIKE, UNLIKE = 0.1, 0.7


def boxes(*several: tuple[int, int, int, int]) -> Array:
    return np.array(several, np.float64).reshape(-1, 4)


def met(*ids: int) -> Meetings:
    """These two have met and are apart since."""
    meetings = Meetings()
    meetings.go_on(0, np.array(ids), boxes(BEHIND, BEFORE))
    apart(meetings, range(1, 5), *ids)
    return meetings


def apart(meetings: Meetings, seqs: range, *ids: int) -> None:
    for seq in seqs:
        meetings.go_on(seq, np.array(ids), boxes(BEHIND, ASIDE))


def look(meetings: Meetings, who: int, like: int, unlike: int, times: int = 6) -> None:
    for _ in range(times):
        meetings.hear(np.array([who]), np.array([like, unlike]), np.array([[LIKE, UNLIKE]]))


def test_who_looks_like_the_other_after_they_met_was_taken_for_the_other() -> None:
    meetings = met(3, 7)
    look(meetings, 3, like=7, unlike=3)
    look(meetings, 7, like=3, unlike=7)
    [((a, b), swap)] = meetings.judged(SWAPS)
    assert (a, b) == (3, 7) and swap > SWAPS
    assert meetings.judged(SWAPS) == []


def test_who_still_looks_like_before_is_no_more_asked() -> None:
    meetings = met(3, 7)
    assert meetings.waiting() == {3, 7}
    look(meetings, 3, like=3, unlike=7)
    look(meetings, 7, like=7, unlike=3)
    assert meetings.judged(SWAPS) == [] and meetings.waiting() == set()


def test_one_look_is_not_enough_to_say() -> None:
    meetings = met(3, 7)
    look(meetings, 3, like=7, unlike=3, times=1)
    assert meetings.judged(SWAPS) == [] and meetings.waiting() == {3, 7}


def test_looks_that_say_nothing_are_not_counted() -> None:
    meetings = met(3, 7)
    for _ in range(9):
        meetings.hear(np.array([3]), np.array([3, 7]), np.array([[np.nan, 0.1]]))
    assert meetings.judged(SWAPS) == []


def test_while_they_are_together_nobody_is_asked() -> None:
    meetings = Meetings()
    for seq in range(5):
        meetings.go_on(seq, np.array([3, 7]), boxes(BEHIND, BEFORE))
    assert meetings.waiting() == set() and meetings.of(3) == [(3, 7)]


def test_those_who_pass_at_a_distance_do_not_meet() -> None:
    meetings = Meetings()
    meetings.go_on(0, np.array([3, 7]), boxes(BEHIND, ASIDE))
    assert meetings.of(3) == []


def test_a_meeting_is_forgotten_after_a_while_and_at_once_when_it_is_known_who_is_who() -> None:
    meetings = met(3, 7)
    apart(meetings, range(5, WAITS + 2), 3, 7)
    assert meetings.ids() == set()
    meetings = met(3, 7)
    meetings.forget(7)
    assert meetings.ids() == set()


def test_who_stands_behind_is_covered_and_who_stands_before_is_not() -> None:
    behind, before, aside = covered(boxes(BEHIND, BEFORE, ASIDE)).tolist()
    assert behind > 0.5 and before == aside == 0.0
    share = shared(boxes(BEHIND, BEFORE, ASIDE))
    assert share[0, 1] == share[1, 0] > 0.5 and share[:, 2].max() == 0 and np.diag(share).max() == 0


def test_of_nobody_nothing_is_shared() -> None:
    assert covered(boxes()).shape == (0,) and shared(boxes()).shape == (0, 0)


def test_nobody_is_swapped_twice_for_what_was_seen_of_who_they_seemed_to_be() -> None:
    meetings = Meetings()
    meetings.go_on(0, np.array([1, 2, 3]), np.tile((100.0, 100.0, 140.0, 200.0), (3, 1)))
    others = np.full((3, 3), 0.2)
    others[1, 0] = others[0, 1] = 0.1
    for _ in range(ENOUGH):
        meetings.hear(np.array([1, 2, 3]), np.array([1, 2, 3]), others + 0.5 * np.eye(3))
    assert [pair for pair, _ in meetings.judged(0.1)] == [(1, 2)]
    assert meetings.judged(0.1) == [], "what was gathered of 1 and 2 with 3 is of who they were taken for"
