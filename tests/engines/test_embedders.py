"""Networks that tell kits apart: they are tried before they are used, and what is wrong with one is one line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from stream_engine.backends import NETS
from stream_engine.cli import app
from stream_engine.config import ConfigError, StagesConfig, TagConfig, load_config
from stream_engine.engines import EngineError, Model, manifest
from stream_engine.engines.nets import check_stages, nets_of, open_embedder
from stream_engine.engines.states import listed, verdicts
from stream_engine.models.embeddings import FAMILIES
from stream_engine.models.tensors import floats
from tests.models.embeddings.files import row_of, shirt
from tests.models.pictures import smooth_nv12
from tests.models.reid.files import placed

SMALL = TagConfig(net="small")
SHIRTS = [shirt(20, 20), shirt(101, 40), shirt(200, 90)]


def complaint() -> str:
    with pytest.raises(EngineError) as told:
        open_embedder(SMALL)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_network_opens_and_tells_shirts_apart(folder: Path) -> None:
    placed(folder, row_of("siglip"))
    name, embedder = open_embedder(SMALL)
    (told,) = embedder.answer([embedder.take(smooth_nv12((320, 180)), SHIRTS)])
    assert name == "small" and told.shape == (3, embedder.size) == (3, 8) and not embedder.counts
    np.testing.assert_allclose(np.linalg.norm(told, axis=1), 1, atol=1e-6)
    assert np.abs(told[0] - told[1]).max() > 1e-4


def test_a_network_with_a_fixed_batch_opens(folder: Path) -> None:
    placed(folder, row_of("siglip", {"x": floats(4, 3, 32, 24)}, {"y": floats(4, 8)}))
    _, embedder = open_embedder(SMALL)
    (told,) = embedder.answer([embedder.take(smooth_nv12((320, 180)), SHIRTS * 2)])
    np.testing.assert_allclose(told[:3], told[3:], atol=1e-5)


def test_a_process_of_its_own_tries_it(folder: Path) -> None:
    placed(folder, row_of("siglip"))
    check_stages(StagesConfig(tag=SMALL))
    placed(folder, row_of("siglip"), np.nan)
    with pytest.raises(EngineError, match=r"^small: its features of a picture to try it are no numbers"):
        check_stages(StagesConfig(tag=SMALL))


def test_a_network_of_another_task_is_none_for_kits(folder: Path) -> None:
    placed(folder, row_of("siglip", name="mine"))
    assert complaint().startswith("there is no model 'small' for tag; there are: mine")


def test_a_family_that_nobody_knows_is_told_with_those_that_there_are(folder: Path) -> None:
    placed(folder, row_of("siglip"))
    text = (folder / "models.toml").read_text()
    (folder / "models.toml").write_text(text.replace('"siglip"', '"clip"'))
    assert (
        complaint() == f"small: no family of networks that tell kits apart is 'clip'; there are: {', '.join(FAMILIES)}"
    )


def test_a_row_that_does_not_fit_its_family_is_told_what_is_expected(folder: Path) -> None:
    placed(folder, row_of("siglip", outputs={"features": floats("batch", 4, 8)}))
    assert complaint() == (
        "small: siglip takes one input, float32 [batch, 3, rows, columns], and gives one output, float32 "
        "[batch, numbers]; sides but the batch are fixed; the manifest says images float32 [batch, 3, 32, 24], "
        "features float32 [batch, 4, 8]"
    )


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (np.nan, "small: its features of a picture to try it are no numbers"),
        (np.inf, "small: its features of a picture to try it are no numbers"),
        (0.0, "small: it says nothing but zeros of a shirt to try it: no kit can be told by that"),
    ],
)
def test_answers_that_cannot_be_used_are_told(folder: Path, number: float, said: str) -> None:
    placed(folder, row_of("siglip"), number)
    assert complaint() == said


class Turned:
    """A net that changes its answers as the test says."""

    change: Any = None

    def __init__(self, row: Model, _: int) -> None:
        """As the file would be opened."""

    def run(self, arrays: Any) -> Any:
        lights = arrays["images"].mean((1, 2, 3))
        return {"features": Turned.change(np.stack([np.cos(np.arange(8) + light) for light in lights]))}


def no_memory(_: Any) -> Any:
    raise MemoryError


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told[::-1], "its features says something else of two pictures together than of each alone"),
        (lambda told: told[:, 1:], "go together as siglip: ValueError: the net says [2, 7] of 2 shirts, not [2, 8]"),
        (lambda told: told[:1], "go together as siglip: ValueError: features has 1 answer(s) for 2 pictures"),
        (lambda told: told * np.nan, "its features of a picture to try it are no numbers"),
        (no_memory, "there is no memory for it to look at a single shirt"),
    ],
)
def test_a_net_that_answers_wrongly_is_not_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, change: Any, said: str
) -> None:
    placed(folder, row_of("siglip"))
    monkeypatch.setitem(NETS, "ort", f"{__name__}:Turned")
    monkeypatch.setattr(Turned, "change", staticmethod(change))
    assert complaint().startswith("small: ") and said in complaint()


def test_whatever_else_goes_wrong_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    placed(folder, row_of("siglip"))
    monkeypatch.setitem(FAMILIES, "siglip", "stream_engine.models.embeddings.nowhere:Nobody")
    assert complaint().startswith("small: its net and its row do not go together as siglip: ModuleNotFoundError: ")


def test_verify_and_list_know_the_task(folder: Path) -> None:
    placed(folder, row_of("siglip"))
    placed(folder, row_of("siglip", name="wrong", file="wrong.onnx"), np.nan)
    found = {verdict.name: verdict for verdict in verdicts(manifest(), ["small", "wrong"])}
    assert found["small"].ok and found["small"].found == "there, loads"
    assert found["wrong"].found == "its features of a picture to try it are no numbers"
    assert ("small", "tag", "siglip") in [(row.name, row.task, row.family) for row in listed(manifest())]


def configured(tmp_path: Path, net: str) -> Path:
    path = tmp_path / "c.toml"
    path.write_text(
        f'runtime_dir = "{tmp_path / "run"}"\n[[streams]]\nname = "a"\nurl = "srt://127.0.0.1:9000"\n'
        f'[ring]\ndir = "{tmp_path}"\n[stages.tag]\nnet = "{net}"\n'
        f'[outputs.jsonl]\npath = "{tmp_path / "events.jsonl"}"\n'
    )
    return path


def test_a_configuration_names_a_network_or_colours_or_none(folder: Path, tmp_path: Path) -> None:
    placed(folder, row_of("siglip"))
    for net in ("small", "colours", "none"):
        assert load_config(configured(tmp_path, net)).stages.tag.net == net
    with pytest.raises(ConfigError, match=r"stages\.tag\.net: no model 'other'; there are: none, colours, .*small"):
        load_config(configured(tmp_path, "other"))


def test_check_loads_the_network_and_nothing_for_colours(folder: Path, tmp_path: Path) -> None:
    placed(folder, row_of("siglip"), np.nan)
    result = CliRunner().invoke(app, ["check", str(configured(tmp_path, "small"))])
    assert result.exit_code == 1
    assert "missing model small: small: its features of a picture to try it are no numbers" in result.stderr
    result = CliRunner().invoke(app, ["check", str(configured(tmp_path, "colours"))])
    assert result.exit_code == 0 and "model" not in result.stderr


def test_colours_and_none_need_no_model() -> None:
    assert nets_of(StagesConfig(tag=TagConfig(net="colours"))) == nets_of(StagesConfig()) == []
    assert nets_of(StagesConfig(tag=SMALL)) == ["small"]
