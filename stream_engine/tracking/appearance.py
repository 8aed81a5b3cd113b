"""What people look like: vectors for the parts of a body, and how far two looks lie apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.messages import Role

Floats = NDArray[np.float32]

NET_ROLES: tuple[Role, ...] = ("ball", "goalkeeper", "other", "player", "referee")  # PRTReID's order
UNIT = 2e-3  # how far from 1 the length of a vector may be; float16 keeps it to 1e-3
SHORT = 1e-6  # a vector of less points nowhere


@dataclass(frozen=True, slots=True)
class Appearance:
    """N looks of 1 + K parts, the first of which is the whole body; a part that is not visible says nothing."""

    vectors: Floats  # N, 1 + K, D: of length 1
    visibility: Floats  # N, 1 + K: from 0 to 1
    roles: Floats | None = None  # N, 5: probabilities in the order of NET_ROLES; a row of zeros is not known

    def __len__(self) -> int:
        return len(self.vectors)

    def rows(self, which: Any) -> "Appearance":
        """Those of them."""
        return Appearance(
            self.vectors[which], self.visibility[which], None if self.roles is None else self.roles[which]
        )

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which of them are numbers, of length 1 where they are visible, and visible somewhere."""
        seen = self.visibility
        with np.errstate(invalid="ignore", over="ignore"):
            lengths = np.sqrt(np.einsum("nkd,nkd->nk", self.vectors, self.vectors))  # not finite if one number is not
            whole = np.isfinite(lengths) & (seen >= 0) & (seen <= 1) & ((seen == 0) | (np.abs(lengths - 1) < UNIT))
        usable: NDArray[np.bool_] = whole.all(1) & (seen > 0).any(1)
        return usable


def joined(several: Sequence[Appearance]) -> Appearance:
    """All of them in their order; there has to be one."""
    roles = None
    if any(each.roles is not None for each in several):
        roles = np.concatenate([_no_roles(len(each)) if each.roles is None else each.roles for each in several])
    return Appearance(
        np.concatenate([each.vectors for each in several]), np.concatenate([each.visibility for each in several]), roles
    )


def unseen(count: int, parts: int, size: int) -> Appearance:
    """So many of which nothing is known."""
    return Appearance(np.zeros((count, parts, size), np.float32), np.zeros((count, parts), np.float32))


def appearance_of(vectors: NDArray[Any], visibility: NDArray[Any], roles: Floats | None = None) -> Appearance:
    """Vectors of any length; a part without numbers or without length is taken for one that is not visible."""
    told = units(vectors)
    seen = np.clip(np.asarray(visibility, np.float32), 0, 1)
    whole = told.any(2) & np.isfinite(seen)
    return Appearance(told * whole[..., None], np.where(whole, seen, 0).astype(np.float32), roles)


def units(vectors: NDArray[Any]) -> Floats:
    """Vectors along the last axis at length 1; one without numbers or without length becomes zeros."""
    with np.errstate(invalid="ignore", over="ignore"):
        raw = np.asarray(vectors, np.float64)
        lengths = np.linalg.norm(raw, axis=-1, keepdims=True)
        whole = np.isfinite(lengths) & (lengths > SHORT)
        return np.where(whole, raw / np.where(whole, lengths, 1), 0).astype(np.float32)


def distances(ours: Appearance, theirs: Appearance) -> NDArray[np.float64]:
    """From 0, the same, to 1, the opposite, for each with each; NaN where no part can be seen of both."""
    seen, known = (each.visibility * each.usable[:, None] for each in (ours, theirs))
    return apart(ours.vectors, seen, theirs.vectors, known)


def apart(vectors: Floats, seen: Floats, others: Floats, known: Floats) -> NDArray[np.float64]:
    """Half the length between vectors in the mean over parts, each weighed by the root of both visibilities."""
    left, right = np.sqrt(np.maximum(seen, 0)), np.sqrt(np.maximum(known, 0))
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        halves = np.matmul(vectors.transpose(1, 0, 2), others.transpose(1, 2, 0))  # |a - b|^2 = 2 - 2ab
        np.subtract(1, halves, out=halves)
        np.maximum(halves, 0, out=halves)
        np.multiply(halves, 0.5, out=halves)
        np.sqrt(halves, out=halves)
        halves *= left.T[:, :, None]
        halves *= right.T[:, None, :]
        mean: NDArray[np.float64] = np.minimum(halves.sum(0) / (left @ right.T), 1).astype(np.float64)
    return mean


def _no_roles(count: int) -> Floats:
    return np.zeros((count, len(NET_ROLES)), np.float32)
