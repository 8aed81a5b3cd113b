"""Small real things that stand in for large ones."""

from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from stream_engine.messages import FrameRef, Prompt, StageTime, TaggedTracks


def frame_ref(stream: str = "cam", epoch: int = 1, seq: int = 0, **changes: object) -> FrameRef:
    """A frame reference with plausible values; the arrival is 1 ms per frame after 1 s."""
    values: dict[str, object] = {
        "stream": stream,
        "epoch": epoch,
        "seq": seq,
        "slot": seq % 48,
        "generation": 2,
        "width": 64,
        "height": 36,
        "pts_ns": seq * 33_333_333,
        "arrival_ns": 1_000_000_000 + seq * 1_000_000,
        "arrival_wall_ns": 1_700_000_000_000_000_000,
        "decoder_ns": 5_000_000,
        "source": None,
        "timecode": None,
        "health": "ok",
        "damaged": False,
        "user_data": (),
        "times": (StageTime("decode", 1, 2),),
    }
    return FrameRef(**(values | changes))  # type: ignore[arg-type]


def tagged(stream: str = "cam", epoch: int = 1, seq: int = 0, **changes: object) -> TaggedTracks:
    """What publish reads, with nothing found."""
    frame = frame_ref(stream, epoch, seq, **changes)
    return TaggedTracks(frame, None, None, (), frame.times)


def prompt(name: str = "scorer", stream: str = "cam") -> Prompt:
    """Somebody points at a box."""
    return Prompt(stream, name, "player", box_px=(10.0, 10.0, 20.0, 30.0))


class NoPictures:
    """For stages that look at none."""

    def view(self, ref: FrameRef) -> AbstractContextManager[NDArray[np.uint8]]:
        raise AssertionError(f"nobody looks at {ref.seq}")


NONE = NoPictures()
