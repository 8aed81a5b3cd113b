"""What is published of a frame: the form in which subscribers get what travelled through the pipeline."""

from stream_engine.messages import (
    CameraMove,
    CameraReport,
    Change,
    FrameRef,
    SourceClock,
    StageReport,
    StageTime,
    TaggedTracks,
    TrackChange,
    TrackedObject,
    TrackEvent,
)


def frame_event(tagged: TaggedTracks, now_ns: int) -> TrackEvent:
    """The published form of one frame."""
    frame = tagged.frame
    return TrackEvent(
        stream=frame.stream,
        epoch=frame.epoch,
        seq=frame.seq,
        pts_ns=frame.pts_ns,
        arrival_ns=frame.arrival_wall_ns,
        source=SourceClock(frame.source.time_ns, frame.source.locked) if frame.source else None,
        timecode=frame.timecode,
        width=frame.width,
        height=frame.height,
        health=frame.health,
        damaged=frame.damaged,
        cut=tagged.cut,
        camera=_camera(tagged.camera),
        back=_camera(tagged.back),
        objects=tuple(
            TrackedObject(
                track_id=item.track.track_id,
                role=item.role,
                team=item.team,
                score=item.track.score,
                box_px=item.track.box_px,
                mask=item.track.mask,
                fresh=item.track.fresh,
                name=item.track.name,
                team_confidence=item.team_confidence,
                team_evidence=item.team_evidence,
                role_confidence=item.role_confidence,
                role_evidence=item.role_evidence,
            )
            for item in tagged.items
        ),
        user_data=frame.user_data,
        age_ns=now_ns - frame.arrival_ns,
        decoder_ns=frame.decoder_ns,
        stages=stage_reports(frame.arrival_ns, tagged.times),
        ease=frame.ease,
    )


def track_change(frame: FrameRef, change: Change, noted_ns: int) -> TrackChange:
    """The published form of what became of identities."""
    return TrackChange(
        stream=frame.stream,
        epoch=frame.epoch,
        seq=change.seq,
        kind=change.kind,
        track_ids=change.track_ids,
        name=change.name,
        by=change.by,
        detail=change.detail,
        noted_ns=noted_ns,
        team=change.team,
        role=change.role,
    )


def _camera(move: CameraMove | None) -> CameraReport | None:
    return CameraReport(move.since_seq, move.matrix, move.confidence) if move else None


def stage_reports(arrival_ns: int, times: tuple[StageTime, ...]) -> tuple[StageReport, ...]:
    """Waiting and working time of each stage, from when each had the frame in hand."""
    handed_over = [arrival_ns, *(time_.done_ns for time_ in times)]
    return tuple(
        StageReport(time_.stage, time_.start_ns - before, time_.done_ns - time_.start_ns)
        for before, time_ in zip(handed_over, times, strict=False)
    )
