"""People who walk in a world, the cameras that show them, and what a tracker makes of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stream_engine.messages import Change
from stream_engine.tracking.appearance import Appearance, appearance_of
from stream_engine.tracking.gallery import Gallery
from stream_engine.tracking.looks import Looks
from stream_engine.tracking.meetings import covered
from stream_engine.tracking.seen import ROLES, Move, Seen
from stream_engine.tracking.settings import TrackerSettings
from stream_engine.tracking.tracker import Told, Tracker

SIZE = (1280, 720)
PLAYER, THE_BALL = ROLES.index("player"), ROLES.index("ball")
WIDE, TALL = 32.0, 80.0
HIDDEN = 0.6  # share of a body behind another's from which on no detector finds it
NUMBERS = 32  # of a look


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who walks straight on; in pixels of a picture whose corner lies in that of the world."""

    name: str
    at: tuple[float, float]
    going: tuple[float, float] = (0.0, 0.0)
    away: tuple[int, int] = (0, 0)  # from one frame to another nobody finds them

    def box(self, seq: int) -> tuple[float, float, float, float]:
        x, y = (begin + seq * step for begin, step in zip(self.at, self.going, strict=True))
        return (x - WIDE / 2, y - TALL / 2, x + WIDE / 2, y + TALL / 2)


@dataclass(frozen=True, slots=True)
class Camera:
    """Where its picture's corner lies in the world, how it pans, and how near everything looks."""

    at: tuple[float, float] = (0.0, 0.0)
    pan: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0

    def matrix(self, seq: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """From the world to the picture, as three rows."""
        x, y = (begin + seq * step for begin, step in zip(self.at, self.pan, strict=True))
        return np.array([[self.zoom, 0, -self.zoom * x], [0, self.zoom, -self.zoom * y], [0, 0, 1.0]])

    def move(self, since: int, seq: int, before: "Camera | None" = None) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.asarray((self.matrix(seq) @ np.linalg.inv((before or self).matrix(since)))[:2])


@dataclass
class Scene:
    """What a detector finds of some people, with a little noise and in no order."""

    people: Sequence[Person]
    noise_px: float = 0.5
    seed: int = 1

    def seen(
        self, seq: int, camera: Camera | None = None, moves: bool = True, numbered: bool = False, **more: Any
    ) -> tuple[Seen, list[str]]:
        """One frame, and who is in each row; `numbered`: propagate follows everybody."""
        rng = np.random.default_rng((self.seed, seq))
        camera = camera or Camera()
        there = [who for who in self.people if not who.away[0] <= seq < who.away[1]]
        boxes = np.array([who.box(seq) for who in there]).reshape(-1, 4)
        corners = np.concatenate([boxes.reshape(-1, 2), np.ones((2 * len(boxes), 1))], axis=1)
        boxes = (corners @ camera.matrix(seq)[:2].T).reshape(-1, 4) + rng.normal(0, self.noise_px, boxes.shape)
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        inside = (middles > 0).all(axis=1) & (middles < SIZE).all(axis=1)
        found = rng.permutation(np.flatnonzero(inside & (covered(boxes) < HIDDEN)))
        names = [there[row].name for row in found.tolist()]
        count = len(found)
        every = {who.name: number for number, who in enumerate(self.people, 100)}
        values: dict[str, Any] = {
            "seq": seq, "size": SIZE,
            "boxes": np.hstack([boxes[found, :2].clip(0), np.minimum(boxes[found, 2:], SIZE)]),
            "scores": np.full(count, 0.9), "roles": np.full(count, PLAYER), "fresh": np.ones(count, bool),
            "objects": np.array([every[name] if numbered else -1 for name in names], np.int64),
            "masks": (None,) * count, "names": (None,) * count, "camera": camera.move(seq - 1, seq) if moves else None,
        }  # fmt: skip
        return Seen(**(values | more)), names


def vector(name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What somebody always looks like."""
    drawn = np.random.default_rng(list(name.encode())).normal(size=NUMBERS)
    return np.asarray(drawn / np.linalg.norm(drawn))


def looks_of(names: Iterable[str], seed: int, noise: float = 0.03) -> Appearance:
    rng = np.random.default_rng(seed)
    vectors = np.array([vector(name) + rng.normal(0, noise, NUMBERS) for name in names]).reshape(-1, 1, NUMBERS)
    return appearance_of(vectors, np.ones(vectors.shape[:2]))


def looks(capacity: int = 60) -> Looks:
    return Looks(Gallery(capacity, 2, 1, NUMBERS))


@dataclass
class Watch:
    """A tracker at work, and who it said was who."""

    by_looks: bool = True
    settings: TrackerSettings = field(default_factory=TrackerSettings)
    budget: int = 6
    history: list[dict[str, int]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tracker = Tracker(self.settings, looks() if self.by_looks else None)

    def see(self, shown: tuple[Seen, list[str]]) -> dict[str, int]:
        """Who has which id in this frame."""
        seen, names = shown
        told = self.told(seen, names)
        here = {name: who for name, who in zip(names, told.ids.tolist(), strict=True) if who >= 0}
        self.history.append(here)
        return here

    def told(self, seen: Seen, names: Sequence[str]) -> Told:
        turn = self.tracker.begin(seen)
        rows = turn.wanted[: self.budget]
        if self.by_looks and len(rows):
            asked = [names[place] for place in turn.seen.places[rows].tolist()]
            told = self.tracker.finish(turn, rows, looks_of(asked, seen.seq))
        else:
            told = self.tracker.finish(turn)
        assert len(told.ids) == len(told.names) == len(seen)
        taken = told.ids[told.ids >= 0].tolist()
        assert len(set(taken)) == len(taken), "two people of a frame have one id"
        self.changes += told.changes
        return told

    def film(self, scene: Scene, seqs: Iterable[int], camera: Camera | None = None, **more: Any) -> dict[str, int]:
        """Frames one after the other; who has which id in the last."""
        for seq in seqs:
            self.see(scene.seen(seq, camera, **more))
        return self.history[-1]

    def cut_to(self, scene: Scene, seq: int, camera: Camera | None = None, **more: Any) -> dict[str, int]:
        return self.see(scene.seen(seq, camera, cut=True, **more))

    def ids(self, name: str) -> list[int]:
        """All that somebody ever had, in their order."""
        return list(dict.fromkeys(here[name] for here in self.history if name in here))

    def said(self, *kinds: str) -> list[tuple[str, tuple[int, ...]]]:
        return [(change.kind, change.track_ids) for change in self.changes if not kinds or change.kind in kinds]


def back(camera: Camera, since: int, seq: int) -> Move:
    """This camera has been on air before."""
    return Move(since, camera.move(since, seq))


def crowd(count: int = 8, going: tuple[float, float] = (0.6, 0.0)) -> list[Person]:
    """So many who are apart, some going there and some the other way."""
    return [
        Person(chr(65 + n), (200.0 + 110 * n, 200.0 + 90 * (n % 4)), (going[0] * (-1) ** n, going[1]))
        for n in range(count)
    ]
