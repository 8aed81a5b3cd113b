"""The health of pictures: black, frozen and repeated ones are told, and playing ones never."""

import time
from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.feeds.health import PictureHealth
from tests.peers import ffmpeg, make_clip

FRAME_NS = 33_333_333
Luma = NDArray[np.uint8]


def judged(pictures: Iterable[Luma]) -> list[str]:
    health = PictureHealth()
    return [health.judge(picture, n * FRAME_NS) for n, picture in enumerate(pictures)]


def lumas(path: Path) -> list[Luma]:
    with av.open(str(path)) as container:
        return [np.asarray(f.to_ndarray()[: f.height], np.uint8) for f in container.decode(video=0)]


def noise(seed: int) -> Luma:
    return np.random.default_rng(seed).integers(40, 200, (360, 640), dtype=np.uint8)


@pytest.fixture(scope="module")
def playing(clips: Path) -> list[Luma]:
    return lumas(make_clip(clips / "playing.ts", seconds=5))


def test_a_playing_feed_is_well(playing: list[Luma]) -> None:
    assert set(judged(playing)) == {"ok"}


@pytest.mark.parametrize("encode", [("libx264", "-crf", "18"), ("libx264", "-crf", "35"), ("mpeg2video",)])
def test_a_picture_frozen_before_the_encoder_is_told_after_two_seconds(clips: Path, encode: tuple[str, ...]) -> None:
    still = clips / f"still{''.join(encode)}.ts"
    freeze = "trim=end_frame=31,tpad=stop=140:stop_mode=clone"
    ffmpeg("-i", make_clip(clips / "playing.ts", seconds=5), "-vf", freeze, "-c:v", *encode, "-g", "30", still)
    said = judged(lumas(still))
    assert set(said[:80]) == {"ok"}
    assert set(said[130:]) == {"frozen"}


def test_black_is_told_and_a_cut_through_black_is_not() -> None:
    black = np.full((360, 640), 17, np.uint8)
    said = judged([black] * 90)
    assert (said[30], said[-1]) == ("ok", "black")
    assert set(judged([noise(1)] * 20 + [black] * 40 + [noise(n) for n in range(9)])) == {"ok"}


@pytest.mark.parametrize("lag", [2, 7, 140])
def test_old_pictures_sent_again_are_told(lag: int) -> None:
    loop = [noise(n) for n in range(lag)]
    said = judged([loop[n % lag] for n in range(lag + 90)])
    assert set(said[: lag + 55]) == {"ok"}
    assert said[-1] == "repeating"


def test_a_repeated_sequence_is_told_even_when_it_holds_doubled_pictures() -> None:
    loop = [noise(n - (n % 6 == 5)) for n in range(90)]
    assert judged(loop * 3)[-1] == "repeating"


@pytest.mark.parametrize(("lag", "last"), [(600, "ok"), (140, "repeating"), (8, "repeating")])
def test_where_only_some_pictures_are_judged_the_others_count_among_those_that_lie_between(lag: int, last: str) -> None:
    health, said = PictureHealth(), list[str]()
    for n in range(lag + 300):
        if n % 4:
            health.skip()
        else:
            said.append(health.judge(noise(n % lag), n * FRAME_NS))
    assert said[-1] == last


def test_a_flat_picture_is_not_called_repeating() -> None:
    flat = [np.full((360, 640), 80 + n % 2 * 3, np.uint8) for n in range(120)]
    assert "repeating" not in judged(flat)


def test_far_players_on_a_still_pitch_are_play() -> None:
    pitch = noise(0)
    rng = np.random.default_rng(5)
    at, step = rng.integers(0, (330, 620), (22, 2)), rng.integers(-2, 3, (22, 2))

    def picture(n: int) -> Luma:
        shown = pitch.copy()
        for y, x in (at + step * n) % (330, 620):
            shown[y : y + 14, x : x + 6] = 20
        return shown

    assert set(judged(picture(n) for n in range(150))) == {"ok"}


def test_judging_a_1080p_picture_costs_little() -> None:
    health, picture = PictureHealth(), np.tile(noise(3), (3, 3))
    durations = []
    for n in range(50):
        picture[::16, ::16] += 3
        start = time.perf_counter()
        health.judge(picture, n * FRAME_NS)
        durations.append(time.perf_counter() - start)
    print(f"judge: {sorted(durations)[25] * 1e3:.3f} ms")
    assert sorted(durations)[25] < 0.001
