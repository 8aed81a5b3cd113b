"""tools/export siglip: what comes out runs, and what cannot be exported is told in a line."""

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
from stream_engine.models.embeddings import FAMILIES

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

# As modules without types: what they stand on has too many of its own.
small: Any = importlib.import_module("tests.exporting.small_siglip")
siglip: Any = importlib.import_module("exporting.siglip")
checkpoints: Any = importlib.import_module("exporting.checkpoints")
command: Any = importlib.import_module("exporting.command")

TOOL = Path(__file__).parents[2] / "tools/export"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    small.siglip().save_pretrained(folder)
    return folder


def copied(saved: Path, folder: Path, **changes: Any) -> Path:
    """The same checkpoint with another configuration."""
    folder.mkdir()
    (folder / "model.safetensors").write_bytes((saved / "model.safetensors").read_bytes())
    said = json.loads((saved / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(said | changes))
    return folder


def refused(folder: Path, size: int | None = None) -> str:
    with pytest.raises(checkpoints.CheckpointError) as told:
        siglip.open_siglip(folder, size)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_folder_becomes_a_model_that_loads_and_answers(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STREAM_ENGINE_ENGINES", str(tmp_path / "engines"))
    command.siglip(saved, name="mine", licence="Apache-2.0", source="made here")
    row, said = model("mine", "tag"), capsys.readouterr().err
    assert (row.family, row.precision, row.licence, row.source) == ("siglip", "fp32", "Apache-2.0", "made here")
    assert row.family in FAMILIES and row.sha256 in said and "it differs from the network by" in said
    assert row.inputs["pixels"].shape == ("batch", 3, small.SIDE, small.SIDE)
    assert row.outputs["embeddings"].shape == ("batch", small.SIZE)
    assert sorted(path.name for path in (tmp_path / "engines").iterdir() if path.name != ".lock") == ["mine.onnx", OWN]
    told = load(NETS, "ort")(row, 1).run({"pixels": np.zeros((5, 3, small.SIDE, small.SIDE), np.float32)})
    assert told["embeddings"].shape == (5, small.SIZE) and np.isfinite(told["embeddings"]).all()
    (verdict,) = verdicts(manifest(), ["mine"])
    assert verdict.ok and verdict.found == "there, loads"


def test_a_tower_alone_is_the_same_whichever_release_has_saved_it(saved: Path, tmp_path: Path) -> None:
    small.siglip().vision_model.save_pretrained(tmp_path / "alone")
    older = copied(tmp_path / "alone", tmp_path / "older")
    weights = safetensors.load_file(tmp_path / "alone" / "model.safetensors")
    prefixed = {f"vision_model.{name}": value for name, value in weights.items()}
    safetensors.save_file(prefixed, older / "model.safetensors", {"format": "pt"})
    pictures = torch.rand(2, 3, small.SIDE, small.SIDE)
    with torch.no_grad():
        wanted = siglip.open_siglip(saved, None)(pictures)
        for folder in (tmp_path / "alone", older):
            assert (siglip.open_siglip(folder, None)(pictures) == wanted).all()


def test_another_size_stretches_the_positions_as_the_library_does(saved: Path) -> None:
    side = small.SIDE + 2 * small.PATCH
    pictures = torch.rand(2, 3, side, side)
    with torch.no_grad():
        told = siglip.open_siglip(saved, side)(pictures)
        net = small.siglip().vision_model
        wanted = net(pictures, interpolate_pos_encoding=True).last_hidden_state.mean(1)
    assert (told - wanted).abs().max() < 1e-5 * wanted.abs().max()


def test_the_vocabulary_of_siglip_2_does_not_matter(saved: Path, tmp_path: Path) -> None:
    folder = copied(saved, tmp_path / "two", text_config={"model_type": "siglip_text_model", "vocab_size": 256_000})
    assert siglip.open_siglip(folder, None).size == small.SIZE


def test_a_configuration_that_says_nothing_means_the_base_tower(saved: Path, tmp_path: Path) -> None:
    folder = copied(saved, tmp_path / "base", vision_config={"model_type": "siglip_vision_model"})  # as published
    config = siglip._config(folder)
    assert (config.hidden_size, config.num_hidden_layers, config.image_size, config.patch_size) == (768, 12, 224, 16)


CONFIGURATIONS: list[tuple[dict[str, Any], str]] = [
    ({"model_type": "vit"}, "holds a model of type 'vit'; what can be exported as siglip: siglip, siglip_vision_model"),
    ({"model_type": ["siglip"]}, "holds a model of type ['siglip']; what can be exported"),
    ({"model_type": "siglip2"}, "holds a SigLIP 2 that takes pictures of any shape (NaFlex)"),
    ({"vision_config": None}, "config.json is of no SigLIP"),
    ({"vision_config": {"hidden_size": "wide"}}, "config.json is of no SigLIP"),
    ({"vision_config": {"num_hidden_layers": 10**9}}, "its num_hidden_layers is a number that no network has"),
    ({"vision_config": small.VISION | {"image_size": [64, 32]}}, "it does not take squares of RGB"),
    ({"vision_config": small.VISION | {"num_channels": 1}}, "it does not take squares of RGB"),
    ({"vision_config": small.VISION | {"patch_size": 0}}, "it does not take squares of RGB"),
    ({"vision_config": small.VISION | {"num_hidden_layers": 3}}, "weight(s) are missing or of another shape"),
    (
        {"vision_config": small.VISION | {"image_size": 96}},
        "1 weight(s) are missing or of another shape, first embeddings.position_embedding.weight: ",
    ),
]


@pytest.mark.parametrize(("changes", "why"), CONFIGURATIONS, ids=lambda each: str(each)[:40])
def test_another_checkpoint_is_refused(saved: Path, tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    assert why in refused(copied(saved, tmp_path / "other", **changes))


def test_another_preparation_of_pictures_is_refused(saved: Path, tmp_path: Path) -> None:
    folder = copied(saved, tmp_path / "other")
    prepared = folder / "preprocessor_config.json"
    prepared.write_text(json.dumps({"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "do_normalize": True}))
    assert siglip.open_siglip(folder, None).side == small.SIDE
    prepared.write_text(json.dumps({"image_mean": [0.485, 0.456, 0.406]}))
    assert f"{prepared} normalises pictures in another way than siglip does here" in refused(folder)


def test_a_size_that_its_patches_do_not_fill_is_refused(saved: Path, tmp_path: Path) -> None:
    assert refused(saved, 100) == "--size 100: this model takes multiples of 16, or the 64 it was made for"
    odd = small.tower(**small.VISION | {"image_size": 60})  # as so400m-patch14-384 is: what is left over is not seen
    odd.save_pretrained(tmp_path / "odd")
    assert siglip.open_siglip(tmp_path / "odd", None).side == 60


def test_weights_that_could_run_code_are_not_opened(saved: Path, tmp_path: Path) -> None:
    folder = copied(saved, tmp_path / "other")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "has no model.safetensors; other files of weights can run code" in refused(folder)


@pytest.mark.parametrize("worst", [2e-3, float("nan")])
def test_a_file_that_differs_is_not_written(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worst: float
) -> None:
    monkeypatch.setattr(siglip, "trace", lambda *given: given[-1].write_text("a graph"))
    monkeypatch.setattr(siglip, "difference", lambda *_: worst)
    with pytest.raises(checkpoints.CheckpointError, match="the file differs from the network by"):
        command.siglip(saved, name="mine", out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_model_that_is_there_is_replaced_only_by_force(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(siglip, "trace", lambda *given: given[-1].write_text("a graph"))
    monkeypatch.setattr(siglip, "difference", lambda *_: 1e-6)
    command.siglip(saved, name="mine", out=tmp_path)
    with pytest.raises(SystemExit):
        command.siglip(saved, name="mine", size=96, out=tmp_path)
    assert "--name mine: the row 'mine' of" in capsys.readouterr().err
    command.siglip(saved, name="mine", size=96, out=tmp_path, force=True)
    (row,) = read(tmp_path / OWN, tmp_path).models
    assert row.inputs["pixels"].shape == ("batch", 3, 96, 96)


def test_the_tool_tells_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clip"}))
    done = subprocess.run(
        [sys.executable, str(TOOL), "siglip", str(tmp_path), "--name", "x", "--out", str(tmp_path / "engines")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1
    assert "holds a model of type 'clip'; what can be exported as siglip" in done.stderr
