"""Weights of an exported nano detector, back in a network that can be trained."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from training.detector.net import MULTIPLE, NanoDetector

Array = NDArray[np.float32]
KINDS = {"Conv": nn.Conv2d, "MatMul": nn.Linear, "LayerNormalization": nn.LayerNorm}


class Layer(NamedTuple):
    """What a file holds of one layer, in the shapes of torch."""

    kind: str
    weight: Array
    bias: Array


def load(path: Path, net: NanoDetector) -> NanoDetector:
    """The network with the weights of the file.

    Layers are matched by kind and shape, and alike ones in the order in which they run: each of those needs the one
    before, so no optimiser changes it. An exported file has no batch normalisation any more: the network's is set to
    leave things as they are.
    """
    held, wanted = layers(path), _running(net)
    main = [module for module in wanted if not isinstance(module, nn.BatchNorm2d)]
    if len(held) != len(main):
        raise ValueError(f"{path} holds another network: {len(held)} layers with weights; this one has {len(main)}")
    layer = held[0]
    for module in wanted:
        if isinstance(module, nn.BatchNorm2d):
            _still(module, layer.bias)
            continue
        layer = _taken(path, held, module)
        module.weight.data.copy_(torch.from_numpy(layer.weight))
        if module.bias is not None:
            module.bias.data.copy_(torch.from_numpy(layer.bias))
    return net


def _taken(path: Path, held: list[Layer], module: nn.Module) -> Layer:
    """The first of the layers that fits, taken out of them."""
    shape = tuple(module.weight.shape)
    for place, layer in enumerate(held):
        if isinstance(module, KINDS[layer.kind]) and layer.weight.shape == shape:
            return held.pop(place)
    raise ValueError(f"{path} holds another network: it has no {type(module).__name__} of {list(shape)} left")


def _still(norm: nn.BatchNorm2d, bias: Array) -> None:
    """Only the bias is left of what the file's convolution has taken in."""
    norm.weight.data.fill_(1.0)
    norm.bias.data.copy_(torch.from_numpy(bias))
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0 - norm.eps)


@torch.no_grad()
def _running(net: NanoDetector) -> list[nn.Module]:
    """The modules with weights, in the order in which they run."""
    seen: list[nn.Module] = []
    kinds = (nn.BatchNorm2d, *KINDS.values())
    hooks = [
        module.register_forward_hook(lambda module, *_: seen.append(module))
        for module in net.modules()
        if isinstance(module, kinds)
    ]
    net.eval()(torch.zeros(1, 1, MULTIPLE, MULTIPLE), torch.zeros(1, MULTIPLE // 2, MULTIPLE // 2, 2))
    for hook in hooks:
        hook.remove()
    return seen


def layers(path: Path) -> list[Layer]:
    """What the file holds, in the order in which it runs."""
    try:
        graph = onnx.load(str(path)).graph
    except FileNotFoundError:
        raise ValueError(f"{path} is not there") from None
    except DecodeError:
        raise ValueError(f"{path} is no ONNX file") from None
    known = _constants(graph)
    users = {name: node for node in graph.node for name in node.input}
    found = []
    for node in graph.node:
        if node.op_type not in KINDS or (node.op_type == "MatMul" and node.input[1] not in known):
            continue  # attention multiplies what it has worked out
        names = list(node.input[1:])
        if node.op_type == "MatMul":
            names += [name for name in users[node.output[0]].input if name in known]
        if len(names) != 2 or any(name not in known for name in names):
            raise ValueError(
                f"{path} holds another network: {node.op_type} {node.name} has no weights and bias of its own"
            )
        weight, bias = (known[name].astype(np.float32) for name in names)
        found.append(Layer(node.op_type, weight.T.copy() if node.op_type == "MatMul" else weight, bias))
    return found


def _constants(graph: onnx.GraphProto) -> dict[str, NDArray[np.generic]]:
    """The weights by every name that nodes know them by: some are cast or of eight bits, equal ones are stored once."""
    known = {weights.name: numpy_helper.to_array(weights) for weights in graph.initializer}
    for node in graph.node:
        if not node.input or node.input[0] not in known:
            continue
        if node.op_type in ("Cast", "Identity"):
            known[node.output[0]] = known[node.input[0]]
        elif node.op_type == "DequantizeLinear":
            known[node.output[0]] = _whole(node, *(known[name] for name in node.input))
    return known


def _whole(node: onnx.NodeProto, steps: Array, size: Array, zero: Array) -> Array:
    """Weights of a few steps as numbers; the sizes of a step are one, or one for each of the first axis."""
    along = (-1, *[1] * (steps.ndim - 1)) if size.ndim else ()
    if size.ndim and node.attribute and node.attribute[0].i != 0:
        raise ValueError(f"{node.name}: weights are quantised along axis {node.attribute[0].i}")
    return (steps.astype(np.float32) - zero.astype(np.float32).reshape(along)) * size.reshape(along)
