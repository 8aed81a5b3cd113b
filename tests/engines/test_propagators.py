"""Propagators are several models of one name: they load together, and what is wrong with one is one line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from stream_engine.cli import app
from stream_engine.config import ConfigError, PropagateConfig, StagesConfig, load_config
from stream_engine.engines import OWN, EngineError, digest, manifest, states
from stream_engine.engines.nets import check_stages, open_propagator
from stream_engine.engines.states import listed, verdicts
from stream_engine.models.propagators import FAMILIES
from stream_engine.models.propagators.sam2 import Sam2Propagator
from tests.models.propagators.files import placed, put
from tests.models.propagators.nets import SIZES, rows_of

SMALL = PropagateConfig(net="small")
PARTS = ("encode", "prompt_head", "track_head", "memorize")


def complaint() -> str:
    with pytest.raises(EngineError) as told:
        open_propagator(SMALL)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_propagator_opens_by_the_name_that_its_parts_share(folder: Path) -> None:
    placed(folder)
    name, propagator = open_propagator(SMALL)
    assert name == "small" and isinstance(propagator, Sam2Propagator)
    check_stages(StagesConfig(propagate=SMALL))


def test_a_name_that_no_parts_have_is_told_with_those_that_there_are(folder: Path) -> None:
    placed(folder, "mine")
    placed(folder, "other.one")
    assert complaint() == "there is no model 'small' for propagate; there are: mine, nano-propagator, other.one"


def test_a_part_whose_file_is_missing_is_told(folder: Path) -> None:
    path = placed(folder)["track_head"]
    path.unlink()
    assert complaint() == f"small.track_head: its file {path} is missing"


def without(folder: Path, part: str) -> None:
    """Take a row out of the manifest; the file stays."""
    text = (folder / OWN).read_text()
    blocks = text.split("[[models]]")
    (folder / OWN).write_text("[[models]]".join(block for block in blocks if f'"small.{part}"' not in block))


def test_a_part_that_is_missing_is_told_with_those_that_are_needed(folder: Path) -> None:
    placed(folder)
    without(folder, "prompt_head")
    assert complaint() == (
        "small: the parts of sam2 are encode, prompt_head, track_head, memorize; "
        "the manifest has encode, track_head, memorize of it"
    )


def test_parts_of_two_families_are_told(folder: Path) -> None:
    path = placed(folder)["encode"]
    put(folder, rows_of(SIZES)["encode"], family="nano", sha256=digest(path))
    assert complaint().startswith(
        "small: its parts are of several families: small.encode of nano, small.prompt_head of"
    )


def test_a_family_that_nobody_knows_is_told(folder: Path) -> None:
    path = placed(folder)["memorize"]
    put(folder, rows_of(SIZES)["memorize"], family="sam9", sha256=digest(path))
    assert complaint() == "small.memorize: no family of propagators is 'sam9'; there are: nano, sam2"


def test_parts_of_two_sizes_are_told(folder: Path) -> None:
    placed(folder)
    put(folder, rows_of(SIZES._replace(hidden=64))["encode"], sha256=digest(folder / "small.encode.onnx"))
    assert complaint().startswith("small.encode: the manifest says feat is float32 ['objects', 64, 2, 2]; in the file")


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("prompt_head", "small: its masks of a grey picture are no numbers"),
        ("track_head", "small: its masks of a grey picture are no numbers"),
        ("memorize", "small: what it remembers of a grey picture are no numbers"),
    ],
)
def test_answers_that_are_no_numbers_are_told(folder: Path, part: str, said: str) -> None:
    placed(folder, unknown=part)
    assert complaint() == said


class Narrow(Sam2Propagator):
    """Answers with one object too few."""

    def prompt(self, *given: Any) -> Any:
        answers = super().prompt(*given)
        return answers._replace(iou=answers.iou[:1])


def test_answers_of_other_sides_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    placed(folder)
    monkeypatch.setitem(FAMILIES, "sam2", f"{__name__}:Narrow")
    assert complaint() == "small: its iou of a grey picture are [1, 1], not [2, 1]"


def lacking(*_: Any) -> Any:
    return np.empty(0)[1]


def test_whatever_else_goes_wrong_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    placed(folder)
    monkeypatch.setitem(FAMILIES, "sam2", f"{__name__}:lacking")
    assert complaint().startswith("small: its nets and their rows do not go together as sam2: IndexError: ")


def test_verify_tries_a_propagator_once_for_all_its_parts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    placed(folder)
    tried = []

    def counting(stages: StagesConfig) -> None:
        tried.append(stages.propagate.net)
        check_stages(stages)

    monkeypatch.setattr(states, "check_stages", counting)
    found = verdicts(manifest(), [f"small.{part}" for part in PARTS])
    assert [verdict.found for verdict in found] == ["there, loads"] * 4
    assert tried == ["small"]


def test_verify_says_of_every_part_what_is_wrong_with_one(folder: Path) -> None:
    placed(folder)
    put(folder, rows_of(SIZES)["encode"], family="sam9", sha256=digest(folder / "small.encode.onnx"))
    found = {verdict.name: verdict for verdict in verdicts(manifest(), ["small.encode", "small.memorize"])}
    assert not any(verdict.ok for verdict in found.values())
    assert found["small.encode"].found.startswith("no family of propagators is 'sam9'")
    assert found["small.memorize"].found.startswith("small.encode: no family of propagators is 'sam9'")


def test_a_row_that_is_no_part_of_anything_is_told_by_verify(folder: Path) -> None:
    path = placed(folder)["encode"]
    alone = folder / "alone.onnx"
    alone.write_bytes(path.read_bytes())
    put(folder, rows_of(SIZES)["encode"], name="alone", file=alone.name, sha256=digest(alone))
    (verdict,) = verdicts(manifest(), ["alone"])
    assert not verdict.ok and verdict.found == "a part of a propagator is named NAME.PART"


def test_every_part_is_listed(folder: Path) -> None:
    placed(folder)
    rows = [(row.name, row.task, row.family) for row in listed(manifest()) if row.name.startswith("small.")]
    assert rows == [(f"small.{part}", "propagate", "sam2") for part in PARTS]


def configured(tmp_path: Path, net: str) -> Path:
    path = tmp_path / "c.toml"
    path.write_text(
        f'runtime_dir = "{tmp_path / "run"}"\n[[streams]]\nname = "a"\nurl = "srt://127.0.0.1:9000"\n'
        f'[ring]\ndir = "{tmp_path}"\n[stages.propagate]\nnet = "{net}"\n'
        f'[outputs.jsonl]\npath = "{tmp_path / "events.jsonl"}"\n'
    )
    return path


def test_a_configuration_names_the_propagator_and_not_a_part(folder: Path, tmp_path: Path) -> None:
    placed(folder)
    assert load_config(configured(tmp_path, "small")).stages.propagate.net == "small"
    with pytest.raises(
        ConfigError,
        match=r"stages\.propagate\.net: no model 'small.encode'; there are: none, boxes, .*small; docs/engines\.md",
    ):
        load_config(configured(tmp_path, "small.encode"))


def test_check_loads_the_propagator(folder: Path, tmp_path: Path) -> None:
    placed(folder, unknown="memorize")
    result = CliRunner().invoke(app, ["check", str(configured(tmp_path, "small"))])
    assert result.exit_code == 1
    assert "missing model small: small: what it remembers of a grey picture are no numbers" in result.stderr
