"""The demonstration: the built-in match belongs to its generator, and plays."""

import io

import pytest
from rich.console import Console

from footage.demo import DEMO
from footage.film import VERSION, Film
from stream_engine.demo.builtin import MATCH, VIDEO
from stream_engine.demo.rtsp import GST_INSTALL, has_rtsp_server
from stream_engine.demo.run import run_demo
from stream_engine.scoring.read import read_truth
from stream_engine.stamp import stamp_of
from stream_engine.video import VideoReader
from tests.footage.rendering import needs_renderer

AGAIN = "the generator has changed: run `tools/match demo-clip`"
LARGEST_MIB = 8.0


def test_the_packaged_match_is_what_its_generator_makes_now() -> None:
    header = read_truth(MATCH).header
    assert (header.made_by, header.match, header.frames) == (VERSION, DEMO.match(), DEMO.frames), AGAIN


@needs_renderer
def test_the_packaged_truth_is_what_its_generator_says_of_the_same_frames() -> None:
    truth = read_truth(MATCH)
    film = Film(DEMO)
    try:
        again = film.frame(301).truth
        same_renderer = film.header().renderer == truth.header.renderer
        kept = truth.frames[301]
        assert (again.homography, again.shot, again.ball.at_m) == (kept.homography, kept.shot, kept.ball.at_m), AGAIN
        assert [thing.at_m for thing in again.objects] == [thing.at_m for thing in kept.objects], AGAIN
        assert not same_renderer or again == kept, AGAIN
    finally:
        film.close()


def test_the_packaged_match_is_small_and_every_picture_names_its_frame() -> None:
    assert sum(file.stat().st_size for file in MATCH.iterdir()) <= LARGEST_MIB * 2**20
    header = read_truth(MATCH).header
    with VideoReader(VIDEO) as video:
        stamps = [stamp_of(shown.user_data) for shown in video]
    assert [stamp and (stamp.match, stamp.frame) for stamp in stamps] == [(header.match, n) for n in range(DEMO.frames)]


@pytest.mark.parametrize("rtsp", [False, True])
def test_the_demonstration_publishes_events_that_name_their_frame(rtsp: bool) -> None:
    if rtsp and not has_rtsp_server():
        pytest.skip(f"the RTSP server of GStreamer is missing: {GST_INSTALL}")
    said = io.StringIO()
    rows = run_demo(Console(file=said), streams=1, seconds=14, rtsp=rtsp)
    assert rows["cam1"]["frames"] >= 30
    named = next(line for line in said.getvalue().splitlines() if "name their frame" in line)
    stamped, total = (int(word) for word in named.split() if word.isdigit())
    assert total >= 30
    assert stamped >= total - 3  # whoever joins in the middle of a picture may get its slices without their message
