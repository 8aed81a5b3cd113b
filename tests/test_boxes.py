"""Of boxes that say the same, the best is kept."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream_engine.boxes import without_doubles

SHARE = 0.7
Rows = list[tuple[tuple[int, int, int, int], int]]  # left, top, width and height; and a group
ROWS = st.lists(
    st.tuples(st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 12)] * 2), st.integers(0, 2)), max_size=40
)


def share(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    high = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(wide, 0) * max(high, 0)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def one_by_one(rows: Rows) -> list[int]:
    kept: list[int] = []
    for place, (box, group) in enumerate(rows):
        if all(rows[other][1] != group or share(rows[other][0], box) <= SHARE for other in kept):
            kept.append(place)
    return kept


def kept_of(rows: Rows) -> list[int]:
    boxes = np.array([(x, y, x + w, y + h) for (x, y, w, h), _ in rows], np.float64).reshape(-1, 4)
    return list(without_doubles(boxes, np.array([group for _, group in rows], np.int64), SHARE))


@given(ROWS)
def test_suppression_keeps_what_looking_at_every_pair_keeps(rows: Rows) -> None:
    assert kept_of(rows) == one_by_one(rows)


@given(ROWS)
def test_what_was_kept_is_kept_again(rows: Rows) -> None:
    kept = [rows[place] for place in kept_of(rows)]
    assert kept_of(kept) == list(range(len(kept)))
