"""A tagger in bytes and numbers, for whoever takes it up; and back, if they are what they should be."""

from typing import Annotated, Any

import msgspec
import numpy as np

from stream_engine.messages import UNKNOWN_TEAM
from stream_engine.teams.kits import Kit, Kits
from stream_engine.teams.names import AS_DECLARED, WITHOUT
from stream_engine.teams.person import Floats, Person
from stream_engine.teams.settings import TeamSettings
from stream_engine.tracking.appearance import NET_ROLES

VERSION = 2
MOST = 1e6  # nothing that is kept is larger
DOUBTFUL = 1.0  # log-odds of a team that a successor goes on with
LEAST = 1e-6  # nor is anybody nearer to a kit than that in the mean

Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 48)]
Number = Annotated[float, msgspec.Meta(ge=-MOST, le=MOST)]
Votes = Annotated[tuple[Annotated[float, msgspec.Meta(ge=0, le=MOST)], ...], msgspec.Meta(min_length=5, max_length=5)]


class KitState(msgspec.Struct, frozen=True):
    """A kit that is no team's."""

    vector: bytes
    colours: bytes | None
    looks: Count
    votes: Votes
    side: Number


class PersonState(msgspec.Struct, frozen=True):
    """What is known of a track but for its looks, which are soon taken anew."""

    odds: Number
    team_evidence: Count
    looks: Count
    kit: Annotated[int, msgspec.Meta(ge=-1)]
    place: Number
    votes: Votes
    role: Annotated[int, msgspec.Meta(ge=-1, lt=len(NET_ROLES))]
    team: str | None


class TaggerState(msgspec.Struct, frozen=True):
    """Everything of a stream."""

    version: int
    size: int  # of the vectors
    net: str  # that they are of
    declared: str | None  # the mark of what was declared
    names: tuple[str, str] | None
    teams: bytes | None
    spread: Annotated[float, msgspec.Meta(ge=0, le=MOST)]
    breadth: Annotated[float, msgspec.Meta(ge=0, le=MOST)]
    others: tuple[KitState, ...]
    people: dict[int, PersonState]


def state_of(
    kits: Kits, names: tuple[str, str] | None, people: dict[int, Person], net: str, declared: str | None
) -> dict[str, Any]:
    """What a successor has to know."""
    others = tuple(
        KitState(_bytes(kit.vector), _some_bytes(kit.colours), kit.looks, _votes(kit.votes), kit.side)
        for kit in kits.others
    )
    kept = {
        track_id: PersonState(
            one.odds, one.team_evidence, one.looks, one.kit, one.place, _votes(one.votes), one.role,
            one.team,
        )
        for track_id, one in people.items()
    }  # fmt: skip
    teams = None if kits.teams is None else _bytes(kits.teams)
    size = 0 if kits.teams is None else kits.teams.shape[1]
    state = TaggerState(VERSION, size, net, declared, names, teams, kits.spread, kits.breadth, others, kept)
    told: dict[str, Any] = msgspec.to_builtins(state, builtin_types=(bytes,))
    return told


def read(given: Any) -> TaggerState:
    """A state that can be gone on with; ValueError says what is wrong with it."""
    state = msgspec.convert(given, TaggerState, strict=False)
    if state.version != VERSION:
        raise ValueError(f"version {state.version}, not {VERSION}")
    if (state.teams is None) != (state.names is None):
        raise ValueError("teams without names, or names without teams")
    if state.names is not None and sorted(state.names) not in (sorted(AS_DECLARED), sorted(WITHOUT)):
        raise ValueError(f"names: {state.names} are none that teams have")
    if state.teams is None and state.others:
        raise ValueError("others: kits beside teams that are not known")
    if state.teams is not None and state.size < 1:
        raise ValueError(f"size: {state.size} numbers are no look")
    if state.teams is not None and min(state.spread, state.breadth) < LEAST:
        raise ValueError("spread: teams are known, and nobody is around them")
    if any(person.kit >= len(state.others) for person in state.people.values()):
        raise ValueError("kit: one that is not there")
    if odd := {person.team for person in state.people.values()} - {None, UNKNOWN_TEAM, *(state.names or ())}:
        raise ValueError(f"team: {odd.pop()!r} is none of {state.names}")
    return state


def belongs(state: TaggerState, net: str, size: int, declared: str | None) -> None:
    """ValueError if it is not of these vectors, 0: of any size, or of these kits that were declared."""
    if state.declared != declared or (declared is None and state.names not in (None, WITHOUT)):
        raise ValueError("declared: other kits than now")
    if state.teams is not None and (state.net != net or (size and state.size != size)):
        was, now = (
            f"{name!r} with {numbers} numbers a look" for name, numbers in ((state.net, state.size), (net, size))
        )
        raise ValueError(f"net: {was} has left it, and now it is {now}")


def restore(kits: Kits, state: TaggerState, settings: TeamSettings, cells: int) -> None:
    """The kits as they were; colours of these are shares of so many cells, 0: of none."""
    if len(state.people) > settings.most_people:
        raise ValueError(f"people: {len(state.people)}; {settings.most_people} are known at once")
    if state.teams is None:
        return
    kits.teams = _floats(state.teams, 2 * state.size, "teams").reshape(2, state.size)
    kits.spread, kits.breadth = state.spread, state.breadth
    if len(state.others) > settings.most_kits:
        raise ValueError(f"others: {len(state.others)} kits; {settings.most_kits} are known at once")
    for kit in state.others:
        colours = _floats(kit.colours, cells, "colours") if kit.colours is not None and cells else None
        vector = _floats(kit.vector, state.size, "vector")
        kits.others.append(Kit(vector, colours, kit.looks, np.array(kit.votes, np.float32), side=kit.side))


def person_of(state: PersonState) -> Person:
    """As they were told, and little to hold on to: looks are still to be taken, and the number may be another's."""
    return Person(
        looks=state.looks, odds=float(np.clip(state.odds, -DOUBTFUL, DOUBTFUL)), kit=state.kit, place=state.place,
        votes=np.array(state.votes, np.float32), role=state.role, team=state.team,
    )  # fmt: skip


def _votes(votes: Floats) -> tuple[float, ...]:
    return tuple(votes.tolist())


def _some_bytes(array: Floats | None) -> bytes | None:
    return None if array is None else _bytes(array)


def _bytes(array: Floats) -> bytes:
    return array.astype("<f4").tobytes()


def _floats(raw: bytes, count: int, name: str) -> Floats:
    if len(raw) != 4 * count:
        raise ValueError(f"{name}: not the bytes of {count} numbers")
    read_ = np.frombuffer(raw, "<f4").astype(np.float32)
    if not np.isfinite(read_).all() or (np.abs(read_) > MOST).any():
        raise ValueError(f"{name}: not all are numbers")
    return read_
