"""The training of the nano ReID network: what it is shown, that it learns, and how it is judged."""

import importlib
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream_engine.masks import decode

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("moderngl")  # the tool also renders
films: Any = importlib.import_module("footage.film")
needs_renderer: pytest.MarkDecorator = importlib.import_module("tests.footage.rendering").needs_renderer
command: Any = importlib.import_module("training.command")
crops: Any = importlib.import_module("training.reid.crops")
views: Any = importlib.import_module("training.reid.views")
batches: Any = importlib.import_module("training.reid.batches")
learn: Any = importlib.import_module("training.reid.learn")
losses: Any = importlib.import_module("training.reid.loss")
nets: Any = importlib.import_module("training.reid.net")
exports: Any = importlib.import_module("training.reid.export")
answering: Any = importlib.import_module("training.reid.answering")
scoring: Any = importlib.import_module("training.reid.score")
int8: Any = importlib.import_module("training.reid.int8")

SMALL = (8, 8, 16)
COLOURS = (60, 100, 150, 200, 240)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def painted(people: int = 5, moments: int = 4) -> Any:
    """People who are rectangles of different brightness, in the middle of what is kept of them."""
    count = people * moments
    who = np.tile(np.arange(people), moments)
    luma = np.full((count, crops.ROWS, crops.COLUMNS), 30, np.uint8)
    mask = np.zeros_like(luma)
    mask[:, 24:120, 24:48] = 1
    luma[mask > 0] = np.repeat(np.array(COLOURS, np.uint8)[who], 96 * 24)
    body = np.tile((24.0, 24, 48, 120), (count, 1))
    return crops.Crops(
        luma, np.full((count, crops.ROWS // 2, crops.COLUMNS // 2, 2), 128, np.uint8), np.packbits(mask, axis=2),
        np.tile((0.0, 0, crops.COLUMNS, crops.ROWS), (count, 1)), body, body.copy(), np.ones(count),
        np.repeat(np.arange(moments), people), who, np.full(count, 7), np.full(count, 3),
    )  # fmt: skip


def seen(vectors: Any, **changes: Any) -> Any:
    """One-part answers about people at moments of their own."""
    count = len(vectors)
    rows = np.asarray(vectors, np.float32)[:, None]
    parts = {
        "vectors": rows / np.linalg.norm(rows, axis=2, keepdims=True), "visibility": np.ones((count, 1), np.float32),
        "roles": np.eye(5, dtype=np.float32)[[3] * count], "person": np.arange(count), "kit": np.zeros(count, int),
        "frame": np.arange(count), "role": np.full(count, 3),
    }  # fmt: skip
    return scoring.Seen(**(parts | {name: np.asarray(value) for name, value in changes.items()}))


def test_the_tool_trains_judges_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(crops, "film", lambda *_: painted(moments=6))
    monkeypatch.setattr(int8, "ROUNDS", 1)
    monkeypatch.setattr(int8, "LOOKS", 2)
    monkeypatch.setattr(scoring, "LEAST_APART", 0.0)
    monkeypatch.setattr(scoring, "LEAST_RANK", 0.0)
    out = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["train", "reid", str(out), "--matches", "14", "--steps", "2"])
    for _ in range(2):  # the second time everything is there
        with pytest.raises(SystemExit) as ended, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter's, of its age
            command.main()
        assert not ended.value.code
    said = " ".join(capsys.readouterr().err.split())
    assert said.count("reid.onnx: 0.") == said.count("reid-int8.onnx: 0.") == 2
    assert said.count("rough boxes and masks: {'rank-1 everybody'") == said.count("cost: {'ms a crop") == 4
    assert len(list((tmp_path / "cache").rglob("*.npz"))) == 14
    monkeypatch.setattr(scoring, "LEAST_APART", 2.0)
    with pytest.raises(SystemExit) as ended, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        command.main()
    assert ended.value.code == 2 and "the embeddings are nearly all alike" in capsys.readouterr().err


@needs_renderer
def test_people_are_cut_out_where_the_truth_says(monkeypatch: pytest.MonkeyPatch) -> None:
    truths = {}
    plain = films.Film.frame

    def noted(film: Any, number: int) -> Any:
        frame = plain(film, number)
        truths[number] = {seen.id: seen for seen in frame.truth.objects}
        return frame

    monkeypatch.setattr(films.Film, "frame", noted)
    made = crops.film("league", 5000, 4.0, 2)
    assert set(made.frame.tolist()) == set(truths) and len(truths) == 2
    assert len(set(made.person.tolist())) < len(made)  # some are there twice
    for at in range(len(made)):
        truth = truths[int(made.frame[at])][int(made.person[at])]
        assert truth.visible >= crops.LEAST_VISIBLE and tuple(made.box[at]) == truth.box_px
        left, top, width, height = made.place[at]
        assert (left <= made.box[at, 0]) and (top <= made.box[at, 1])
        assert (left + width >= made.box[at, 2]) and (top + height >= made.box[at, 3])
        kept = (made.mask(at) > 0).sum() * width * height / (crops.ROWS * crops.COLUMNS)
        assert kept == pytest.approx(decode(truth.mask).sum(), rel=0.15, abs=30)
        view = views.plain(made, at)
        assert view.visible[0] == pytest.approx(truth.visible, abs=0.15)


def test_parts_are_bands_of_the_body_and_of_the_mask() -> None:
    view = views.plain(painted(), 0)
    inside = view.parts[:, view.parts.shape[1] // 2]
    assert (np.diff(inside[1:-1]) >= 0).all() and set(inside[1:-1].tolist()) == {0, 1, 2, 3}
    assert (view.parts[:, 0] == nets.PARTS).all() and view.visible.min() > 0.9
    unknown = views.plain(painted(), 0, masked=False).mask
    assert (unknown[6:90] == view.mask[6:90]).mean() > 0.9  # these people fill their boxes


def test_somebody_before_them_hides_parts_and_never_most() -> None:
    held, rng = painted(), np.random.default_rng(0)
    shares = [views.varied(held, 0, 4, rng).visible[0] for _ in range(200)]
    assert min(shares) >= views.LEFT * 0.6 and np.mean(np.array(shares) < 0.9) > 0.1


def test_a_batch_is_of_whole_kits_and_knows_who_is_who() -> None:
    made = batches.Batches([painted(), painted()], (4, 2, 3), np.random.default_rng(0)).draw(2)
    assert len(made.luma) == 2 * 4 * 3 and len(made.match.unique()) == 2
    for match in made.match.unique():
        assert len(made.person[made.match == match].unique()) == 4


def test_a_small_network_learns_to_tell_five_people_apart(tmp_path: Path) -> None:
    told: list[dict[str, float]] = []
    recipe = learn.Recipe(steps=40, matches=1, mates=5, others=0, views=4, warm_steps=4, rate=5e-3, widths=SMALL)
    net = learn.train([painted()], recipe, tmp_path, told.append)
    assert told[-1]["loss"] < 0.8 * told[0]["loss"] and np.isfinite(list(told[-1].values())).all()
    again = learn.train([painted()], recipe, tmp_path, told.append)  # it is over
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), again.state_dict().values(), strict=True))
    with pytest.raises(ValueError, match="of another recipe"):
        learn.train([painted()], learn.Recipe(steps=3, widths=SMALL), tmp_path, told.append)
    with pytest.raises(ValueError, match="of another number of matches"):
        learn.train([painted()] * 2, recipe, tmp_path, told.append)


