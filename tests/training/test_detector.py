"""The training of the nano detector: it learns, and goes on where it was interrupted."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream_engine.boxes import overlap
from stream_engine.models.detectors.nano import CLASSES, found

torch = pytest.importorskip("torch")
data: Any = importlib.import_module("training.detector.pieces")
detector: Any = importlib.import_module("training.detector.learn")
taught: Any = importlib.import_module("training.detector.loss")
nets: Any = importlib.import_module("training.detector.net")
scenes: Any = importlib.import_module("tests.training.scenes")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pieces, one thread, every step told and every other one kept."""
    monkeypatch.setattr(data, "PIECE", (128, 96))
    monkeypatch.setattr(data, "WHOLE", (160, 96))
    monkeypatch.setattr(detector, "TELL_EVERY", 1)
    monkeypatch.setattr(detector, "SAVE_EVERY", 2)
    torch.set_num_threads(1)


def picture(*things: tuple[str, tuple[int, int, int, int], int]) -> Any:
    """A piece with people of different brightness."""
    luma, chroma = np.full((96, 160), 60, np.uint8), np.full((48, 80, 2), 128, np.uint8)
    for _, (left, top, right, bottom), light in things:
        luma[top:bottom, left:right] = light
        chroma[top // 2 : bottom // 2, left // 2 : right // 2] = light
    boxes = np.array([box for _, box, _ in things], np.float32)
    classes = np.array([CLASSES.index(role) for role, _, _ in things])
    return data.Piece(luma, chroma, data.Objects(boxes, classes, np.ones(len(things), bool)))


def test_a_small_network_learns_two_pictures_by_heart() -> None:
    torch.manual_seed(3)
    shown = [
        picture(("player", (20, 20, 36, 60), 230), ("referee", (100, 40, 116, 84), 5)),
        picture(("referee", (60, 10, 76, 50), 5), ("player", (120, 30, 136, 74), 230)),
    ]
    net = nets.NanoDetector(**scenes.SMALL)
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
    luma, chroma, wanted = detector.batch_of(shown)
    costs = []
    for _ in range(80):
        cost, _ = taught.loss(net(luma, chroma), wanted)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        costs.append(float(cost.detach()))
    assert costs[-1] < 0.1 * costs[0]
    maps = net(luma, chroma).detach().numpy()  # in training mode: two pictures are too few for statistics
    for piece, own in zip(shown, maps, strict=True):
        seen = found(own, np.full(len(CLASSES), 0.4, np.float32))
        alike = overlap(piece.objects.boxes.astype(float), seen.boxes.astype(float))
        assert len(seen.boxes) == len(piece.objects.boxes) and (alike.max(axis=1) > 0.6).all()
        assert (seen.classes[alike.argmax(axis=1)] == piece.objects.classes).all()


def run(folder: Path, stop: int | None = None, **changes: Any) -> list[int]:
    """Train, up to an interruption in this step; the steps that were told."""
    steps: list[int] = []

    def tell(figures: dict[str, float]) -> None:
        steps.append(int(figures["step"]))
        assert np.isfinite(list(figures.values())).all()
        if figures["step"] == stop:
            raise KeyboardInterrupt

    detector.train(scenes.frame_set(("player", "referee"), ("goalkeeper",)), scenes.recipe(**changes), folder, tell)
    return steps


def held(folder: Path) -> Any:
    return torch.load(folder / "checkpoint.pt", weights_only=True)


def test_an_interrupted_training_goes_on_at_its_last_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, stop=3)
    assert held(tmp_path)["step"] == 2
    assert run(tmp_path) == [3, 4]
    assert held(tmp_path)["step"] == 4
    assert run(tmp_path) == []  # done is done


def test_another_recipe_is_refused(tmp_path: Path) -> None:
    run(tmp_path, steps=1)
    for change in ({"steps": 2}, {"steps": 1, "start": "0" * 64}, {"steps": 1, "still_norms": True}):
        with pytest.raises(ValueError, match="of another recipe: name another folder, or delete it"):
            run(tmp_path, **change)


def test_a_checkpoint_from_before_the_newest_fields_is_gone_on_with(tmp_path: Path) -> None:
    run(tmp_path, steps=1)
    state = held(tmp_path)
    assert (state["recipe"].pop("start"), state["recipe"].pop("still_norms")) == ("", False)
    torch.save(state, tmp_path / "checkpoint.pt")
    assert run(tmp_path, steps=1) == []


BROKEN: dict[str, Any] = {
    "is no table": lambda state: [1],
    "lacks its step": lambda state: {name: state[name] for name in state if name != "step"},
    "is before its beginning": lambda state: state | {"step": -1},
    "has a recipe of its own": lambda state: state | {"recipe": state["recipe"] | {"steps": "many"}},
    "has no weights": lambda state: state | {"net": {}},
    "has weights that are none": lambda state: state | {"net": dict.fromkeys(state["net"], "heavy")},
    "has no optimiser": lambda state: state | {"optimizer": {}},
    "has an optimiser of others": lambda state: state | {"optimizer": {"state": {0: {"exp_avg": torch.zeros(1)}}}},
    "has an optimiser of nobody": lambda state: state | {"optimizer": {"state": {9999: {}}}},
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_checkpoint_that_is_broken_is_told_in_a_line(tmp_path: Path, how: str) -> None:
    run(tmp_path, steps=1)
    torch.save(BROKEN[how](held(tmp_path)), tmp_path / "checkpoint.pt")
    said = r"checkpoint\.pt is (broken|of another network).*: name another folder, or delete it"
    with pytest.raises(ValueError, match=said) as told:
        run(tmp_path, steps=1)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", b"PK\x03\x04half of one"])
def test_a_checkpoint_that_is_none_is_told_in_a_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(content)
    with pytest.raises(ValueError, match=r"checkpoint\.pt is broken \(.*\): name another folder, or delete it") as told:
        run(tmp_path)
    assert "\n" not in str(told.value)


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, stop=3)

    def full(_: object, path: Path) -> None:
        path.write_bytes(b"half of")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(torch, "save", full)
        run(tmp_path)
    assert held(tmp_path)["step"] == 2
    assert run(tmp_path) == [3, 4]


def test_training_from_weights_keeps_the_statistics_if_it_is_told_to(tmp_path: Path) -> None:
    frames = scenes.frame_set(("player",))
    for still in (True, False):
        torch.manual_seed(1)
        net = nets.NanoDetector(**scenes.SMALL)
        before = {name: value.clone() for name, value in net.state_dict().items()}
        recipe = scenes.recipe(steps=1, still_norms=still)
        detector.train(frames, recipe, tmp_path / str(still), lambda _: None, net)
        after = net.state_dict()
        assert not torch.equal(before["steps.0.0.0.weight"], after["steps.0.0.0.weight"])
        assert torch.equal(before["steps.0.0.1.running_mean"], after["steps.0.0.1.running_mean"]) is still


def test_the_rate_rises_and_falls() -> None:
    recipe = scenes.recipe(steps=100, warm_steps=10)
    paces = [detector.pace(step, recipe.steps, recipe.warm_steps) for step in range(100)]
    assert np.allclose(paces[:2], (0.1, 0.2)) and paces[9] == paces[10] == 1.0
    assert paces[10:] == sorted(paces[10:], reverse=True) and 0.02 < paces[-1] < 0.03
