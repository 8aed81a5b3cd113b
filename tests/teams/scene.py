"""A match of people in kits that are vectors, and what a tagger makes of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import blake2b

import numpy as np

from stream_engine.messages import Change, Role, Track, Tracks
from stream_engine.teams.names import Declared
from stream_engine.teams.person import Floats
from stream_engine.teams.settings import TeamSettings
from stream_engine.teams.tagger import Tagger
from stream_engine.teams.turn import Tag
from stream_engine.tracking.appearance import units
from tests.fakes import frame_ref

SIZE = (1280, 720)
WIDE, TALL = 40.0, 90.0
NUMBERS = 32  # of a look
NOISE = 0.04  # of each of them: of how people differ, and of how their looks do


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who stands at a place, in a kit, and what the detector takes them for."""

    track_id: int | None
    kit: str
    at: tuple[float, float] = (640.0, 400.0)  # the feet
    role: Role = "player"
    chances: tuple[float, ...] = ()
    fresh: bool = True
    tall: float = TALL

    def track(self) -> Track:
        x, y = self.at
        wide = WIDE * self.tall / TALL
        box = (x - wide / 2, y - self.tall, x + wide / 2, y)
        return Track(self.track_id, self.role, 0.9, box, None, self.fresh, None, self.chances)


@cache
def vector(kit: str) -> Floats:
    """How a kit looks in the mean."""
    drawn = np.random.default_rng(list(kit.encode())).normal(size=NUMBERS)
    return np.asarray(drawn / np.linalg.norm(drawn), np.float32)


@cache
def noise(seq: int, track_id: int) -> Floats:
    return np.random.default_rng((seq + 1, track_id)).normal(0, NOISE, NUMBERS).astype(np.float32)


def look(who: Somebody, seq: int, light: float = 0.0) -> Floats:
    """One look: of a person who differs from others in the same kit, and never the same."""
    own, now = noise(-1, who.track_id or 0), noise(seq % 100, who.track_id or 0)
    shown: Floats = units(vector(who.kit) + own + now + light * vector("light"))
    return shown


def outfield(kit: str, first: int, left: float, count: int = 10) -> list[Somebody]:
    """Players in five rows, the rearmost at the left."""
    places = [(left + 130 * (n // 2), 250.0 + 260 * (n % 2) + 40 * (n // 2)) for n in range(count)]
    return [Somebody(first + n, kit, at) for n, at in enumerate(places)]


REDS, BLUES = outfield("red", 1, 220.0), outfield("blue", 21, 420.0)
LEFT = Somebody(41, "green", (60.0, 400.0), "goalkeeper")
RIGHT = Somebody(42, "yellow", (1200.0, 400.0), "goalkeeper")
REFEREE = Somebody(51, "black", (700.0, 160.0), "referee")
PLAYERS = [*REDS, *BLUES]
EVERYBODY = [*PLAYERS, LEFT, RIGHT, REFEREE]

Looks = Callable[[Somebody, int], Floats]


@dataclass
class Watch:
    """A tagger at work, and what it said of whom."""

    declared: Declared | None = None
    colours: dict[str, Floats] = field(default_factory=dict)  # of kits, where some are declared
    settings: TeamSettings = field(default_factory=TeamSettings)
    budget: int = 6
    seq: int = 0
    tags: dict[int, Tag] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    history: dict[int, list[str | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mark = blake2b(self.declared.shirts.tobytes()).hexdigest() if self.declared else None
        self.tagger = Tagger(self.settings, self.declared, NUMBERS, mark=mark)

    def see(
        self, people: Sequence[Somebody], changes: Sequence[Change] = (), looks: Looks = look, gone: bool = False
    ) -> tuple[Tag, ...]:
        """One frame; `gone`: its picture is."""
        self.seq += 1
        frame = frame_ref(seq=self.seq, width=SIZE[0], height=SIZE[1])
        job = Tracks(frame, None, None, tuple(who.track() for who in people), (), changes=tuple(changes))
        turn = self.tagger.begin(job)
        rows = turn.wanted[: self.budget]
        if gone or not len(rows):
            told = self.tagger.finish(turn)
        else:
            seen = [people[place] for place in turn.frame.places[rows].tolist()]
            vectors = np.stack([looks(who, self.seq) for who in seen])
            colours = np.stack([self.colours[who.kit] for who in seen]) if self.declared else None
            turn.tried = rows
            told = self.tagger.finish(turn, rows, vectors, colours)
        assert len(told.tags) == len(people)
        self.changes += told.changes
        for who, tag in zip(people, told.tags, strict=True):
            if who.track_id is not None:
                self.tags[who.track_id] = tag
                self.history.setdefault(who.track_id, []).append(tag.team)
        return told.tags

    def film(self, people: Sequence[Somebody], frames: int, looks: Looks = look) -> "Watch":
        for _ in range(frames):
            self.see(people, looks=looks)
        return self

    def teams(self, people: Iterable[Somebody]) -> list[str | None]:
        return [self.tags[who.track_id].team for who in people if who.track_id is not None]

    def team(self, people: Iterable[Somebody]) -> str | None:
        """That all of them have."""
        (one,) = set(self.teams(people))
        return one

    def role(self, who: Somebody) -> str:
        assert who.track_id is not None
        return self.tags[who.track_id].role

    def said(self, kind: str) -> list[int]:
        return [change.track_ids[0] for change in self.changes if change.kind == kind]

    def flips(self) -> list[int]:
        """Whose team was told and then another."""
        told = {who: [team for team in teams if team not in (None, "unknown")] for who, teams in self.history.items()}
        return [who for who, teams in told.items() if len(set(teams)) > 1]


def change(kind: str, *ids: int, by: str = "tracker") -> Change:
    return Change(kind, 0, ids, None, by, "")  # type: ignore[arg-type]


def now(who: Somebody, **other: object) -> Somebody:
    return replace(who, **other)  # type: ignore[arg-type]


def all_finite(tagger: Tagger) -> bool:
    """Whether nothing that is kept of kits and people is anything but a number."""
    kits = tagger.kits
    arrays = [one.mean for one in tagger.people.values()] + [kits.teams] + [kit.vector for kit in kits.others]
    numbers = [kits.spread, kits.breadth, *(kit.side for kit in kits.others)]
    numbers += [value for one in tagger.people.values() for value in (one.odds, one.place, one.scatter)]
    return all(np.isfinite(each).all() for each in arrays if each is not None) and bool(np.isfinite(numbers).all())
