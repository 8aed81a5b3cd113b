"""memorize: a frame's features and an object's mask in, what is remembered of it out."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  # as everyone calls it

from exporting.sam2.checkpoint import frozen
from exporting.sam2.heads import MASK_CELL

NOBODY = -1024.0  # a mask's logits where the object is not in the picture


class Memorize(nn.Module):
    """The memory encoder, and what SAM 2 does to a mask before it."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.encoder = net.memory_encoder
        self.scale, self.bias = net.config.sigmoid_scale_for_mem_enc, net.config.sigmoid_bias_for_mem_enc
        (self.hidden,) = map(nn.Buffer, frozen(net.occlusion_spatial_embedding_parameter[..., None, None]))

    def forward(
        self, feat: torch.Tensor, mask: torch.Tensor, object_logit: torch.Tensor, binarize: torch.Tensor
    ) -> torch.Tensor:
        visible = object_logit[..., None, None] > 0
        logits = F.interpolate(
            torch.where(visible, mask, NOBODY), scale_factor=float(MASK_CELL), mode="bilinear", align_corners=False
        )
        sure = torch.where(binarize[..., None, None], (logits > 0).to(logits.dtype), logits.sigmoid())
        theirs = self.encoder
        drawn = theirs.mask_downsampler(sure * self.scale + self.bias)
        memory = theirs.projection(theirs.memory_fuser(theirs.feature_projection(feat) + drawn))
        return memory + torch.where(visible, 0.0, self.hidden)
