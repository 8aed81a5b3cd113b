"""Small networks as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIDE = 128


def saved(path: Path, graph: Any, opset: int = 17) -> Path:
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), str(path))
    return path


def constant_yolo(path: Path, cells: NDArray[np.float32], opset: int = 17) -> Path:
    """A YOLO that says the same of every picture: `cells` are rows of middle, width, height and scores."""
    ends = _ends([cells.shape[1], len(cells)])
    kept = [
        numpy_helper.from_array(cells.T[None], "said"),
        numpy_helper.from_array(np.array([1, 2]), "sides"),
        numpy_helper.from_array(np.zeros(1, np.float32), "nought"),
    ]
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["most"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["most", "nought"], ["zeros"]),
        helper.make_node("Unsqueeze", ["zeros", "sides"], ["column"]),
        helper.make_node("Add", ["column", "said"], ["output0"]),
    ]
    return saved(path, helper.make_graph(nodes, "constant", ends[:1], ends[1:], kept), opset)


def looking_yolo(path: Path, looks_at: Literal["each", "only the first", "the first for all"]) -> Path:
    """A YOLO of one cell that lies where a picture is bright."""
    ends = _ends([6, 1])
    kept = [
        numpy_helper.from_array(np.array([[[0], [64], [20], [40], [0.9], [0.1]]], np.float32), "said"),
        numpy_helper.from_array(np.array([[[64], [0], [0], [0], [0], [0]]], np.float32), "across"),
        numpy_helper.from_array(np.array([0]), "start"),
        numpy_helper.from_array(np.array([1]), "end"),
        numpy_helper.from_array(np.zeros(1, np.float32), "nought"),
    ]
    seen = "images" if looks_at == "each" else "first"
    counted = "light" if looks_at == "only the first" else "images"
    nodes = [
        helper.make_node("Slice", ["images", "start", "end"], ["first"]),
        helper.make_node("ReduceMean", [seen], ["light"], axes=[1, 2, 3]),
        helper.make_node("ReduceMean", [counted], ["all"], axes=[1, 2, 3]),
        helper.make_node("Mul", ["all", "nought"], ["zeros"]),
        helper.make_node("Add", ["light", "zeros"], ["lights"]),
        helper.make_node("Squeeze", ["lights", "end"], ["column"]),
        helper.make_node("Mul", ["column", "across"], ["moved"]),
        helper.make_node("Add", ["moved", "said"], ["output0"]),
    ]
    return saved(path, helper.make_graph(nodes, "looking", ends[:1], ends[1:], kept))


def breaking_yolo(path: Path, sides: Sequence[int]) -> Path:
    """A file with a YOLO's tensors that loads, and cannot be run."""
    ends, kept = _ends(sides), [numpy_helper.from_array(np.array([1, *sides]), "sides")]
    nodes = [helper.make_node("Reshape", ["images", "sides"], ["output0"])]  # a picture has more numbers than that
    return saved(path, helper.make_graph(nodes, "breaking", ends[:1], ends[1:], kept))


def _ends(sides: Sequence[int]) -> list[Any]:
    return [
        helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE]),
        helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["batch", *sides]),
    ]
