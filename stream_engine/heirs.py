"""What a frame that is dropped leaves to its stream's next one: a cut, what the camera did, changes of identity."""

import logging

import msgspec

from stream_engine.messages import CameraMove, Change, Detections, FrameRef, Masks, TaggedTracks, Topic, Tracks

MOST_CHANGES = 256  # told by one frame for those before it; everybody on the pitch ten times over

Looked = Detections | Masks | Tracks | TaggedTracks
Matrix = tuple[float, float, float, float, float, float]

logger = logging.getLogger("stream_engine.heirs")


def heir(item: Topic, lost: Topic | None) -> Topic:
    """A frame that also tells of what the one before it, which was dropped, was to tell."""
    if lost is None or isinstance(item, FrameRef) or isinstance(lost, FrameRef):
        return item
    cut, back, camera = True if lost.cut else item.cut, _back(item, lost), _camera(item, lost)
    if isinstance(item, Tracks | TaggedTracks) and isinstance(lost, Tracks | TaggedTracks):
        return msgspec.structs.replace(item, cut=cut, back=back, camera=camera, changes=_changes(item, lost))
    return msgspec.structs.replace(item, cut=cut, back=back, camera=camera)


def _camera(item: Looked, lost: Looked) -> CameraMove | None:
    """How the camera moved since the frame before the one that is lost, where both ways are known."""
    move, before = item.camera, lost.camera
    if not move or not before or item.cut or lost.cut or item.frame.epoch != lost.frame.epoch:
        return move
    if move.since_seq != lost.frame.seq:
        return move
    return CameraMove(before.since_seq, _after(before.matrix, move.matrix), min(before.confidence, move.confidence))


def _back(item: Looked, lost: Looked) -> CameraMove | None:
    """How a camera that had come back has moved until this frame, if it is still on air in it."""
    back, move = lost.back, item.camera
    if item.back or not back or item.cut or item.frame.epoch != lost.frame.epoch:
        return item.back
    if move is None or move.since_seq != lost.frame.seq:
        return back  # how it went on nobody knows; in a few frames it does not go far
    return CameraMove(back.since_seq, _after(back.matrix, move.matrix), back.confidence)


def _after(first: Matrix, then: Matrix) -> Matrix:
    a, b, x, c, d, y = first
    e, f, u, g, h, v = then
    return (
        e * a + f * c, e * b + f * d, e * x + f * y + u,
        g * a + h * c, g * b + h * d, g * x + h * y + v,
    )  # fmt: skip


def _changes(item: Tracks | TaggedTracks, lost: Tracks | TaggedTracks) -> tuple[Change, ...]:
    """Of both; those of an epoch that is over are told as of this frame, because numbers begin anew."""
    before = lost.changes
    if lost.frame.epoch != item.frame.epoch:
        before = tuple(msgspec.structs.replace(change, seq=item.frame.seq) for change in before)
    both = (*before, *item.changes)
    if len(both) > MOST_CHANGES:
        untold = len(both) - MOST_CHANGES
        logger.warning("%s: %d changes of identity in late frames are not told", item.frame.stream, untold)
    return both[-MOST_CHANGES:]
