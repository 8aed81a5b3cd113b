"""Writes a network as an ONNX file, and compares what the file says with what the network says."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import nn

from exporting.checkpoints import CheckpointError, Opened

OPSET = 17
INPUT = "pixels"
OUTPUTS = {"rfdetr": ("labels", "dets"), "dfine": ("logits", "boxes"), "rtdetr": ("logits", "boxes")}
TRACED, COMPARED = 2, 3  # pictures: two different counts, so that one that was written down would be noticed
WORST = 1e-3
SHARE = 0.95  # of the boxes are held to that: rounding may decide which query is the last to have a place


class Named(nn.Module):
    """Only what the file gives: scores, then boxes."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        told = self.net(pixels)
        return told.logits, told.pred_boxes


class Written(NamedTuple):
    """A file that says what its network says."""

    path: Path
    side: int  # of the square that it takes
    outputs: dict[str, list[int]]  # their sides after the batch's
    worst: float  # how far its answers were from the network's


def write(opened: Opened, side: int, path: Path) -> Written:
    """Write the file, as a whole or not at all."""
    names = OUTPUTS[opened.family]
    net = Named(opened.net).eval()
    pictures = torch.rand(COMPARED, 3, side, side, generator=torch.Generator().manual_seed(1))
    fresh = path.with_name(f"{path.name}.new")
    try:
        with torch.no_grad():
            if opened.family == "rfdetr":
                _settle_positions(opened.net, side)
            wanted = [answer.numpy() for answer in net(pictures)]
            _trace(net, pictures[:TRACED], names, fresh)
        sides = {name: list(answer.shape[1:]) for name, answer in zip(names, wanted, strict=True)}
        _finish(fresh, sides)
        worst = difference(wanted, _run(fresh, names, pictures.numpy()))
        if not worst <= WORST:
            raise CheckpointError(
                f"the file differs from the network by {worst:.1e}; {WORST:g} is allowed: not written"
            )
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return Written(path, side, sides, worst)


def _settle_positions(net: Any, side: int) -> None:
    """Stretch the encoder's positions to this size once, here: not every runtime has the filter that does it."""
    embeddings = net.model.backbone.backbone.embeddings
    patches = (side // embeddings.patch_embeddings.projection.kernel_size[0]) ** 2
    positions = embeddings.position_embeddings
    settled = embeddings.interpolate_pos_encoding(positions.new_zeros(1, patches + 1, positions.shape[2]), side, side)
    embeddings.interpolate_pos_encoding = lambda *_: settled


def _trace(net: nn.Module, pictures: torch.Tensor, names: Sequence[str], path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, of every branch that depends on a shape: shapes are fixed here
        torch.onnx.export(
            net, (pictures,), str(path), input_names=[INPUT], output_names=list(names), opset_version=OPSET,
            dynamo=False, dynamic_axes={name: {0: "batch"} for name in (INPUT, *names)},
        )  # fmt: skip


def _finish(path: Path, sides: dict[str, list[int]]) -> None:
    """Write down the sides that the tracer left open, and check the file."""
    model = onnx.load(str(path))
    for output in model.graph.output:
        for dimension, side in zip(output.type.tensor_type.shape.dim[1:], sides[output.name], strict=True):
            dimension.dim_value = side
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def _run(path: Path, names: Sequence[str], pictures: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return list(session.run(list(names), {INPUT: pictures}))


def difference(wanted: Sequence[NDArray[np.float32]], told: Sequence[NDArray[np.float32]]) -> float:
    """How far what is told lies from what is wanted, in shares of the greatest number; the order of boxes is free."""
    scale = [float(np.abs(array).max()) or 1.0 for array in wanted]
    ours, theirs = (
        np.concatenate([array / by for array, by in zip(side, scale, strict=True)], axis=2) for side in (wanted, told)
    )
    nearest = [np.abs(theirs[picture] - box).max(axis=1).min() for picture, boxes in enumerate(ours) for box in boxes]
    return float(np.quantile(nearest, SHARE))
