"""tools/export sam2: what comes out runs, and what cannot be exported is told in a line."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream_engine.backends import NETS, load
from stream_engine.engines import OWN, manifest, model, read
from stream_engine.engines.states import verdicts
from tests.exporting.rtx import plan_bytes

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

# As modules without types: what they stand on has too many of its own.
small: Any = importlib.import_module("tests.exporting.small_sam2")
checkpoint: Any = importlib.import_module("exporting.sam2.checkpoint")
checkpoints: Any = importlib.import_module("exporting.checkpoints")
files: Any = importlib.import_module("exporting.sam2.files")
parts: Any = importlib.import_module("exporting.sam2.parts")
command: Any = importlib.import_module("exporting.command")
PARTS: tuple[str, ...] = importlib.import_module("exporting.sam2").PARTS

TOOL = Path(__file__).parents[2] / "tools/export"
SIDE, SLOTS, POINTERS = 96, 5, 7  # another side than the checkpoint's


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    small.sam2().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def exported(saved: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An engines folder with the four parts, for regions."""
    folder = tmp_path_factory.mktemp("engines")
    command.sam2(saved, name="mine", side=SIDE, slots=SLOTS, pointers=POINTERS, out=folder, licence="none")
    return folder


def test_a_folder_becomes_four_models_that_run(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_ENGINE_ENGINES", str(exported))
    assert sorted(path.name for path in exported.glob("*.onnx")) == sorted(f"mine.{part}.onnx" for part in PARTS)
    assert not [path for path in exported.iterdir() if path.is_dir()]
    rows = {part: model(f"mine.{part}", "propagate") for part in PARTS}
    assert {(row.family, row.licence, row.precision) for row in rows.values()} == {("sam2", "none", "fp32")}
    assert rows["encode"].inputs["pixels"].shape == ("objects", 3, SIDE, SIDE)
    assert rows["track_head"].inputs["bank"].shape == ("objects", SLOTS, 64, SIDE // 16, SIDE // 16)
    assert rows["track_head"].inputs["ptr_valid"].shape == ("objects", POINTERS)
    for row in rows.values():
        counts = {"objects": 4, "points": 2}
        given = {name: tensor.numpy() for name, tensor in parts.example(row.inputs, counts).items()}
        told = load(NETS, "ort")(row, 1).run(given)
        for name, spec in row.outputs.items():
            assert told[name].shape == tuple(counts.get(str(side), side) for side in spec.shape)
            assert told[name].dtype == spec.dtype and np.isfinite(told[name]).all()
    assert all(verdict.ok for verdict in verdicts(manifest(), [row.name for row in rows.values()]))


def test_what_is_told_are_the_files_and_how_far_they_are_from_the_network(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(files, "trace", lambda module, signature, path: path.write_text(path.name))
    monkeypatch.setattr(files, "difference", lambda *_: 2e-6)
    command.sam2(saved, name="mine", side=SIDE, mode="frame", out=tmp_path)
    said = capsys.readouterr().err
    rows = {row.name: row for row in read(tmp_path / OWN, tmp_path).models}
    assert list(rows) == [f"mine.{part}" for part in PARTS]
    assert all(row.sha256 in said for row in rows.values()) and said.count("differs from the network by 2.0e-06") == 4
    assert rows["mine.encode"].inputs["pixels"].shape == (1, 3, SIDE, SIDE)
    assert rows["mine.track_head"].inputs["feat"].shape == (1, 128, SIDE // 16, SIDE // 16)
    assert rows["mine.track_head"].outputs["masks"].shape == ("objects", 4, SIDE // 4, SIDE // 4)


@pytest.mark.parametrize("worst", [2e-3, float("nan")])
def test_files_that_differ_are_not_written(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worst: float
) -> None:
    monkeypatch.setattr(files, "trace", lambda module, signature, path: path.write_text(path.name))
    monkeypatch.setattr(files, "difference", lambda _, signature, __: worst if "bank" in signature.inputs else 0.0)
    with pytest.raises(checkpoints.CheckpointError, match="the file of track_head differs from its module by"):
        command.sam2(saved, name="mine", out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_difference_is_in_shares_of_an_output_s_greatest_number(exported: Path) -> None:
    net = small.sam2(SIDE)
    signature = parts.signatures(parts.sizes_of(net, SLOTS, POINTERS, "region"))["memorize"]
    module = parts.modules(net, SLOTS)["memorize"]
    assert files.difference(module, signature, exported / "mine.memorize.onnx") < 1e-5
    module.scale *= 1.01
    assert files.difference(module, signature, exported / "mine.memorize.onnx") > 1e-3


def test_a_folder_of_another_model_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vit"}))
    done = subprocess.run(
        [sys.executable, str(TOOL), "sam2", str(tmp_path), "--name", "x", "--out", str(tmp_path / "engines")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "holds a model of type 'vit'; what can be exported as sam2: sam2_video" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"model_type": "edgetam_video"}, "holds an EdgeTAM: it compresses its memories"),
        (
            {"model_type": "sam2_video", "enable_occlusion_spatial_embedding": False},
            "is no SAM 2.1: its enable_occlusion_spatial_embedding is False, not True",
        ),
        ({"model_type": "sam2_video"}, r"has no model\.safetensors"),
        ({"model_type": "sam2_video", "image_size": "wide"}, r"config\.json is of no SAM 2\.1"),
    ],
)
def test_what_is_no_sam_2_1_is_told(tmp_path: Path, said: dict[str, Any], why: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(said))
    with pytest.raises(checkpoints.CheckpointError, match=why):
        checkpoint.open_sam2(tmp_path, 224)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"model_type": ["sam2_video"]}, r"holds a model of type \['sam2_video'\]"),
        ({"memory_attention_num_layers": 10**9}, "its memory_attention_num_layers is a number that no network has"),
        (
            {"vision_config": {"backbone_config": {"blocks_per_stage": [1, 2]}}},
            r"weight\(s\) are missing or of another shape",
        ),
        ({"vision_config": {"backbone_config": {"hidden_size": 0}}}, "is garbled: |cannot be loaded: |SAM 2"),
        ({"mask_decoder_config": {"num_attention_heads": 0}}, "is garbled: |cannot be loaded: |SAM 2"),
    ],
)
def test_a_configuration_that_is_garbled_is_told(saved: Path, tmp_path: Path, said: dict[str, Any], why: str) -> None:
    config = json.loads((saved / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(deeply(config, said)))
    (tmp_path / "model.safetensors").symlink_to(saved / "model.safetensors")
    with pytest.raises(checkpoints.CheckpointError, match=why) as told:
        command.sam2(tmp_path, name="x", side=96, out=tmp_path / "engines")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "engines").exists()


