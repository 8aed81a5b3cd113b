"""The nano propagator: a trunk that sees only pixels, a head that hears of masks and memories, and a memory writer."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.layers import Residual, conv

SIDE = 64  # of the square input, and of the masks
HINTS = SIDE // 2  # side of the hints
SLOTS = 8
GRID = 4  # a memory is so many tokens a side, and one of the whole object
TOKENS = GRID * GRID + 1
TIMES = 9  # places in time: recent ones, anchor, distractor
WIDTHS = (24, 40, 64)
STEM, HINT = 16, 16
HEADS = 4


class Features(NamedTuple):
    """What the pixels say: at a half, a quarter and an eighth of the side."""

    fine: Tensor
    middle: Tensor
    coarse: Tensor


class Found(NamedTuple):
    """What the head says."""

    mask: Tensor  # N, SIDE, SIDE: logits
    iou: Tensor  # N: logit of the predicted IoU
    object_logit: Tensor  # N
    body: Tensor  # N, 4: middle, width and height of the whole body, hidden parts too, in shares of the window


class Encode(nn.Module):
    """Pixels only, so it can be asked before anything is known of the object."""

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = WIDTHS
        self.light, self.colour = conv(1, STEM, 3, 2), conv(STEM + 2, fine)
        self.middle = nn.Sequential(conv(fine, middle, 3, 2), Residual(middle))
        self.down = conv(middle, coarse, 3, 2)
        self.coarse = nn.Sequential(Residual(coarse), Residual(coarse))

    def forward(self, luma: Tensor, chroma: Tensor) -> Features:
        """`luma` is N, SIDE, SIDE; `chroma` N, SIDE / 2, SIDE / 2, 2; bytes, or floats of the same range."""
        light = self.light(luma.float()[:, None] * (1 / 64.0) - 2.0)
        colour = chroma.float().permute(0, 3, 1, 2) * (1 / 32.0) - 4.0
        fine = self.colour(torch.cat((light, colour), 1))
        middle = self.middle(fine)
        return Features(fine, middle, self.coarse(self.down(middle)))


class Recall(nn.Module):
    """Every cell looks at the tokens of all memories."""

    def __init__(self) -> None:
        super().__init__()
        width = WIDTHS[2]
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked, self.told = nn.Linear(width, width), nn.Linear(width, width)
        self.thought = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
        self.where = nn.Parameter(torch.randn((SIDE // 8) ** 2, width) * 0.02)
        self.when = nn.Parameter(torch.randn(TIMES, width) * 0.02)
        self.nothing = nn.Parameter(torch.randn(2, width) * 0.02)  # a key and a value for those who remember nothing

    def forward(self, coarse: Tensor, bank: Tensor, valid: Tensor, times: Tensor) -> Tensor:
        """`bank` is N, SLOTS, TOKENS, 2 * width: keys and values."""
        count, width = coarse.shape[0], WIDTHS[2]
        tokens = coarse.flatten(2).transpose(1, 2)
        keys, values = bank.split(width, 3)
        keys = keys + functional.embedding(times.long(), self.when)[:, :, None]
        empty = self.nothing[:, None, None].expand(-1, count, 1, -1)
        keys = torch.cat((keys.flatten(1, 2), empty[0]), 1)
        values = torch.cat((values.flatten(1, 2), empty[1]), 1)
        unseen = (~valid)[:, :, None].expand(-1, -1, TOKENS).flatten(1)
        bias = functional.pad(unseen.float() * -1e4, (0, 1))[:, None, None]
        query = self._split(self.asked(self.before(tokens) + self.where))
        weights = (query @ self._split(keys).transpose(2, 3) * (width // HEADS) ** -0.5 + bias).softmax(-1)
        recalled = (weights @ self._split(values)).transpose(1, 2).reshape(count, -1, width)
        tokens = tokens + self.told(recalled)
        tokens = tokens + self.thought(self.between(tokens))
        return tokens.transpose(1, 2).unflatten(2, coarse.shape[2:])

    @staticmethod
    def _split(tokens: Tensor) -> Tensor:
        return tokens.unflatten(2, (HEADS, -1)).transpose(1, 2)


class Head(nn.Module):
    """One mask of each object."""

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = WIDTHS
        self.hint = conv(3, HINT, 3, 2)
        self.hint_down, self.hint_side = conv(HINT, coarse, 3, 2), conv(HINT, middle, 1)
        self.join, self.recall, self.after = conv(coarse, coarse), Recall(), Residual(coarse)
        self.up, self.merge = conv(coarse, middle, 1), conv(middle, middle)
        self.finer, self.draw = conv(middle, fine, 1), conv(fine + 3, fine)
        self.mask = nn.Conv2d(fine, 4, 3, 1, 1)
        self.judge = nn.Sequential(nn.Linear(2 * coarse, coarse), nn.ReLU(), nn.Linear(coarse, 6))

    def forward(self, features: Features, hints: Tensor, bank: Tensor, valid: Tensor, times: Tensor) -> Found:
        """`hints` is N, 3, HINTS, HINTS: its own mask before, the others' (both 0 to 1), and 1 where it is a prompt."""
        features = Features(*features)
        hint = self.hint(hints * 2.0)
        coarse = self.join(features.coarse + self.hint_down(hint))
        coarse = self.after(self.recall(coarse, bank, valid, times))
        up = functional.interpolate(self.up(coarse), scale_factor=2.0, mode="nearest")
        middle = self.merge(up + features.middle + self.hint_side(hint))
        up = functional.interpolate(self.finer(middle), scale_factor=2.0, mode="nearest")
        mask = functional.pixel_shuffle(self.mask(self.draw(torch.cat((up + features.fine, hints), 1))), 2)[:, 0]
        judged = self.judge(torch.cat((coarse.mean((2, 3)), coarse.amax((2, 3))), 1))
        body = torch.cat((judged[:, 2:4] * 0.5 + 0.5, torch.exp(judged[:, 4:] * 0.5) * 0.4), 1)
        return Found(mask, judged[:, 0], judged[:, 1], body)  # the IoU as a logit: files give it from 0 to 1


