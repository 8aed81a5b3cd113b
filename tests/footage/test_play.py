"""Played matches: people who move like people, and the same match every time."""

import numpy as np
import pytest

from footage.match.play import play_match
from footage.presets import PRESETS, preset
from footage.world import Action, Play

NAMES = ("league", "corner-crowd", "fast-pan")


@pytest.fixture(scope="module", params=NAMES)
def played(request: pytest.FixtureRequest) -> Play:
    return play_match(preset(request.param), 77, 25.0)


@pytest.fixture(scope="module")
def corners() -> Play:
    return play_match(preset("corner-crowd"), 78, 40.0)


def speeds(play: Play) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    step = np.diff(play.at_m.astype(float), axis=0) * play.rate
    there = (play.present[1:] & play.present[:-1])[:, :, None]
    return np.asarray(step * there)


def test_nobody_runs_faster_or_starts_harder_than_people_can(played: Play) -> None:
    velocity = speeds(played)
    assert np.sqrt((velocity**2).sum(axis=2)).max() < 9.3
    change = np.sqrt((np.diff(velocity, axis=0) ** 2).sum(axis=2)) * played.rate
    both = played.present[2:] & played.present[:-2]
    assert np.percentile(change[both], 99.5) < 5.5
    assert change[both].max() < 11.0  # two bodies that run into one another


def test_people_turn_smoothly(played: Play) -> None:
    turn = np.abs(np.diff(played.facing.astype(float), axis=0)) * played.rate
    assert turn[played.present[1:] & played.present[:-1]].max() < 6.5


def test_people_look_where_they_run(played: Play) -> None:
    velocity = speeds(played)
    fast = np.sqrt((velocity**2).sum(axis=2)) > 5.0
    course = np.arctan2(velocity[..., 1], velocity[..., 0])
    off = np.abs(np.angle(np.exp(1j * (course - played.facing[1:]))))
    assert fast.sum() > 20
    assert np.median(off[fast]) < 0.35


def test_no_two_bodies_stand_in_one_spot(played: Play) -> None:
    for at, there in zip(played.at_m[::5], played.present[::5], strict=True):
        gap = np.sqrt(((at[there, None] - at[None, there]) ** 2).sum(axis=2)) + 9.0 * np.eye(int(there.sum()))
        assert gap.min() > 0.08


def test_the_ball_stays_above_ground_and_moves_without_jumps(played: Play) -> None:
    step = np.sqrt((np.diff(played.ball_m.astype(float), axis=0) ** 2).sum(axis=1)) * played.rate
    assert played.ball_m[:, 2].min() > 0.1
    for place in np.flatnonzero(step >= 45.0) + 1:  # another ball, from beside the pitch
        x, y = np.abs(played.ball_m[place, :2])
        assert x > 52.5 or y > 34.0
    assert (step >= 45.0).sum() < 8


def test_a_team_is_eleven_with_one_keeper_and_numbers_of_its_own(played: Play) -> None:
    assert [person.id for person in played.people] == list(range(1, len(played.people) + 1))
    for side in ("home", "away"):
        squad = [person for person in played.people if person.side == side]
        shirts = [person.number for person in squad]
        keepers = [person for person in squad if person.role == "goalkeeper"]
        assert len(set(shirts)) == len(shirts)
        assert [person.number for person in keepers] == [1]
        playing = [played.present[0, person.id - 1] for person in squad]
        assert sum(playing) == 11
    assert sum(person.role == "referee" for person in played.people) == 3


def test_the_same_seed_plays_the_same_match_and_another_seed_another() -> None:
    one, two, other = (play_match(preset("league"), seed, 5.0) for seed in (5, 5, 6))
    assert np.array_equal(one.at_m, two.at_m)
    assert np.array_equal(one.ball_m, two.ball_m)
    assert np.array_equal(one.action, two.action)
    assert not np.array_equal(one.ball_m, other.ball_m)


def test_presets_with_one_seed_are_different_matches() -> None:
    starts = [play_match(PRESETS[name], 5, 0.1).at_m[0] for name in PRESETS]
    assert len({start.tobytes() for start in starts}) == len(PRESETS)


def test_a_longer_match_begins_with_the_shorter_one() -> None:
    short, long = (play_match(preset("league"), 9, seconds) for seconds in (6.0, 12.0))
    for name in ("at_m", "facing", "action", "action_s", "present", "ball_m"):
        assert np.array_equal(getattr(short, name), getattr(long, name)[: len(short.at_m)]), name
    assert short.people == long.people
    assert short.happenings == tuple(h for h in long.happenings if h.at_s < 6.0)


def test_positions_lie_on_the_grid_that_keeps_machines_together() -> None:
    scaled = play_match(preset("league"), 9, 1.0).at_m.astype(float) * 65536
    assert np.abs(scaled - np.round(scaled)).max() < 0.26  # float32 cannot hold all of the grid beyond 32 m


def test_play_is_under_way_from_the_first_frame() -> None:
    step = speeds(play_match(preset("league"), 3, 1.0))
    assert np.mean(np.sqrt((step**2).sum(axis=2))[:, :22] > 0.3) > 0.4


def test_a_dozen_or_more_are_in_the_box_when_a_corner_is_kicked(corners: Play) -> None:
    beside = np.abs(corners.ball_m[:, 1]) > 33.0
    left = beside[:-1] & ~beside[1:] & (np.abs(corners.ball_m[1:, 0]) > 48.0)
    kicks = np.flatnonzero(left) + 1
    assert len(kicks) >= 3
    for k in kicks:
        at = corners.at_m[k][corners.present[k]]
        box = (
            (np.abs(at[:, 0]) > 36.0) & (np.abs(at[:, 1]) < 20.2) & (np.sign(at[:, 0]) == np.sign(corners.ball_m[k, 0]))
        )
        assert box.sum() >= 12


def test_one_corner_follows_the_other(corners: Play) -> None:
    times = [h.at_s for h in corners.happenings if h.kind == "corner"]
    assert len(times) >= 2
    assert max(np.diff([0.0, *times])) < 22.0


def test_people_jostle_in_a_crowd(corners: Play) -> None:
    at = corners.at_m[::10, :22]
    gap = np.sqrt(((at[:, :, None] - at[:, None]) ** 2).sum(axis=3)) + 9.0 * np.eye(22)
    assert np.mean(gap.min(axis=2) < 1.2) > 0.15


def test_actions_begin_at_zero_and_end_in_time(corners: Play) -> None:
    begun = (corners.action[1:] != corners.action[:-1]) & (corners.action[1:] == Action.KICK)
    assert begun.any()
    assert corners.action_s[1:][begun].max() < 0.1
    assert corners.action_s[corners.action == Action.KICK].max() <= 0.62
