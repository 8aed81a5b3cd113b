"""The lens and the operator."""

import math

import numpy as np
import pytest

from footage.camera import homography, pixels, view_projection
from footage.direction import MARGIN_S, direct
from footage.match.play import play_match
from footage.presets import preset
from footage.world import Play, View

WIDE, HIGH = 1920, 1080
VIEW = View(0.0, "main", 0, False, None, (1.0, -70.0, 18.0), 1.62, -0.24, math.radians(14.0), 70.0)


@pytest.fixture(scope="module")
def played() -> Play:
    return play_match(preset("similar-kits"), 31, 40.0 + MARGIN_S)


@pytest.fixture(scope="module")
def views(played: Play) -> list[View]:
    return direct(played, preset("similar-kits"), 31, 30.0, 40.0)


def test_what_is_looked_at_is_in_the_middle_of_the_picture() -> None:
    ahead = np.array(
        (math.cos(VIEW.tilt) * math.cos(VIEW.pan), math.cos(VIEW.tilt) * math.sin(VIEW.pan), math.sin(VIEW.tilt))
    )
    at, depth = pixels(VIEW, (np.array(VIEW.eye_m) + 50.0 * ahead)[None], WIDE, HIGH)
    assert np.allclose(at[0], (WIDE / 2, HIGH / 2))
    assert depth[0] == pytest.approx(50.0)


def test_the_homography_agrees_with_the_view_projection_on_the_pitch() -> None:
    points = np.array([(x, y) for x in (-10.0, 0.0, 14.0) for y in (-20.0, 0.0, 30.0)])
    rows = np.column_stack((points, np.ones(len(points)))) @ homography(VIEW, WIDE, HIGH).T
    flat = rows[:, :2] / rows[:, 2:]
    clip = np.column_stack((points, np.zeros(len(points)), np.ones(len(points)))) @ view_projection(VIEW, WIDE, HIGH).T
    ndc = clip[:, :3] / clip[:, 3:]
    seen = np.column_stack((0.5 * WIDE * (1 + ndc[:, 0]), 0.5 * HIGH * (1 - ndc[:, 1])))
    assert np.allclose(flat, seen, atol=0.05)
    assert np.abs(ndc[:, 2]).max() < 1.0


def test_pixels_are_square_and_the_field_of_view_is_vertical() -> None:
    level = View(0.0, "main", 0, False, None, (0.0, -50.0, 1.0), math.pi / 2, 0.0, math.radians(20.0), 50.0)
    reach = 50.0 * math.tan(math.radians(10.0))
    at, _ = pixels(level, np.array([(0.0, 0.0, 1.0 + reach), (reach, 0.0, 1.0)]), WIDE, HIGH)
    assert np.allclose(at[0], (WIDE / 2, 0.0), atol=1e-6)
    assert np.allclose(at[1], (WIDE / 2 + HIGH / 2, HIGH / 2), atol=1e-6)


def shown(play: Play, view: View) -> tuple[int, bool, float]:
    """How many people are in a picture, whether the ball is, and how high a person is."""
    k = min(len(play.at_m) - 1, round(view.play_s * play.rate))
    there = play.at_m[k][play.present[k]].astype(float)
    at, depth = pixels(view, np.column_stack((there, np.full(len(there), 0.9))), WIDE, HIGH)
    inside = (at > 0).all(axis=1) & (at < (WIDE, HIGH)).all(axis=1) & (depth > 0)
    ball, _ = pixels(view, play.ball_m[k][None].astype(float), WIDE, HIGH)
    tall = 1.82 * 0.5 * HIGH / math.tan(0.5 * view.fov) / float(np.median(depth[inside]))
    return int(inside.sum()), bool((ball > 0).all() and (ball < (WIDE, HIGH)).all()), tall


def test_the_main_camera_shows_the_ball_and_ten_to_twenty_people(played: Play, views: list[View]) -> None:
    people, ball, tall = zip(*(shown(played, view) for view in views[::10]), strict=True)
    assert np.mean(ball) > 0.95
    assert 9 <= np.percentile(people, 15) <= np.percentile(people, 85) <= 22
    assert 55 < np.median(tall) < 140


def test_people_leave_the_picture_and_come_back(played: Play, views: list[View]) -> None:
    returned = 0
    for person in range(22):
        inside = []
        for view in views[::6]:
            k = min(len(played.at_m) - 1, round(view.play_s * played.rate))
            at, _ = pixels(view, np.array([(*played.at_m[k, person], 0.9)], dtype=float), WIDE, HIGH)
            inside.append(bool((at > 0).all() and (at < (WIDE, HIGH)).all()))
        changes = np.flatnonzero(np.diff(np.array(inside, dtype=int)))
        returned += len(changes) >= 2 and any(inside)
    assert returned >= 3


def test_the_operator_moves_without_jerks(views: list[View]) -> None:
    for name in ("pan", "tilt", "fov"):
        path = np.array([getattr(view, name) for view in views])
        assert np.abs(np.diff(path, n=2)).max() * 900 < 1.2, name  # rad/s^2, the hand's tremor included
        assert np.abs(np.diff(path)).max() * 30 < math.radians(40), name


def test_the_play_swings_the_camera_more_when_it_is_to_pan_faster() -> None:
    def swing(name: str) -> float:
        total = 0.0
        for seed in (1, 2, 3):
            play = play_match(preset(name), seed, 40.5)
            pan = [view.pan for view in direct(play, preset(name), seed, 10.0, 40.0)]
            total += float(np.std(pan))
        return total

    assert swing("fast-pan") > swing("similar-kits")
