"""Truth beside a video: a folder with match.json, truth.jsonl(.gz) and MOTChallenge's gt/gt.txt."""

from typing import Literal

import msgspec

from stream_engine.masks import MaskRle
from stream_engine.messages import Box, Role

FORMAT = 1


class TruthPerson(msgspec.Struct, frozen=True):
    """Somebody with an identity for the whole match."""

    id: int
    role: Role
    team: Literal["home", "away"] | None
    number: int | None


class Shot(msgspec.Struct, frozen=True):
    """Frames `first` to `last` come from one camera; its kind says whether they are live."""

    no: int
    first: int
    last: int
    kind: Literal["main", "wide", "close", "replay"]


class TruthHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about the whole match (match.json)."""

    format: Literal[1] = 1
    match: str  # 16 hexadecimal digits; every stamped picture carries it
    made_by: str  # the generator and its version
    preset: str
    seed: int
    width: int
    height: int
    fps: float
    frames: int
    renderer: str
    kits: dict[str, str]  # "home", "away", … → a few words
    people: tuple[TruthPerson, ...]
    shots: tuple[Shot, ...]


class TruthObject(msgspec.Struct, frozen=True):
    """One person in one frame."""

    id: int  # of the person
    box_px: Box  # visible part: extents of the mask; of no size when nothing is seen
    body_px: Box  # whole body, hidden parts and parts outside the picture included
    visible: float  # share of the body's pixels that are seen, 0..1
    at_m: tuple[float, float]  # on the pitch
    mask: MaskRle


class TruthBall(msgspec.Struct, frozen=True):
    """The ball in one frame; `box_px` is None while it cannot be seen."""

    at_m: tuple[float, float, float]
    box_px: Box | None
    visible: float


class TruthFrame(msgspec.Struct, frozen=True):
    """One frame of truth.jsonl."""

    frame: int
    capture_ns: int
    shot_no: int
    shot: Literal["main", "wide", "close", "replay"]
    cut: bool  # first frame after a cut
    wipe: bool  # a wipe covers part of the picture
    homography: tuple[float, ...]  # 9, row by row: pitch metres (x, y, 1) → picture pixels
    ball: TruthBall
    objects: tuple[TruthObject, ...]
