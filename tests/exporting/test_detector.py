"""tools/export detector: what comes out runs, and what cannot be exported is told in a line."""

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream_engine.backends import NETS, load
from stream_engine.engines import EngineError, Model, model
from stream_engine.models.detectors import FAMILIES
from tests.models.pictures import smooth_nv12

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")
pytest.importorskip("onnx")

# As modules without types: what they stand on has too many of its own.
small: Any = importlib.import_module("tests.exporting.small")
checkpoints: Any = importlib.import_module("exporting.checkpoints")
roboflow: Any = importlib.import_module("exporting.roboflow")
onnx_file: Any = importlib.import_module("exporting.onnx_file")
rows: Any = importlib.import_module("exporting.rows")
command: Any = importlib.import_module("exporting.command")

TOOL = Path(__file__).parents[2] / "tools/export"


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STREAM_ENGINE_ENGINES", str(tmp_path / "engines"))
    return tmp_path / "engines"


def saved(folder: Path, net: Any) -> Path:
    net.save_pretrained(folder)
    return folder


def runs(row: Model) -> None:
    detector = load(FAMILIES, row.family)(load(NETS, "ort")(row, 1), row, dict.fromkeys(row.thresholds, 1e-6), 1000)
    (found,) = detector.answer([detector.take(smooth_nv12((640, 360)))])
    assert found and {each.role for each in found} <= set(row.thresholds)


