"""What is doubtful about kits that are declared: pictures without a shirt, and two that nobody can tell apart."""

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.palette import picture_colours, yuv_of
from stream_engine.config import KitConfig, KitsConfig
from stream_engine.models.embeddings import Floats
from stream_engine.models.embeddings.colours import MOST, Pixels, described
from stream_engine.models.embeddings.declared import declared_of, shares
from stream_engine.teams.names import likelier


class Doubt(NamedTuple):
    """What is wrong, and what to do."""

    why: str
    do: str


class Worn(NamedTuple):
    """A kit, and what can be used of it."""

    kit: KitConfig  # with the pictures that can be read
    colours: NDArray[np.float64]  # N, 3, all of them
    doubts: list[Doubt]


def doubts(kits: KitsConfig) -> list[Doubt]:
    """In the words of who has to mend it; none if home and away can be named."""
    home, away = _worn(kits.home, "home"), _worn(kits.away, "away")
    found = home.doubts + away.doubts
    if missing := [name for name, worn in (("home", home), ("away", away)) if not len(worn.colours)]:
        why = f"nothing is known of the kit of {' and '.join(missing)}: the teams will be A and B"
        return [*found, Doubt(why, 'give shirt = ["#rrggbb"]')]
    declared = declared_of(KitsConfig(home=home.kit, away=away.kit))
    if declared and likelier((_look(home), _look(away)), declared.shirts) != 0:
        why = "home and away cannot be told apart by what is declared: the teams will be A and B"
        found.append(Doubt(why, "give the main colours of what they wear in this match"))
    return found


def _worn(kit: KitConfig, name: str) -> Worn:
    colours, usable, found = [yuv_of(kit.shirt)], [], []
    for path in kit.pictures:
        try:
            colours.append(picture_colours(path))
        except (OSError, ValueError) as error:
            found.append(
                Doubt(
                    f"{name}: {path} cannot be used: {error}", "take a PNG or JPEG in which the shirt fills the middle"
                )
            )
        else:
            usable.append(path)
    return Worn(msgspec.structs.replace(kit, pictures=tuple(usable)), np.concatenate(colours), found)


def _look(worn: Worn) -> Floats:
    """Shares of the colours of a shirt that is made of what is declared, as much of each."""
    rows = np.arange(MOST) * len(worn.colours) // MOST
    pixels = np.clip(np.rint(worn.colours[rows]), 0, 255).astype(np.uint8)
    seen: Floats = shares(described(Pixels(pixels[None], np.ones((1, MOST), np.bool_))))[0]
    return seen
