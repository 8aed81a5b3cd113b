"""Chance and numbers that come out the same on every machine: drawn from one stream and kept on a grid."""

import zlib

import numpy as np
from numpy.typing import NDArray

GRID = 65536.0  # the last bits of libm and of SIMD sums differ between CPUs; far coarser than that, far finer than seen
F64 = NDArray[np.float64]


def grid(values: F64) -> F64:
    """Onto the grid."""
    out: F64 = np.round(values * GRID) / GRID
    return out


def grid1(value: float) -> float:
    """One number onto the grid."""
    return round(value * GRID) / GRID


class Dice:
    """The stream of chance of one match."""

    def __init__(self, seed: int, name: str) -> None:
        self._rng = np.random.Generator(np.random.PCG64([seed, zlib.crc32(name.encode())]))

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        return grid1(low + (high - low) * float(self._rng.random()))

    def chance(self, probability: float) -> bool:
        return self.uniform() < probability

    def normal(self, sigma: float = 1.0) -> float:
        return grid1(sigma * float(self._rng.standard_normal()))

    def normals(self, *shape: int) -> F64:
        return grid(self._rng.standard_normal(shape))

    def uniforms(self, low: float, high: float, *shape: int) -> F64:
        return grid(low + (high - low) * self._rng.random(shape))

    def pick(self, count: int) -> int:
        return int(self._rng.integers(count))
