"""The table: it is the topology, and everything else follows from it."""

from itertools import pairwise
from pathlib import Path

from stream_engine.config import Config, StreamConfig
from stream_engine.messages import Correction, FrameRef, Prompt, TrackEvent
from stream_engine.pipeline import PIPELINE, plan, serving

TWO_LANES = Config(
    streams=(
        StreamConfig(name="a", url="srt://h:1", lane="x"),
        StreamConfig(name="b", url="srt://h:2", lane="y"),
        StreamConfig(name="c", url="srt://h:3", lane="x"),
    )
)


def test_each_topic_that_is_read_has_exactly_one_writer() -> None:
    writers = [row.writes for row in PIPELINE]
    for row in PIPELINE[1:]:
        assert row.reads is not None
        assert writers.count(row.reads) == 1


def test_prompts_are_heard_by_the_stage_that_follows_objects_and_corrections_by_the_one_that_knows_who_is_who() -> None:
    hears = {row.name: row.hears for row in PIPELINE if row.hears}
    assert hears == {"propagate": (Prompt,), "associate": (Correction,)}


def test_the_table_is_one_chain_from_frames_to_events() -> None:
    assert PIPELINE[0].reads is None and PIPELINE[0].writes is FrameRef
    assert PIPELINE[-1].writes is TrackEvent
    assert all(after.reads is before.writes for before, after in pairwise(PIPELINE))


def test_every_stage_has_a_file_of_its_name_that_builds_it() -> None:
    for row in PIPELINE:
        assert row.build.startswith(f"stream_engine.stages.{row.name}:")
        assert callable(row.load())


def test_every_outbox_of_a_plan_is_the_inbox_of_one_worker() -> None:
    workers = plan(TWO_LANES)
    inboxes = [worker.inbox for worker in workers if worker.inbox]
    assert len(inboxes) == len(set(inboxes))
    assert {worker.outbox for worker in workers if worker.outbox} == set(inboxes)


def test_lanes_keep_their_streams_apart_and_publish_serves_all() -> None:
    streams = {worker.name: worker.streams for worker in plan(TWO_LANES)}
    assert streams["detect.x"] == ("a", "c")
    assert streams["detect.y"] == ("b",)
    assert streams["publish"] == ("a", "b", "c")


def test_a_stream_is_served_by_its_own_decoder_its_lane_and_publish() -> None:
    assert serving(TWO_LANES, "b") == (
        "decode.b",
        "detect.y",
        "propagate.y",
        "associate.y",
        "tag.y",
        "publish",
    )


def test_the_design_document_shows_the_stages_of_the_table_in_their_order() -> None:
    design = (Path(__file__).parent.parent / "docs/design.md").read_text()
    assert " → ".join(row.name for row in PIPELINE) in design
