"""The hardware seams: what a decoder is, and which ones exist by name."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stream_engine.feeds import FeedPacket, Stamp


class DecodeError(Exception):
    """One packet could not be decoded; the decoder goes on with the next."""


class Picture(Protocol):
    """A decoded picture that still lies in the decoder's memory."""

    width: int  # even, after cropping and rotation
    height: int  # even
    pts: int | None  # in the feed's time base, not unwrapped
    stamp: Stamp  # arrival of the packet it came from
    decoder_ns: int  # from handing that packet to the decoder until the picture came out
    key: bool
    damaged: bool  # the decoder concealed errors
    timecode: str | None  # SMPTE "HH:MM:SS:FF" (";FF" for drop frame)
    user_data: tuple[bytes, ...]  # H.264/HEVC SEI user data, unregistered: UUID + payload

    def write_nv12(self, out: NDArray[np.uint8]) -> None:
        """Write the picture as NV12 into `out`, shape (height * 3 // 2, width), in one copy."""


class Decoder(Protocol):
    """Packets of one feed in, pictures in display order out."""

    def decode(self, packet: FeedPacket) -> Sequence[Picture]:
        """Decode one packet; raises DecodeError when it is not decodable."""

    def flush(self) -> Sequence[Picture]:
        """Pictures still held back, at the end of a feed."""

    def close(self) -> None:
        """Release the decoder."""


Arrays = dict[str, NDArray[Any]]


class Net(Protocol):
    """A network: named arrays in, named arrays out."""

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        """The outputs for one batch."""


NETS = {"ort": "stream_engine.backends.ort:OrtNet"}
DECODERS = {"pyav": "stream_engine.backends.pyav:PyavDecoder"}


def load(table: dict[str, str], name: str) -> Any:
    """The class that a table names; the heavy import happens here."""
    try:
        module, _, attribute = table[name].partition(":")
    except KeyError:
        raise LookupError(f"no backend {name!r}; there are: {', '.join(sorted(table))}") from None
    return getattr(import_module(module), attribute)
