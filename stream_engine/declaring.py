"""What is doubtful about kits that are declared: pictures without a shirt, and two that nobody can tell apart."""

from typing import NamedTuple

import numpy as np

from stream_engine.config import KitsConfig
from stream_engine.models.embeddings import Floats
from stream_engine.models.embeddings.colours import MOST, Pixels, described
from stream_engine.models.embeddings.declared import Array, distances, shares, worn_of
from stream_engine.teams.names import likelier


class Doubt(NamedTuple):
    """What is wrong, and what to do."""

    why: str
    do: str


def doubts(kits: KitsConfig) -> list[Doubt]:
    """In the words of who has to mend it; none if home and away can be named."""
    worn = {"home": worn_of(kits.home), "away": worn_of(kits.away)}
    mend = "take a PNG or JPEG in which the shirt fills the middle"
    found = [
        Doubt(f"{name}: {path} cannot be used: {why}", mend)
        for name, each in worn.items()
        for path, why in each.unusable.items()
    ]
    if missing := [name for name, each in worn.items() if not len(each.colours)]:
        why = f"nothing is known of the kit of {' and '.join(missing)}: the teams will be A and B"
        return [*found, Doubt(why, 'give shirt = ["#rrggbb"]')]
    home, away = worn["home"].colours, worn["away"].colours
    if likelier((_look(home), _look(away)), distances([home, away])) != 0:
        why = "home and away cannot be told apart by what is declared: the teams will be A and B"
        found.append(Doubt(why, "give the main colours of what they wear in this match"))
    return found


def _look(colours: Array) -> Floats:
    """Shares of the colours of a shirt that is made of what is declared, as much of each."""
    rows = np.arange(MOST) * len(colours) // MOST
    pixels = np.clip(np.rint(colours[rows]), 0, 255).astype(np.uint8)
    seen: Floats = shares(described(Pixels(pixels[None], np.ones((1, MOST), np.bool_))))[0]
    return seen
