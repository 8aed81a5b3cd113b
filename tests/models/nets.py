"""Small networks as files."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIDE = 128
TRIAL_ROUNDS = 100


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


def slow_yolo(path: Path, seconds: float) -> Path:
    """A YOLO that sees nothing, and takes about so long for each picture on this machine."""
    _slow_yolo(path, TRIAL_ROUNDS)
    images = np.zeros((1, 3, SIDE, SIDE), np.float32)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    session.run(None, {"images": images})
    start = time.process_time()
    session.run(None, {"images": images})
    return _slow_yolo(path, int(TRIAL_ROUNDS * seconds / (time.process_time() - start)))


def _slow_yolo(path: Path, rounds: int) -> Path:
    """Each picture's channels are multiplied by a matrix of noughts, so many times."""
    ends = _ends([6, 1])
    images, yes = (
        helper.make_tensor_value_info("turned", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE]),
        helper.make_tensor_value_info("yes", TensorProto.BOOL, []),
    )
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["turned", "noughts"], ["turned_on"]),
            helper.make_node("Identity", ["yes"], ["still"]),
        ],
        "round",
        [helper.make_tensor_value_info("round", TensorProto.INT64, []), yes, images],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("turned_on", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE]),
        ],
    )
    kept = [
        numpy_helper.from_array(np.zeros((SIDE, SIDE), np.float32), "noughts"),
        numpy_helper.from_array(np.array(rounds), "rounds"),
        numpy_helper.from_array(np.array(True), "go"),
        numpy_helper.from_array(np.array([1, 2]), "sides"),
        numpy_helper.from_array(np.zeros((1, 6, 1), np.float32), "said"),
    ]
    nodes = [
        helper.make_node("Loop", ["rounds", "go", "images"], ["gone"], body=body),
        helper.make_node("ReduceMax", ["gone"], ["most"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Unsqueeze", ["most", "sides"], ["column"]),
        helper.make_node("Add", ["column", "said"], ["output0"]),
    ]
    return saved(path, helper.make_graph(nodes, "slow", ends[:1], ends[1:], kept))


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
