"""Writes a module as an ONNX file whose sides have names, and compares what the file says with what the module says."""

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

from stream_engine.engines import TensorSpec

OPSET = 18
WORST = 1e-3  # how far a file may be from its module, in shares of an output's greatest number
MOST = 4096  # of what varies, at once
ERRORS_ONLY = 3


class Signature(NamedTuple):
    """A graph's tensors, in their order."""

    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]
    groups: tuple[Any, ...] = ()  # as which its module takes them, if not one by one

    def arguments(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """What is given by name, as the module takes it."""
        if not self.groups:
            return tuple(given[name] for name in self.inputs)
        # As plain tuples: torch's exporter confuses fields if the name of one begins that of another.
        return tuple(tuple(given[name] for name in group._fields) for group in self.groups)


def trace(module: nn.Module, signature: Signature, given: Mapping[str, torch.Tensor], path: Path) -> None:
    """Write a module as ONNX; of what its sides name there may be any number, in `given` at least two."""
    named = {side for spec in signature.inputs.values() for side in spec.shape if isinstance(side, str)}
    free = {side: torch.export.Dim(side, min=1, max=MOST) for side in sorted(named)}
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


def difference(module: nn.Module, signature: Signature, given: Mapping[str, torch.Tensor], path: Path) -> float:
    """How far the file lies from the module, in shares of the greatest number of an output: the worst of them."""
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