@pytest.mark.parametrize(("make", "family"), [("rf_detr", "rfdetr"), ("d_fine", "dfine")])
def test_a_folder_becomes_a_model_that_the_service_finds_and_runs(
    tmp_path: Path, engines: Path, make: str, family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = saved(tmp_path / "saved", getattr(small, make)())
    command.detector(folder, name="mine", size=small.SIDE, licence="none", source="made here")
    row = model("mine", "detect")
    assert (row.family, row.classes, row.background) == (family, small.CLASSES, None)
    assert row.roles == {"player": "player", "sports ball": "ball", "referee": "referee"}
    assert row.inputs["pixels"].shape == ("batch", 3, small.SIDE, small.SIDE)
    assert row.path == engines / "mine.onnx" and [path.name for path in engines.glob("*.onnx*")] == ["mine.onnx"]
    said = capsys.readouterr().err
    assert row.sha256 in said and "it differs from the network by" in said
    runs(row)


def forbidden(*_: Any) -> None:
    raise AssertionError("an export was begun")


def refusal(capsys: pytest.CaptureFixture[str], folder: Path, **options: Any) -> str:
    with pytest.raises((SystemExit, EngineError)) as told:
        command.detector(folder, **options)
    return capsys.readouterr().err + str(told.value)


def test_a_name_that_cannot_be_given_is_told_before_anything_is_opened(
    tmp_path: Path, engines: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_open", forbidden)
    for name, said in (
        ("nano-detector", "'nano-detector' is the name of one that is built in"),
        ("none", "'none' is what a stage without a model says"),
        ("../x", "--name ../x: letters, digits"),
    ):
        assert said in refusal(capsys, tmp_path, name=name, force=True)
    assert not engines.exists()
    engines.mkdir()
    (engines / "models.toml").write_text("[[models")
    assert "models.toml: not valid TOML" in refusal(capsys, tmp_path, name="mine", force=True)


def test_a_model_that_is_there_is_replaced_only_by_force_and_then_row_and_file_together(
    tmp_path: Path, engines: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, manifest, place = saved(tmp_path / "saved", small.rf_detr()), engines / "models.toml", engines / "mine.onnx"
    command.detector(folder, name="mine", size=small.SIDE)
    before = place.read_bytes()
    by_hand = manifest.read_text().replace("player = 0.35", "player = 0.6") + "# tuned\n"
    manifest.write_text(by_hand)
    with monkeypatch.context() as patch:
        patch.setattr(command, "_open", forbidden)
        said = f"--name mine: the row 'mine' of {manifest} would be replaced; --force does that"
        assert said in refusal(capsys, folder, name="mine")
        (engines / "other.onnx").write_bytes(b"by hand")
        assert f"--name other: {engines / 'other.onnx'} would be replaced" in refusal(capsys, folder, name="other")
    assert (place.read_bytes(), manifest.read_text()) == (before, by_hand)
    command.detector(folder, name="mine", size=2 * small.SIDE, force=True)
    assert place.read_bytes() != before and manifest.read_text() != by_hand
    assert model("mine", "detect").inputs["pixels"].shape == ("batch", 3, 2 * small.SIDE, 2 * small.SIDE)


def test_a_manifest_that_breaks_meanwhile_leaves_the_model_that_was_there(
    tmp_path: Path, engines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, place = saved(tmp_path / "saved", small.rf_detr()), engines / "mine.onnx"
    command.detector(folder, name="mine", size=small.SIDE)
    before, row_of = place.read_bytes(), rows.row_of

    def breaking(*given: Any) -> Any:
        (engines / "models.toml").write_text("[[models")
        return row_of(*given)

    monkeypatch.setattr(rows, "row_of", breaking)
    with pytest.raises(EngineError, match="not valid TOML"):
        command.detector(folder, name="mine", size=2 * small.SIDE, force=True)
    assert place.read_bytes() == before
    assert sorted(path.name for path in engines.iterdir() if path.name != ".lock") == ["mine.onnx", "models.toml"]


def test_the_families_that_are_written_are_families_that_the_service_knows() -> None:
    written = {family for family, _ in checkpoints.KINDS.values()}
    assert written == set(onnx_file.OUTPUTS) and written < set(FAMILIES)


def test_a_checkpoint_of_rf_detr_s_package_says_what_its_network_says(tmp_path: Path, engines: Path) -> None:
    wide = {"hidden_size": 64, "num_attention_heads": 1, "num_hidden_layers": 12}
    net = small.rf_detr(1, **wide, image_size=64, out_features=["stage3", "stage6", "stage9", "stage12"])
    theirs = importlib.import_module("transformers.core_model_loading").revert_weight_conversion(net, net.state_dict())
    assert "transformer.decoder.layers.0.self_attn.in_proj_weight" in theirs
    path = tmp_path / "best.pth"
    names = ["goalkeeper", "player", "referee", "ball"]
    torch.save({"model": theirs, "args": argparse.Namespace(class_names=names, num_classes=4)}, path)
    opened = roboflow.open_checkpoint(path)
    assert (opened.side, opened.step, opened.classes, opened.background) == (64, 32, (*names, "background"), 4)
    for part in net.model.backbone.projector.modules():
        if isinstance(part, torch.nn.LayerNorm):
            part.eps = 1e-6
    pictures = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        ours, wanted = opened.net.eval()(pictures), net(pictures)
    assert torch.allclose(ours.logits, wanted.logits, atol=1e-5)
    assert torch.allclose(ours.pred_boxes, wanted.pred_boxes, atol=1e-5)
    command.detector(path, name="fine-tuned")
    assert model("fine-tuned", "detect").background == 4
    runs(model("fine-tuned", "detect"))


def test_the_columns_of_coco_are_its_category_numbers(tmp_path: Path) -> None:
    classes, background = roboflow._classes(tmp_path, None, 91)
    assert (classes[1], classes[37], background, len(classes)) == ("person", "sports ball", None, 91)
    with pytest.raises(checkpoints.CheckpointError, match="names 0 classes, and its scores have 5 columns"):
        roboflow._classes(tmp_path, {}, 5)


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("trapped"),))


def test_a_pickle_that_would_run_code_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"model": Trap()}, "bad.pth")
    with pytest.raises(checkpoints.CheckpointError, match="cannot be opened without running code from it"):
        roboflow.open_checkpoint(Path("bad.pth"))
    assert not Path("trapped").exists()


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"model": {}}, "is no checkpoint of RF-DETR"),
        ([], "is no checkpoint of RF-DETR"),
        ({"model": {"class_embed.weight": torch.zeros(5, 32)}}, "is of a kind of RF-DETR that is not known here"),
        ({"model": {"class_embed.weight": torch.zeros(5, 32), "segmentation_head.bias": 0}}, "also draws masks"),
    ],
)
def test_another_checkpoint_is_refused(tmp_path: Path, held: Any, said: str) -> None:
    torch.save(held, tmp_path / "some.pth")
    with pytest.raises(checkpoints.CheckpointError, match=said):
        roboflow.open_checkpoint(tmp_path / "some.pth")


