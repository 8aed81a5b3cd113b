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
STRANGE = 3  # fits in a row that know a team that is not known before it is believed


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
        self._strange = self._worn = 0

    @property
    def known(self) -> bool:
        """Whether there are two teams."""
        return self.teams is not None

    def found(self, fit: Fit, scatter: float) -> None:
        """These are the teams; looks lie around the means of people with a mean square of `scatter`."""
        self.teams, self.breadth = fit.teams.copy(), fit.breadth
        self.spread = float(np.sqrt(fit.breadth**2 + scatter))

    def odds(self, vectors: Floats) -> tuple[Array, Array]:
        """Of each look the odds of the second team against the first, in logarithms, and how far the nearer one is."""
        assert self.teams is not None
        away = np.square(vectors[:, None] - self.teams).sum(axis=2, dtype=np.float64)
        odds = (away[:, 0] - away[:, 1]) / (2 * self.spread**2)
        most = self._settings.most_of_a_look
        return np.clip(odds, -most, most), np.sqrt(away.min(axis=1))

    def far(self, distance: float) -> bool:
        """Whether a look so far from a kit shows another."""
        return distance > self._settings.near * self.spread

    def other(self, distance: float) -> bool:
        """Whether somebody whose looks are so far from a kit in the mean wears another."""
        return distance > self._settings.near * self.breadth

    def worn(self, mean: Floats, colours: Floats | None = None) -> int:
        """The kit, of those that are no team's, of somebody who wears none of a team; a new one if there is room."""
        self._worn += 1
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
                return best
            best, kit = rare, Kit(mean.copy())
            self.others[best] = kit
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
        """A fresh fit: each of its teams is the one that is nearest, so nobody changes sides by it."""
        if fit is None or self.teams is None:
            return
        away = np.linalg.norm(fit.teams[:, None] - self.teams, axis=2)
        straight = away[0, 0] + away[1, 1] <= away[0, 1] + away[1, 0]
        fresh = fit.teams if straight else fit.teams[::-1]
        strange = [self.other(float(np.linalg.norm(new - old))) for new, old in zip(fresh, self.teams, strict=True)]
        if not any(strange):
            self._strange = 0
            self.teams += (fresh - self.teams) * np.float32(self._settings.refit_share)
        elif not all(strange):
            self._strange += 1
            if self._strange >= STRANGE:  # one of the two was somebody else, a referee or a goalkeeper
                self._strange = 0
                self.teams = fresh.copy()
