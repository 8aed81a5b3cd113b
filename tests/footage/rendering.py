"""What the tests of rendered footage share: whether this machine can draw, and small films."""

from functools import cache

import pytest

from footage.film import Film, Order
from footage.picture.gl import RenderError, context
from footage.presets import preset

SMALL = (480, 270)


@cache
def can_draw() -> bool:
    try:
        context().release()
    except RenderError:
        return False
    return True


needs_renderer = pytest.mark.skipif(not can_draw(), reason="no EGL renderer; Debian: libegl1 libgl1-mesa-dri")


def film_of(name: str = "league", seed: int = 3, seconds: float = 4.0, size: tuple[int, int] = SMALL) -> Film:
    return Film(Order(preset(name), seed, seconds, size))
