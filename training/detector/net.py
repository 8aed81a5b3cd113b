"""The nano detector: luma and chroma in, one map of centres and boxes out, a cell for every eight pixels of 1080p."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from stream_engine.models.detectors.nano import CLASSES
from training.layers import conv

MULTIPLE = 32  # both sides of the input are multiples of this
HEADS = len(CLASSES) + 4


class Residual(nn.Module):
    """A bottleneck of half the channels around a sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(conv(channels, channels // 2, 1), conv(channels // 2, channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(x + self.body(x))


class Context(nn.Module):
    """Every place looks at every other: whose kit is nobody else's is a question about the whole picture."""

    def __init__(self, channels: int, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.asked, self.told = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.thought = nn.Sequential(nn.Linear(channels, 2 * channels), nn.ReLU(), nn.Linear(2 * channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, rows, columns = x.shape
        tokens = x.flatten(2).transpose(1, 2)
        parts = self.asked(self.before(tokens)).reshape(batch, -1, 3, self.heads, channels // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(2, 3) * (channels // self.heads) ** -0.5).softmax(-1)
        tokens = tokens + self.told((weights @ value).transpose(1, 2).reshape(batch, -1, channels))
        tokens = tokens + self.thought(self.between(tokens))
        return torch.as_tensor(tokens.transpose(1, 2).reshape(batch, channels, rows, columns))


class NanoDetector(nn.Module):
    """A small residual network, context at its coarsest level, and a feature pyramid that ends at its finest."""

    def __init__(
        self, widths: Sequence[int] = (24, 48, 96, 128), depths: Sequence[int] = (1, 2, 2, 1), neck: int = 32
    ) -> None:
        super().__init__()
        steps = []
        before = 6  # four luma pixels and two of chroma
        for width, depth in zip(widths, depths, strict=True):
            steps.append(nn.Sequential(conv(before, width, 3, 2), *(Residual(width) for _ in range(depth))))
            before = width
        self.steps = nn.ModuleList(steps)
        self.context = Context(widths[-1])
        self.sides = nn.ModuleList(conv(width, neck, 1) for width in widths)
        self.merges = nn.ModuleList(conv(neck, neck) for _ in widths[:-1])
        self.head = nn.Sequential(conv(neck, neck), nn.Conv2d(neck, HEADS, 1))
        nn.init.constant_(self.head[-1].bias[: len(CLASSES)], -4.6)  # a hundredth: almost every cell is empty

    def forward(self, luma: Tensor, chroma: Tensor) -> Tensor:
        """Logits of the classes and logarithms of the distances to the four edges, in cells: B, HEADS, rows, columns.

        `luma` is B, 1, H, W; `chroma` B, H / 2, W / 2, 2; bytes, or floats of the same range.
        """
        light = functional.pixel_unshuffle(luma.float(), 2)
        colour = chroma.float().permute(0, 3, 1, 2)
        x = torch.cat((light, colour), 1) * (1 / 128.0) - 1.0
        levels = []
        for step in self.steps:
            x = step(x)
            levels.append(x)
        x = self.sides[-1](self.context(levels[-1]))
        for level in range(len(levels) - 2, -1, -1):
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = self.merges[level](x + self.sides[level](levels[level]))
        return torch.as_tensor(self.head(x))
