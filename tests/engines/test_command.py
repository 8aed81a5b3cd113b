"""`stream-engine engines`, and what a start says of a model that cannot be used."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import onnx
import pytest
from rich.console import Console
from typer.testing import CliRunner

from stream_engine.cli import app
from stream_engine.config import DetectConfig, StagesConfig
from stream_engine.engines import OWN, EngineError, Manifest, Weights, digest
from stream_engine.engines.fetch import Limits
from stream_engine.engines.nets import check_stages, open_detector
from stream_engine.engines.pull import pull
from stream_engine.engines.rows import add_row
from stream_engine.models.detectors import FAMILIES
from tests.engines.conftest import BODY
from tests.engines.own import ROW, placed
from tests.engines.site import Site, cut, status
from tests.models.nets import breaking_yolo


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["engines", *words])


def figures(result: Any) -> dict[str, Any]:
    """What the last line of a command with --json says, rows by name."""
    said: dict[str, Any] = json.loads(result.stdout.strip().rpartition("\n")[2])
    return said | {"rows": {row["name"]: row for row in said["rows"]}}


def complaint() -> str:
    with pytest.raises(EngineError) as told:
        check_stages(StagesConfig(detect=DetectConfig(net="mine")))
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_model_of_one_s_own_loads(folder: Path) -> None:
    placed(folder)
    check_stages(StagesConfig(detect=DetectConfig(net="mine")))


def test_a_start_says_that_a_model_s_file_is_missing_and_where_it_can_be_had(folder: Path) -> None:
    path = placed(folder, url="http://127.0.0.1/x")
    path.unlink()
    assert complaint() == f"mine: its file {path} is missing; run: stream-engine engines pull mine"


def test_a_start_says_that_a_model_s_file_is_another_one(folder: Path) -> None:
    path = placed(folder)
    path.write_bytes(b"other")
    assert complaint().startswith(f"mine: {path} is another file than the manifest's: sha256 ")


def test_a_start_says_that_a_model_has_other_names_than_the_manifest(folder: Path) -> None:
    placed(folder, inputs={"image": ROW["inputs"]["images"]})
    assert complaint() == "mine: inputs are image in the manifest, images in the file"


def test_a_start_says_that_a_model_has_other_shapes_than_the_manifest(folder: Path) -> None:
    placed(folder, outputs={"output0": {"dtype": "float32", "shape": ["batch", 7, 1]}})
    assert complaint() == (
        "mine: the manifest says output0 is float32 ['batch', 7, 1]; in the file it is tensor(float) ['batch', 6, 1]"
    )


def test_a_start_says_that_a_model_s_opset_is_not_known_here(folder: Path) -> None:
    path = placed(folder, opset=9999)
    told = complaint()
    assert told.startswith(f"mine: {path} cannot be loaded: ")
    assert "opset" in told.lower()


WRONG = [
    ({"classes": ["person", "ball", "referee"]}, "its scores have 2 columns, its row names 3 classes"),
    ({"roles": {}}, "its row gives none of its classes a role: add [models.roles]"),
    ({"thresholds": {"player": 0.5}}, "neither its row nor the configuration has a threshold for ball"),
    ({"family": "yolo99"}, "no family of detectors is 'yolo99'; there are: nano, rfdetr, dfine, rtdetr, yolo"),
    ({"family": "nano"}, "nano takes luma, uint8 [batch, 1, rows, columns] with rows and columns fixed, and chroma"),
    ({"family": "rfdetr"}, "the outputs of rfdetr are dets, labels; the manifest names output0"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_a_row_that_does_not_fit_its_family_is_one_line_of_verify(
    folder: Path, changes: dict[str, Any], said: str
) -> None:
    placed(folder, **changes)
    result = run("verify", "mine", "--json")
    assert result.exit_code == 1
    assert figures(result)["rows"]["mine"]["found"].startswith(said)


@pytest.fixture
def configured(tmp_path: Path) -> str:
    """A configuration that names the user's model."""
    path = tmp_path / "c.toml"
    path.write_text(
        f'runtime_dir = "{tmp_path / "run"}"\n[[streams]]\nname = "a"\nurl = "srt://127.0.0.1:9000"\n'
        f'[ring]\ndir = "{tmp_path}"\n[stages.detect]\nnet = "mine"\n'
        f'[outputs.jsonl]\npath = "{tmp_path / "events.jsonl"}"\n'
    )
    return str(path)


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_a_row_that_does_not_fit_its_family_is_one_line_of_check(
    folder: Path, configured: str, changes: dict[str, Any], said: str
) -> None:
    placed(folder, **changes)
    result = CliRunner().invoke(app, ["check", configured])
    assert result.exit_code == 1
    assert f"missing model mine: mine: {said}" in result.stderr


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('"fp32"', '"fp32"\nbackground = 2', "background: 2 is none of the columns of its 2 classes"),
        ("ball = 0.5", "ball = 1.5", "thresholds: expected `float` < 1.0"),
        ("person =", "persn =", "roles: 'persn' is none of its classes; did you mean 'person'?"),
    ],
)
def test_a_row_that_contradicts_itself_is_one_line_of_verify_and_of_check(
    folder: Path, configured: str, was: str, becomes: str, said: str
) -> None:
    placed(folder)
    text = (folder / OWN).read_text()
    assert was in text
    (folder / OWN).write_text(text.replace(was, becomes))
    for words in (["engines", "verify", "mine"], ["check", configured]):
        told = CliRunner().invoke(app, words).exception
        assert isinstance(told, EngineError)
        assert str(told) == f"{folder / OWN}: 'mine': {said}"


