"""The clock of a feed: time only goes forward, whatever the counter does."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stream_engine.feeds.clocks import PtsClock

TICKS = Fraction(1, 90_000)
FRAME = 3_000  # ticks of a picture at 30 frames/s
FRAME_NS = 33_333_333
WRAP = 1 << 33


def times(counters: list[int | None], clock: PtsClock | None = None) -> list[int]:
    clock = clock or PtsClock(TICKS)
    return [clock.pts_ns(pts, n * FRAME_NS) for n, pts in enumerate(counters)]


def steps(of: list[int]) -> list[int]:
    return [b - a for a, b in pairwise(of)]


@given(start=st.integers(0, WRAP - 1), wraps=st.integers(1, 3))
def test_time_goes_on_evenly_over_every_wrap_of_the_counter(start: int, wraps: int) -> None:
    clock = PtsClock(TICKS)
    stride = 5 * 90_000  # under the least jump
    # Only what lies around the wraps is of interest; between them one jump stands for hours.
    counters = [(start + n * stride) % WRAP for n in range(wraps * 40)]
    near = [(WRAP - 20 * stride + n * stride) % WRAP for n in range(40)] * wraps
    assert all(abs(step - 5_000_000_000) <= 1 for step in steps(times(list(counters), clock)))
    assert all(step > 0 for step in steps(times(list(near))))


@given(st.lists(st.none() | st.integers(0, WRAP - 1) | st.integers(0, 400_000), min_size=2, max_size=60))
def test_time_strictly_increases_for_any_counter_at_all(counters: list[int | None]) -> None:
    assert all(step > 0 for step in steps(times(counters)))


@given(missing=st.sets(st.integers(0, 29)))
def test_a_missing_pts_is_made_up_and_the_feed_falls_back_into_step(missing: set[int]) -> None:
    clock = PtsClock(TICKS)
    seen = times([None if n in missing else 900_000 + n * FRAME for n in range(30)], clock)
    assert all(abs(step - FRAME_NS) < 100 for step in steps(seen))
    assert clock.made_up == len(missing)
    assert clock.jumps == 0


def test_a_first_picture_without_a_pts_does_not_shift_the_senders_time() -> None:
    clock = PtsClock(TICKS)
    seen = times([None, 0, FRAME], clock)
    assert abs(clock.source_ns(seen[1], epoch_ns=10**18) - 10**18) < 10


def test_a_small_step_back_is_held_and_a_long_one_is_a_discontinuity() -> None:
    clock = PtsClock(TICKS)
    held = times([0, 2 * FRAME, FRAME, 3 * FRAME], clock)
    assert 0 < held[2] - held[1] < 10_000
    assert held[3] == 100_000_000
    assert clock.jumps == 0
    far = clock.pts_ns(90_000 * 3600, 4 * FRAME_NS)
    assert clock.jumps == 1
    assert abs(far - held[3] - FRAME_NS) < 2


def test_reordering_across_the_wrap_is_no_discontinuity() -> None:
    clock = PtsClock(TICKS)
    seen = times([WRAP - 2 * FRAME, FRAME, WRAP - FRAME, 2 * FRAME], clock)
    assert clock.jumps == 0
    assert abs(seen[3] - seen[0] - 4 * FRAME_NS) < 5