def test_an_interrupted_run_goes_on_where_it_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "TELL_EVERY", 1)
    monkeypatch.setattr(learn, "SAVE_EVERY", 2)
    recipe = learn.Recipe(steps=6, matches=1, mates=5, others=0, views=2, widths=SMALL)
    steps: list[float] = []

    def tell(figures: dict[str, float]) -> None:
        steps.append(figures["step"])
        if steps == [1, 2, 3]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn.train([painted()], recipe, tmp_path, tell)
    learn.train([painted()], recipe, tmp_path, tell)
    assert steps == [1, 2, 3, 3, 4, 5, 6]


def test_triplets_want_the_farthest_of_the_same_nearer_than_the_nearest_of_others() -> None:
    same = torch.tensor([(1, 1, 0), (1, 1, 0), (0, 0, 1)], dtype=torch.bool)
    far = torch.tensor([(0.0, 0.1, 0.9), (0.1, 0.0, 0.9), (0.9, 0.9, 0.0)])
    assert losses.triplets(far, same) < 0.01 < 1 < losses.triplets(1 - far, same)


@pytest.mark.filterwarnings("ignore")  # the exporter's, of its age
def test_files_answer_as_the_network_does(tmp_path: Path) -> None:
    torch.manual_seed(2)
    net = nets.NanoReidNet(SMALL)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.3)
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 2.0)
        for weights in net.parameters():
            if weights.ndim > 1:
                weights.copy_(weights.half().float())  # as the file keeps them
    exports.export(net, tmp_path / "reid.onnx")
    held = painted()
    feed = next(int8.feeds([held], 1, 6))
    whole, file = answering.in_torch(net), answering.in_file(tmp_path / "reid.onnx")
    for ours, theirs in zip(whole(**feed), file(**feed), strict=True):
        assert np.abs(ours - theirs).max() < 1e-4
    assert np.allclose(np.linalg.norm(file(**feed)[0], axis=2), 1, atol=1e-4)
    int8.quantise(tmp_path / "reid.onnx", tmp_path / "small.onnx", [held])
    small = answering.in_file(tmp_path / "small.onnx")(**feed)
    assert np.abs(small[0] - file(**feed)[0]).mean() < 0.1
    assert set(int8.costs([tmp_path / "small.onnx"], [held])["small.onnx"]) == {
        f"ms a crop, {size} at once" for size in int8.BATCHES
    }


