"""Weights of a file in half precision: it is half as large."""

import numpy as np
import onnx
from onnx import helper, numpy_helper


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
