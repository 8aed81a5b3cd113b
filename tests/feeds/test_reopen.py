"""How long a lost feed is left alone."""

import random

from stream_engine.feeds.reopen import Backoff


def test_pauses_grow_from_a_short_one_to_a_bounded_one_and_start_again_with_the_flow() -> None:
    backoff = Backoff(random.Random(1))
    pauses = [backoff.next_s() for _ in range(40)]
    assert pauses[0] <= 0.2
    assert all(pause <= 2.0 for pause in pauses)
    assert min(pauses[8:]) >= 0.5
    backoff.reset()
    assert backoff.next_s() <= 0.2


def test_two_feeds_lost_together_do_not_come_back_together() -> None:
    one, other = Backoff(random.Random(1)), Backoff(random.Random(2))
    assert [one.next_s() for _ in range(5)] != [other.next_s() for _ in range(5)]
