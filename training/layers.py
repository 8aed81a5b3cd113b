"""What the networks are made of."""

import torch
from torch import Tensor, nn


def conv(inputs: int, outputs: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, normalisation, activation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """One convolution around a sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(x + self.body(x))
