"""The trained detector as an ONNX file."""

from pathlib import Path

import onnx
import torch

from training.detector.net import NanoDetector
from training.halves import halved

OPSET = 17
SIZE = (544, 960)  # rows and columns of luma: half of 1080p, and what it takes to a multiple of 32


def export(net: NanoDetector, path: Path) -> None:
    """Write the file, as a whole or not at all."""
    net.eval().to(memory_format=torch.contiguous_format)
    rows, columns = SIZE
    luma = torch.zeros((1, 1, rows, columns), dtype=torch.uint8)
    chroma = torch.zeros((1, rows // 2, columns // 2, 2), dtype=torch.uint8)
    fresh = path.with_suffix(".new")
    torch.onnx.export(
        net, (luma, chroma), str(fresh), input_names=["luma", "chroma"], output_names=["maps"], opset_version=OPSET,
        dynamo=False, dynamic_axes={"luma": {0: "batch"}, "chroma": {0: "batch"}, "maps": {0: "batch"}},
    )  # fmt: skip
    onnx.save(halved(onnx.load(str(fresh))), str(fresh))
    fresh.replace(path)
