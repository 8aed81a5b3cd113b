"""What every net keeps to, and what a wrong file is told."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from stream_engine.backends import NETS, load
from stream_engine.engines import EngineError, Model, TensorSpec, digest, manifest, model, verify

pytestmark = pytest.mark.parametrize("backend", sorted(NETS))


def doubling(path: Path, opset: int = 17) -> Path:
    """A net that doubles what it gets."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "doubling", ends[:1], ends[1:])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(made, str(path))
    return path


def row(path: Path, inputs: dict[str, TensorSpec], outputs: dict[str, TensorSpec]) -> Model:
    return Model(
        name="doubling", task="detect", family="nano", file=str(path), source="here", licence="none",
        sha256=digest(path) if path.exists() else "0", precision="fp32", inputs=inputs, outputs=outputs, thresholds={},
    )  # fmt: skip


PAIRS = TensorSpec("float32", ("batch", 2))


def test_named_arrays_go_in_and_named_arrays_come_out(backend: str, tmp_path: Path) -> None:
    net = load(NETS, backend)(row(doubling(tmp_path / "net.onnx"), {"x": PAIRS}, {"y": PAIRS}), 1)
    given = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
    assert (net.run({"x": given})["y"] == 2 * given).all()


def test_a_batch_of_any_size_comes_back_whole_and_in_order(backend: str, tmp_path: Path) -> None:
    net = load(NETS, backend)(row(doubling(tmp_path / "net.onnx"), {"x": PAIRS}, {"y": PAIRS}), 1)
    given = np.arange(600_001 * 2, dtype=np.float32).reshape(-1, 2)
    assert (net.run({"x": given})["y"] == 2 * given).all()


@pytest.mark.parametrize(
    ("inputs", "outputs", "said"),
    [
        ({"image": PAIRS}, {"y": PAIRS}, "inputs are image in the manifest, x in the file"),
        ({"x": PAIRS}, {"boxes": PAIRS}, "outputs are boxes in the manifest, y in the file"),
        ({"x": TensorSpec("float32", ("batch", 3))}, {"y": PAIRS}, "the manifest says x is float32"),
        ({"x": TensorSpec("float32", ("batch", 2, 1))}, {"y": PAIRS}, "the manifest says x is float32"),
        ({"x": TensorSpec("uint8", ("batch", 2))}, {"y": PAIRS}, "the manifest says x is uint8"),
    ],
)
def test_a_file_with_other_tensors_than_the_manifest_s_is_refused(
    backend: str, tmp_path: Path, inputs: dict[str, TensorSpec], outputs: dict[str, TensorSpec], said: str
) -> None:
    with pytest.raises(EngineError, match=said):
        load(NETS, backend)(row(doubling(tmp_path / "net.onnx"), inputs, outputs), 1)


def test_a_file_that_is_no_model_or_of_an_unknown_opset_is_refused(backend: str, tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"no model at all")
    with pytest.raises(EngineError, match=r"doubling: .* cannot be loaded: "):
        load(NETS, backend)(row(tmp_path / "net.onnx", {"x": PAIRS}, {"y": PAIRS}), 1)
    with pytest.raises(EngineError, match=r"cannot be loaded: .*opset"):
        load(NETS, backend)(row(doubling(tmp_path / "net.onnx", opset=999), {"x": PAIRS}, {"y": PAIRS}), 1)


def test_a_missing_file_and_another_file_are_told_apart(backend: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="is missing"):
        verify(row(tmp_path / "gone.onnx", {}, {}))
    path = doubling(tmp_path / "net.onnx")
    known = row(path, {}, {})
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(EngineError, match="another file than the manifest's"):
        verify(known)


def test_every_model_of_the_manifest_loads(backend: str) -> None:
    for known in manifest().models:
        load(NETS, backend)(model(known.name, known.task), 1)


def test_an_unknown_model_is_told_with_those_that_there_are(backend: str) -> None:
    with pytest.raises(EngineError, match="no model 'rf-nothing' for detect; there are: "):
        model("rf-nothing", "detect")
