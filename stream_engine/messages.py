"""Every message: one frozen struct per topic of the pipeline, and the records that are published."""

from typing import Annotated, Literal

import msgspec

from stream_engine.masks import MaskRle

Cause = Literal["late", "overload", "decode_error", "source_lost", "worker_lost", "unknown"]
Health = Literal["ok", "black", "frozen", "repeating"]
Role = Literal["player", "goalkeeper", "referee", "ball", "other"]
Box = tuple[float, float, float, float]  # left, top, right, bottom in full-picture pixels

ChangeKind = Literal[
    "started", "resumed", "lost", "ended", "swapped", "merged", "split", "named", "team_decided", "role_changed"
]
Who = Literal["tracker", "tagger", "operator"]

UNKNOWN_TEAM = "unknown"  # of somebody who has one, while it is not decided which
LONGEST_NAME = 64  # characters of what somebody calls an object: every event carries it
MOST_POINTS = 16  # of one prompt; nets see the whole row of them
FARTHEST_PX = 16384  # from the corner of a picture; none is larger (ring.max_width, ring.max_height)
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
TrackId = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]
Pixel = Annotated[float, msgspec.Meta(ge=-FARTHEST_PX, le=FARTHEST_PX)]


class Wire(msgspec.Struct, frozen=True, array_like=True):
    """A message inside the pipeline: an array on the wire, so field order is the format."""


# --- what travels beside the frames -------------------------------------------------------------


class Gap(Wire, frozen=True, array_like=True, tag="gap"):
    """Frames `first_seq` to `last_seq` that will not come, and why; may be empty (last < first)."""

    stream: str
    epoch: int
    first_seq: int
    last_seq: int
    cause: Cause
    detail: str


class Mark(Wire, frozen=True, array_like=True, tag="mark"):
    """A place in the flow: whatever of the epoch has not come by now, up to `last_seq`, is lost.

    `open` starts an epoch, `close` ends it, `sync` only asks for the account.
    """

    stream: str
    epoch: int
    last_seq: int
    kind: Literal["open", "sync", "close"]


class Prompt(Wire, frozen=True, array_like=True, tag="prompt"):
    """Somebody points at an object in a stream's next frame: by a box, or by points, or by a mask."""

    stream: str
    name: Name
    role: Role
    box_px: tuple[Pixel, Pixel, Pixel, Pixel] | None = None
    points_px: Annotated[tuple[tuple[Pixel, Pixel], ...], msgspec.Meta(max_length=MOST_POINTS)] = ()
    labels: Annotated[tuple[int, ...], msgspec.Meta(max_length=MOST_POINTS)] = ()  # 1: on the object, 0: beside it
    mask: MaskRle | None = None


class Correction(Wire, frozen=True, array_like=True, tag="correction"):
    """Somebody says who is who, from a stream's next frame on.

    swap: two tracks have each other's identity. merge: the second is the first, and ends in it. split: whoever a track
    is on now is somebody else. name: what a track is called.
    """

    stream: str
    kind: Literal["swap", "merge", "split", "name"]
    track_ids: Annotated[tuple[TrackId, ...], msgspec.Meta(min_length=1, max_length=2)]
    name: Name | None = None


Heard = Prompt | Correction  # what somebody outside says; it ends in the stage that hears it
Beside = Gap | Mark | Heard


# --- the topics, in flow order ------------------------------------------------------------------


class StageTime(Wire, frozen=True, array_like=True):
    """When one stage had a frame in hand, on the monotonic clock of this host."""

    stage: str
    start_ns: int
    done_ns: int


class SourceTime(Wire, frozen=True, array_like=True):
    """When the picture was taken by the sender's clock; `locked` says whether that clock is trusted."""

    time_ns: int
    locked: bool


class FrameRef(Wire, frozen=True, array_like=True, tag="frame"):
    """A decoded picture by reference: slot and generation name the pixels, the rest is its story."""

    stream: str
    epoch: int
    seq: int
    slot: int
    generation: int
    width: int
    height: int
    pts_ns: int
    arrival_ns: int  # monotonic
    arrival_wall_ns: int
    decoder_ns: int  # spent inside the decoder, reordering included
    source: SourceTime | None
    timecode: str | None
    health: Health
    damaged: bool
    user_data: tuple[bytes, ...]
    times: tuple[StageTime, ...]
    ease: int = 0  # how much less than usual is done for it, because the machine does not keep up (easing.py)

    @property
    def frame(self) -> "FrameRef":
        """Itself, so that every topic answers to `.frame`."""
        return self


