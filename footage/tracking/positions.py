"""A play from recorded tracking data: a CSV of positions, or whatever kloppy reads."""

import logging
import math
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from footage.dice import F64
from footage.tracking.moves import facing_of, kicks_of
from footage.tracking.rows import Row, TrackingError, rows_of_csv, rows_of_kloppy
from footage.world import PITCH_LENGTH_M, PITCH_WIDTH_M, Person, Play, Role, Side

__all__ = ["TrackingError", "play_from_tracking"]

log = logging.getLogger(__name__)
Origin = Literal["detect", "centre", "corner"]
GAP_S = 1.0
FEWEST = 8
MOST_FRAMES = 432_000  # two hours at 60 frames a second
BEYOND_M = 12.0  # how far beyond the lines somebody may stand
FASTEST = 14.0  # m/s; nobody runs so fast
OFFICIAL_TEAMS = ("referee", "other")


def play_from_tracking(
    source: Path | str, fps: float = 25.0, origin: Origin = "detect", gap_s: float = GAP_S, half: int = 1
) -> Play:
    """The play in a CSV (frame, team, player, x, y; optional role, number, z), or in `provider:file,file` of kloppy."""
    if not 1.0 <= fps <= 240.0:
        raise TrackingError(f"fps is {fps}: give the frames per second of the data, 1 to 240")
    provider, _, names = str(source).partition(":")
    if names and not Path(source).exists():
        rows, fps = rows_of_kloppy(provider, names.split(","), half)
        origin = "centre"
    else:
        rows = rows_of_csv(Path(source))
    check_units(rows)
    shift = shift_of(rows, origin)
    frames = rows[-1].frame - rows[0].frame + 1
    if frames > MOST_FRAMES:
        raise TrackingError(f"frames run from {rows[0].frame} to {rows[-1].frame}: {MOST_FRAMES} at most in one file")
    tracks = tracks_of(rows)
    balls = tracks.pop(("ball", "ball"), None)
    if balls is None:
        raise TrackingError("there is no ball: add rows with team 'ball'")
    if len(tracks) < FEWEST:
        raise TrackingError(f"only {len(tracks)} people: a play needs at least {FEWEST}")
    sides = sides_of(rows)
    at = np.empty((frames, len(tracks), 2))
    present = np.zeros((frames, len(tracks)), np.bool_)
    for k, track in enumerate(tracks.values()):
        at[:, k], present[:, k] = filled(track, rows[0].frame, frames, fps, gap_s)
    ball_xy = filled(balls, rows[0].frame, frames, fps, math.inf)[0]
    ball = np.column_stack((ball_xy, heights(balls, rows[0].frame, frames)))
    at, ball = at - shift, ball - np.array((*shift, 0.0))
    check_pitch(at, present, list(tracks))
    check_speed(at, present, fps)
    people = people_of(tracks, sides, at, present)
    action, action_s = kicks_of(at, present, ball, fps)
    facing = facing_of(at, ball, fps)
    return Play(
        fps, people, at.astype(np.float32), facing.astype(np.float32), action, action_s, present,
        ball.astype(np.float32), (),
    )  # fmt: skip


def check_units(rows: list[Row]) -> None:
    """Metres, not centimetres and not parts of the pitch."""
    people = [row for row in rows if row.team != "ball"] or rows
    top = max(max(abs(row.x), abs(row.y)) for row in people)
    low = min(min(row.x, row.y) for row in people)
    if top <= 1.2 and low >= -0.2:
        raise TrackingError("x and y lie between 0 and 1: multiply x by 105 and y by 68 to have metres")
    if top <= 1.2:
        raise TrackingError("x and y lie between -1 and 1: multiply x by 52.5 and y by 34 to have metres")
    far = sum(max(abs(row.x), abs(row.y)) > 200.0 for row in people)
    if far > len(people) / 4:
        raise TrackingError(f"positions reach {top:.0f}: this looks like centimetres, divide x and y by 100")


def shift_of(rows: list[Row], origin: Origin) -> F64:
    """The centre spot in the file's coordinates; said in the log."""
    people = [row for row in rows if row.team not in ("ball", "referee", "other")] or rows
    xs, ys = np.array([row.x for row in people]), np.array([row.y for row in people])
    if origin == "detect":
        # a few metres beyond a line happen with either origin, a tenth of all positions do not
        if float(np.mean(xs < -3.0)) > 0.02 or float(np.mean(ys < -6.0)) > 0.02:
            origin = "centre"
        elif float(np.mean(xs > 58.0)) > 0.02 or float(np.mean(ys > 38.0)) > 0.02:
            origin = "corner"
        else:
            raise TrackingError("cannot tell where the origin is: say origin='centre' or origin='corner'")
    log.info("the origin of the positions is the %s", origin)
    return np.array((PITCH_LENGTH_M / 2, PITCH_WIDTH_M / 2)) if origin == "corner" else np.zeros(2)


