"""A small made-up match, events that answer it, and ways to spoil them."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from stream_engine.masks import MaskRle, encode
from stream_engine.messages import Box, GapEvent, TrackedObject, TrackEvent
from stream_engine.scoring.read import Scored, Truth, truth_of
from stream_engine.scoring.truth import Shot, TruthBall, TruthFrame, TruthHeader, TruthObject, TruthPerson
from stream_engine.stamp import Stamp

MATCH = "0123456789abcdef"
WIDTH, HEIGHT, FPS = 640, 360, 30.0
Kind = Literal["main", "wide", "close", "replay"]
Change = Callable[[TrackedObject], TrackedObject | None]

PEOPLE = (
    *(TruthPerson(no, "goalkeeper" if no == 1 else "player", "home", no) for no in range(1, 6)),
    *(TruthPerson(no, "goalkeeper" if no == 11 else "player", "away", no) for no in range(11, 16)),
    TruthPerson(21, "referee", None, None),
)


def oval(width: int, height: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    y, x = np.mgrid[:height, :width]
    inside: np.ndarray[Any, np.dtype[np.bool_]] = ((x + 0.5) / width * 2 - 1) ** 2 + (
        (y + 0.5) / height * 2 - 1
    ) ** 2 <= 1
    return inside


@lru_cache
def oval_counts(width: int, height: int) -> str:
    return encode(oval(width, height)).counts


def mask_at(left: int, top: int, width: int = 16, height: int = 32) -> MaskRle:
    return MaskRle(left, top, (height, width), oval_counts(width, height))


def person_in(frame: int, at: int, person: TruthPerson, size: tuple[int, int] = (16, 32), visible: float = 1.0) -> Any:
    left, top = 20 + at * 50 + frame % 20, 60 + (at % 3) * 80
    box = (float(left), float(top), float(left + size[0]), float(top + size[1]))
    return TruthObject(person.id, box, box, visible, (0.0, 0.0), mask_at(left, top, *size))


def truth_frame(frame: int, objects: Iterable[TruthObject], shot_no: int = 0, **changes: Any) -> TruthFrame:
    ball_left = 300.0 + frame % 40
    values: dict[str, Any] = {
        "capture_ns": frame * 33_333_333,
        "shot": "main",
        "cut": False,
        "wipe": False,
        "homography": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
        "ball": TruthBall((0.0, 0.0, 0.1), (ball_left, 320.0, ball_left + 6, 326.0), 1.0),
    }
    return TruthFrame(frame=frame, shot_no=shot_no, objects=tuple(objects), **(values | changes))


def make_truth(shots: Iterable[tuple[Kind, int]] = (("main", 60),), frame_of: Any = None, **header: Any) -> Truth:
    """Everybody in every frame, unless `frame_of(frame, shot_no, kind)` says otherwise."""
    frames: list[TruthFrame] = []
    told = []
    for no, (kind, length) in enumerate(shots):
        told.append(Shot(no, len(frames), len(frames) + length - 1, kind))
        for at in range(length):
            frame = len(frames)
            made = frame_of(frame, no, kind) if frame_of else None
            everybody = [person_in(frame, place, person) for place, person in enumerate(PEOPLE)]
            frames.append(made or truth_frame(frame, everybody, no, shot=kind, cut=no > 0 and at == 0))
    values: dict[str, Any] = {
        "match": MATCH,
        "made_by": "a test",
        "preset": "league",
        "seed": 7,
        "width": WIDTH,
        "height": HEIGHT,
        "fps": FPS,
        "frames": len(frames),
        "renderer": "none",
        "kits": {"home": "red", "away": "blue"},
        "people": PEOPLE,
        "shots": tuple(told),
    }
    return truth_of(TruthHeader(**(values | header)), frames)


def event_of(frame: int, objects: Iterable[TrackedObject], seq: int | None = None, **changes: Any) -> TrackEvent:
    values: dict[str, Any] = {
        "stream": "cam",
        "epoch": 1,
        "seq": frame if seq is None else seq,
        "pts_ns": frame * 33_333_333,
        "arrival_ns": 1,
        "source": None,
        "timecode": None,
        "width": WIDTH,
        "height": HEIGHT,
        "health": "ok",
        "damaged": False,
        "cut": None,
        "camera": None,
        "objects": tuple(objects),
        "user_data": (Stamp(MATCH, frame, frame).pack(),),
        "age_ns": 40_000_000,
        "decoder_ns": 1,
        "stages": (),
    }
    return TrackEvent(**(values | changes))


def gap_of(first: int, last: int, cause: Any = "late", epoch: int = 1) -> GapEvent:
    return GapEvent(stream="cam", epoch=epoch, first_seq=first, last_seq=last, cause=cause, detail="", noted_ns=0)


def answers(truth: Truth, frame: TruthFrame) -> list[TrackedObject]:
    """What nobody could do better."""
    found = []
    for seen in frame.objects:
        person = truth.people[seen.id]
        team = {"home": "A", "away": "B", None: None}[person.team]
        found.append(TrackedObject(seen.id + 100, person.role, team, 0.9, seen.box_px, seen.mask, fresh=True))
    if frame.ball.box_px is not None:
        found.append(TrackedObject(900, "ball", None, 0.8, frame.ball.box_px, None, fresh=True))
    return found


def make_events(truth: Truth, change: Any = None) -> list[Scored]:
    """Perfect events; `change(frame, object)` may alter an object, or return None to drop it."""
    events: list[Scored] = []
    for frame in truth.frames:
        found = [change(frame.frame, item) if change else item for item in answers(truth, frame)]
        events.append(event_of(frame.frame, [item for item in found if item is not None]))
    return events


def altered(item: TrackedObject, **changes: Any) -> TrackedObject:
    return msgspec.structs.replace(item, **changes)


def moved(box: Box, x: float, y: float = 0.0) -> Box:
    return (box[0] + x, box[1] + y, box[2] + x, box[3] + y)


def write_truth(truth: Truth, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "match.json").write_bytes(msgspec.json.encode(truth.header))
    (folder / "truth.jsonl").write_bytes(b"".join(msgspec.json.encode(frame) + b"\n" for frame in truth.frames))
    return folder


def write_events(events: Iterable[Any], path: Path) -> Path:
    path.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events))
    return path
