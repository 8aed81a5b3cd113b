"""Looks that are made up."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from stream_engine.tracking.appearance import Appearance, appearance_of

PARTS, SIZE = 3, 4


def looks(*vectors: Any, seen: Any = None, roles: Any = None) -> Appearance:
    """Each of one vector for all parts, or of one for each part."""
    given = [np.asarray(each, float) for each in vectors]
    whole = np.stack([np.tile(each, (PARTS, 1)) if each.ndim == 1 else each for each in given])
    visible = np.ones(whole.shape[:2]) if seen is None else np.array(seen, float)
    return appearance_of(whole, visible, None if roles is None else np.array(roles, np.float32))


@st.composite
def appearances(draw: st.DrawFn, most: int = 6) -> Appearance:
    """Any, unusable ones too."""
    count = draw(st.integers(0, most))
    numbers = st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0, 3.0])
    vectors = draw(arrays.arrays(np.float64, (count, PARTS, SIZE), elements=numbers))
    seen = draw(arrays.arrays(np.float64, (count, PARTS), elements=st.sampled_from([0.0, 1e-30, 1e-3, 0.5, 1.0])))
    made = appearance_of(vectors, seen)
    spoilt = draw(arrays.arrays(np.bool_, count))
    made.vectors[spoilt, 0, 0] = draw(st.sampled_from([np.nan, np.inf, -np.inf, 3e38, 0.4]))
    if not draw(st.booleans()):
        return made
    roles = draw(arrays.arrays(np.float32, (count, 5), elements=st.sampled_from([0.0, 0.25, 1.0, np.nan])))
    return Appearance(made.vectors, made.visibility, roles)