class Memorize(nn.Module):
    """What is to be remembered of a mask and the pixels under it: keys and values of a few tokens."""

    def __init__(self) -> None:
        super().__init__()
        coarse = WIDTHS[2]
        self.drawn, self.down = conv(1, HINT, 3, 2), conv(HINT, coarse, 3, 2)
        self.join = conv(coarse, coarse)
        self.shrink = conv(coarse, coarse, 3, 2)
        self.where = nn.Parameter(torch.randn(TOKENS, coarse) * 0.02)
        self.norm, self.kept = nn.LayerNorm(coarse), nn.Linear(coarse, 2 * coarse)

    def forward(self, coarse: Tensor, mask: Tensor) -> Tensor:
        """`mask` is N, SIDE, SIDE of logits; N, TOKENS, 2 * width come out."""
        share = functional.avg_pool2d(mask.sigmoid()[:, None], 2)
        joined = self.join(coarse + self.down(self.drawn(share * 2.0)))
        cells = self.shrink(joined).flatten(2).transpose(1, 2)
        tokens = torch.cat((cells, self.whole(joined, share)[:, None]), 1)
        return torch.as_tensor(self.kept(self.norm(tokens + self.where)))

    @staticmethod
    def whole(coarse: Tensor, share: Tensor) -> Tensor:
        """The mean under the mask."""
        weight = functional.avg_pool2d(share, share.shape[-1] // coarse.shape[-1])
        return torch.as_tensor((coarse * weight).sum((2, 3)) / (weight.sum((2, 3)) + 0.1))


class NanoPropagator(nn.Module):
    """The three parts, and the view of the whole object by which people are told apart while it learns."""

    def __init__(self) -> None:
        super().__init__()
        self.encode, self.head, self.memorize = Encode(), Head(), Memorize()
        self.told_apart = nn.Linear(WIDTHS[2], 32)

    def identity(self, coarse: Tensor, mask: Tensor) -> Tensor:
        """A direction for whoever is under the mask of shares N, SIDE, SIDE."""
        share = functional.avg_pool2d(mask[:, None], 2)
        return functional.normalize(self.told_apart(Memorize.whole(coarse, share)), dim=1)
