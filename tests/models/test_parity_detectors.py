"""Detectors of transformers say the same here as they do there, post-processing included."""

import __future__

import ast
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.backends import NETS, load
from stream_engine.config import DetectConfig
from stream_engine.engines import Model, manifest, model
from stream_engine.engines.rows import add_row
from stream_engine.messages import Detections
from stream_engine.models.detectors import FAMILIES
from stream_engine.models.detectors.common import PixelDetector
from stream_engine.stages.detect import Detect
from tests.fakes import frame_ref
from tests.models.pictures import Rings, smooth_nv12

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("onnx")

# As modules without types: what they stand on has too many of its own.
small: Any = importlib.import_module("tests.exporting.small")
checkpoints: Any = importlib.import_module("exporting.checkpoints")
onnx_file: Any = importlib.import_module("exporting.onnx_file")
rows: Any = importlib.import_module("exporting.rows")

LEAST = 0.012  # random weights are not sure of anything
# Each class another role, so that roles tell the classes.
ROLES = {"nobody": "other", "player": "player", "sports ball": "ball", "referee": "referee", "horse": "goalkeeper"}
KINDS = {
    "rfdetr": ("rf_detr", "rf_detr/image_processing_rf_detr.py"),
    "dfine": ("d_fine", "rt_detr/image_processing_pil_rt_detr.py"),
    "rtdetr": ("rt_detr_v2", "rt_detr/image_processing_pil_rt_detr.py"),
}


def library_s(file: str) -> Any:
    """The library's own post-processing; the module around it asks for image libraries that it does not need."""
    path = Path(transformers.__file__).parent / "models" / file
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    method = next(n for n in nodes if isinstance(n, ast.FunctionDef) and n.name == "post_process_object_detection")
    method.decorator_list = []
    code = compile(ast.Module([method], []), str(path), "exec", __future__.annotations.compiler_flag)
    corners = importlib.import_module("transformers.image_transforms").center_to_corners_format
    space: dict[str, Any] = {"torch": torch, "center_to_corners_format": corners}
    exec(code, space)
    return space["post_process_object_detection"]


class Pair:
    """A network as the library runs it, and as a row of the manifest."""

    def __init__(self, family: str, folder: Path) -> None:
        make, file = KINDS[family]
        self.net, self._post_process = getattr(small, make)(), library_s(file)
        opened = checkpoints.Opened(self.net, family, small.SIDE, 32, small.CLASSES, None)
        written = onnx_file.write(opened, small.SIDE, folder / f"{family}.onnx")
        add_row(rows.row_of(rows.Told("made here", "none"), opened, ROLES, written), folder)

    def wanted(
        self, pixels: NDArray[np.float32], size: tuple[int, int]
    ) -> list[tuple[str, float, NDArray[np.float32]]]:
        with torch.no_grad():
            outputs = self.net(torch.from_numpy(pixels))
        (told,) = self._post_process(None, outputs, threshold=LEAST, target_sizes=[(size[1], size[0])])
        rows = zip(told["labels"].tolist(), told["scores"].tolist(), told["boxes"].numpy(), strict=True)
        clipped = [(ROLES[small.CLASSES[label]], score, box.clip(0, size * 2)) for label, score, box in rows]
        return [row for row in clipped if row[2][2] > row[2][0] and row[2][3] > row[2][1]]


@pytest.fixture(scope="module", params=sorted(KINDS))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Pair, str, Path]:
    folder = tmp_path_factory.mktemp("engines")
    return Pair(request.param, folder), request.param, folder


@pytest.fixture
def row(pair: tuple[Pair, str, Path], monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setenv("STREAM_ENGINE_ENGINES", str(pair[2]))
    assert pair[1] in {known.name for known in manifest().models}
    return model(pair[1], "detect")


def detector(row: Model, most: int = 1000) -> PixelDetector:
    made = load(FAMILIES, row.family)(load(NETS, "ort")(row, 1), row, dict.fromkeys(ROLES.values(), LEAST), most)
    assert isinstance(made, PixelDetector)
    return made


@pytest.mark.parametrize("size", [(1920, 1080), (320, 576), (64, 64)])
def test_boxes_classes_and_scores_are_the_library_s(pair: Any, row: Model, size: tuple[int, int]) -> None:
    ours = detector(row)
    taken = ours.take(smooth_nv12(size))
    wanted = pair[0].wanted(ours.pixels([taken]), size)
    (told,) = ours.answer([taken])
    assert told is not None and len(told) == len(wanted) >= 3
    assert [found.role for found in told] == [role for role, _, _ in wanted]
    assert np.allclose([found.score for found in told], [score for _, score, _ in wanted], rtol=0, atol=1e-4)
    assert np.abs(np.array([found.box_px for found in told]) - [box for _, _, box in wanted]).max() < 1e-3


def test_a_batch_says_of_each_picture_what_it_says_of_it_alone(row: Model) -> None:
    ours = detector(row)
    taken = [ours.take(smooth_nv12(size, seed)) for seed, size in enumerate([(640, 360), (1280, 720), (320, 320)])]
    together, alone = ours.answer(taken), [ours.answer([each])[0] for each in taken]
    for some, same in zip(together, alone, strict=True):
        assert some is not None and same is not None
        assert [found.role for found in some] == [found.role for found in same]
        assert np.allclose([found.box_px for found in some], [found.box_px for found in same], atol=1e-2)


def test_detect_looks_with_it(row: Model) -> None:
    looking = Detect(detector(row, most=2), Rings(smooth_nv12((640, 360))), DetectConfig(net=row.name))
    results = looking.process([frame_ref("a", seq=1), frame_ref("b", seq=1)])
    assert all(isinstance(result, Detections) and result.looked and len(result.items) == 2 for result in results)
    assert looking.unusable == 0
