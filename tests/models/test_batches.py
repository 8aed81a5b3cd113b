"""A net that memory does not do for."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.models.batches import NoMemory, Sparing, out_of_memory


class Fail(Exception):
    """As ONNX Runtime has it."""


Fail.__module__ = "onnxruntime.capi.onnxruntime_pybind11_state"
ARENA = "[ONNXRuntimeError] : 1 : FAIL : bfc_arena.cc:360 Failed to allocate memory for requested buffer of size 128"


class Small:
    """Doubles as many as there is memory for."""

    def __init__(self, most: int, error: Exception | None = None) -> None:
        self.most, self.batches = most, list[int]()
        self.error = error or Fail(ARENA)

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        self.batches.append(len(arrays["x"]))
        if len(arrays["x"]) > self.most:
            raise self.error
        return {"y": 2 * arrays["x"]}


def test_a_batch_that_is_too_large_is_halved_and_comes_back_whole_and_in_order() -> None:
    net = Small(3)
    sparing = Sparing(net)
    given = np.arange(20.0).reshape(10, 2)
    assert (sparing.run({"x": given})["y"] == 2 * given).all()
    assert net.batches == [10, 5, 2, 2, 2, 2, 2] and sparing.counts == {"halved": 2}


def test_what_was_too_much_is_not_tried_again() -> None:
    net = Small(3)
    sparing = Sparing(net)
    sparing.run({"x": np.zeros((10, 1))})
    net.batches.clear()
    sparing.run({"x": np.zeros((5, 1))})
    assert net.batches == [2, 2, 1] and sparing.counts == {"halved": 2}


def test_while_memory_does_batches_stay_whole() -> None:
    net = Small(100)
    sparing = Sparing(net)
    for count in (40, 0, 100):
        assert sparing.run({"x": np.zeros((count, 1))})["y"].shape == (count, 1)
    assert net.batches == [40, 0, 100] and not sparing.counts


def test_without_memory_for_a_single_one_it_is_given_up() -> None:
    sparing = Sparing(Small(0))
    with pytest.raises(NoMemory, match="Failed to allocate memory"):
        sparing.run({"x": np.zeros((3, 1))})
    assert sparing.counts == {"halved": 1, "given up": 1}


def test_a_batch_of_a_fixed_side_is_not_halved() -> None:
    net = Small(3)
    sparing = Sparing(net, halves=False)
    with pytest.raises(NoMemory):
        sparing.run({"x": np.zeros((4, 1))})
    assert net.batches == [4] and sparing.counts == {"given up": 4}


def test_other_errors_are_not_held_back() -> None:
    with pytest.raises(Fail, match="wrong shape"):
        Sparing(Small(1, Fail("wrong shape"))).run({"x": np.zeros((3, 1))})


class RuntimeException(Fail):
    """ONNX Runtime's other one."""


RuntimeException.__module__ = Fail.__module__


@pytest.mark.parametrize(
    "error",
    [
        Fail(ARENA),
        RuntimeException("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Status Message: std::bad_alloc"),
        RuntimeException("CUDA failure 2: out of memory ; GPU=0"),
        RuntimeException("CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0"),
        RuntimeError("CUDA out of memory. Tried to allocate 360.00 MiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        MemoryError(),
    ],
)
def test_errors_of_memory_are_known_by_what_runtimes_say(error: Exception) -> None:
    assert out_of_memory(error)


def test_what_others_say_of_memory_is_no_such_error() -> None:
    class Elsewhere(Exception):
        pass

    assert not out_of_memory(Elsewhere("out of memory")) and not out_of_memory(Fail("INVALID_ARGUMENT"))


def test_onnx_runtime_s_own_error_is_known(tmp_path: Any) -> None:
    ort = pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper

    from tests.models.nets import saved

    ends = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1]),
        helper.make_tensor_value_info("sides", TensorProto.INT64, [2]),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, ["m", "k"]),
    ]
    nodes = [helper.make_node("Expand", ["x", "sides"], ["y"])]
    path = saved(tmp_path / "wide.onnx", helper.make_graph(nodes, "wide", ends[:2], ends[2:]))
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    with pytest.raises(Exception, match="allocate") as told:  # no machine has so much
        session.run(None, {"x": np.ones((1, 1), np.float32), "sides": np.array([1 << 24, 1 << 24], np.int64)})
    assert out_of_memory(told.value)
