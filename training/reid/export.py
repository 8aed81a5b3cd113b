"""The trained ReID network as an ONNX file."""

import copy
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from training.halves import halved
from training.reid.net import COLUMNS, ROWS, NanoReidNet

OPSET = 17
CROPS = 3  # in the example
INPUTS, OUTPUTS = ("luma", "chroma", "mask"), ("embeddings", "visibility", "roles")


class Plain(nn.Module):
    """What the file gives: visibility from 0 to 1, and no attention."""

    def __init__(self, net: NanoReidNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, luma: Tensor, chroma: Tensor, mask: Tensor) -> Any:
        told = self.net(luma, chroma, mask)
        return told.embeddings, told.visibility.sigmoid(), told.roles


def export(net: NanoReidNet, path: Path) -> None:
    """Write the file, as a whole or not at all."""
    plain = Plain(copy.deepcopy(net).eval().to(memory_format=torch.contiguous_format)).eval()
    luma = torch.zeros((CROPS, ROWS, COLUMNS), dtype=torch.uint8)
    chroma = torch.zeros((CROPS, ROWS // 2, COLUMNS // 2, 2), dtype=torch.uint8)
    fresh = path.with_suffix(".new")
    names = [*INPUTS, *OUTPUTS]
    torch.onnx.export(
        plain, (luma, chroma, luma), str(fresh), input_names=list(INPUTS), output_names=list(OUTPUTS),
        opset_version=OPSET, dynamo=False, dynamic_axes={each: {0: "crops"} for each in names},
    )  # fmt: skip
    onnx.save(halved(onnx.load(str(fresh))), str(fresh))
    fresh.replace(path)
