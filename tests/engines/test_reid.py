"""Networks that tell people apart: they are tried before they are used, and what is wrong with one is one line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from stream_engine.cli import app
from stream_engine.config import AssociateConfig, ConfigError, DetectConfig, PropagateConfig, StagesConfig, load_config
from stream_engine.engines import EngineError, Model, manifest
from stream_engine.engines.nets import check_stages, nets_of, open_reid
from stream_engine.engines.states import listed, verdicts
from stream_engine.models.reid import FAMILIES
from tests.models.pictures import smooth_nv12
from tests.models.reid.files import ROLES, SPECS, floats, placed, row_of

SMALL = AssociateConfig(net="small")
WITH_FILES = ("global", "parts", "parts-solider")
BOXES = np.array([(20.0, 20, 60, 100), (100, 40, 130, 120)])


@pytest.fixture
def _fake_nano(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "nano", "tests.models.reid.fake_nano:FakeNano")


def complaint() -> str:
    with pytest.raises(EngineError) as told:
        open_reid(SMALL)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.usefixtures("_fake_nano")
@pytest.mark.parametrize("family", SPECS)
def test_a_network_of_each_family_opens_and_tells_people_apart(folder: Path, family: str) -> None:
    placed(folder, row_of(family))
    name, reid = open_reid(SMALL)
    (told,) = reid.answer([reid.take(smooth_nv12((320, 180)), BOXES, [None, None])])
    assert name == "small" and told.vectors.shape == (2, reid.parts, reid.size) and told.usable.all()
    assert np.abs(told.vectors[0] - told.vectors[1]).max() > 1e-3
    assert (told.roles is not None) == ("roles" in SPECS[family][1])
    assert not reid.counts


def test_a_network_with_a_fixed_batch_opens(folder: Path) -> None:
    outputs = {"features": floats(4, 8), "roles": floats(4, 5)}
    placed(folder, row_of("global", {"images": floats(4, 3, 32, 16)}, outputs))
    _, reid = open_reid(SMALL)
    (told,) = reid.answer([reid.take(smooth_nv12((320, 180)), np.tile(BOXES, (3, 1)), [None] * 6)])
    assert told.usable.all() and told.roles is not None
    np.testing.assert_allclose(told.vectors[0], told.vectors[4], atol=1e-5)


@pytest.mark.parametrize("family", WITH_FILES)
def test_a_process_of_its_own_tries_it(folder: Path, family: str) -> None:
    placed(folder, row_of(family))
    check_stages(StagesConfig(associate=SMALL))


def test_a_name_that_nothing_has_is_told_with_those_that_there_are(folder: Path) -> None:
    placed(folder, row_of("global", name="mine"))
    assert complaint().startswith("there is no model 'small' for associate; there are: mine")


def test_a_family_that_nobody_knows_is_told(folder: Path) -> None:
    placed(folder, row_of("global"))
    text = (folder / "models.toml").read_text()
    (folder / "models.toml").write_text(text.replace('"global"', '"local"'))
    assert complaint() == (
        "small: no family of networks that tell people apart is 'local'; there are: nano, global, parts, parts-solider"
    )


def test_a_row_that_does_not_fit_its_family_is_told_what_is_expected(folder: Path) -> None:
    placed(folder, row_of("parts", outputs={"embeddings": floats("batch", 3, 8)}))
    assert complaint() == (
        "small: parts takes an input, float32 [batch, 3, rows, columns], and perhaps prompts, float32 "
        "[batch, channels, rows, columns], and gives embeddings, float32 [batch, parts, numbers], visibility, "
        "float32 or bool [batch, parts], and perhaps roles, float32 [batch, 5]; sides but the batch are fixed; "
        "the manifest says images float32 [batch, 3, 32, 16], embeddings float32 [batch, 3, 8]"
    )


@pytest.mark.parametrize(
    ("family", "number", "said"),
    [
        ("global", np.nan, "small: its features of a picture to try it are no numbers"),
        ("parts", np.inf, "small: its embeddings of a picture to try it are no numbers"),
        ("parts", 1.5, "small: its visibility of a picture to try it is not between 0 and 1"),
    ],
)
def test_answers_that_cannot_be_used_are_told(folder: Path, family: str, number: float, said: str) -> None:
    placed(folder, row_of(family), number)
    assert complaint() == said


class Mixing:
    """A net that answers for the crops in another order."""

    def __init__(self, row: Model, _: int) -> None:
        self._row = row

    def run(self, arrays: Any) -> Any:
        lights = arrays["images"].mean((1, 2, 3))
        return {"features": np.stack([np.cos(np.arange(8) + light) for light in lights[::-1]])}


def test_a_net_that_mixes_the_people_of_a_batch_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stream_engine.backends import NETS

    placed(folder, row_of("global"))
    monkeypatch.setitem(NETS, "ort", f"{__name__}:Mixing")
    assert complaint().startswith("small: its features says something else of two pictures together than of each alone")


def test_whatever_else_goes_wrong_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: Any) -> Any:
        return np.empty(0)[1]

    placed(folder, row_of("global"))
    monkeypatch.setitem(FAMILIES, "global", f"{__name__}:lacking")
    monkeypatch.setitem(globals(), "lacking", lacking)
    assert complaint().startswith("small: its net and its row do not go together as global: IndexError: ")


def test_verify_and_list_know_the_task(folder: Path) -> None:
    placed(folder, row_of("global", outputs=SPECS["global"][1] | ROLES))
    placed(folder, row_of("parts", name="wrong", file="wrong.onnx"), np.nan)
    found = {verdict.name: verdict for verdict in verdicts(manifest(), ["small", "wrong"])}
    assert found["small"].ok and found["small"].found == "there, loads"
    assert found["wrong"].found == "its embeddings of a picture to try it are no numbers"
    assert ("small", "associate", "global") in [(row.name, row.task, row.family) for row in listed(manifest())]


def configured(tmp_path: Path, net: str) -> Path:
    path = tmp_path / "c.toml"
    path.write_text(
        f'runtime_dir = "{tmp_path / "run"}"\n[[streams]]\nname = "a"\nurl = "srt://127.0.0.1:9000"\n'
        f'[ring]\ndir = "{tmp_path}"\n[stages.associate]\nnet = "{net}"\n'
        f'[outputs.jsonl]\npath = "{tmp_path / "events.jsonl"}"\n'
    )
    return path


def test_a_configuration_names_a_network_or_motion_or_none(folder: Path, tmp_path: Path) -> None:
    placed(folder, row_of("global"))
    for net in ("small", "motion", "none"):
        assert load_config(configured(tmp_path, net)).stages.associate.net == net
    with pytest.raises(
        ConfigError, match=r"stages\.associate\.net: no model 'other'; there are: none, motion, .*small"
    ):
        load_config(configured(tmp_path, "other"))


def test_check_loads_the_network_and_nothing_for_motion(folder: Path, tmp_path: Path) -> None:
    placed(folder, row_of("global"), np.nan)
    result = CliRunner().invoke(app, ["check", str(configured(tmp_path, "small"))])
    assert result.exit_code == 1
    assert "missing model small: small: its features of a picture to try it are no numbers" in result.stderr
    result = CliRunner().invoke(app, ["check", str(configured(tmp_path, "motion"))])
    assert result.exit_code == 0 and "model" not in result.stderr


def test_boxes_motion_and_none_need_no_model() -> None:
    assert nets_of(StagesConfig(propagate=PropagateConfig(net="boxes"), associate=AssociateConfig(net="motion"))) == []
    both = StagesConfig(detect=DetectConfig(net="nano-detector"), associate=SMALL)
    assert nets_of(both) == ["nano-detector", "small"]
