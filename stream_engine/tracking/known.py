"""What is known of one stream: who is there, who was, what they are called, and where the flow is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stream_engine.messages import LONGEST_NAME
from stream_engine.tracking.people import People
from stream_engine.tracking.shots import Shots
from stream_engine.tracking.state import StateError, of_people, people_of, table, whole, wholes

MOST_NAMES = 10_000
MOST_POINTED = 1000  # objects with a name; the oldest of them are long gone
LAST_ID = 1 << 53  # every reader of JSON can tell it from the next one


@dataclass(slots=True)
class Known:
    """Everything that a successor takes up, but for what people look like."""

    people: People = field(default_factory=People.nobody)  # of this shot, seen or not
    shots: Shots = field(default_factory=Shots)  # before it
    names: dict[int, str] = field(default_factory=dict)
    named: set[int] = field(default_factory=set)  # of them those whom an operator named
    pointed: dict[int, str] = field(default_factory=dict)  # objects, and the name that each came with
    lost: set[int] = field(default_factory=set)  # of those who were told
    at: tuple[int, int] | None = None  # epoch and number of the last frame
    size: tuple[int, int] = (0, 0)
    first_seq: int = 0  # of the shot
    close: bool = False  # it is a close-up
    recognised: bool = False  # its camera was on air before
    last_id: int = 0

    def alive(self) -> set[int]:
        """Who may be seen again."""
        return {*self.people.ids.tolist(), *self.shots.ids().tolist()}

    def swap(self, a: int, b: int) -> None:
        """Each of two is the other."""
        self.people = self.people.swapped(a, b)
        if (a in self.lost) != (b in self.lost):
            self.lost ^= {a, b}

    def point(self, track_id: int, object_id: int, name: str) -> bool:
        """Whether somebody is called so from now on, because somebody outside pointed at this object.

        Once for each object: propagate may mix people up, and whoever it follows then is not whom it was told of.
        """
        if self.pointed.get(object_id) == name:
            return False
        self.pointed.pop(object_id, None)
        self.pointed[object_id] = name
        if len(self.pointed) > MOST_POINTED:
            del self.pointed[next(iter(self.pointed))]
        if track_id in self.named or self.names.get(track_id) == name:
            return False
        self.names[track_id] = name
        return True

    def one_name(self, stays: int, goes: int, newer: bool = False) -> None:
        """Two are one: what an operator said is before all, then what was said first, or of who is newer."""
        said = goes in self.named
        self.named.discard(goes)
        name = self.names.pop(goes, None)
        if name is None or (stays in self.names and not (newer or said)) or stays in self.named:
            return
        self.names[stays] = name
        self.named |= {stays} if said else set()

    def forget(self, alive: set[int]) -> None:
        """Nobody else is lost or has a name."""
        self.lost &= alive
        self.named &= alive
        self.names = {track_id: name for track_id, name in self.names.items() if track_id in alive}

    def state(self) -> dict[str, Any]:
        """In numbers, bytes and text."""
        return {
            "people": of_people(self.people), "shots": self.shots.state(),
            "names": {str(track_id): name for track_id, name in self.names.items()}, "named": sorted(self.named),
            "pointed": {str(object_id): name for object_id, name in self.pointed.items()},
            "lost": sorted(self.lost), "at": list(self.at or ()), "size": list(self.size),
            "first_seq": self.first_seq, "last_id": self.last_id,
            "close": self.close, "recognised": self.recognised,
        }  # fmt: skip

    @classmethod
    def of(cls, given: Any) -> "Known":
        """What another has left; StateError if it cannot be that."""
        state = table(given, "tracker")
        at, size = wholes(state, "at", {0, 2}), wholes(state, "size", {2})
        known = cls(
            people_of(state.get("people")), Shots.of(state.get("shots")), _names(state, "names"),
            set(wholes(state, "named")), _names(state, "pointed"), set(wholes(state, "lost")),
            (at[0], at[1]) if at else None, (size[0], size[1]), whole(state, "first_seq"),
            state.get("close") is True, state.get("recognised") is True, whole(state, "last_id", LAST_ID),
        )  # fmt: skip
        if max(known.alive() | set(known.names) | known.lost, default=0) > known.last_id:
            raise StateError("last_id: there are ids beyond it")
        return known


def _names(state: Mapping[str, Any], name: str) -> dict[int, str]:
    given = table(state.get(name), name)
    if len(given) > MOST_NAMES:
        raise StateError(f"{name}: more than {MOST_NAMES}")
    try:
        names = {int(one): text for one, text in given.items()}
    except (TypeError, ValueError) as error:
        raise StateError(f"{name}: {error}") from None
    if not all(isinstance(text, str) and 0 < len(text) <= LONGEST_NAME for text in names.values()):
        raise StateError(f"{name}: one is no name")
    return names