def test_a_folder_of_another_model_is_told_in_one_line(tmp_path: Path) -> None:
    saved(tmp_path / "other", transformers.ViTModel(transformers.ViTConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, image_size=32,
    )))  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(TOOL), "detector", str(tmp_path / "other"), "--name", "x", "--out", str(tmp_path)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "holds a model of type 'vit'; these can be exported: rf_detr, d_fine" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_what_a_folder_lacks_is_told(tmp_path: Path) -> None:
    with pytest.raises(checkpoints.CheckpointError, match=r"config\.json cannot be read"):
        checkpoints.open_folder(tmp_path)
    folder = saved(tmp_path / "saved", small.rf_detr())
    weights = folder / "model.safetensors"
    whole = safetensors.load_file(weights)
    name = sorted(whole)[0]
    safetensors.save_file({key: value for key, value in whole.items() if key != name}, weights, {"format": "pt"})
    with pytest.raises(checkpoints.CheckpointError, match=r"1 weight\(s\) are missing or of another shape"):
        checkpoints.open_folder(folder)
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(checkpoints.CheckpointError, match="cannot be loaded"):
        checkpoints.open_folder(folder)
    weights.rename(folder / "pytorch_model.bin")
    with pytest.raises(checkpoints.CheckpointError, match=r"has no model\.safetensors"):
        checkpoints.open_folder(folder)


def test_the_size_is_what_the_folder_says_and_another_preparation_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "saved", small.rf_detr())
    assert checkpoints.open_folder(folder).side == 64  # positions for 48, and 32 divides it
    prepared = folder / "preprocessor_config.json"
    prepared.write_text(json.dumps({"size": {"height": 96, "width": 96}}))
    assert checkpoints.open_folder(folder).side == 96
    prepared.write_text(json.dumps({"image_mean": [0.5, 0.5, 0.5]}))
    with pytest.raises(checkpoints.CheckpointError, match="normalises pictures in another way than rfdetr"):
        checkpoints.open_folder(folder)


def test_roles_are_those_of_usual_names_and_those_asked_for() -> None:
    assert rows.roles_of(("Person", "Sports Ball", "horse"), []) == {"Person": "player", "Sports Ball": "ball"}
    assert rows.roles_of(("person", "horse"), ["horse=other"]) == {"person": "player", "horse": "other"}
    for wrong in ("horse", "horse=rider", "cow=other"):
        with pytest.raises(checkpoints.CheckpointError, match=r"CLASS=ROLE with one of the classes horse"):
            rows.roles_of(("horse",), [wrong])
    with pytest.raises(checkpoints.CheckpointError, match="none of the classes horse has a name that is known"):
        rows.roles_of(("horse",), [])


@pytest.mark.parametrize(("size", "name", "family"), [(65, "x", None), (64, "../x", None), (64, "x", "dfine")])
def test_what_does_not_fit_the_model_is_refused_and_nothing_is_written(
    tmp_path: Path, engines: Path, size: int, name: str, family: str | None
) -> None:
    folder = saved(tmp_path / "saved", small.rf_detr())
    with pytest.raises((SystemExit, checkpoints.CheckpointError)):
        command.detector(folder, name=name, size=size, family=family)
    assert not list(tmp_path.rglob("*.onnx*"))


def test_the_difference_is_that_of_the_numbers_and_not_of_their_order() -> None:
    chance = np.random.default_rng(1)
    wanted = [chance.normal(size=(2, 40, sides)).astype(np.float32) for sides in (5, 4)]
    order = chance.permutation(40)
    assert onnx_file.difference(wanted, [array[:, order] for array in wanted]) == 0
    assert onnx_file.difference(wanted, [array * np.float32(1.01) for array in wanted]) > 1e-3


def test_a_file_that_differs_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        onnx_file, "_run", lambda *_: [np.ones((3, 12, 5), np.float32), np.ones((3, 12, 4), np.float32)]
    )
    opened = checkpoints.Opened(small.rf_detr(), "rfdetr", 64, 32, small.CLASSES, None)
    with pytest.raises(checkpoints.CheckpointError, match=r"the file differs from the network by .*: not written"):
        onnx_file.write(opened, 64, tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())
