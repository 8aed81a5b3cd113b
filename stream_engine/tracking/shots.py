"""What is remembered of the shots before: who was in them, and where, should their camera come back."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stream_engine.tracking.people import People
from stream_engine.tracking.seen import Move, Seen, Whole
from stream_engine.tracking.state import StateError, of_people, people_of, table, whole, wholes

MOST_SHOTS = 8
CLOSE = 0.34  # of the picture's height: where the half of those who are seen are taller, it is a close-up
STROLL = 60  # frames for which people go on as they went; after more of them they may be anywhere about
SETTLED = 100  # frames after which a shot that nothing was recognised in is live all the same


@dataclass(frozen=True, slots=True)
class Shot:
    """One camera from cut to cut."""

    epoch: int
    span: tuple[int, int]  # its first frame and its last
    people: People  # as they were at its last frame


class Shots:
    """The last few of one stream."""

    def __init__(self) -> None:
        self._shots: deque[Shot] = deque(maxlen=MOST_SHOTS)

    def leave(self, epoch: int, span: tuple[int, int], people: People) -> None:
        """A shot has ended."""
        self._shots.append(Shot(epoch, span, people))

    def expected(self, back: Move, at: tuple[int, int]) -> People | None:
        """Who was in the shot of a camera that is back, where they should be by now."""
        epoch, seq = at
        for shot in reversed(self._shots):
            if shot.epoch == epoch and shot.span[0] <= back.since_seq <= shot.span[1]:
                away = shot.people.changed(unseen=shot.people.unseen + 1)  # nobody sees them
                frames = max(1, seq - back.since_seq)
                if frames > STROLL:
                    still = replace(away.motion, velocity=np.zeros_like(away.motion.velocity))
                    away = away.changed(motion=still)
                return away.ahead(back.matrix, frames)
        return None

    def merge(self, first: int, second: int) -> None:
        """The second was the first all along."""
        self._shots = deque((replace(s, people=s.people.merged(first, second)) for s in self._shots), MOST_SHOTS)

    def state(self) -> list[dict[str, Any]]:
        """For a successor."""
        return [{"epoch": s.epoch, "span": list(s.span), "people": of_people(s.people)} for s in self._shots]

    @classmethod
    def of(cls, state: Any) -> "Shots":
        """What was remembered before."""
        if not isinstance(state, list) or len(state) > MOST_SHOTS:
            raise StateError(f"shots: not a list of at most {MOST_SHOTS}")
        shots = cls()
        for given in state:
            shot = table(given, "shot")
            first, last = wholes(shot, "span", {2})
            shots.leave(whole(shot, "epoch"), (first, last), people_of(shot.get("people")))
        return shots

    def ids(self) -> Whole:
        """Everybody in them, the last first, each once."""
        known = dict.fromkeys(i for shot in reversed(self._shots) for i in shot.people.ids.tolist())
        return np.array(list(known), np.int64)


def is_close(seen: Seen) -> bool:
    """Whether the camera looks at somebody rather than at the play."""
    tall = seen.boxes[:, 3] - seen.boxes[:, 1]
    return bool(len(tall) and np.median(tall) > CLOSE * seen.size[1])
