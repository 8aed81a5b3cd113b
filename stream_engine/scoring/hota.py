"""HOTA (Luiten et al., IJCV 2021): detection and association at 19 degrees of localisation.

In each frame truth and tracks are matched one to one by similarity weighed with the Jaccard index of the two whole
trajectories, so that the match is the one that serves the association best. A match counts at `alpha` when its
similarity is at least alpha.
"""

from collections.abc import Sequence as Several
from dataclasses import dataclass

import numpy as np

from stream_engine.boxes import EPS, Floats
from stream_engine.scoring.boxes import Ints, assign
from stream_engine.scoring.sequence import Sequence, Step

ALPHAS: Floats = np.arange(0.05, 0.99, 0.05)
TINY = 1e-10  # LocA of no match at all is 1


@dataclass(frozen=True, slots=True)
class Hota:
    """What HOTA is made of; every field has one value for each alpha."""

    tp: Floats
    fn: Floats
    fp: Floats
    located: Floats  # sum of the similarities of the matches
    ass_a: Floats
    ass_re: Floats
    ass_pr: Floats

    def curves(self) -> dict[str, Floats]:
        """Each measure over the alphas, under the names of the paper."""
        det_re = self.tp / np.maximum(1, self.tp + self.fn)
        det_a = self.tp / np.maximum(1, self.tp + self.fn + self.fp)
        return {
            "HOTA": np.sqrt(det_a * self.ass_a),
            "DetA": det_a,
            "AssA": self.ass_a,
            "DetRe": det_re,
            "DetPr": self.tp / np.maximum(1, self.tp + self.fp),
            "AssRe": self.ass_re,
            "AssPr": self.ass_pr,
            "LocA": np.maximum(TINY, self.located) / np.maximum(TINY, self.tp),
            "OWTA": np.sqrt(det_re * self.ass_a),
        }

    def figures(self) -> dict[str, float]:
        """Each measure as its mean over the alphas, and at the loosest alpha."""
        curves = self.curves()
        hota_0, loca_0 = float(curves["HOTA"][0]), float(curves["LocA"][0])
        means = {name: float(curve.mean()) for name, curve in curves.items()}
        return means | {"HOTA(0)": hota_0, "LocA(0)": loca_0, "HOTALocA(0)": hota_0 * loca_0}


@dataclass(frozen=True, slots=True)
class Meetings:
    """Every truth box with every track box of its frame, as flat columns."""

    pair: Ints  # which couple of ids
    truth: Ints  # of each couple
    tracks: Ints
    alignment: Floats  # of each couple: Jaccard index of the trajectories
    starts: Ints  # where each frame begins


def hota(sequence: Sequence) -> Hota:
    """HOTA's parts of one sequence."""
    met = _meetings(sequence)
    matched: list[Ints] = [np.zeros(0, np.int64)]
    similarity: list[Floats] = [np.zeros(0)]
    for start, step in zip(met.starts, sequence.steps, strict=True):
        if not step.similarity.size:
            continue
        pair = met.pair[start : start + step.similarity.size].reshape(step.similarity.shape)
        rows, columns = assign(met.alignment[pair] * step.similarity)
        matched.append(pair[rows, columns])
        similarity.append(step.similarity[rows, columns])
    return _over_alphas(sequence, met, np.concatenate(matched), np.concatenate(similarity))


def _meetings(sequence: Sequence) -> Meetings:
    tracks = len(sequence.track_counts)
    codes = [(step.truth[:, None] * tracks + step.tracks[None, :]).ravel() for step in sequence.steps]
    couples, pair = np.unique(np.concatenate([np.zeros(0, np.int64), *codes]), return_inverse=True)
    shares = np.concatenate([np.zeros(0), *(_share(step).ravel() for step in sequence.steps)])
    together = np.bincount(pair, shares, len(couples))
    truth_of, track_of = np.divmod(couples, max(tracks, 1))
    apart = sequence.truth_counts[truth_of] + sequence.track_counts[track_of] - together
    starts = np.cumsum([0, *(step.similarity.size for step in sequence.steps)])[:-1]
    return Meetings(pair, truth_of, track_of, together / apart, starts)


def _share(step: Step) -> Floats:
    """How much of the similarity of a row and a column is between these two."""
    similarity = step.similarity
    whole = similarity.sum(0)[None, :] + similarity.sum(1)[:, None] - similarity
    shares: Floats = np.divide(similarity, whole, out=np.zeros_like(similarity), where=whole > EPS)
    return shares


def _over_alphas(sequence: Sequence, met: Meetings, matched: Ints, similarity: Floats) -> Hota:
    truth, tracks = sequence.truth_counts[met.truth], sequence.track_counts[met.tracks]
    rows = []
    for alpha in ALPHAS:
        good = similarity >= alpha - EPS
        hits = np.bincount(matched[good], minlength=len(truth))
        scale = max(1, int(good.sum()))
        rows.append(
            (
                good.sum(),
                sequence.truth_boxes - good.sum(),
                sequence.track_boxes - good.sum(),
                similarity[good].sum(),
                (hits * hits / (truth + tracks - hits)).sum() / scale,
                (hits * hits / truth).sum() / scale,
                (hits * hits / tracks).sum() / scale,
            )
        )
    return Hota(*np.array(rows, np.float64).T)


def pool_hota(parts: Several[Hota]) -> Hota:
    """Several sequences as one: counts are added, association is averaged over the matches."""
    tp = np.sum([part.tp for part in parts], axis=0)
    weighed = [np.stack([part.ass_a, part.ass_re, part.ass_pr]) * part.tp for part in parts]
    fn, fp, located = (np.sum([getattr(part, name) for part in parts], axis=0) for name in ("fn", "fp", "located"))
    return Hota(tp, fn, fp, located, *(np.sum(weighed, axis=0) / np.maximum(1, tp)))
