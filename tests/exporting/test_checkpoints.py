"""Folders of transformers whose contents are garbled: a line each, and nothing is written."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

# As modules without types: what they stand on has too many of its own.
small: Any = importlib.import_module("tests.exporting.small")
checkpoints: Any = importlib.import_module("exporting.checkpoints")
onnx_file: Any = importlib.import_module("exporting.onnx_file")
command: Any = importlib.import_module("exporting.command")


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STREAM_ENGINE_ENGINES", str(tmp_path / "engines"))
    return tmp_path / "engines"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small.rf_detr().save_pretrained(tmp_path / "saved")
    return tmp_path / "saved"


def refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> str:
    """What the tool says to the folder, in a line."""
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["export", "detector", str(folder), "--name", "mine"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    told = capsys.readouterr().err
    assert ended.value.code == 2 and len(told.strip().splitlines()) == 1
    return told


GARBLED: dict[str, Any] = {
    "no JSON": "{",
    "a list": "[1]",
    "brackets in brackets": "[" * 100_000,
    "half a character": '{"model_type": "\\ud800"}',
    "no type": {"model_type": None},
    "a type that is a list": {"model_type": []},
    "no backbone": {"backbone_config": {}},
    "a word for a number": {"num_queries": "many"},
    "names that are a number": {"id2label": 7},
    "no windows": {"backbone_config": {"num_windows": 0}},
    "more layers than can be made": {"decoder_layers": 10**9},
    "more queries than can be made": {"num_queries": 10**30},
    "a number that is none": {"layer_norm_eps": float("nan")},
}


@pytest.mark.parametrize("how", GARBLED)
def test_a_configuration_that_is_garbled_is_told_in_a_line(
    folder: Path, engines: Path, how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, said = folder / "config.json", GARBLED[how]
    path.write_text(said if isinstance(said, str) else json.dumps(merged(json.loads(path.read_text()), said)))
    assert refusal(monkeypatch, capsys, folder).startswith(f"error {folder}")
    assert not engines.exists()


def merged(said: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    inner = {name: said[name] | value for name, value in changes.items() if isinstance(value, dict) and value}
    return said | changes | inner


@pytest.mark.parametrize(
    ("size", "why"),
    [
        ({"height": 64_000, "width": 64_000}, "was made for a side of 64000; say --size, 32 to 2048"),
        (64, "is garbled: TypeError: "),
    ],
)
def test_an_absurd_size_is_told_before_anything_is_made(
    folder: Path, engines: Path, size: Any, why: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps({"size": size}))
    assert why in refusal(monkeypatch, capsys, folder)
    assert not engines.exists()


def test_what_breaks_in_a_library_while_it_is_written_is_told_in_a_line(
    folder: Path, engines: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaking(*_: object) -> None:
        raise IndexError("list index out of range\nand much more")

    monkeypatch.setattr(onnx_file, "_trace", breaking)
    assert f"{folder} is garbled: IndexError: list index out of range" in refusal(monkeypatch, capsys, folder)
    assert not list(engines.iterdir())
