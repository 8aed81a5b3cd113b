"""Weights outside an ONNX file are found wherever the file names them, and nothing else is taken for them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from stream_engine.engines import manifest
from stream_engine.engines.outside import outside


def elsewhere() -> Any:
    tensor = numpy_helper.from_array(np.ones(300, np.float32), "weights")
    tensor.ClearField("raw_data")
    tensor.external_data.add(key="offset", value="0")
    tensor.external_data.add(key="location", value="weights.bin")
    tensor.data_location = TensorProto.EXTERNAL
    return tensor


def graph(nodes: Any = (), kept: Any = ()) -> Any:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [300]) for name in ("location", "y")]
    return helper.make_graph(nodes, "made", ends[:1], ends[1:], kept, value_info=ends[:1])


def branch(inner: Any) -> Any:
    return helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=graph())


def sparse() -> Any:
    tensor = onnx.SparseTensorProto(dims=[600])
    tensor.values.CopyFrom(elsewhere())
    return tensor


def function() -> Any:
    constant = helper.make_node("Constant", [], ["y"], value=elsewhere())
    return helper.make_function("ours", "f", [], ["y"], [constant], [helper.make_opsetid("", 17)])


MODELS = {
    "an initializer": lambda: helper.make_model(graph(kept=[elsewhere()])),
    "a constant": lambda: helper.make_model(graph([helper.make_node("Constant", [], ["y"], value=elsewhere())])),
    "a branch": lambda: helper.make_model(graph([branch(graph([branch(graph(kept=[elsewhere()]))]))])),
    "a sparse one": lambda: helper.make_model(graph([helper.make_node("Constant", [], ["y"], sparse_value=sparse())])),
    "a function": lambda: helper.make_model(graph(), functions=[function()]),
}


@pytest.mark.parametrize("place", MODELS)
def test_weights_in_another_file_are_found_wherever_they_are_named(tmp_path: Path, place: str) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(MODELS[place]().SerializeToString())
    assert outside(path) == "weights.bin"


def test_a_file_with_all_of_its_weights_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    kept = numpy_helper.from_array(np.ones(300, np.float32), "location")
    path.write_bytes(helper.make_model(graph(kept=[kept])).SerializeToString())
    assert outside(path) == ""
    assert {outside(row.path) for row in manifest().models} == {""}


def test_what_is_no_onnx_file_names_no_other(tmp_path: Path) -> None:
    whole = MODELS["an initializer"]().SerializeToString()
    for content in (b"", b"no model at all", b"\xff" * 100, whole[:-1], whole[: len(whole) // 2]):
        (tmp_path / "net.onnx").write_bytes(content)
        assert outside(tmp_path / "net.onnx") == ""
