"""The tracking measures together: HOTA, CLEAR MOT and Identity of one sequence, or of several pooled."""

from collections.abc import Sequence as Several
from typing import NamedTuple

from stream_engine.scoring.clear import Clear, clear, pool_clear
from stream_engine.scoring.hota import Hota, hota, pool_hota
from stream_engine.scoring.identity import Identity, identity, pool_identity
from stream_engine.scoring.sequence import Sequence


class Tracking(NamedTuple):
    """The three measures; they agree with trackeval 1.3.0 (tests/scoring/test_mot.py)."""

    hota: Hota
    clear: Clear
    identity: Identity

    def figures(self) -> dict[str, float]:
        """Every measure under its name in the field."""
        return self.hota.figures() | self.clear.figures() | self.identity.figures()


def tracking(sequence: Sequence) -> Tracking:
    """The measures of one sequence."""
    return Tracking(hota(sequence), clear(sequence), identity(sequence))


def pool(parts: Several[Tracking]) -> Tracking:
    """Several sequences as one."""
    return Tracking(
        pool_hota([part.hota for part in parts]),
        pool_clear([part.clear for part in parts]),
        pool_identity([part.identity for part in parts]),
    )
