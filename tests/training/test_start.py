"""A network becomes a file that runs, and the file a network again."""

import importlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from stream_engine.backends import NETS, load
from stream_engine.engines import MANIFEST, read

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
exports: Any = importlib.import_module("training.detector.export")
start: Any = importlib.import_module("training.detector.start")
nets: Any = importlib.import_module("training.detector.net")
scenes: Any = importlib.import_module("tests.training.scenes")

ROUNDED = 0.01  # what half precision of the weights may change in logits of a few units


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    path = tmp_path_factory.mktemp("exported") / "detector.onnx"
    scenes.write(scenes.lively(), path)
    return path


def noise(count: int, rows: int, columns: int) -> dict[str, Any]:
    chance = np.random.default_rng(2)
    return {
        "luma": chance.integers(0, 256, (count, 1, rows, columns), np.uint8),
        "chroma": chance.integers(0, 256, (count, rows // 2, columns // 2, 2), np.uint8),
    }


def maps(net: Any, arrays: dict[str, Any]) -> Any:
    with torch.no_grad():
        return net.eval()(*(torch.from_numpy(array) for array in arrays.values())).numpy()


def test_the_file_says_what_the_network_says(exported: Path) -> None:
    row = next(model for model in read(MANIFEST, exported.parent).models if model.family == "nano")
    row = msgspec.structs.replace(row, folder=exported.parent, file=exported.name)
    arrays = noise(2, 544, 960)
    told = load(NETS, "ort")(row, 1).run(arrays)["maps"]
    assert np.abs(told - maps(scenes.lively(), arrays)).max() < ROUNDED


def test_its_weights_are_stored_in_half_precision(exported: Path) -> None:
    stored = {weights.name: weights for weights in onnx.load(str(exported)).graph.initializer}
    large = [weights for weights in stored.values() if len(weights.dims) > 1]
    assert large and all(weights.data_type == onnx.TensorProto.FLOAT16 for weights in large)
    assert exported.stat().st_size < 2.5 * sum(int(np.prod(weights.dims)) for weights in stored.values()) + 60_000


def test_an_export_that_fails_leaves_the_file_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "detector.onnx"
    path.write_bytes(b"the last one")

    def failing(_: object) -> None:
        raise RuntimeError("no more memory")

    monkeypatch.setattr(exports, "halved", failing)
    with pytest.raises(RuntimeError, match="no more memory"):
        scenes.write(scenes.lively(**scenes.SMALL), path)
    assert path.read_bytes() == b"the last one"


def test_a_file_becomes_a_network_that_says_the_same(exported: Path) -> None:
    torch.manual_seed(9)
    net = start.load(exported, nets.NanoDetector())
    arrays = noise(1, 96, 160)
    wanted = maps(scenes.lively(), arrays)
    assert np.abs(wanted).max() > 1
    assert np.abs(maps(net, arrays) - wanted).max() < ROUNDED


def test_the_network_can_be_written_down_again(exported: Path, tmp_path: Path) -> None:
    scenes.write(start.load(exported, nets.NanoDetector()), tmp_path / "again.onnx")
    ours, theirs = start.layers(tmp_path / "again.onnx"), start.layers(exported)
    for one, other in zip(ours, theirs, strict=True):
        assert np.allclose(one.weight, other.weight, atol=1e-3) and np.allclose(one.bias, other.bias, atol=1e-3)


def test_the_built_in_file_of_eight_bits_becomes_a_network_that_says_about_the_same() -> None:
    row = next(model for model in read(MANIFEST, MANIFEST.parent).models if model.family == "nano")
    row = msgspec.structs.replace(row, folder=MANIFEST.parent)
    arrays = noise(1, 544, 960)
    told = load(NETS, "ort")(row, 1).run(arrays)["maps"]
    again = maps(start.load(row.path, nets.NanoDetector()), arrays)
    assert np.abs(told - again).mean() < 0.05 * told.std()


def test_a_file_of_another_network_is_refused(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"another network: it has no Conv2d of \[.*\] left"):
        start.load(exported, nets.NanoDetector(**scenes.SMALL | {"depths": (1, 2, 2, 1)}))
    with pytest.raises(ValueError, match="another network: 31 layers with weights; this one has 27"):
        start.load(exported, nets.NanoDetector(depths=(1, 1, 1, 1)))
    graph = onnx.load(str(exported))
    left = [node for node in graph.graph.node if node.op_type != "Cast" or not node.input[0].endswith(".half")]
    del graph.graph.node[:]
    graph.graph.node.extend(left)
    onnx.save(graph, str(tmp_path / "without.onnx"))
    with pytest.raises(ValueError, match=r"another network: Conv .* has no weights and bias of its own"):
        start.load(tmp_path / "without.onnx", nets.NanoDetector())


def test_what_is_no_file_of_a_network_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not there"):
        start.layers(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("no network at all, but a line of text")
    with pytest.raises(ValueError, match="is no ONNX file"):
        start.layers(tmp_path / "text.onnx")
