"""Whom anybody cares about: the one definition of "don't care", and of the shots that are live."""

from stream_engine.scoring.truth import TruthFrame, TruthObject

LEAST_VISIBLE = 0.15  # share of the body that is seen
LEAST_HEIGHT_PX = 8.0  # of what is seen, at 1080p
LIVE = ("main", "wide")


def cares(frame: TruthFrame, seen: TruthObject, picture_height: int) -> bool:
    """Whether somebody has to be found; under a wipe nobody has to."""
    height = (seen.box_px[3] - seen.box_px[1]) * 1080 / picture_height
    return not frame.wipe and seen.visible >= LEAST_VISIBLE and height >= LEAST_HEIGHT_PX
