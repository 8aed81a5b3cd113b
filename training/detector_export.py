"""The trained detector as an ONNX file."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from training.detector_net import NanoDetector

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


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model with its weights stored in half precision; they are made whole once, when it is loaded."""
    graph = model.graph
    for weights in [kept for kept in graph.initializer if kept.data_type == onnx.TensorProto.FLOAT]:
        array = numpy_helper.to_array(weights)
        if array.ndim < 2:
            continue  # a few hundred numbers
        name = weights.name
        graph.initializer.remove(weights)
        graph.initializer.append(numpy_helper.from_array(array.astype(np.float16), f"{name}.half"))
        graph.node.insert(0, helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    onnx.checker.check_model(model)
    return model