class CameraMove(Wire, frozen=True, array_like=True):
    """How the picture moved since frame `since_seq`: (x, y, 1) of that frame, times `matrix`, is (x, y) now."""

    since_seq: int
    matrix: tuple[float, float, float, float, float, float]  # two rows of three; identity on a cut
    confidence: float  # share of what was followed that moved so


class Detection(Wire, frozen=True, array_like=True):
    """One thing seen in one frame."""

    role: Role
    score: float
    box_px: Box


class Detections(Wire, frozen=True, array_like=True, tag="detections"):
    """What detect found; `cut` and `camera` are None when nobody looked, `looked`: the detector ran on this frame.

    `back`: this camera was on air before, and how it has moved since its frame `back.since_seq`, before the cut.
    """

    frame: FrameRef
    cut: bool | None
    camera: CameraMove | None
    looked: bool
    items: tuple[Detection, ...]
    times: tuple[StageTime, ...]
    back: CameraMove | None = None


class Mask(Wire, frozen=True, array_like=True):
    """One object; `object_id` is None when propagate does not follow it from frame to frame."""

    object_id: int | None
    role: Role
    score: float
    box_px: Box
    mask: MaskRle | None
    fresh: bool  # found in this very frame; else held over from an earlier one
    name: str | None = None  # that a prompt from outside gave it


class Masks(Wire, frozen=True, array_like=True, tag="masks"):
    """The objects of one frame."""

    frame: FrameRef
    cut: bool | None
    camera: CameraMove | None
    items: tuple[Mask, ...]
    times: tuple[StageTime, ...]
    back: CameraMove | None = None


class Change(Wire, frozen=True, array_like=True):
    """What became of identities at frame `seq`.

    started: it is new. resumed: it is back, out of sight before, or after a cut; if it went by another id meanwhile,
    that is the second. lost: it is not seen any more. ended: it will not come back. swapped: the two have changed
    places, and had each other's until now. merged: the second was the first all along. split: the second goes on where
    the first was taken to be. named: it is called `name`. team_decided: it belongs to `team`, which it was not known to
    before. role_changed: it is `role`, and was taken for something else.
    """

    kind: ChangeKind
    seq: int
    track_ids: tuple[int, ...]
    name: str | None
    by: Who
    detail: str
    team: str | None = None
    role: Role | None = None


class Track(Wire, frozen=True, array_like=True):
    """One identity in one frame; `track_id` is None when nobody follows it from frame to frame."""

    track_id: int | None
    role: Role
    score: float
    box_px: Box
    mask: MaskRle | None
    fresh: bool  # found in this very frame; else held over from an earlier one
    name: str | None = None  # that a prompt from outside gave it
    chances: tuple[float, ...] = ()  # of each of appearance.NET_ROLES, by all its looks; empty: nobody can say


class Tracks(Wire, frozen=True, array_like=True, tag="tracks"):
    """The identities of one frame."""

    frame: FrameRef
    cut: bool | None
    camera: CameraMove | None
    items: tuple[Track, ...]
    times: tuple[StageTime, ...]
    back: CameraMove | None = None
    changes: tuple[Change, ...] = ()


class TaggedTrack(Wire, frozen=True, array_like=True):
    """One identity with its role and team.

    `team` is None for whoever has none, and where nobody tags; "unknown" where it is not decided. Confidences are from
    0 to 1, and evidence is how many looks at the kit, and how many votes on the role, stand behind them.
    """

    track: Track
    team: str | None
    role: Role
    team_confidence: float = 0.0
    team_evidence: int = 0
    role_confidence: float = 0.0
    role_evidence: int = 0


