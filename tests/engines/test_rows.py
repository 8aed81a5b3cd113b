"""A row is written into the user's manifest; the rest of it stays."""

import threading
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_engine.engines import OWN, EngineError, Model, TensorSpec, manifest
from stream_engine.engines.rows import add_row, written

ROW: dict[str, Any] = {
    "name": "mine",
    "task": "detect",
    "family": "rfdetr",
    "file": "mine.onnx",
    "source": 'made "here"\nand there',
    "licence": "Apache-2.0",
    "sha256": "0" * 64,
    "precision": "fp32",
    "inputs": {"image": {"dtype": "float32", "shape": ["batch", 3, 384, 384]}},
    "outputs": {"boxes.0": {"dtype": "float32", "shape": ["batch", 300, 4]}},
    "thresholds": {"player": 0.5, "ball": 1e-05},
    "classes": ("N/A", "person", "sports ball"),
    "roles": {"person": "player", "sports ball": "ball"},
    "background": 0,
}


def test_a_row_that_is_written_is_read_as_it_was(folder: Path) -> None:
    assert add_row(ROW, folder) == folder / OWN
    read = manifest().models[-1]
    assert read == msgspec.structs.replace(msgspec.convert(ROW, Model), folder=folder)
    assert (read.background, read.outputs["boxes.0"].shape) == (0, ("batch", 300, 4))


def test_a_row_of_the_same_name_is_replaced_and_everything_else_stays(folder: Path) -> None:
    add_row(ROW, folder)
    add_row(ROW | {"name": "second"}, folder)
    path = folder / OWN
    before = "# mine alone\n" + path.read_text().replace('[[models]]\nname = "s', '# why\n[[models]]\nname = "s')
    path.write_text(before)
    add_row(ROW | {"sha256": "1" * 64}, folder)
    assert path.read_text() == before.replace("0" * 64, "1" * 64, 1)
    assert [row.name for row in manifest().models[-2:]] == ["mine", "second"]


def test_a_manifest_that_was_written_by_hand_keeps_its_comments_and_its_form(folder: Path) -> None:
    folder.mkdir()
    text = written(msgspec.convert(ROW | {"name": "first"}, Model)).replace("\n", "  # why\n", 3) + "\n# the end"
    (folder / OWN).write_text(text)
    add_row(ROW, folder)
    assert (folder / OWN).read_text().startswith(text)
    assert len(manifest().models) == len({row.name for row in manifest().models}) == 3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "nano-detector"}, "'nano-detector' is the name of one that is built in"),
        ({"file": "../mine.onnx"}, "must be a path below"),
        ({"shape": 3}, "unknown key 'shape'"),
    ],
)
def test_a_row_that_could_not_be_read_is_not_written(folder: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(EngineError, match=said):
        add_row(ROW | changed, folder)
    assert not folder.exists()


def test_a_manifest_that_cannot_be_read_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / OWN).write_text("[[models")
    with pytest.raises(EngineError, match="not valid TOML"):
        add_row(ROW, folder)
    assert (folder / OWN).read_text() == "[[models"


def test_a_manifest_of_another_form_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / OWN).write_text("models = []\n")
    with pytest.raises(EngineError, match=r"models\.toml\.new: not valid TOML"):
        add_row(ROW, folder)
    assert (folder / OWN).read_text() == "models = []\n"


def test_rows_that_are_written_at_once_are_all_there(folder: Path) -> None:
    names = [f"mine-{number}" for number in range(8)]
    threads = [threading.Thread(target=add_row, args=(ROW | {"name": name}, folder)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.name for row in manifest().models} >= set(names)


@given(st.text(), st.dictionaries(st.text(), st.text()), st.floats(allow_nan=False))
def test_any_text_survives_being_written(said: str, roles: dict[str, str], threshold: float) -> None:
    row = Model(
        name="mine", task="detect", family="yolo", file="x", source=said, licence=said, sha256="0" * 64,
        precision="fp32", inputs={said: TensorSpec("uint8", (said, 1))}, outputs={}, thresholds={said: threshold},
        classes=(said,), roles=dict.fromkeys(roles, "ball"), background=None,
    )  # fmt: skip
    text = written(row)
    assert "\r" not in text
    assert msgspec.convert(tomllib.loads(text)["models"][0], Model) == row