def deeply(config: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    return config | {
        name: deeply(config[name], value) if isinstance(value, dict) else value for name, value in said.items()
    }


def test_what_a_folder_lacks_is_told(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((saved / "config.json").read_bytes())
    weights = safetensors.load_file(saved / "model.safetensors")
    del weights["no_object_pointer"]
    safetensors.save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(checkpoints.CheckpointError, match=r"1 weight\(s\) are missing .* first no_object_pointer"):
        checkpoint.open_sam2(tmp_path, 96)
    with pytest.raises(checkpoints.CheckpointError, match=r"config\.json cannot be read"):
        checkpoint.open_sam2(tmp_path / "nowhere", 96)


@pytest.mark.parametrize(("side", "name"), [(100, "x"), (96, "../x"), (96, "x" * 60)])
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    saved: Path, tmp_path: Path, side: int, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises((SystemExit, checkpoints.CheckpointError)) as refused:
        command.sam2(saved, name=name, side=side, out=tmp_path / "engines")
    if side % 32:
        assert str(refused.value) == "--side 100: SAM 2.1 takes multiples of 32"
    else:
        assert f"--name {name}.encode: letters, digits" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_tensorrt_rtx_builds_plans_of_all_four(exported: Path) -> None:
    for row in read(exported / OWN, exported).models:
        assert plan_bytes(row.path, row.inputs) > 0, row.name
