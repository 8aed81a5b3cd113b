"""Kits that are declared, as distances of colours: how far each colour of a shirt is from what is worn."""

import logging
from collections.abc import Sequence

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


def declared_of(kits: KitsConfig) -> Declared | None:
    """What is known of both teams' kits; None if of one of them nothing can be read."""
    worn = [_shirts(kit) for kit in (kits.home, kits.away)]
    if missing := [name for name, colours in zip(AS_DECLARED, worn, strict=True) if not len(colours)]:
        logger.warning("nothing is known of the kit of %s: the teams will be A and B", " and ".join(missing))
        return None
    keepers = [kit.keeper for kit in (kits.home, kits.away)]
    said = _table([yuv_of(colours) for colours in keepers]) if all(keepers) else None
    return Declared(_table(worn), said)


def shares(vectors: Floats) -> Floats:
    """How much of each shirt has which colour in which light, of what `colours.described` says of it."""
    counted: Floats = 2 * np.square(vectors[:, :WITH_LIGHT])
    return counted


def _shirts(kit: KitConfig) -> Array:
    """All colours that are declared, N, 3, and those of the pictures."""
    found = [yuv_of(kit.shirt)]
    for path in kit.pictures:
        try:
            found.append(picture_colours(path))
        except (OSError, ValueError) as error:
            logger.warning("the picture of a kit %s cannot be used: %s", path, error)
    return np.concatenate(found)


def _table(worn: Sequence[Array]) -> Floats:
    """Of each kit the distance of each cell to the nearest of its colours."""
    blue, red, light = np.meshgrid(CHROMA, CHROMA, LUMA, indexing="ij")
    cells = np.stack([light.ravel(), blue.ravel() + GREY, red.ravel() + GREY], axis=1)
    return np.stack([_nearest(cells, colours) for colours in worn])


def _nearest(cells: Array, colours: Array) -> Floats:
    away = cells[:, None] - colours
    far = np.linalg.norm(away[..., 1:], axis=2) + BY_LIGHT * np.abs(away[..., 0])
    nearest: Floats = np.minimum(far.min(axis=1), FARTHEST).astype(np.float32)
    return nearest
