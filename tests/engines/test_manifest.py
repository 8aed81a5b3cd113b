"""Two manifests are one, and what is wrong with either is said in a line."""

import os
from pathlib import Path

import pytest

from stream_engine.config import load_config
from stream_engine.engines import (
    HERE,
    OWN,
    VARIABLE,
    EngineError,
    Weights,
    engines_folder,
    look,
    manifest,
    model,
    verify,
)

ROW = """
[[models]]
name = "mine"
task = "detect"
family = "yolo"
file = "mine/net.onnx"
source = "here"
licence = "none"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
precision = "fp32"
inputs = { image = { dtype = "float32", shape = ["batch", 3, 640, 640] } }
outputs = { boxes = { dtype = "float32", shape = ["batch", 84, 8400] } }
thresholds = { player = 0.5 }
"""


def own(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / OWN).write_text(text)
    return folder / OWN


def complaint() -> str:
    with pytest.raises(EngineError) as told:
        manifest()
    assert "\n" not in str(told.value)
    return str(told.value)


def test_without_a_manifest_of_one_s_own_there_is_what_is_built_in(folder: Path) -> None:
    assert not folder.exists()
    assert all(not row.own and row.path.is_relative_to(HERE) for row in manifest().models)


def test_a_user_s_model_lies_below_the_engines_folder(folder: Path) -> None:
    own(folder, ROW)
    mine = manifest().models[-1]
    assert (mine.own, mine.path) == (True, folder / "mine/net.onnx")
    mine.path.parent.mkdir()
    mine.path.touch()
    assert model("mine", "detect") == mine
    assert look(mine) == ("there", "")


def test_the_engines_folder_is_where_the_environment_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engines_folder() == folder
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert engines_folder() == Path("/data/stream_engine/engines")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert engines_folder() == Path("/home/me/.local/share/stream_engine/engines")