class TaggedTracks(Wire, frozen=True, array_like=True, tag="tagged"):
    """The identities and teams of one frame; what publish turns into an event."""

    frame: FrameRef
    cut: bool | None
    camera: CameraMove | None
    items: tuple[TaggedTrack, ...]
    times: tuple[StageTime, ...]
    back: CameraMove | None = None
    changes: tuple[Change, ...] = ()


Topic = FrameRef | Detections | Masks | Tracks | TaggedTracks
Item = Topic | Beside


def stream_of(item: Item) -> str:
    """The stream that anything on a pipe belongs to."""
    return item.stream if isinstance(item, Beside) else item.frame.stream


def gap_of(frame: FrameRef, cause: Cause, detail: str = "") -> Gap:
    """A gap in the place of one frame."""
    return Gap(frame.stream, frame.epoch, frame.seq, frame.seq, cause, detail)


# --- what is published --------------------------------------------------------------------------


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A published record: a map with field names on the wire, described in docs/events.md."""

    schema: Literal[1] = 1
    stream: str


class SourceClock(msgspec.Struct, frozen=True):
    """When the picture was taken by the sender's clock."""

    time_ns: int
    locked: bool


class StageReport(msgspec.Struct, frozen=True):
    """How long a frame waited for a stage and how long the stage worked on it."""

    stage: str
    wait_ns: int
    work_ns: int


class CameraReport(msgspec.Struct, frozen=True):
    """How the picture moved since frame `since_seq`: (x, y, 1) of that frame, times `matrix`, is (x, y) now."""

    since_seq: int
    matrix: tuple[float, float, float, float, float, float]  # two rows of three; identity on a cut
    confidence: float  # share of what was followed that moved so


class TrackedObject(msgspec.Struct, frozen=True):
    """One identity in a published frame; without a `track_id` when nobody follows it from frame to frame."""

    track_id: int | None
    role: Role
    team: str | None
    score: float
    box_px: Box
    mask: MaskRle | None
    fresh: bool  # found in this very frame; else held over from an earlier one
    name: str | None = None  # that a prompt from outside gave it
    team_confidence: float = 0.0  # from 0 to 1
    team_evidence: int = 0  # looks at its kit that are behind it
    role_confidence: float = 0.0  # from 0 to 1
    role_evidence: int = 0  # votes on its role that are behind it


class TrackEvent(Record, frozen=True, kw_only=True, tag="frame"):
    """One frame: who is where, when the picture was taken and how old the answer is."""

    epoch: int
    seq: int
    pts_ns: int
    arrival_ns: int
    source: SourceClock | None
    timecode: str | None
    width: int
    height: int
    health: Health
    damaged: bool
    cut: bool | None
    camera: CameraReport | None
    back: CameraReport | None = None
    objects: tuple[TrackedObject, ...]
    user_data: tuple[bytes, ...]
    age_ns: int
    decoder_ns: int
    stages: tuple[StageReport, ...]
    ease: int = 0  # how much less than usual was done for it, because the machine does not keep up


class GapEvent(Record, frozen=True, kw_only=True, tag="gap"):
    """Frames that will not come, and why; no frames when `last_seq` is below `first_seq`."""

    epoch: int
    first_seq: int
    last_seq: int
    cause: Cause
    detail: str
    noted_ns: int


class TrackChange(Record, frozen=True, kw_only=True, tag="track"):
    """What became of identities at frame `seq`; `Change` says what each kind means."""

    epoch: int
    seq: int
    kind: ChangeKind
    track_ids: tuple[int, ...]
    name: str | None
    by: Who
    detail: str
    noted_ns: int
    team: str | None = None
    role: Role | None = None


class StatusEvent(Record, frozen=True, kw_only=True, tag="status"):
    """How a stream is doing, once a second, whether or not frames flow."""

    state: Literal["connecting", "live", "lost", "ended", "failed", "down"]
    epoch: int
    decoded: int
    frames: int
    gaps: dict[str, int]
    restarts: dict[str, int]
    rejected: dict[str, int]
    stale: int
    output_dropped: int
    noted_ns: int
    ease: int = 0  # how much less than usual is done for its frames now
    eased: int = 0  # frames so far for which less was done


Event = TrackEvent | GapEvent | TrackChange | StatusEvent
