"""Which role somebody has: what the detector and the looks said over time, and what wearing their kit means."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.teams.frame import BALL, GOALKEEPER, PLAYER, REFEREE
from stream_engine.teams.kits import Kits
from stream_engine.teams.person import Person
from stream_engine.teams.settings import TeamSettings
from stream_engine.tracking.appearance import NET_ROLES

Floats = NDArray[np.float32]


class Verdict(NamedTuple):
    """A role, a place in NET_ROLES, and how likely it is."""

    role: int
    confidence: float


def judged(person: Person, chances: tuple[float, ...], kits: Kits, settings: TeamSettings) -> Verdict:
    """The likeliest role; the one that was told stays until another is clearly likelier."""
    by_looks = np.nan_to_num(np.array(chances, np.float32)) if len(chances) == len(NET_ROLES) else None
    said = person.likely(by_looks, settings.by_looks)
    if kits.known and person.looks >= settings.fewest_looks:
        said = said + (
            kits.roles_in(person.kit) if person.kit >= 0 else np.float32(person.close) * _in_a_team(settings.in_kit)
        )
    if person.kit >= 0:
        said[GOALKEEPER] += person.place
        said[REFEREE] -= person.place
    said[BALL] = -np.inf  # whoever has been taken for a person is none
    best = int(said.argmax())
    told = person.role
    if told >= 0 and said[best] - said[told] < settings.role_margin:
        best = told
    shares = np.exp(said - said.max())
    return Verdict(best, float(shares[best] / shares.sum()))


def _in_a_team(share: float) -> Floats:
    """Of somebody who wears a team's kit, in logarithms."""
    said = np.full(len(NET_ROLES), np.log((1 - share) / (len(NET_ROLES) - 1)), np.float32)
    said[PLAYER] = np.log(share)
    return said
