"""Writes the four graphs as ONNX files, each compared with its module."""

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import nn

from exporting.checkpoints import CheckpointError
from exporting.sam2.parts import OBJECTS, POINTS, Signature, Sizes, example, modules, signatures
from stream_engine.engines import TensorSpec

OPSET = 18
# Two different counts of each, so that one that was written down would be noticed; one object would be taken for fixed.
TRACED, COMPARED = {OBJECTS: 2, POINTS: 3}, {OBJECTS: 3, POINTS: 2}
WORST = 1e-3
ERRORS_ONLY = 3


class Written(NamedTuple):
    """A file that says what its module says."""

    part: str
    path: Path
    signature: Signature
    worst: float  # how far its answers were from the module's, in shares of an output's greatest number


def write(net: Any, sizes: Sizes, beside: Path, name: str) -> list[Written]:
    """Write the files NAME.PART.onnx into a folder from which they are taken when all of them are right."""
    made, written = modules(net, sizes.slots), []
    for part, signature in signatures(sizes).items():
        path = beside / f"{name}.{part}.onnx"
        trace(made[part], signature, path)
        worst = difference(made[part], signature, path)
        if not worst <= WORST:
            raise CheckpointError(
                f"the file of {part} differs from its module by {worst:.1e}; {WORST:g} is allowed: not written"
            )
        written.append(Written(part, path, signature, worst))
    return written


def trace(module: nn.Module, signature: Signature, path: Path) -> None:
    """Write a module as ONNX, its objects and points as many as they will be."""
    given = example(signature.inputs, TRACED)
    free = {side: torch.export.Dim(side, min=1, max=4096) for side in TRACED}
    shapes = {
        name: {axis: free[side] for axis, side in enumerate(spec.shape) if isinstance(side, str)}
        for name, spec in signature.inputs.items()
    }
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it tells of libraries that it could do without
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter's, about its own insides
        torch.onnx.export(
            module, signature.arguments(given), str(path), dynamic_shapes=signature.arguments(shapes), dynamo=True,
            input_names=list(signature.inputs), output_names=list(signature.outputs), opset_version=OPSET,
            external_data=False, verbose=False,
        )  # fmt: skip
    _finish(path, signature)


def _finish(path: Path, signature: Signature) -> None:
    """Write down the sides by their names, and check the file."""
    model = onnx.load(str(path))
    for tensors, specs in ((model.graph.input, signature.inputs), (model.graph.output, signature.outputs)):
        for tensor in tensors:
            _name_sides(tensor, specs[tensor.name])
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def _name_sides(tensor: Any, spec: TensorSpec) -> None:
    sides = tensor.type.tensor_type.shape.dim
    for dimension, side in zip(sides, spec.shape, strict=True):
        if isinstance(side, str):
            dimension.dim_param = side
        else:
            dimension.dim_value = side


def difference(module: nn.Module, signature: Signature, path: Path, counts: Mapping[str, int] = COMPARED) -> float:
    """How far the file lies from the module, in shares of the greatest number of an output: the worst of them."""
    given = example(signature.inputs, counts)
    with torch.no_grad():
        answered = module(*signature.arguments(given))
    wanted = [each.numpy() for each in (answered if isinstance(answered, tuple) else (answered,))]
    told = run(path, list(signature.outputs), {name: tensor.numpy() for name, tensor in given.items()})
    return max(_apart(*pair) for pair in zip(wanted, told, strict=True))


def _apart(wanted: NDArray[Any], told: NDArray[Any]) -> float:
    if wanted.shape != told.shape:
        return float("inf")
    return float(np.abs(told - wanted).max() / (np.abs(wanted).max() or 1.0))


def run(path: Path, outputs: list[str], given: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """What a file answers."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return list(session.run(outputs, dict(given)))
