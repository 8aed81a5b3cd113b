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
from stream_engine.engines.rows import add_row, in_the_way, written

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
    add_row(ROW | {"name": "second", "file": "second.onnx"}, folder)
    path = folder / OWN
    before = "# mine alone\n" + path.read_text().replace('[[models]]\nname = "s', '# why\n[[models]]\nname = "s')
    path.write_text(before)
    add_row(ROW | {"sha256": "1" * 64}, folder)
    assert path.read_text() == before.replace("0" * 64, "1" * 64, 1)
    assert [row.name for row in manifest().models[-2:]] == ["mine", "second"]


def test_a_manifest_that_was_written_by_hand_keeps_its_comments_and_its_form(folder: Path) -> None:
    folder.mkdir()
    text = (
        written(msgspec.convert(ROW | {"name": "first", "file": "first.onnx"}, Model)).replace("\n", "  # why\n", 3)
        + "\n# the end"
    )
    (folder / OWN).write_text(text)
    add_row(ROW, folder)
    assert (folder / OWN).read_text().startswith(text)
    names = [row.name for row in manifest().models if row.own]
    assert len(names) == len(set(names)) == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "nano-detector"}, "'nano-detector' is the name of one that is built in"),
        ({"file": "../mine.onnx"}, "must be a path below"),
        ({"shape": 3}, "shape: unknown key"),
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
    threads = [threading.Thread(target=add_row, args=(ROW | {"name": name, "file": name}, folder)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.name for row in manifest().models} >= set(names)


def test_what_a_row_would_replace_is_told_and_where_there_can_be_none_is_an_error(folder: Path) -> None:
    assert in_the_way("mine", "mine.onnx", folder) == ""
    assert not folder.exists()
    add_row(ROW, folder)
    assert in_the_way("mine", "other.onnx", folder) == f"the row 'mine' of {folder / OWN}"
    (folder / "other.onnx").touch()
    assert in_the_way("other", "other.onnx", folder) == str(folder / "other.onnx")
    with (folder / OWN).open("a") as file:
        file.write("[[weights]]\nname='w'\nfile='w'\nsource=''\nlicence=''\nthen=''\nmd5='" + "0" * 32 + "'\n")
    for name, file_name, said in (
        ("nano-detector", "x.onnx", "'nano-detector' is the name of one that is built in"),
        ("none", "none.onnx", "'none' is what a stage without a model says"),
        ("w", "w.onnx", r"'w' is the name of \[\[weights\]\] there"),
        ("second", "mine.onnx", "mine.onnx is the file of 'mine'"),
    ):
        with pytest.raises(EngineError, match=said):
            in_the_way(name, file_name, folder)
        with pytest.raises(EngineError):
            add_row(ROW | {"name": name, "file": file_name}, folder)
    assert len([row for row in manifest().models if row.own]) == 1
    assert not list(folder.glob("*.new"))


def test_a_file_goes_to_its_place_with_its_row_or_stays_where_it_was(folder: Path, tmp_path: Path) -> None:
    made, place = tmp_path / "made.onnx", folder / "mine.onnx"
    made.write_bytes(b"first")
    add_row(ROW, folder, made)
    assert (place.read_bytes(), made.exists()) == (b"first", False)
    made.write_bytes(b"second")
    text = (folder / OWN).read_text().replace("[[models]]", "[[ models ]]\nname = 'broken'")
    (folder / OWN).write_text(text)
    with pytest.raises(EngineError, match="not valid TOML"):
        add_row(ROW, folder, made)
    assert (place.read_bytes(), made.read_bytes(), (folder / OWN).read_text()) == (b"first", b"second", text)


@given(st.text(), st.lists(st.text()), st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_any_text_survives_being_written(said: str, classes: list[str], threshold: float) -> None:
    row = Model(
        name="mine", task="detect", family="yolo", file="x", source=said, licence=said, sha256="0" * 64,
        precision="fp32", inputs={said: TensorSpec("uint8", (said, 1))}, outputs={}, thresholds={"ball": threshold},
        classes=(said, *classes), roles=dict.fromkeys((said, *classes), "ball"), background=None,
    )  # fmt: skip
    text = written(row)
    assert "\r" not in text
    assert msgspec.convert(tomllib.loads(text)["models"][0], Model) == row
