"""encode: pictures in, features of three sizes out."""

from typing import Any

import torch
from torch import nn

from exporting.sam2.heads import Features

FINEST = 4  # pixels of one cell of the finest features


class Encode(nn.Module):
    """The image encoder, and the two projections of its finer features that every head would repeat."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.encoder = net.vision_encoder
        self.fine, self.middle = net.mask_decoder.conv_s0, net.mask_decoder.conv_s1
        _settle_positions(self.encoder.backbone, net.config.image_size // FINEST)

    def forward(self, pixels: torch.Tensor) -> Features:
        fine, middle, feat = self.encoder(pixels, return_dict=True).fpn_hidden_states
        return Features(self.fine(fine), self.middle(middle), feat)


def _settle_positions(backbone: Any, cells: int) -> None:
    """Stretch its positions to this size once, here: not every runtime has the filter that does it."""
    with torch.no_grad():
        settled = backbone._get_pos_embed((cells, cells)).detach()
    backbone._get_pos_embed = lambda _: settled
