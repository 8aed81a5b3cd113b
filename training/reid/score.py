"""How well people are found again among those of their match, and among those who wear the same."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.reid.crops import Crops
from training.reid.views import View, plain, varied

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Answer = tuple[Floats, Floats, Floats]  # embeddings, visibility, roles
Tell = Callable[[Bytes, Bytes, Bytes], Answer]  # of luma, chroma and masks of crops

TOGETHER = 64  # crops that are asked about at once
RANKS = (1, 5, 10)
TRACKLET, DRAWS = 5, 4  # crops of one; how often they are drawn
SAMPLE = 1000  # crops that say whether all look the same
LEAST_APART, LEAST_RANK = 0.1, 4.0  # half distances between people, on the average; directions in which they differ


class Seen(NamedTuple):
    """What a net says of everybody of a match, and who they are."""

    vectors: Floats  # N, 1 + K, D
    visibility: Floats  # N, 1 + K
    roles: Floats  # N, roles
    person: NDArray[np.int64]  # N
    kit: NDArray[np.int64]  # N
    frame: NDArray[np.int64]  # N
    role: NDArray[np.int64]  # N

    def at(self, rows: NDArray[Any]) -> "Seen":
        return Seen(*(part[rows] for part in self))


WAYS: dict[str, Callable[[Crops, int], View]] = {
    "exact": plain,
    "without masks": partial(plain, masked=False),
    "rough boxes and masks": lambda crops, at: varied(crops, at, None, np.random.default_rng(at)),
}


def look(crops: Crops, tell: Tell, show: Callable[[Crops, int], View] = plain) -> Seen:
    """Everybody of a match."""
    said = []
    for start in range(0, len(crops), TOGETHER):
        views = [show(crops, at) for at in range(start, min(start + TOGETHER, len(crops)))]
        said.append(tell(*(np.stack([getattr(view, name) for view in views]) for name in ("luma", "chroma", "mask"))))
    vectors, visibility, roles = (np.concatenate(parts) for parts in zip(*said, strict=True))
    return Seen(vectors, visibility, roles, crops.person, crops.kit, crops.frame, crops.role)


def score(matches: Sequence[Seen]) -> dict[str, float]:
    """Everything, over all matches; embeddings that are all alike are an error."""
    figures: dict[str, float] = {}
    for name, own_kit in (("everybody", False), ("own kit", True)):
        found = [line for seen in matches for line in _found(seen, seen, own_kit)]
        figures |= {f"rank-{rank} {name}": _mean(place < rank for place, _ in found) for rank in RANKS}
        figures[f"mAP {name}"] = _mean(precision for _, precision in found)
    figures["one view of each, own kit"] = _mean(right for seen in matches for right in _duels(seen))
    drawn = [line for seen in matches for line in _tracklets(seen)]
    figures["tracklet rank-1 own kit"] = _mean(place < 1 for place, _ in drawn)
    whole = Seen(*(np.concatenate(parts) for parts in zip(*matches, strict=True)))
    right = whole.roles.argmax(1) == whole.role
    figures["roles"] = _mean(right)
    figures["roles, mean of each"] = _mean(right[whole.role == role].mean() for role in np.unique(whole.role))
    return figures | _limits(matches) | spread(whole.vectors)


def apart(these: Seen, those: Seen) -> Floats:
    """The mean over parts that both show of half the distance between their embeddings."""
    total = weights = np.zeros((len(these.person), len(those.person)), np.float32)
    for part in range(these.vectors.shape[1]):
        alike = these.vectors[:, part] @ those.vectors[:, part].T
        weight = np.sqrt(these.visibility[:, part, None] * those.visibility[None, :, part])
        total = total + weight * np.sqrt(np.maximum(2 - 2 * alike, 0)) / 2
        weights = weights + weight
    return np.asarray(np.where(weights > 0, total / np.maximum(weights, 1e-9), 1.0), np.float32)


def spread(vectors: Floats) -> dict[str, float]:
    """How far apart people are on the average, and in how many directions; an error if that is too little."""
    whole = np.random.default_rng(0).permutation(vectors[:, 0])[:SAMPLE].astype(np.float64)
    pairs = np.sqrt(np.maximum(2 - 2 * whole @ whole.T, 0)) / 2
    mean = float(pairs.sum() / max(len(whole) * (len(whole) - 1), 1))
    values = np.linalg.svd(whole - whole.mean(0), compute_uv=False)
    shares = values / max(values.sum(), 1e-9)
    rank = float(np.exp(-(shares * np.log(np.maximum(shares, 1e-12))).sum())) if values.sum() > 1e-6 else 1.0
    if mean < LEAST_APART or rank < LEAST_RANK:
        raise ValueError(f"the embeddings are nearly all alike: {mean:.3f} apart, in {rank:.1f} directions")
    return {"apart": mean, "directions": rank}


def _limits(matches: Sequence[Seen]) -> dict[str, float]:
    """Between which distances it is decided who is who."""
    same, others = [], []
    for seen in matches:
        far, alike = apart(seen, seen), seen.person[:, None] == seen.person
        same.append(far[alike & (seen.frame[:, None] != seen.frame)])
        others.append(far[~alike & (seen.kit[:, None] == seen.kit)])
    return {
        "same, 95 %": float(np.percentile(np.concatenate(same), 95)),
        "own kit, 5 %": float(np.percentile(np.concatenate(others), 5)),
    }


def _found(queries: Seen, gallery: Seen, own_kit: bool) -> Iterator[tuple[int, float]]:
    """Of each query, how many are nearer than the first view of the same person, and the average precision."""
    distances = apart(queries, gallery)
    for row, far in enumerate(distances):
        counts = gallery.frame != queries.frame[row]
        if own_kit:
            counts &= gallery.kit == queries.kit[row]
        right = (gallery.person == queries.person[row])[counts][np.argsort(far[counts], kind="stable")]
        if right.any() and not right.all():
            places = np.flatnonzero(right)
            yield int(places[0]), float(((np.arange(len(places)) + 1) / (places + 1)).mean())


def _duels(seen: Seen) -> Iterator[bool]:
    """Whether each view is nearer to another one of the same person than to one of each of those who wear the same."""
    rng, distances = np.random.default_rng(0), apart(seen, seen)
    for row, far in enumerate(distances):
        counts = np.flatnonzero((seen.frame != seen.frame[row]) & (seen.kit == seen.kit[row]))
        _, drawn = np.unique(seen.person[some := rng.permutation(counts)], return_index=True)
        one = some[drawn]
        right = seen.person[one] == seen.person[row]
        if right.any() and not right.all():
            yield bool(right[far[one].argmin()])


def _tracklets(seen: Seen) -> Iterator[tuple[int, float]]:
    """The same for means of some early views among means of some late ones, of people who wear the same."""
    rng = np.random.default_rng(0)
    middle = np.median(np.unique(seen.frame))
    halves = [seen.at(seen.frame < middle), seen.at(seen.frame >= middle)]
    both = [
        person for person in np.unique(seen.person) if all((half.person == person).sum() >= TRACKLET for half in halves)
    ]
    if not both:
        return
    for _ in range(DRAWS):
        early, late = (_joined([_mean_of(half, person, rng) for person in both]) for half in halves)
        yield from _found(early, late, own_kit=True)


def _mean_of(seen: Seen, person: int, rng: np.random.Generator) -> Seen:
    """Some views of somebody as one."""
    some = seen.at(rng.choice(np.flatnonzero(seen.person == person), TRACKLET, replace=False))
    mean = (some.vectors * some.visibility[..., None]).sum(0, keepdims=True)
    mean /= np.maximum(np.linalg.norm(mean, axis=2, keepdims=True), 1e-9)
    first = some.at(np.arange(1))
    return first._replace(vectors=mean, visibility=some.visibility.mean(0, keepdims=True))


def _joined(parts: Sequence[Seen]) -> Seen:
    return Seen(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _mean(values: Iterable[float]) -> float:
    counted = list(values)
    return float(np.mean(counted)) if counted else float("nan")
