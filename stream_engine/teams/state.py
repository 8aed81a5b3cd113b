"""A tagger in bytes and numbers, for whoever takes it up; and back, if they are what they should be."""

from typing import Annotated, Any

import msgspec
import numpy as np

from stream_engine.teams.kits import Kit, Kits
from stream_engine.teams.names import AS_DECLARED, WITHOUT
from stream_engine.teams.person import Floats, Person
from stream_engine.tracking.appearance import NET_ROLES

VERSION = 1
MOST = 1e6  # nothing that is kept is larger

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
    role_evidence: Count
    role: Annotated[int, msgspec.Meta(ge=-1, lt=len(NET_ROLES))]
    team: str | None


class TaggerState(msgspec.Struct, frozen=True):
    """Everything of a stream."""

    version: int
    size: int  # of the vectors
    names: tuple[str, str] | None
    teams: bytes | None
    spread: Annotated[float, msgspec.Meta(ge=0, le=MOST)]
    breadth: Annotated[float, msgspec.Meta(ge=0, le=MOST)]
    others: tuple[KitState, ...]
    people: dict[int, PersonState]


def state_of(kits: Kits, names: tuple[str, str] | None, people: dict[int, Person]) -> dict[str, Any]:
    """What a successor has to know."""
    others = tuple(
        KitState(_bytes(kit.vector), _some_bytes(kit.colours), kit.looks, _votes(kit.votes), kit.side)
        for kit in kits.others
    )
    kept = {
        track_id: PersonState(
            one.odds, one.team_evidence, one.looks, one.kit, one.place, _votes(one.votes), one.role_evidence, one.role,
            one.team,
        )
        for track_id, one in people.items()
    }  # fmt: skip
    teams = None if kits.teams is None else _bytes(kits.teams)
    size = 0 if kits.teams is None else kits.teams.shape[1]
    state = TaggerState(VERSION, size, names, teams, kits.spread, kits.breadth, others, kept)
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
    if state.teams is not None and not (state.spread > 0 and state.breadth > 0):
        raise ValueError("spread: teams are known, and nobody is around them")
    if any(person.kit >= len(state.others) for person in state.people.values()):
        raise ValueError("kit: one that is not there")
    return state


def restore(kits: Kits, state: TaggerState, most_kits: int) -> None:
    """The kits as they were."""
    if state.teams is None:
        return
    kits.teams = _floats(state.teams, 2 * state.size, "teams").reshape(2, state.size)
    kits.spread, kits.breadth = state.spread, state.breadth
    if len(state.others) > most_kits:
        raise ValueError(f"others: {len(state.others)} kits; {most_kits} are known at once")
    for kit in state.others:
        colours = None if kit.colours is None else _floats(kit.colours, len(kit.colours) // 4, "colours")
        vector = _floats(kit.vector, state.size, "vector")
        kits.others.append(Kit(vector, colours, kit.looks, np.array(kit.votes, np.float32), kit.side))


def person_of(state: PersonState) -> Person:
    """As they were, with looks still to be taken."""
    return Person(
        looks=state.looks, odds=state.odds, team_evidence=state.team_evidence, kit=state.kit, place=state.place,
        votes=np.array(state.votes, np.float32), role_evidence=state.role_evidence, role=state.role, team=state.team,
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