def test_official_weights_say_whose_they_are_and_land_in_the_folder_for_weights(folder: Path) -> None:
    official = {row.name: row for row in manifest().weights}
    assert {f"rf-detr-{size}-weights" for size in ("nano", "small", "medium", "large")} <= set(official)
    for row in official.values():
        assert row.url and row.url.startswith("https://") and row.licence == "Apache-2.0" and row.then
        assert row.path == folder / "weights" / row.file
    with pytest.raises(EngineError, match=r"is missing; run: stream-engine engines pull rf-detr-nano-weights"):
        verify(official["rf-detr-nano-weights"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[models", "not valid TOML: "),
        ("[[model]]", "unknown field `model`; its tables are [[models]] and [[weights]]"),
        ("models = 3", "its tables are [[models]] and [[weights]]"),
        ("[[models]]", "a row without a name: "),
        (ROW.replace("sha256", "sha265"), "'mine': sha265: unknown key; did you mean 'sha256'?"),
        (
            ROW.replace('"detect"', '"detekt"'),
            "'mine': task: invalid enum value 'detekt'; there are: detect, propagate",
        ),
        (ROW.replace("dtype", "type"), "'mine': inputs.type: unknown key; did you mean 'dtype'?"),
        (
            ROW.replace('"float32"', '"float16"'),
            "'mine': inputs.dtype: invalid enum value 'float16'; there are: uint8, ",
        ),
        (ROW.replace("player", "keeper"), "thresholds: invalid enum value 'keeper'; there are: player, goalkeeper, "),
        (ROW.replace("0.5", "0.0"), "'mine': thresholds: expected `float` > 0.0"),
        (ROW.replace("0.5", "1.0"), "'mine': thresholds: expected `float` < 1.0"),
        (ROW.replace("0.5", "nan"), "'mine': thresholds: expected `float` > 0.0"),
        (ROW + '[models.roles]\nhome = "player"', "'mine': roles: 'home' is none of its classes; there are: none"),
        (ROW + 'classes = ["home"]\nroles.hom = "player"', "'hom' is none of its classes; did you mean 'home'?"),
        (ROW + 'classes = ["a", "b"]\nbackground = 2', "background: 2 is none of the columns of its 2 classes"),
        (ROW + 'classes = ["a", "b"]\nbackground = -1', "background: -1 is none of the columns of its 2 classes"),
        (ROW.replace('"mine"', '"none"'), "'none': name: 'none' is what a stage without a model says"),
        (ROW.replace('sha256 = "e3', 'sha256 = "'), "'mine': sha256: "),
        (ROW.replace("licence", "folder"), "'mine': folder: unknown key; "),
        (ROW.replace("licence", "x\ny = 1\nurl").replace("x\n", ""), "'mine': y: unknown key; there are: "),
        (ROW + 'url = "ftp://x/y"\n', "'mine': url: "),
        (ROW.replace('"mine/net.onnx"', '"../net.onnx"'), "file = '../net.onnx' must be a path below "),
        (ROW.replace('"mine/net.onnx"', '"/etc/passwd"'), "file = '/etc/passwd' must be a path below "),
        (ROW.replace('"mine/net.onnx"', '""'), "file = '' must be a path below "),
        *[
            (ROW.replace("mine/net.onnx", name), f"'mine': file = {name!r} must have another name; models.toml, ")
            for name in (
                "models.toml",
                ".lock",
                "a/.net",
                "net.part",
                "net.part.version",
                "net.new",
                ".x/net",
                "./.lock",
            )
        ],
        (
            ROW + ROW.replace('"mine"', '"second"').replace("mine/net", "./mine//net"),
            "'mine' and 'second' have the same file, ",
        ),
        (
            ROW.replace("mine/net.onnx", "weights/rf-detr-nano.pth"),
            "'rf-detr-nano-weights' and 'mine' have the same file, ",
        ),
        *[
            (
                ROW.replace('["batch", 84, 8400]', shape),
                "'mine': outputs: a shape has at most 8 sides, each 1 or more, and ",
            )
            for shape in ("[-1, 3]", "[0]", "[99999, 99999]", f"[1{'0' * 40}]", f"[{'1, ' * 9}]")
        ],
        (ROW + f"bytes = 1{'0' * 400}", "'mine': bytes: expected `int` <= "),
        (ROW + f"bytes = 1{'0' * 5000}", "not valid TOML: Exceeds the limit"),
        (ROW + f"bytes = {'[' * 3000}{']' * 3000}", "not valid TOML: maximum recursion depth exceeded"),
        (ROW.replace("net.onnx", "n" * 300), "is too long: 240 bytes a part, 1000 in all"),
        (ROW.replace("net.onnx", "n/" * 600), "is too long: 240 bytes a part, 1000 in all"),
        (ROW + ROW, "two rows are named 'mine'"),
        (ROW.replace('"mine"', '"nano-detector"'), "'nano-detector' is the name of one that is built in"),
        (ROW.replace('"mine"', '"rf-detr-nano-weights"'), "is the name of one that is built in"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_said_with_file_and_row(folder: Path, text: str, said: str) -> None:
    path = own(folder, text)
    told = complaint()
    assert told.startswith(f"{path}: ")
    assert said in told


def test_weights_without_a_checksum_are_refused(folder: Path) -> None:
    said = "name = 'w'\nfile = 'w'\nsource = ''\nlicence = ''\nthen = ''\n"
    own(folder, f"[[weights]]\n{said}")
    assert "'w': sha256 or md5 is missing" in complaint()


def test_a_manifest_that_cannot_be_read_is_said(folder: Path) -> None:
    (folder / OWN).mkdir(parents=True)
    assert f"{folder / OWN}: cannot be read: Is a directory; {VARIABLE} names another folder" in complaint()


def test_a_manifest_that_is_a_pipe_is_not_waited_for(folder: Path) -> None:
    folder.mkdir(parents=True)
    os.mkfifo(folder / OWN)
    assert f"{folder / OWN}: cannot be read: it is no regular file" in complaint()


def test_a_configuration_may_name_a_user_s_model(folder: Path, tmp_path: Path) -> None:
    own(folder, ROW)
    (tmp_path / "c.toml").write_text(
        '[[streams]]\nname = "a"\nurl = "srt://127.0.0.1:9000"\n[stages.detect]\nnet = "mine"\n'
    )
    assert load_config(tmp_path / "c.toml").stages.detect.net == "mine"


def test_a_file_s_state_is_told_by_what_is_wrong_with_it(row: Weights, folder: Path) -> None:
    assert look(row)[0] == "missing"
    folder.mkdir()
    row.path.touch()
    assert look(row) == ("damaged", f"{row.path} is cut off: 0 bytes")
    row.path.write_bytes(b"another")
    assert look(row)[0] == "not the manifest's file"
    with pytest.raises(EngineError, match=r"another file than the manifest's: sha256 .* instead of .*; run: stream-"):
        verify(row)
    row.path.unlink()
    row.path.mkdir()
    assert look(row) == ("damaged", f"{row.path} cannot be read: Is a directory")


@pytest.mark.parametrize("device", [None, "/dev/zero"])
def test_a_pipe_or_a_device_in_a_file_s_place_is_not_read(row: Weights, folder: Path, device: str | None) -> None:
    folder.mkdir()
    if device:
        row.path.symlink_to(device)
    else:
        os.mkfifo(row.path)
    assert look(row) == ("damaged", f"{row.path} cannot be read: it is no regular file")
