"""The nano detector: luma and chroma in, one map of centres and boxes out, a cell for every eight pixels of 1080p."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from stream_engine.models.detectors.nano import CLASSES

MULTIPLE = 32  # both sides of the input are multiples of this
HEADS = len(CLASSES) + 4


def conv(inputs: int, outputs: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, normalisation, activation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """A bottleneck of half the channels around a sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(conv(channels, channels // 2, 1), conv(channels // 2, channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(x + self.body(x))


class NanoDetector(nn.Module):
    """A small residual network with a feature pyramid that ends at its finest level."""

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
        x = self.sides[-1](levels[-1])
        for level in range(len(levels) - 2, -1, -1):
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = self.merges[level](x + self.sides[level](levels[level]))
        return torch.as_tensor(self.head(x))
