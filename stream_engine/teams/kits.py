"""The kits of a match: those of the two teams once they are known, and the others that were seen beside them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stream_engine.teams.fitting import Fit
from stream_engine.teams.settings import TeamSettings
from stream_engine.tracking.appearance import NET_ROLES

Floats = NDArray[np.float32]
Array = NDArray[np.float64]

UNEXPECTED = 0.04  # how often somebody in this kit may be something that nobody wearing it was yet
FEW = 3  # looks at a kit that may as well have been mistaken
FADES = 0.98  # of votes on a kit with each further one
LATELY = 500  # times that any kit was worn
STRANGE, ALL_STRANGE = 3, 6  # fits in a row that find the same other team, or two others, before it is believed


@dataclass(slots=True)
class Kit:
    """What goalkeepers, referees or others wear."""

    vector: Floats
    colours: Floats | None = None  # where kits were declared
    looks: int = 0
    votes: Floats = field(default_factory=lambda: np.zeros(len(NET_ROLES), np.float32))
    worn: int = 0  # when last, by how often any was
    side: float = 0.0  # evidence that its goalkeeper is of the second team, or below 0 of the first


class Kits:
    """Of one stream; the teams are 0 and 1."""

    def __init__(self, settings: TeamSettings) -> None:
        self._settings = settings
        self.teams: Floats | None = None
        self.spread = 0.0  # how far looks usually are from their kit
        self.breadth = 0.0  # and how far the means of people
        self.others: list[Kit] = []
        self.replaced = -1
        self._worn = self._strange = 0
        self._candidate: Floats | None = None  # the teams that strange fits have found so far

    @property
    def known(self) -> bool:
        """Whether there are two teams."""
        return self.teams is not None

    def found(self, fit: Fit, scatter: float) -> None:
        """These are the teams; looks lie around the means of people with a mean square of `scatter`."""
        self.teams, self.breadth = fit.teams.copy(), self._broad(fit)
        self.spread = float(np.sqrt(self.breadth**2 + scatter))

    def _broad(self, fit: Fit) -> float:
        """How far people are from their team's kit; at first they may all stand in one light."""
        return max(fit.breadth, self._settings.apart / 2)

    def odds(self, vectors: Floats) -> tuple[Array, Array]:
        """Of each look the odds of the second team against the first, in logarithms, and how far the nearer one is.

        What is far from both says less.
        """
        assert self.teams is not None
        away = np.square(vectors[:, None] - self.teams).sum(axis=2, dtype=np.float64)
        nearer, most = away.min(axis=1), self._settings.most_of_a_look
        odds = (away[:, 0] - away[:, 1]) / (2 * np.maximum(self.spread**2, nearer))
        return np.clip(odds, -most, most), np.sqrt(nearer)

    def far(self, distance: float) -> bool:
        """Whether a look so far from a kit shows another."""
        return distance > self._settings.near * self.spread

    def other(self, distance: float) -> bool:
        """Whether somebody whose looks are so far from a kit in the mean wears another."""
        return self.close(distance) < 0

    def close(self, distance: float) -> float:
        """How close somebody's looks are to a kit in the mean: from 1, the same, over 0, where others begin."""
        return 1 - distance / (self._settings.near * self.breadth)

    def worn(self, mean: Floats, colours: Floats | None = None) -> int:
        """The kit, of those that are no team's, of somebody who wears none of a team; a new one if there is room.

        -1 where there is none. One that nobody has worn for long gives way; `replaced` says which.
        """
        self._worn, self.replaced = self._worn + 1, -1
        away = [float(np.linalg.norm(mean - kit.vector)) for kit in self.others]
        best = int(np.argmin(away)) if away else -1
        if best >= 0 and not self.other(away[best]):
            kit = self.others[best]
            kit.vector = kit.vector + (mean - kit.vector) * np.float32(1 / min(kit.looks + 1, 200))
        elif len(self.others) < self._settings.most_kits:
            self.others.append(kit := Kit(mean.copy()))
            best = len(self.others) - 1
        else:
            rare = min(range(len(self.others)), key=self._missed)
            if self.others[rare].looks >= FEW and self._worn - self.others[rare].worn <= LATELY:
                return -1
            best = self.replaced = rare
            kit = self.others[best] = Kit(mean.copy())
        kit.looks += 1
        kit.worn = self._worn
        kit.colours = kit.colours if colours is None else colours
        return best

    def _missed(self, at: int) -> tuple[bool, int]:
        """Sorts kits by how little they are missed: first those that nobody wears any more, then rare ones."""
        return self._worn - self.others[at].worn <= LATELY, self.others[at].looks

    def vote(self, kit: int, role: int) -> None:
        """Somebody in this kit was taken for this role."""
        votes = self.others[kit].votes
        votes *= np.float32(FADES)
        votes[role] += 1

    def roles_in(self, kit: int) -> Floats:
        """How likely each role is in a kit that is no team's, in logarithms."""
        votes = self.others[kit].votes
        shares = np.maximum(votes / max(float(votes.sum()), 1.0), UNEXPECTED)
        said: Floats = np.log(shares / shares.sum())
        return said

    def drift(self, team: int, vector: Floats) -> None:
        """A sure look: light and weather change kits slowly."""
        assert self.teams is not None
        self.teams[team] += (vector - self.teams[team]) * np.float32(self._settings.drift)
        away = float(np.linalg.norm(vector - self.teams[team]))
        self.spread += (away - self.spread) * self._settings.drift

    def refitted(self, fit: Fit | None) -> None:
        """A fresh fit: each of its teams is the one that is nearest, so nobody changes sides by it.

        Several in a row may find another team than one of these, who was a referee or a goalkeeper then; if they find
        none of these, time and again, it is another match, or these were tracksuits, and nothing is known any more.
        """
        if fit is None or self.teams is None:
            return
        away = np.linalg.norm(fit.teams[:, None] - self.teams, axis=2)
        straight = away[0, 0] + away[1, 1] <= away[0, 1] + away[1, 0]
        fresh = fit.teams if straight else fit.teams[::-1]
        strange = [self._unlike(fresh[team], self.teams[team]) for team in range(2)]
        if not any(strange):
            self._candidate = None
            self.teams += (fresh - self.teams) * np.float32(self._settings.refit_share)
            self.breadth += (self._broad(fit) - self.breadth) * self._settings.refit_share
            return
        before = self._candidate
        again = before is not None and not any(self._unlike(fresh[team], before[team]) for team in range(2))
        self._strange = self._strange + 1 if again else 1
        self._candidate = fresh.copy()
        if self._strange >= (ALL_STRANGE if all(strange) else STRANGE):
            self.teams, self._candidate = None if all(strange) else fresh.copy(), None
            if self.teams is None:
                self.others.clear()

    def _unlike(self, one: Floats, other: Floats) -> bool:
        return self.other(float(np.linalg.norm(one - other)))
