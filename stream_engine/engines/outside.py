"""Whether an ONNX file takes weights from other files, which its checksum does not cover.

A walk over the file itself: onnx is not needed to run models, not every model that is checked is loaded, and what a
runtime does about such weights depends on its release. The weights are jumped over, so it takes milliseconds.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path

# The fields that lead to tensors, by what holds them: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
WAYS = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
EXTERNAL_DATA, DATA_LOCATION = 13, 14  # of a tensor
KEY, VALUE = 1, 2  # of an entry of its external data
EXTERNAL = 1
SIZES = {1: 8, 5: 4}  # bytes of numbers whose size is fixed, by wire type
NUMBER, BLOCK = 0, 2  # wire types
MOST_BITS = 63

Span = tuple[int, int]  # from where to where in the file


def outside(path: Path) -> str:
    """The other file that it names first; nothing if there is none, or if it is no ONNX file."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
            return next(_named(held), "")
    except (ValueError, IndexError):  # empty or cut off: what loads it says so
        return ""


def _named(held: mmap.mmap) -> Iterator[str]:
    left: list[tuple[str, Span]] = [("model", (0, len(held)))]
    while left:
        kind, span = left.pop()
        if kind == "tensor":
            yield from _location(held, span)
            continue
        ways = WAYS[kind]
        left += [(ways[field], inner) for field, inner in _fields(held, span) if field in ways and inner[1]]


def _location(held: mmap.mmap, span: Span) -> Iterator[str]:
    """Where the weights of a tensor are, if not in the file."""
    fields = list(_fields(held, span))
    if (DATA_LOCATION, (EXTERNAL, 0)) in fields:
        entries = [dict(_fields(held, inner)) for field, inner in fields if field == EXTERNAL_DATA]
        told = {held[slice(*entry[KEY])]: held[slice(*entry[VALUE])] for entry in entries if {KEY, VALUE} <= set(entry)}
        yield told.get(b"location", b"?").decode(errors="replace")


def _fields(held: mmap.mmap, span: Span) -> Iterator[tuple[int, Span]]:
    """The number of each field and where its contents are; of a number itself, and 0."""
    at, end = span
    while at < end:
        key, at = _number(held, at)
        field, wire = key >> 3, key & 7
        if wire == NUMBER:
            number, at = _number(held, at)
            yield field, (number, 0)
        elif wire == BLOCK:
            size, at = _number(held, at)
            if at + size > end:
                raise ValueError("cut off")
            yield field, (at, at + size)
            at += size
        else:
            at += SIZES.get(wire, 0)


def _number(held: mmap.mmap, at: int) -> tuple[int, int]:
    """A number of as many bytes as it takes, seven bits in each, and where it ends."""
    number = shift = 0
    while held[at] > 127:
        number |= (held[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if shift > MOST_BITS:
            raise ValueError("not a number of 64 bits")
    return number | held[at] << shift, at + 1
