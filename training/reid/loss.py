"""What is wrong with answers: people who are not told apart, parts that are not found."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.reid.batches import MOST_PEOPLE, Batch
from training.reid.net import PARTS, Told

FAR = 1e3
RARE = (1.0, 6.0, 2.0, 1.0, 4.0)  # weights of roles: a match has two goalkeepers and few officials
SMOOTHED = 0.1  # of the truth is spread over everybody
SHARP, STEEP = 12.0, 12.0  # of cosines before they become chances; of distances before they are compared


def distances(embeddings: Tensor, visible: Tensor) -> Tensor:
    """N, N: the mean over parts that both show of half the distance between their embeddings."""
    rows = embeddings.transpose(0, 1)
    apart = ((2 - 2 * rows @ rows.transpose(1, 2)).clamp(min=1e-6)).sqrt() / 2
    weight = (visible[:, None] * visible[None]).clamp(min=1e-8).sqrt().permute(2, 0, 1)
    return (apart * weight).sum(0) / weight.sum(0)


def triplets(apart: Tensor, same: Tensor) -> Tensor:
    """Everybody is nearer to the farthest view of themselves than to the nearest of anybody else."""
    others = same & ~torch.eye(len(same), dtype=torch.bool)
    farthest = (apart - FAR * ~others).amax(1)
    nearest = (apart + FAR * same).amin(1)
    counts = others.any(1) & ~same.all(1)
    return functional.softplus(STEEP * (farthest - nearest))[counts].mean()


class Known(nn.Module):
    """What each person of each match looks like, part by part: learned beside the net, and not needed after it."""

    def __init__(self, matches: int, size: int) -> None:
        super().__init__()
        self.views = nn.Parameter(torch.randn(2 * matches, MOST_PEOPLE, 1 + PARTS, size) * 0.1)

    def forward(self, told: Tensor, batch: Batch) -> Tensor:
        """How badly people are found among everybody of their match, by each part that is seen."""
        known = functional.normalize(self.views[batch.match.unique()], dim=3)
        of = torch.searchsorted(batch.match.unique(), batch.match)
        logits = torch.einsum("nkd,mpkd->nmkp", told, known)[torch.arange(len(of)), of] * SHARP
        wrong = functional.cross_entropy(
            logits.flatten(0, 1), batch.person.repeat_interleave(1 + PARTS), reduction="none", label_smoothing=SMOOTHED
        ).view(len(of), -1)
        return (wrong * batch.visible).sum() / batch.visible.sum()


def loss(told: Told, known: Known, batch: Batch) -> dict[str, Tensor]:
    """Each kind of wrong by name."""
    same = (batch.match[:, None] == batch.match) & (batch.person[:, None] == batch.person)
    whole = told.embeddings[:, :1]
    return {
        "apart": triplets(distances(told.embeddings, batch.visible), same),
        "whole": triplets(distances(whole, torch.ones_like(batch.visible[:, :1])), same),
        "who": known(told.embeddings, batch),
        "parts": functional.cross_entropy(told.attention, batch.parts),
        "visible": functional.binary_cross_entropy_with_logits(told.visibility, batch.visible),
        "role": functional.cross_entropy(told.roles, batch.role, torch.tensor(RARE), label_smoothing=SMOOTHED),
    }
