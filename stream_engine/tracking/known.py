"""What is known of one stream: who is there, who was, what they are called, and where the flow is."""

from dataclasses import dataclass, field
from typing import Any

from stream_engine.tracking.people import People
from stream_engine.tracking.shots import Shots
from stream_engine.tracking.state import StateError, of_people, people_of, table, whole

LONGEST_NAMES = 10_000


@dataclass(slots=True)
class Known:
    """Everything that a successor takes up, but for what people look like."""

    people: People = field(default_factory=People.nobody)  # of this shot, seen or not
    shots: Shots = field(default_factory=Shots)  # before it
    names: dict[int, str] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)  # of those who were told
    at: tuple[int, int] | None = None  # epoch and number of the last frame
    size: tuple[int, int] = (0, 0)
    first_seq: int = 0  # of the shot
    close: bool = False  # it is a close-up
    recognised: bool = False  # its camera was on air before
    last_id: int = 0

    def state(self) -> dict[str, Any]:
        """In numbers, bytes and text."""
        return {
            "people": of_people(self.people), "shots": self.shots.state(),
            "names": {str(track_id): name for track_id, name in self.names.items()},
            "lost": sorted(self.lost), "at": list(self.at or ()), "size": list(self.size),
            "first_seq": self.first_seq, "last_id": self.last_id,
            "close": self.close, "recognised": self.recognised,
        }  # fmt: skip

    @classmethod
    def of(cls, given: Any) -> "Known":
        """What another has left; StateError if it cannot be that."""
        state = table(given, "tracker")
        try:
            names = {int(track_id): str(name) for track_id, name in table(state.get("names"), "names").items()}
            at, size, lost = ([int(part) for part in state[name]] for name in ("at", "size", "lost"))
            return cls(
                people_of(state.get("people")), Shots.of(state.get("shots")), names, set(lost),
                (at[0], at[1]) if at else None, (size[0], size[1]), whole(state, "first_seq"),
                bool(state["close"]), bool(state["recognised"]), whole(state, "last_id"),
            )  # fmt: skip
        except (KeyError, IndexError, TypeError) as error:
            raise StateError(f"tracker: {error!r}") from None
