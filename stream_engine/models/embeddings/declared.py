"""Kits that are declared, as distances of colours: how far each colour of a shirt is from what is worn."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import GREY
from stream_engine.backends.palette import picture_colours, yuv_of
from stream_engine.config import KitConfig, KitsConfig
from stream_engine.models.embeddings import Floats
from stream_engine.models.embeddings.colours import CHROMA, LUMA, WITH_LIGHT
from stream_engine.teams.names import AS_DECLARED, Declared

Array = NDArray[np.float64]

BY_LIGHT = 0.35  # what a step of light counts to one of colour: the sun changes it
FARTHEST = 80.0  # skin, hair and grass are not what is worn, however far they are from it

logger = logging.getLogger("stream_engine.tag")


class Worn(NamedTuple):
    """What can be said of a kit."""

    colours: Array  # N, 3: those that are declared, and those of the pictures
    unusable: dict[str, str]  # pictures that cannot be read, and why


def declared_of(kits: KitsConfig) -> Declared | None:
    """What is known of both teams' kits; None if of one of them nothing can be read."""
    worn = [worn_of(kit) for kit in (kits.home, kits.away)]
    for each in worn:
        for path, why in each.unusable.items():
            logger.warning("the picture of a kit %s cannot be used: %s", path, why)
    if missing := [name for name, each in zip(AS_DECLARED, worn, strict=True) if not len(each.colours)]:
        logger.warning("nothing is known of the kit of %s: the teams will be A and B", " and ".join(missing))
        return None
    keepers = [kit.keeper for kit in (kits.home, kits.away)]
    said = distances([yuv_of(colours) for colours in keepers]) if all(keepers) else None
    return Declared(distances([each.colours for each in worn]), said)


def worn_of(kit: KitConfig) -> Worn:
    """All its colours; each picture is read once."""
    found, unusable = [yuv_of(kit.shirt)], {}
    for path in kit.pictures:
        try:
            found.append(picture_colours(path))
        except (OSError, ValueError) as error:
            unusable[path] = str(error)
    return Worn(np.concatenate(found), unusable)


def shares(vectors: Floats) -> Floats:
    """How much of each shirt has which colour in which light, of what `colours.described` says of it."""
    counted: Floats = 2 * np.square(vectors[:, :WITH_LIGHT])
    return counted


def distances(worn: Sequence[Array]) -> Floats:
    """Of each kit the distance of each cell to the nearest of its colours."""
    blue, red, light = np.meshgrid(CHROMA, CHROMA, LUMA, indexing="ij")
    cells = np.stack([light.ravel(), blue.ravel() + GREY, red.ravel() + GREY], axis=1)
    return np.stack([_nearest(cells, colours) for colours in worn])


def _nearest(cells: Array, colours: Array) -> Floats:
    away = cells[:, None] - colours
    far = np.linalg.norm(away[..., 1:], axis=2) + BY_LIGHT * np.abs(away[..., 0])
    nearest: Floats = np.minimum(far.min(axis=1), FARTHEST).astype(np.float32)
    return nearest
