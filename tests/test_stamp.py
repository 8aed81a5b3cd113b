"""Stamps: there and back, and what is none."""

from hypothesis import given
from hypothesis import strategies as st

from stream_engine.stamp import LAYOUT, UUID, Stamp, stamp_of

STAMPS = st.builds(
    Stamp,
    st.binary(min_size=8, max_size=8).map(bytes.hex),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**64 - 1),
)


@given(STAMPS)
def test_a_stamp_comes_back_as_it_went(stamp: Stamp) -> None:
    assert stamp_of([stamp.pack()]) == stamp


@given(st.lists(st.binary(max_size=60)))
def test_other_user_data_is_no_stamp(data: list[bytes]) -> None:
    assert stamp_of([item for item in data if not item.startswith(UUID)]) is None


def test_a_stamp_is_found_among_other_user_data_and_the_first_counts() -> None:
    first, second = Stamp("00" * 8, 1, 2), Stamp("ff" * 8, 3, 4)
    assert stamp_of([b"", b"x" * 36, first.pack(), second.pack()]) == first


def test_one_that_is_cut_short_or_too_long_is_none() -> None:
    packed = Stamp("00" * 8, 1, 2).pack()
    assert stamp_of([packed[:-1]]) is None
    assert stamp_of([packed + b"\0"]) is None
    assert stamp_of([]) is None
    assert len(packed) == 16 + LAYOUT.size == 36


def test_the_bytes_are_what_they_were() -> None:
    # A video that was made keeps its stamps for ever.
    stamp = Stamp("0123456789abcdef", 7, 1_700_000_000_000_000_000)
    assert (
        stamp.pack().hex() == "8c1f5e0e3a7b4d0f9b6c73747265616d" + "0123456789abcdef" + "00000007" + "17979cfe362a0000"
    )
