"""The stamp of a picture: which frame of which match it is and when it was taken, as H.264 user data (SEI)."""

import struct
from collections.abc import Iterable
from typing import NamedTuple

UUID = bytes.fromhex("8c1f5e0e3a7b4d0f9b6c73747265616d")
LAYOUT = struct.Struct(">8sIQ")  # match, frame, capture time


class Stamp(NamedTuple):
    """What one picture carries; `capture_ns` counts from 1970 UTC."""

    match: str
    frame: int
    capture_ns: int

    def pack(self) -> bytes:
        """UUID and payload, as a decoder hands it on."""
        return UUID + LAYOUT.pack(bytes.fromhex(self.match), self.frame, self.capture_ns)


def stamp_of(user_data: Iterable[bytes]) -> Stamp | None:
    """The first stamp among a picture's user data; None when there is none."""
    for data in user_data:
        if data[:16] == UUID and len(data) == 16 + LAYOUT.size:
            match, frame, capture_ns = LAYOUT.unpack(data[16:])
            return Stamp(match.hex(), frame, capture_ns)
    return None
