"""How well embeddings tell kits apart, on painted people in place of rendered ones."""

import importlib
import math
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from stream_engine.engines import nets
from stream_engine.models.embeddings.colours import Colours
from tests.models.embeddings.shirts import GRASS, RED, WHITE

pytest.importorskip("moderngl")  # the tool also renders
crops: Any = importlib.import_module("training.reid.crops")
kits: Any = importlib.import_module("training.kits")
command: Any = importlib.import_module("training.kits_command")

EACH = 8  # players of a team
TALL = (60.0, 120.0)  # pixels: width and height of what is cut out


def painted(worn: Any = (RED, WHITE), moments: int = 4) -> Any:
    """Two teams of rectangles in a row, a referee beside them; the last moment is a crowd in one place."""
    people = 2 * EACH + 1
    count = people * moments
    who, frame = np.tile(np.arange(people), moments), np.repeat(np.arange(moments), people)
    kit = np.minimum(who // EACH, 2)
    luma = np.full((count, crops.ROWS, crops.COLUMNS), GRASS[0], np.uint8)
    chroma = np.tile(np.array(GRASS[1:], np.uint8), (count, crops.ROWS // 2, crops.COLUMNS // 2, 1))
    shown = np.zeros_like(luma)
    shown[:, 12:132, 20:52] = 1
    colours = np.array((*worn, (30, 128, 128)), np.uint8)[kit]
    luma[:, 12:132, 20:52] = colours[:, :1, None]
    chroma[:, 6:66, 10:26] = colours[:, None, None, 1:]
    crowd = frame == moments - 1
    left, top = np.where(crowd, 300.0, 100.0 * who), np.where(crowd, 200.0 + who, 200.0)
    place = np.stack((left, top, np.full(count, TALL[0]), np.full(count, TALL[1])), 1)
    scale = np.array(TALL) / (crops.COLUMNS, crops.ROWS)
    box = np.tile(place[:, :2], 2) + np.concatenate((scale * (20, 12), scale * (52, 132)))
    return crops.Crops(
        luma, chroma, np.packbits(shown, axis=2), place, box, box.copy(), np.ones(count), frame, who, kit,
        np.where(kit == 2, 4, 3),
    )  # fmt: skip


def test_players_are_looked_at_where_the_service_would_look() -> None:
    match = kits.looks_of(painted())
    assert len(match.looks) == 3 * 2 * EACH  # in the crowd nobody is clear
    assert sorted(set(match.person.tolist())) == list(range(2 * EACH))
    assert np.array_equal(match.team, match.person // EACH)
    look = match.looks[0]
    assert look.picture.shape == (crops.ROWS * 3 // 2, crops.COLUMNS)
    top, height = look.jersey.place[1], look.jersey.place[3]
    assert abs(top - (12 + 0.18 * 120)) <= 2 and abs(top + height - (12 + 0.5 * 120)) <= 2
    assert len(kits.looks_of(painted(moments=6), 4).looks) == 4 * 2 * EACH


def test_two_kits_are_told_apart_and_one_is_not_split() -> None:
    figures = kits.figures_of(kits.looks_of(painted()), kits.by_shirt(Colours()))
    assert figures.people == figures.right == 2 * EACH and figures.nearer == figures.looks == 3 * 2 * EACH
    assert figures.accepted and figures.margin > 5 and (figures.alone, figures.split) == (2, 0)


def test_an_embedding_that_tells_by_chance_is_seen_to() -> None:
    chance = np.random.default_rng(3)

    def tell(looks: Any) -> Any:
        return chance.normal(size=(len(looks), 16)).astype(np.float32)

    figures = kits.figures_of(kits.looks_of(painted()), kits.Way(tell))
    assert figures.right < 0.9 * figures.people and figures.nearer < 0.75 * figures.looks
    assert not figures.accepted and figures.margin < 3


def test_of_too_few_looks_nothing_is_said() -> None:
    assert kits.figures_of(kits.looks_of(painted(moments=3)), kits.by_shirt(Colours())) is None
    nothing = kits.Way(lambda looks: np.zeros((len(looks), 4), np.float32))
    assert kits.figures_of(kits.looks_of(painted()), nothing) is None


def test_figures_are_summed_by_preset_and_over_all() -> None:
    one = kits.Figures(10, 9, 100, 98, 4.0, True, 2, 1)
    other = kits.Figures(30, 30, 100, 100, 6.0, False, 1, 0)
    told = kits.by_preset({"league": [one], "cuts": [other], "floodlight": []})
    assert list(told) == ["league", "cuts", "all"]
    assert told["all"] == {
        "matches": 2, "people_right": 0.975, "looks_nearer": 0.99, "margin_least": 4.0, "margin_median": 5.0,
        "accepted": 1, "alone": 3, "split": 1,
    }  # fmt: skip
    assert math.isnan(kits.summed([one._replace(people=0, right=0)])["people_right"])
    path = Path(f"{crops.VERSION}-{crops.EACH}-similar-kits-5001.npz")
    assert kits.preset_of(path) == "similar-kits"


def test_the_tool_looks_at_the_crops_of_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(crops, "film", lambda *_: painted())
    monkeypatch.setattr(nets, "open_embedder", lambda settings: (settings.net, Colours()), raising=False)
    monkeypatch.setattr(sys, "argv", ["kits", "--matches", "2", "--net", "mine", "--json"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert not ended.value.code
    told = msgspec.json.decode(capsys.readouterr().out)
    assert list(told) == ["colours", "nano-reid, whole body", "nano-reid, shirt", "mine"]
    assert told["colours"]["all"]["matches"] == 2 and told["colours"]["all"]["people_right"] == 1
    assert told["mine"] == told["colours"]
    assert len(list((tmp_path / "stream_engine/training/reid").glob("*.npz"))) == 2
