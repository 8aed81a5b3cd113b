"""The nano ReID network: a trunk over luma, mask and chroma, attention to parts, and an embedding of each part."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.layers import Residual, conv

ROWS, COLUMNS = 96, 48  # of a crop's luma and mask; chroma is half as large
PARTS = 4  # head, shirt, shorts and legs, socks and boots
ROLES = 5
SIZE = 64  # of an embedding
CELL = 4  # pixels of luma a side of what attention looks at
WIDTHS = (24, 48, 96)


class Told(NamedTuple):
    """What the network says of crops; row 0 of embeddings and visibility is the whole person."""

    embeddings: Tensor  # N, 1 + PARTS, SIZE; of length 1
    visibility: Tensor  # N, 1 + PARTS: logits
    roles: Tensor  # N, ROLES: logits
    attention: Tensor  # N, PARTS + 1, rows, columns: logits; the last is what is nobody's


class NanoReidNet(nn.Module):
    """Each part's embedding is the mean of the features that attention gives it, through a layer of its own."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS, size: int = SIZE) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.light = conv(2, fine, 3, 2)
        self.colour = conv(fine + 2, fine)
        self.middle = nn.Sequential(conv(fine, middle, 3, 2), Residual(middle), Residual(middle))
        self.coarse = nn.Sequential(conv(middle, coarse, 3, 2), Residual(coarse), Residual(coarse))
        self.up, self.join = conv(coarse, middle, 1), conv(middle, middle)
        self.attention = nn.Conv2d(middle, PARTS + 1, 1)
        pooled = middle + coarse
        self.embed = nn.ModuleList(nn.Linear(pooled, size, bias=False) for _ in range(PARTS + 1))
        self.even = nn.ModuleList(nn.BatchNorm1d(size) for _ in range(PARTS + 1))
        self.seen = nn.Linear(2 * PARTS + coarse, PARTS + 1)
        self.role = nn.Linear(pooled, ROLES)

    def forward(self, luma: Tensor, chroma: Tensor, mask: Tensor) -> Told:
        """`luma` and `mask` N, ROWS, COLUMNS; `chroma` half as large, N, …, 2; bytes, or floats of the same range."""
        light = torch.stack((luma.float() * (1 / 64.0) - 2.0, mask.float() * (1 / 128.0) - 1.0), 1)
        colour = chroma.float().permute(0, 3, 1, 2) * (1 / 32.0) - 4.0
        fine = self.colour(torch.cat((self.light(light), colour), 1))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        up = functional.interpolate(self.up(coarse), scale_factor=2.0, mode="nearest")
        joined = self.join(middle + up)
        attention = self.attention(joined)
        features = torch.cat((joined, functional.interpolate(coarse, scale_factor=2.0, mode="nearest")), 1)
        share = attention.softmax(1)[:, :PARTS]
        share = torch.cat((share.sum(1, keepdim=True), share), 1).flatten(2)  # the whole person first
        mass = share.sum(2)
        pooled = share @ features.flatten(2).transpose(1, 2) / (mass[..., None] + 1e-2)
        rows = [even(embed(pooled[:, k])) for k, (embed, even) in enumerate(zip(self.embed, self.even, strict=True))]
        embeddings = functional.normalize(torch.stack(rows, 1), dim=2, eps=1e-6)
        evidence = torch.cat((mass[:, 1:] * 0.1, share[:, 1:].amax(2), coarse.mean((2, 3))), 1)
        return Told(embeddings, self.seen(evidence), self.role(pooled[:, 0]), attention)
