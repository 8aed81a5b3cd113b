"""Batches to learn from: of each of a few matches a whole team and some others, each of them several times."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from stream_engine.backends.arrays import BLACK, GREY
from training.reid.crops import Crops
from training.reid.views import Light, View, drifted, light, varied

MOST_PEOPLE = 40  # of a match
NOISY = 0.4  # of the matches
LEAST_CROPS = 2  # of whom there are fewer, nobody can be recognised
Shares = tuple[int, int, int]  # people of a team, others, and how often each


class Batch(NamedTuple):
    """Tensors of a batch; `match` counts mirrored matches as others, `person` counts within a match."""

    luma: Tensor  # N, ROWS, COLUMNS: floats of a byte's range
    chroma: Tensor
    mask: Tensor
    parts: Tensor  # N, rows, columns of cells
    visible: Tensor  # N, 1 + PARTS
    match: Tensor  # N
    person: Tensor  # N
    role: Tensor  # N


class Batches:
    """Draws from a set of matches."""

    def __init__(self, held: Sequence[Crops], shares: Shares, rng: Generator) -> None:
        self._held, self._shares, self._rng = held, shares, rng
        self._people = [_people(crops) for crops in held]

    def draw(self, matches: int) -> Batch:
        """Some matches together."""
        chosen = self._rng.choice(len(self._held), matches, replace=False)
        parts = [self._match(int(at)) for at in chosen]
        return Batch(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))

    def _match(self, number: int) -> Batch:
        rng, crops, people = self._rng, self._held[number], self._people[number]
        rows = np.concatenate([
            rng.choice(at, self._shares[2], replace=len(at) < self._shares[2])
            for at in (people[person] for person in self._chosen(number))
        ])  # fmt: skip
        others = [rows[crops.person[rows] != crops.person[at]] for at in rows]
        views = [varied(crops, int(at), int(rng.choice(rival)), rng) for at, rival in zip(rows, others, strict=True)]
        luma, chroma = _lit(views, crops.frame[rows], light(rng), rng)
        mirrored = int(rng.integers(2))
        planes = [luma, chroma, np.stack([view.mask for view in views]), np.stack([view.parts for view in views])]
        if mirrored:
            planes = [np.ascontiguousarray(plane[:, :, ::-1]) for plane in planes]
        order = {person: at for at, person in enumerate(people)}
        who = np.array([order[int(person)] for person in crops.person[rows]])
        arrays = (
            *planes, np.stack([view.visible for view in views]), np.full(len(rows), 2 * number + mirrored), who,
            crops.role[rows],
        )  # fmt: skip
        return Batch(*(torch.from_numpy(array) for array in arrays))

    def _chosen(self, number: int) -> list[int]:
        """People of the same kit, and others."""
        rng, crops, people = self._rng, self._held[number], self._people[number]
        kit_of: dict[int, int] = {person: int(crops.kit[at[0]]) for person, at in people.items()}
        kits = list(kit_of.values())
        team = int(rng.choice([kit for kit in set(kits) if kits.count(kit) > 4] or kits))
        mates = [person for person, kit in kit_of.items() if kit == team]
        others = [person for person, kit in kit_of.items() if kit != team]
        few = rng.permutation(mates)[: self._shares[0]], rng.permutation(others)[: self._shares[1]]
        return [int(person) for person in np.concatenate(few)]


def _people(crops: Crops) -> dict[int, NDArray[np.int64]]:
    """Where each person of a match is."""
    ids, counts = np.unique(crops.person, return_counts=True)
    usable = ids[counts >= LEAST_CROPS][:MOST_PEOPLE]
    return {int(person): np.flatnonzero(crops.person == person) for person in usable}


def _lit(
    views: list[View], frames: NDArray[np.int64], lit: Light, rng: Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Luma and chroma of a match, everybody of a frame in the same light."""
    lights = {int(frame): drifted(lit, rng) for frame in np.unique(frames)}
    of = [lights[int(frame)] for frame in frames]
    gain = np.array([each.gain for each in of], np.float32)[:, None, None]
    lift = np.array([each.lift for each in of], np.float32)[:, None, None]
    luma = (np.stack([view.luma for view in views]).astype(np.float32) - BLACK) * gain + BLACK + lift
    if rng.random() < NOISY:
        luma += rng.standard_normal(luma.shape, np.float32) * np.float32(rng.uniform(1, 5))
    chroma = np.stack([view.chroma for view in views]).astype(np.float32) - GREY
    shift = np.array([each.shift for each in of], np.float32)[:, None, None]
    chroma = chroma @ lit.mix.T.astype(np.float32) + GREY + shift
    return luma.clip(0, 255), chroma.clip(0, 255)
