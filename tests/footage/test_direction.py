"""Cuts, close-ups and replays."""

import itertools
import math

import numpy as np
import pytest

from footage.camera import pixels
from footage.direction import MARGIN_S, direct
from footage.match.play import play_match
from footage.presets import preset
from footage.world import Play, View

FPS = 25.0
SECONDS = 60.0


@pytest.fixture(scope="module")
def played() -> Play:
    return play_match(preset("cuts"), 12, SECONDS + MARGIN_S)


@pytest.fixture(scope="module")
def views(played: Play) -> list[View]:
    return direct(played, preset("cuts"), 12, FPS, SECONDS)


def shots(views: list[View]) -> list[list[View]]:
    return [list(group) for _, group in itertools.groupby(views, key=lambda view: view.shot_no)]


def test_every_frame_has_a_view(views: list[View]) -> None:
    assert len(views) == SECONDS * FPS


def test_a_cut_is_the_first_frame_of_a_shot_and_of_no_other(views: list[View]) -> None:
    assert not views[0].cut
    assert [shot[0].shot_no for shot in shots(views)] == list(range(len(shots(views))))
    for before, after in itertools.pairwise(views):
        assert after.cut == (after.shot_no != before.shot_no)


def test_all_kinds_of_shots_are_shown_and_the_main_camera_comes_back(views: list[View]) -> None:
    kinds = [shot[0].shot for shot in shots(views)]
    assert {"main", "close", "replay"} <= set(kinds)
    assert kinds.count("main") >= 4


def test_shots_last_some_seconds(views: list[View]) -> None:
    for shot in shots(views)[:-1]:
        assert 1.9 <= len(shot) / FPS <= (7.6 if shot[0].shot == "main" else 6.1)


def test_live_shots_show_the_moment_and_replays_the_past_slowly(views: list[View]) -> None:
    for frame, view in enumerate(views):
        if view.shot == "replay":
            assert view.play_s < frame / FPS
        else:
            assert view.play_s == pytest.approx(frame / FPS)
    for shot in shots(views):
        if shot[0].shot == "replay":
            assert np.allclose(np.diff([view.play_s for view in shot]), 0.5 / FPS)


def test_a_wipe_covers_both_ends_of_a_replay_with_the_cut_in_its_middle(views: list[View]) -> None:
    for k in range(1, len(views)):
        if views[k].cut and "replay" in (views[k].shot, views[k - 1].shot):
            assert views[k].wipe == pytest.approx(0.5)
        elif views[k].cut:
            assert views[k].wipe is None
    lengths = [len(list(group)) for wiped, group in itertools.groupby(views, key=lambda v: v.wipe is not None) if wiped]
    assert lengths
    assert all(0.4 <= length / FPS <= 0.8 for length in lengths[:-1])


def test_a_close_up_holds_somebody_large_in_the_picture(played: Play, views: list[View]) -> None:
    close = [view for view in views if view.shot == "close"]
    assert close
    held = 0
    for view in close:
        k = min(len(played.at_m) - 1, round(view.play_s * played.rate))
        there = played.at_m[k][played.present[k]].astype(float)
        at, depth = pixels(view, np.column_stack((there, np.full(len(there), 1.0))), 1920, 1080)
        tall = 1.82 * 540 / math.tan(0.5 * view.fov) / depth
        inside = (np.abs(at - (960, 540)) < (600, 350)).all(axis=1) & (depth > 0)
        held += bool((inside & (tall > 300) & (tall < 1000)).any())
        assert 2.4 < math.degrees(view.fov) < 6.1
    assert held > 0.9 * len(close)


def test_a_longer_film_begins_with_the_shorter_one(views: list[View]) -> None:
    short = direct(play_match(preset("cuts"), 12, 20.0 + MARGIN_S), preset("cuts"), 12, FPS, 20.0)
    assert short == views[: len(short)]


def test_a_preset_without_cuts_stays_with_the_main_camera(played: Play) -> None:
    views = direct(played, preset("floodlight"), 12, FPS, 30.0)
    assert {(view.shot, view.shot_no, view.cut) for view in views} == {("main", 0, False)}