def tracks_of(rows: list[Row]) -> dict[tuple[str, str], list[Row]]:
    """The rows of each person and of the ball, by team and name, in order of appearance."""
    tracks: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        key = ("ball", "ball") if row.team == "ball" else (row.team, row.player)
        track = tracks.setdefault(key, [])
        if track and track[-1].frame == row.frame:
            raise TrackingError(f"{row.where}: {row.name} is twice in frame {row.frame}: leave one out")
        track.append(row)
    return tracks


def sides_of(rows: list[Row]) -> dict[str, Side]:
    """Which of the two team names is home: the one called so, or the first in the file."""
    names = list(dict.fromkeys(row.team for row in rows if row.team not in ("ball", *OFFICIAL_TEAMS)))
    if len(names) != 2:
        told = ", ".join(names[:5])
        raise TrackingError(f"there are {len(names)} teams ({told}): a play has two, beside ball, referee and other")
    if names[0] == "away" or names[1] == "home":
        names.reverse()
    return {names[0]: "home", names[1]: "away"}


def filled(track: list[Row], first: int, frames: int, fps: float, gap_s: float) -> tuple[F64, NDArray[np.bool_]]:
    """Positions in every frame, short gaps closed along a line, and when the person is there."""
    seen = np.array([row.frame - first for row in track])
    gaps = np.diff(seen)
    if len(gaps) and float(gaps.max()) > gap_s * fps + 1:
        row = track[int(np.argmax(gaps > gap_s * fps + 1))]
        missing = int(gaps[int(np.argmax(gaps > gap_s * fps + 1))])
        raise TrackingError(
            f"{row.where}: {row.name} is missing for {missing / fps:.1f} s after frame {row.frame}: "
            f"gaps up to {gap_s:g} s are filled, longer ones must be in the data"
        )
    every = np.arange(frames)
    xy = np.column_stack([np.interp(every, seen, [getattr(row, axis) for row in track]) for axis in ("x", "y")])
    return xy, (every >= seen[0]) & (every <= seen[-1])


def heights(track: list[Row], first: int, frames: int) -> F64:
    """The ball's height in every frame."""
    out: F64 = np.interp(np.arange(frames), [row.frame - first for row in track], [max(0.11, row.z) for row in track])
    return out


def check_pitch(at: F64, present: NDArray[np.bool_], keys: list[tuple[str, str]]) -> None:
    """Nobody is far away from the pitch."""
    off = (np.abs(at) - np.array((PITCH_LENGTH_M / 2, PITCH_WIDTH_M / 2)) > BEYOND_M).any(axis=2) & present
    if off.any():
        frame, who = (int(v) for v in np.argwhere(off)[0])
        team, player = keys[who]
        raise TrackingError(
            f"{team} {player} is at ({at[frame, who, 0]:.1f}, {at[frame, who, 1]:.1f}) from the centre in frame "
            f"{frame + 1} of the file, off the pitch: check units and origin"
        )


def check_speed(at: F64, present: NDArray[np.bool_], fps: float) -> None:
    """If most people run faster than anybody can, the frame rate is wrong."""
    both = present[1:] & present[:-1]
    speed = np.sqrt((np.diff(at, axis=0) ** 2).sum(axis=2)) * fps * both
    quick = np.percentile(speed, 90, axis=0) if len(speed) else np.zeros(1)
    usual = float(np.median(quick))
    if usual > FASTEST:
        raise TrackingError(f"most people move at {usual:.0f} m/s: is the data really at {fps:g} frames a second?")


def people_of(
    tracks: dict[tuple[str, str], list[Row]], sides: dict[str, Side], at: F64, present: NDArray[np.bool_]
) -> tuple[Person, ...]:
    """Who they are; without roles, each side's keeper is whoever stays furthest from the centre spot."""
    keys = list(tracks)
    told = any(track[0].role for track in tracks.values())
    keepers: set[int] = set() if told else {furthest(keys, team, at, present) for team in sides}
    people: list[Person] = []
    for k, (team, player) in enumerate(keys):
        first = tracks[team, player][0]
        role: Role = first.role or ("goalkeeper" if k in keepers else "player")
        if team in OFFICIAL_TEAMS and not first.role:
            role = "referee" if team == "referee" else "other"
        people.append(Person(k + 1, role, sides.get(team), first.number))
    return tuple(people)


def furthest(keys: list[tuple[str, str]], team: str, at: F64, present: NDArray[np.bool_]) -> int:
    """The one of a team who is on average nearest to a goal line."""
    mine = [k for k, key in enumerate(keys) if key[0] == team]
    return max(mine, key=lambda k: abs(float(at[present[:, k], k, 0].mean())))
