"""What is wrong with what the net said of some people at one step."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from training.propagator.net import SIDE, Found

NOBODY, SOMEBODY = 4.0, 16.0  # cells; in between nobody can say whether the object is there
RIVAL_WEIGHT = 1.0  # of pixels of other people: there the mask must not be. More, and masks shrink where people meet
HIDDEN_WEIGHT = 3.0  # of people who are partly hidden; most are not
DICE = 1.5
PARTLY = (0.1, 0.75)  # of a body that is seen
WARMTH = 0.1  # of comparing identities


class Truth(NamedTuple):
    """N people; `counts` says whom anybody has pointed at."""

    own: Tensor  # N, SIDE, SIDE: share of each cell
    rivals: Tensor  # N, SIDE, SIDE
    body: Tensor  # N, 4 in shares of the window; no numbers: not there
    visible: Tensor  # N: share of the body
    counts: Tensor  # N


def loss(found: Found, truth: Truth) -> dict[str, Tensor]:
    """Its parts, each weighted."""
    cells, counts = truth.own.sum((1, 2)), truth.counts.float()
    there, gone = (cells > SOMEBODY).float() * counts, (cells < NOBODY).float() * counts
    count = counts.sum().clamp(min=1)
    partly = (truth.visible > PARTLY[0]) & (truth.visible < PARTLY[1])
    wanted_mask = there * torch.where(partly, HIDDEN_WEIGHT, 1.0)
    raw = functional.binary_cross_entropy_with_logits(found.mask, truth.own, reduction="none")
    weighted = (raw * (1 + RIVAL_WEIGHT * truth.rivals)).sum((1, 2)) / (cells * 2 + SIDE)
    share = found.mask.sigmoid()
    dice = 1 - (2 * (share * truth.own).sum((1, 2)) + 1) / ((share**2).sum((1, 2)) + (truth.own**2).sum((1, 2)) + 1)
    seen = functional.binary_cross_entropy_with_logits(found.object_logit, there, reduction="none") * (there + gone)
    with torch.no_grad():
        drawn, real = found.mask > 0, truth.own > 0.5
        iou = (drawn & real).sum((1, 2)) / (drawn | real).sum((1, 2)).clamp(min=1)
    judged = functional.binary_cross_entropy_with_logits(found.iou, iou, reduction="none") * counts
    known = torch.isfinite(truth.body).all(1) & (truth.body[:, :2] > -0.1).all(1) & (truth.body[:, :2] < 1.1).all(1)
    wanted = torch.where(known[:, None], truth.body, found.body.detach())
    apart = functional.smooth_l1_loss(found.body, wanted, reduction="none", beta=0.03).sum(1) * (there + 0.3) * counts
    return {
        "mask": (weighted * (wanted_mask + 0.5 * gone)).sum() / count,
        "dice": DICE * (dice * wanted_mask).sum() / count,
        "seen": 0.5 * seen.sum() / count,
        "iou": 0.3 * judged.sum() / count,
        "body": 3.0 * apart.sum() / count,
    }


def identities(directions: Tensor, people: Tensor) -> Tensor:
    """Views of one person should be alike and unlike those of all others: N directions, N numbers of people."""
    if len(people) < 2:
        return directions.sum() * 0
    itself = torch.eye(len(people), dtype=torch.bool)
    likeness = (directions @ directions.T / WARMTH).masked_fill(itself, -1e4)
    same = (people[:, None] == people[None]) & ~itself
    some = same.any(1)
    if not some.any():
        return directions.sum() * 0
    told = likeness.logsumexp(1) - likeness.masked_fill(~same, -1e4).logsumexp(1)
    return torch.as_tensor(0.1 * told[some].mean())
