"""The trained propagator as three ONNX files."""

from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from training.halves import halved
from training.propagator.net import HINTS, SIDE, SLOTS, TOKENS, WIDTHS, Features, Head, NanoPropagator

OPSET = 17
OBJECTS = 3  # in the example
PARTS = ("encode", "head", "memorize")
FEATURES = ("fine", "middle", "coarse")


class Plain(nn.Module):
    """The head with its features one by one, as the file takes them."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.head = head

    def forward(self, *given: Tensor) -> Any:
        found = self.head(Features(*given[:3]), *given[3:])
        return found.mask, found.iou.sigmoid(), found.object_logit, found.body


def export(net: NanoPropagator, folder: Path, name: str = "propagator") -> list[Path]:
    """Write the files, each as a whole or not at all."""
    net = net.eval().to(memory_format=torch.contiguous_format)
    pixels = {
        "luma": torch.zeros((OBJECTS, SIDE, SIDE), dtype=torch.uint8),
        "chroma": torch.zeros((OBJECTS, SIDE // 2, SIDE // 2, 2), dtype=torch.uint8),
    }
    with torch.no_grad():
        features = dict(zip(FEATURES, net.encode(**pixels), strict=True))
    asked = features | {
        "hints": torch.zeros(OBJECTS, 3, HINTS, HINTS),
        "bank": torch.zeros(OBJECTS, SLOTS, TOKENS, 2 * WIDTHS[2]),
        "valid": torch.ones(OBJECTS, SLOTS, dtype=torch.bool),
        "times": torch.zeros(OBJECTS, SLOTS, dtype=torch.int32),
    }
    remembered = {"coarse": features["coarse"], "mask": torch.zeros(OBJECTS, SIDE, SIDE)}
    parts: dict[str, tuple[nn.Module, dict[str, Tensor], tuple[str, ...]]] = {
        "encode": (net.encode, pixels, FEATURES),
        "head": (Plain(net.head).eval(), asked, ("mask", "iou", "object_logit", "body")),
        "memorize": (net.memorize, remembered, ("memory",)),
    }
    return [_write(folder / f"{name}.{part}.onnx", *what) for part, what in parts.items()]


def _write(path: Path, module: nn.Module, given: dict[str, Tensor], outputs: tuple[str, ...]) -> Path:
    new = path.with_suffix(".new")
    names = [*given, *outputs]
    torch.onnx.export(
        module, tuple(given.values()), str(new), input_names=list(given), output_names=list(outputs),
        opset_version=OPSET, dynamo=False, dynamic_axes={each: {0: "objects"} for each in names},
    )  # fmt: skip
    onnx.save(halved(onnx.load(str(new))), str(new))
    new.replace(path)
    return path