def test_whatever_else_a_net_and_a_row_lead_to_is_one_line(
    folder: Path, configured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed(folder)
    monkeypatch.setitem(FAMILIES, "yolo", f"{__name__}:lacking")
    with pytest.raises(EngineError) as told:
        open_detector(DetectConfig(net="mine"))
    assert str(told.value) == "mine: its net and its row do not go together as yolo: KeyError: 'player'"
    path = breaking_yolo(folder / "mine.onnx", [6, 1])
    outputs = {"output0": {"dtype": "float32", "shape": [1, 6, 1]}}
    add_row(ROW | {"sha256": digest(path), "outputs": outputs}, folder)
    result = CliRunner().invoke(app, ["check", configured])
    assert "missing model mine: mine: its net and its row do not go together as yolo: " in result.stderr
    assert "Traceback" not in result.stderr
    assert complaint().startswith("mine: its net and its row do not go together as yolo: ")


def lacking(*_: object) -> None:
    raise KeyError("player")


def test_weights_in_another_file_are_refused_and_it_is_said_how_to_save_them_as_one(folder: Path) -> None:
    path = placed(folder)
    whole = onnx.load(str(path))
    onnx.save(whole, str(path), save_as_external_data=True, location="weights.bin", size_threshold=50)
    for task in ("detect", "propagate"):  # what propagates is not loaded by verify
        add_row(ROW | {"sha256": digest(path), "task": task}, folder)
        result = run("verify", "mine", "--json")
        assert result.exit_code == 1
        assert figures(result)["rows"]["mine"]["found"] == (
            f"{path} takes weights from another file, 'weights.bin', which its checksum does not cover; save it as "
            "one, with onnx.save(onnx.load(FILE), FILE), and correct sha256 in its row"
        )
    add_row(ROW | {"sha256": digest(path)}, folder)
    assert "takes weights from another file, 'weights.bin'" in complaint()
    onnx.save(onnx.load(str(path)), str(path))
    add_row(ROW | {"sha256": digest(path)}, folder)
    assert run("verify", "mine").exit_code == 0


def test_a_start_says_that_a_file_is_no_model(folder: Path) -> None:
    path = placed(folder)
    path.write_bytes(b"no model at all")
    add_row(ROW | {"sha256": digest(path)}, folder)
    assert complaint().startswith(f"mine: {path} cannot be loaded: ")


def test_a_start_says_that_the_user_s_manifest_is_broken(folder: Path) -> None:
    folder.mkdir()
    (folder / "models.toml").write_text("[[models")
    assert complaint().startswith(f"{folder / 'models.toml'}: not valid TOML: ")


def test_list_shows_every_row_and_how_its_file_is(folder: Path) -> None:
    path = placed(folder)
    add_row(ROW | {"name": "damaged", "file": "damaged.onnx", "sha256": "0" * 64}, folder)
    (folder / "damaged.onnx").touch()
    add_row(ROW | {"name": "another", "file": "another.onnx", "sha256": "0" * 64}, folder)
    (folder / "another.onnx").write_bytes(b"of yesterday")
    result = run("list", "--json")
    said = figures(result)
    states = {name: row["state"] for name, row in said["rows"].items()}
    assert states["nano-detector"] == "built in"
    assert states["rf-detr-nano-weights"] == "missing"
    assert [states[name] for name in ("mine", "damaged", "another")] == ["there", "damaged", "not the manifest's file"]
    assert (said["folder"], said["rows"]["mine"]["bytes"]) == (str(folder), path.stat().st_size)
    assert "another" in result.output and "not the manifest's file" in result.output
    assert result.exit_code == 0


def test_verify_passes_what_is_right_and_leaves_out_what_is_not_there(folder: Path) -> None:
    placed(folder)
    result = run("verify", "--json")
    assert (result.exit_code, figures(result)["ok"]) == (0, True)
    rows = set(figures(result)["rows"])
    assert {"nano-detector", "mine"} <= rows and all(name.startswith("nano-") for name in rows - {"mine"})
    assert "mine: there, loads" in result.output


def test_verify_says_what_is_there_and_cannot_be_read(folder: Path) -> None:
    path = placed(folder)
    path.unlink()
    path.symlink_to(path)
    result = run("verify", "--json")
    assert result.exit_code == 1
    assert figures(result)["rows"]["mine"]["found"] == f"{path} cannot be read: Too many levels of symbolic links"


def test_verify_ends_with_1_if_anything_is_wrong(folder: Path) -> None:
    placed(folder, inputs={"image": ROW["inputs"]["images"]})
    result = run("verify", "mine", "rf-detr-nano-weights", "--json")
    assert (result.exit_code, figures(result)["ok"]) == (1, False)
    found = {name: row["found"] for name, row in figures(result)["rows"].items()}
    assert found["mine"] == "inputs are image in the manifest, images in the file"
    assert found["rf-detr-nano-weights"].endswith("is missing")


def test_an_unknown_name_is_told_with_those_that_there_are(folder: Path) -> None:
    for command in ("verify", "pull"):
        told = run(command, "rf-nothing").exception
        assert isinstance(told, EngineError)
        assert str(told).startswith("there is nothing named 'rf-nothing'; there are: nano-detector, ")


def test_pull_fetches_what_is_missing_of_the_user_s_models_and_no_official_weights(folder: Path, site: Site) -> None:
    said = {"url": site.url, "sha256": hashlib.sha256(BODY).hexdigest()}
    add_row(ROW | said | {"name": "here", "file": "here.onnx"}, folder)
    add_row(ROW | said | {"name": "gone", "file": "below/gone.onnx"}, folder)
    add_row(ROW | {"name": "by-hand", "file": "by-hand.onnx", "sha256": "0" * 64}, folder)
    (folder / "here.onnx").write_bytes(b"something else of the user's")
    result = run("pull")
    assert (result.exit_code, len(site.asked)) == (0, 1)
    assert (folder / "below/gone.onnx").read_bytes() == BODY
    assert not (folder / "weights").exists()
    assert f"gone: {folder / 'below/gone.onnx'} is there" in result.output


def test_pull_by_name_replaces_another_file_and_goes_on_after_a_failure(folder: Path, site: Site) -> None:
    said = {"url": site.url, "sha256": hashlib.sha256(BODY).hexdigest()}
    add_row(ROW | said | {"name": "first", "file": "first.onnx"}, folder)
    add_row(ROW | said | {"name": "second", "file": "second.onnx"}, folder)
    (folder / "second.onnx").write_bytes(b"of yesterday")
    site.answers = [status(404)]
    result = run("pull", "first", "second")
    assert isinstance(result.exception, EngineError)
    assert "first: " in str(result.exception) and "404" in str(result.exception)
    assert (folder / "second.onnx").read_bytes() == BODY


def test_pull_says_what_has_no_url_and_what_is_there_already(folder: Path) -> None:
    placed(folder).unlink()
    result = run("pull", "nano-detector", "mine")
    assert "/detector.onnx is built in" in result.output
    assert "its row has no url: put the file there, or add url to the row" in str(result.exception)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_person_sees_a_file_come_and_what_to_do_with_it(row: Weights, site: Site, terminal: bool) -> None:
    site.answers = [cut(100_000)]
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    assert pull(Manifest((), (row,)), ["net"], console, Limits(pause_s=0)) == []
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "net: the connection ended after 100000 of 307200 bytes; trying again" in text
    assert f"net: {row.path} is there" in text
    assert "net: next, look at it" in text
    assert ("0.3 of 0.3 MB" in text) is not terminal
