"""The state of a match while it is played, and the small questions everybody asks of it."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from footage.dice import F64, Dice
from footage.match.ball import Ball
from footage.match.squads import Cast
from footage.presets import Preset
from footage.world import ACTION_S, Action, Happening

HZ = 30
DT = 1 / HZ
WARM_UP_TICKS = 2 * HZ
CONTACT_S = {Action.KICK: 0.27, Action.HEADER: 0.43, Action.THROW_IN: 1.1}  # when the ball leaves
HappeningKind = Literal[
    "kick_off", "shot", "goal", "save", "corner", "throw_in", "free_kick", "goal_kick", "foul", "substitution"
]
RestartKind = Literal["kick_off", "corner", "throw_in", "free_kick", "goal_kick"]


@dataclass(slots=True)
class Strike:
    """A kick, throw or header whose body movement has begun; the ball leaves at a tick."""

    by: int
    at_tick: int
    how: Literal["ground", "loft", "shot", "head", "throw", "clear"]
    to: F64
    receiver: int = -1
    pace: float = 6.0  # speed on arrival along the ground; speed off the foot for a shot
    climb: float = 0.6  # angle of a lofted ball; height aimed at for a shot


@dataclass(slots=True)
class Restart:
    """A dead ball until it is played again."""

    kind: RestartKind
    side: int
    spot: F64
    taker: int
    since: int
    stage: Literal["fetch", "ready", "run"] = "fetch"
    stage_tick: int = 0
    toss_from: tuple[float, float, float] | None = None
    toss_tick: int = 0
    huddle: tuple[int, ...] = ()  # who celebrates before the kick-off
    scorer: int = -1


@dataclass(slots=True)
class Swap:
    """A substitution that is under way."""

    side: int
    slot: int
    leaves: int
    enters: int


@dataclass(slots=True)
class Bodies:
    """Everybody's movement, one row a person."""

    at: F64
    vel: F64
    acc: F64
    facing: F64
    spin: F64
    action: NDArray[np.uint8]
    action_s: F64
    present: NDArray[np.bool_]
    want: F64
    pace: F64
    slack: F64  # how far off is near enough
    gaze: F64  # the point looked at
    moving: NDArray[np.bool_]
    turn_from: F64  # speed above which people look where they go
    top_speed: F64


@dataclass(slots=True)
class Game:
    """One match."""

    preset: Preset
    dice: Dice
    cast: Cast
    bodies: Bodies
    team: NDArray[np.int64]
    lineup: NDArray[np.int64]  # 2, 11
    bench: list[list[int]]
    tick: int = 0
    ball: Ball = field(default_factory=Ball)
    owner: int = -1  # has it at the feet
    hands: int = -1  # holds it
    last_touch: int = -1
    last_kick: int = -1
    kick_tick: int = -999
    receiver: int = -1
    offside: int = -1  # receiver who stood offside when the ball was played
    since_tick: int = 0  # when the owner got it
    touch_tick: int = 0  # next touch of a dribble
    think_tick: int = 0  # next decision of the owner
    aim: F64 = field(default_factory=lambda: np.array((1.0, 0.0)))  # where the owner dribbles
    dribble_pace: float = 4.0
    strike: Strike | None = None
    shot_by: int = -1
    saved: bool = False
    dive_tick: int = -1
    foul_by: int = -1
    foul_on: int = -1
    hold_until: int = 0  # a keeper keeps the ball in his hands so long
    attacking: int = 0  # side in possession
    ease: F64 = field(default_factory=lambda: np.array((0.5, 0.5)))  # 0 defending shape, 1 attacking shape
    focus: F64 = field(default_factory=lambda: np.zeros(2))  # the ball as the shape follows it
    path: F64 = field(default_factory=lambda: np.zeros((1, 3)))
    path_tick: int = -99
    chaser: list[int] = field(default_factory=lambda: [-1, -1])
    chase_to: F64 = field(default_factory=lambda: np.zeros((2, 2)))
    chase_s: F64 = field(default_factory=lambda: np.full(2, 9.0))
    wander: F64 = field(default_factory=lambda: np.zeros((1, 2)))
    run_until: F64 = field(default_factory=lambda: np.zeros(1))
    idle_until: F64 = field(default_factory=lambda: np.zeros(1))
    lost_until: F64 = field(default_factory=lambda: np.zeros(1))  # cannot touch the ball before this tick
    restart: Restart | None = None
    swap: Swap | None = None
    swap_tick: int = -9999
    gone: list[int] = field(default_factory=list)  # walk off for good
    set_piece_tick: int = -9999  # last corner or free kick near the goal was taken
    set_piece_side: int = 0
    set_piece_taker: int = -1
    set_piece_flank: float = 1.0  # as the attacking side sees it
    last_corner_y: float = 0.0
    corner_count: int = 0
    jostle: F64 = field(default_factory=lambda: np.zeros((1, 2)))  # restless steps in a crowd
    bench_y: float = -40.0
    happenings: list[Happening] = field(default_factory=list)

    @property
    def field_players(self) -> NDArray[np.int64]:
        return self.lineup.reshape(-1)

    def way(self, side: int) -> float:
        """Which way a side attacks."""
        return 1.0 if side == 0 else -1.0

    def side(self, person: int) -> int:
        return int(self.team[person])

    def keeper(self, side: int) -> int:
        return int(self.lineup[side, 0])

    def is_keeper(self, person: int) -> bool:
        return person in (self.lineup[0, 0], self.lineup[1, 0])

    def act(self, person: int, action: Action) -> None:
        self.bodies.action[person] = action
        self.bodies.action_s[person] = 0.0

    def acting(self, person: int) -> bool:
        return Action(int(self.bodies.action[person])) in ACTION_S

    def happen(self, kind: HappeningKind, person: int, x: float, y: float) -> None:
        """Put something down for the director; the warm-up is not seen."""
        if self.tick >= WARM_UP_TICKS:
            who = self.cast.people[person].id if person >= 0 else None
            self.happenings.append(Happening((self.tick - WARM_UP_TICKS) / HZ, kind, who, x, y))

    def distance_to_ball(self, persons: NDArray[np.int64]) -> F64:
        gap = self.bodies.at[persons] - self.ball.xy
        out: F64 = np.sqrt((gap * gap).sum(axis=1))
        return out

    def free_ball(self) -> bool:
        return self.owner < 0 and self.hands < 0


def new_bodies(count: int) -> Bodies:
    """Everybody standing at the centre spot."""

    def zeros(*more: int) -> F64:
        return np.zeros((count, *more))

    return Bodies(
        zeros(2), zeros(2), zeros(2), zeros(), zeros(), np.zeros(count, np.uint8), zeros(), np.zeros(count, np.bool_),
        zeros(2), np.full(count, 2.0), np.full(count, 1.0), zeros(2), np.zeros(count, np.bool_),
        np.full(count, 1.9), np.full(count, 8.2),
    )  # fmt: skip
