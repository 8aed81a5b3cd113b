"""What the parts agree on: people, how they move over time, and the camera's view of a frame.

Pitch metres everywhere: origin at the centre spot, x along the length (home attacks towards +x in the first half),
y across (the main camera stands beyond the near touchline, at negative y), z up. Angles in radians, counter-clockwise
seen from above, 0 along +x.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

PITCH_LENGTH_M = 105.0
PITCH_WIDTH_M = 68.0

Role = Literal["player", "goalkeeper", "referee", "other"]
Side = Literal["home", "away"]
ShotKind = Literal["main", "wide", "close", "replay"]
Floats = NDArray[np.float32]


class Action(IntEnum):
    """What a body does beside standing, walking and running, which follow from its speed."""

    MOVE = 0  # stand, walk, run by speed
    KICK = 1
    HEADER = 2  # jump
    TACKLE = 3  # slide
    FALL = 4  # goes down, lies, gets up
    THROW_IN = 5
    CELEBRATE = 6  # arms up
    DIVE = 7  # goalkeeper
    READY = 8  # goalkeeper's or defender's crouch
    POINT = 9  # one arm out: referee, captains
    FLAG = 10  # assistant's raised arm


ACTION_S = {  # how long one lasts; MOVE and READY have no end
    Action.KICK: 0.6,
    Action.HEADER: 0.9,
    Action.TACKLE: 1.5,
    Action.FALL: 3.0,
    Action.THROW_IN: 1.6,
    Action.CELEBRATE: 4.0,
    Action.DIVE: 1.6,
    Action.POINT: 1.5,
    Action.FLAG: 2.5,
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an identity for the whole match; ids count from 1."""

    id: int
    role: Role
    side: Side | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a director would cut to or replay."""

    at_s: float
    kind: Literal[
        "kick_off", "shot", "goal", "save", "corner", "throw_in", "free_kick", "goal_kick", "foul", "substitution"
    ]
    person: int | None
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class Play:
    """How everybody and the ball move: T samples at `rate`, P people."""

    rate: float
    people: tuple[Person, ...]
    at_m: Floats  # T, P, 2
    facing: Floats  # T, P; unwrapped, so that it can be interpolated
    action: NDArray[np.uint8]  # T, P; Action
    action_s: Floats  # T, P; seconds since the action began
    present: NDArray[np.bool_]  # T, P; on or beside the pitch at all
    ball_m: Floats  # T, 3; centre of the ball, resting at 0.11
    happenings: tuple[Happening, ...]

    @property
    def seconds(self) -> float:
        return len(self.at_m) / self.rate


@dataclass(frozen=True, slots=True)
class View:
    """One frame as the director shows it."""

    play_s: float  # the moment of the play that is seen; replays go back and run slowly
    shot: ShotKind
    shot_no: int  # counts up at every cut
    cut: bool  # first frame after a cut
    wipe: float | None  # 0..1 while a wipe covers the picture, the cut being in its middle
    eye_m: tuple[float, float, float]
    pan: float  # direction of view seen from above
    tilt: float  # below the horizon is negative
    fov: float  # vertical
    focus_m: float  # distance that is sharp; only close-ups have a shallow depth of field
