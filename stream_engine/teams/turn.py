"""A frame in a tagger's hands, and what is told of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from stream_engine.messages import Change, Role, Tracks
from stream_engine.teams.frame import Frame, Whole
from stream_engine.teams.person import Person


class Tag(NamedTuple):
    """What is told of one track."""

    role: Role
    team: str | None
    team_confidence: float = 0.0
    team_evidence: int = 0
    role_confidence: float = 0.0
    role_evidence: int = 0


class Told(NamedTuple):
    """Of each track that came what is told of it, and what became of teams and roles."""

    tags: tuple[Tag, ...]
    changes: tuple[Change, ...]


@dataclass(slots=True)
class Turn:
    """One frame in hand."""

    job: Tracks
    frame: Frame
    people: list[Person]  # row by row of the frame
    wanted: Whole  # rows of those whose kits would tell most, best first
    tried: Whole = field(default_factory=lambda: np.zeros(0, np.int64))  # of these, who was looked at, in vain or not
    changes: list[Change] = field(default_factory=list)
