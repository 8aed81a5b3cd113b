"""Masks: there and back, beside pycocotools, and what a hostile mask cannot do."""

import tracemalloc
import warnings
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stream_engine.masks import MaskError, MaskRle, decode, encode, pack, runs_of, unpack

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pycocotools import mask as coco

PIXELS = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=40))


def blob(seed: int, rows: int, columns: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    centre, radius = rng.uniform(0, (rows, columns)), rng.uniform(1, max(rows, columns))
    inside: np.ndarray[Any, np.dtype[np.bool_]] = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2
    return inside ^ (rng.random((rows, columns)) < 0.01)


@settings(deadline=None)
@given(PIXELS)
def test_a_mask_comes_back_as_it_went(pixels: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
    there = encode(pixels, 3, 5)
    back = decode(there)
    assert back.shape == pixels.shape
    assert (back == pixels).all()
    assert (there.x, there.y, there.size) == (3, 5, pixels.shape)


@settings(deadline=None)
@given(hnp.arrays(np.int64, st.integers(0, 30), elements=st.integers(0, 2**40)))
def test_any_run_lengths_come_back(runs: np.ndarray[Any, np.dtype[np.int64]]) -> None:
    assert (unpack(pack(runs)) == runs).all()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # inside pycocotools 2.0
@pytest.mark.parametrize("seed", range(20))
def test_the_text_is_that_of_pycocotools(seed: int) -> None:
    rows, columns = 5 + 37 * seed, 300 - 12 * seed
    pixels = blob(seed, rows, columns)
    theirs = coco.encode(np.asfortranarray(pixels.astype(np.uint8)))
    ours = encode(pixels)
    assert ours.counts == theirs["counts"].decode()
    assert list(ours.size) == theirs["size"]
    assert (coco.decode({"size": list(ours.size), "counts": ours.counts.encode()}).astype(bool) == pixels).all()
    assert (decode(MaskRle(0, 0, (rows, columns), theirs["counts"].decode())) == pixels).all()


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        ((2, 2), ""),  # nothing where there are pixels
        ((2, 2), "5"),  # too much
        ((2, 2), "3"),  # too little
        ((0, 0), "1"),
        ((2, 2), "T"),  # a number that does not end
        ((2, 2), "\x7f"),
        ((2, 2), "é"),
        ((2, 2), "O5"),  # a negative run, though the sum is right
        ((2, 2), "o" * 13 + "0"),  # more bits than a number has
        ((3, 3), pack(np.array([2**58, 2**58, 9], np.int64))),
    ],
)
def test_what_is_no_mask_is_refused(size: tuple[int, int], counts: str) -> None:
    with pytest.raises(MaskError):
        decode(MaskRle(0, 0, size, counts))


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(0, 50), st.integers(0, 50))
def test_any_text_is_a_mask_or_refused(counts: str, rows: int, columns: int) -> None:
    with suppress(MaskError):
        assert decode(MaskRle(0, 0, (rows, columns), counts)).shape == (rows, columns)


@pytest.mark.parametrize("size", [(10**6, 10**6), (8193, 1), (2**40, 2**40)])
def test_a_huge_rectangle_is_refused_without_memory_for_it(size: tuple[int, int]) -> None:
    whole = pack(np.array([min(size[0] * size[1], 2**58)], np.int64))
    tracemalloc.start()
    with pytest.raises(MaskError, match=r"no picture is larger than 8192"):
        decode(MaskRle(0, 0, size, whole))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


def test_runs_that_overflow_their_sum_are_refused() -> None:
    # 64 runs of 2**58 add up to 2**64, which is 0 in 64 bits, and the last one fills the rectangle.
    runs = np.array([*[2**58] * 64, 16], np.int64)
    with pytest.raises(MaskError, match=r"do not fill the 4 x 4 pixels"):
        decode(MaskRle(0, 0, (4, 4), pack(runs)))


def test_runs_begin_with_background() -> None:
    assert runs_of(np.array([[True, False]])).tolist() == [0, 1, 1]
    assert runs_of(np.array([[False, True]])).tolist() == [1, 1]
    assert runs_of(np.zeros((0, 4), bool)).tolist() == []
