"""The teams that events tell beside those that an offline clustering of all looks finds, as roboflow/sports does it.

Looks at shirts, one vector each, are reduced to three numbers, by UMAP where umap-learn is installed and else to their
principal components, and parted in two by k-means. A track is in the part in which most of its looks are.
"""

import importlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np
from rich.console import Console
from scipy.cluster.vq import kmeans2

from stream_engine.boxes import Floats
from stream_engine.messages import TrackEvent
from stream_engine.scoring.boxes import Ints
from stream_engine.scoring.read import Scored
from stream_engine.scoring.teams import assign_teams, label_of

SIDES, PARTS = 3, 2
SEEDS = range(10)  # of k-means, which may end in a poor place
LEAST = 2 * PARTS  # looks

Key = TypeVar("Key", bound=Hashable)


class Looks(NamedTuple):
    """What shirts look like, and on which tracks they were seen."""

    vectors: Floats  # N, size
    track_ids: Ints


class Disagreement(msgspec.Struct, frozen=True):
    """A track that the two ways have in different teams."""

    track_id: int
    told: str
    found: str
    looks: int
    share: float  # of these in the part that was found


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How well two ways agree about the tracks of which both say something."""

    method: str
    looks: int
    tracks: int
    agree: float | None  # share, labels assigned one to one for the most
    untold: tuple[int, ...]  # tracks with looks of which the events tell no team, or that are mostly no players
    disagree: tuple[Disagreement, ...]  # most looks first


def told_teams(events: Iterable[Scored]) -> dict[int, str]:
    """What is said most often of each track that is mostly a player."""
    roles: defaultdict[int, Counter[str]] = defaultdict(Counter)
    teams: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for event in events:
        for seen in event.objects if isinstance(event, TrackEvent) else ():
            if seen.track_id is not None:
                roles[seen.track_id][seen.role] += 1
                teams[seen.track_id].update(filter(None, [label_of(seen)]))
    return {track: _most(said) for track, said in teams.items() if said and _most(roles[track]) == "player"}


def compare_teams(looks: Looks, told: Mapping[int, str]) -> Agreement:
    """Cluster the looks at those of whom a team is told, and say where that differs from what is told."""
    known = np.isin(looks.track_ids, list(told))
    ids = looks.track_ids[known]
    untold = tuple(np.unique(looks.track_ids[~known]).tolist())
    if len(ids) < LEAST:
        return Agreement(method="none", looks=len(ids), tracks=0, agree=None, untold=untold, disagree=())
    points, method = reduced(looks.vectors[known])
    votes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for track, part in zip(ids.tolist(), parted(points).tolist(), strict=True):
        votes[track][str(part)] += 1
    found = {track: _most(parts) for track, parts in votes.items()}
    names = assign_teams(Counter((part, told[track]) for track, part in found.items()))
    differing = [
        Disagreement(track, told[track], names.get(part, "neither"), votes[track].total(), _share(votes[track]))
        for track, part in found.items()
        if names.get(part) != told[track]
    ]
    return Agreement(
        method=method,
        looks=len(ids),
        tracks=len(found),
        agree=1 - len(differing) / len(found),
        untold=untold,
        disagree=tuple(sorted(differing, key=lambda each: (-each.looks, each.track_id))),
    )


def reduced(vectors: Floats) -> tuple[Floats, str]:
    """Three numbers of each, and how they came about."""
    try:
        umap = importlib.import_module("umap")
    except ModuleNotFoundError:
        middle = vectors - vectors.mean(axis=0)
        _, _, directions = np.linalg.svd(middle, full_matrices=False)
        return middle @ directions[:SIDES].T, "principal components"
    return np.asarray(umap.UMAP(n_components=SIDES, random_state=0).fit_transform(vectors), np.float64), "UMAP"


def parted(points: Floats) -> Ints:
    """The part of each, by the best of several k-means."""
    best = [kmeans2(points, PARTS, minit="++", seed=seed) for seed in SEEDS]
    spread = [float(((points - centres[parts]) ** 2).sum()) for centres, parts in best]
    return np.asarray(best[int(np.argmin(spread))][1], np.int64)


def show(found: Agreement, console: Console) -> None:
    """Words for a terminal."""
    share = "nothing to compare" if found.agree is None else f"{found.agree:.3f} of {found.tracks} tracks agree"
    console.print(f"{share}; {found.looks} looks, {found.method}, k-means", highlight=False)
    for each in found.disagree:
        where = f"told {each.told}, found {each.found} by {each.share:.2f} of {each.looks} looks"
        console.print(f"track {each.track_id}: {where}", highlight=False, markup=False)
    if found.untold:
        console.print(f"{len(found.untold)} tracks with looks have no team, or are no players", highlight=False)


def _most(said: Counter[Key]) -> Key:
    return said.most_common(1)[0][0]


def _share(said: Counter[str]) -> float:
    return said.most_common(1)[0][1] / said.total()