def test_distances_are_means_over_the_parts_that_both_show() -> None:
    first = seen(np.eye(2))._replace(vectors=np.array([[(1, 0), (1, 0)]] * 2, np.float32))
    first = first._replace(visibility=np.array([(1, 1), (1, 0)], np.float32))
    other = first._replace(vectors=np.array([[(1, 0), (-1, 0)]] * 2, np.float32))
    assert scoring.apart(first, other) == pytest.approx(np.array([(0.5, 0), (0, 0)]), abs=1e-3)
    unseen = first._replace(visibility=np.zeros((2, 2), np.float32))
    assert (scoring.apart(unseen, other) == 1).all()  # nothing in common


def test_ranks_and_precision_of_embeddings_that_are_known() -> None:
    angles = np.radians((0, 10, 5, 90, 80))  # the second person's view at 5 is nearer to both of the first's
    people = seen(
        np.stack((np.cos(angles), np.sin(angles)), 1),
        person=(1, 1, 2, 2, 3),
        kit=(0, 0, 0, 0, 1),
        frame=(0, 1, 2, 3, 4),
    )
    found = list(scoring._found(people, people, own_kit=False))
    assert [place for place, _ in found] == [1, 1, 3, 2]
    assert [precision for _, precision in found] == pytest.approx([1 / 2, 1 / 2, 1 / 4, 1 / 3])
    assert [place for place, _ in scoring._found(people, people, own_kit=True)] == [1, 1, 2, 1]
    at_once = people._replace(frame=np.zeros(5, int))
    assert not list(scoring._found(at_once, at_once, own_kit=False))  # the same moment does not count


def test_whoever_is_recognised_always_has_full_marks() -> None:
    rng = np.random.default_rng(0)
    looks = rng.normal(size=(20, 16))
    who, frame = np.tile(np.arange(20), 12), np.repeat(np.arange(12), 20)
    told = scoring.score([seen(looks[who], person=who, frame=frame, kit=who // 10, role=np.full(240, 3))])
    full = ("rank-1 own kit", "mAP everybody", "one view of each, own kit", "tracklet rank-1 own kit", "roles")
    assert [told[name] for name in full] == [1] * 5
    assert told["same, 95 %"] < 0.01 < 0.2 < told["own kit, 5 %"]


@pytest.mark.parametrize("width", [0.0, 1e-3])
def test_embeddings_that_are_all_alike_are_an_error(width: float) -> None:
    rng = np.random.default_rng(0)
    rows = np.ones((50, 16)) + rng.normal(0, width, (50, 16))
    with pytest.raises(ValueError, match="nearly all alike"):
        scoring.spread(seen(rows).vectors)


def test_embeddings_along_a_line_are_an_error() -> None:
    rows = np.random.default_rng(0).choice((-1.0, 1.0), (50, 1)) * np.ones(16)
    with pytest.raises(ValueError, match="nearly all alike"):
        scoring.spread(seen(rows).vectors)
