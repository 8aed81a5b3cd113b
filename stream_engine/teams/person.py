"""What is known of one person: the mean of their looks, votes on their role, and the odds of the two teams."""

from dataclasses import dataclass, field
from math import exp

import numpy as np
from numpy.typing import NDArray

from stream_engine.tracking.appearance import NET_ROLES

Floats = NDArray[np.float32]

LONG_AGO = -(1 << 40)
LIKELY_AT_LEAST = 0.02  # of a role, whatever is said of it
UNTOLD = 0.2  # votes that each role has from the beginning
MOST_LOOKS = 30  # that a mean stands for; later ones count as much as a thirtieth


@dataclass(slots=True)
class Person:
    """One track."""

    seen: int = LONG_AGO  # frames are counted by the tagger
    looked: int = LONG_AGO
    looks: int = 0
    meant: int = 0  # looks that the mean is of: a successor takes them anew
    mean: Floats | None = None
    scatter: float = 0.0  # mean square of how far looks are from it
    colours: Floats | None = None  # the mean of them, where kits were declared
    contrary: bool = False  # the last look spoke against what is known of them
    strange: int = 0  # looks in a row that were not like the mean
    odds: float = 0.0  # of the second team against the first, in logarithms
    team_evidence: int = 0
    close: float = 0.0  # how close the mean is to a team's kit, up to 1
    kit: int = -1  # of the kits that are no team's, the one that is worn; -1: none of them
    place: float = 0.0  # how much likelier a goalkeeper than a referee where they stand, in logarithms
    votes: Floats = field(default_factory=lambda: np.zeros(len(NET_ROLES), np.float32))
    role: int = -1  # that was told last, a place in NET_ROLES
    team: str | None = None  # that was told last

    def look(self, vector: Floats, colours: Floats | None, frame: int) -> None:
        """Another look at the kit."""
        self.looks += 1
        self.meant += 1
        self.looked = frame
        share = np.float32(1 / min(self.meant, MOST_LOOKS))
        away = vector if self.mean is None else vector - self.mean
        self.scatter += (float(away @ away) * (self.mean is not None) - self.scatter) * float(share)
        self.mean = vector.copy() if self.mean is None else self.mean + away * share
        if colours is not None:
            self.colours = colours.copy() if self.colours is None else self.colours + (colours - self.colours) * share

    def begin_anew(self) -> None:
        """It is somebody else who is seen under this number; what was told holds until something else is known."""
        self.mean, self.colours, self.meant, self.looks, self.strange = None, None, 0, 0, 0
        self.odds, self.team_evidence, self.kit, self.place, self.close = 0.0, 0, -1, 0.0, 0.0
        self.votes = np.zeros_like(self.votes)

    def forget_team(self) -> None:
        """There are no teams any more."""
        self.odds, self.team_evidence, self.kit, self.team, self.close = 0.0, 0, -1, None, 0.0

    def vote(self, role: int, keeps: float) -> None:
        """Somebody took them for this role; older votes fade."""
        self.votes *= keeps
        self.votes[role] += 1

    def likely(self, chances: Floats | None, weight: float) -> Floats:
        """How likely each role is by votes and by looks, in logarithms."""
        shares = (self.votes + UNTOLD) / (self.votes.sum() + UNTOLD * len(self.votes))
        said: Floats = np.log(np.maximum(shares, LIKELY_AT_LEAST)).astype(np.float32)
        if chances is not None:
            said += np.float32(weight) * np.log(np.maximum(chances, LIKELY_AT_LEAST))
        return said

    def joins(self, other: "Person") -> None:
        """The other was this one all along."""
        if other.mean is not None and (self.mean is None or other.looks > self.looks):
            self.mean, self.scatter, self.colours, self.meant = other.mean, other.scatter, other.colours, other.meant
        if other.looks > self.looks:
            self.kit, self.place = other.kit, other.place
        self.looks += other.looks
        self.looked, self.seen = max(self.looked, other.looked), max(self.seen, other.seen)
        self.odds += other.odds
        self.votes = self.votes + other.votes
        self.team_evidence += other.team_evidence


def sure_of(odds: float) -> float:
    """How sure something is of which these are the odds, in logarithms."""
    return 1 / (1 + exp(-odds))
