"""The training of the nano propagator: its closed loop follows people, and goes on where it was interrupted."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stream_engine.models.memory.settings import MemoryConfig

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
scenes: Any = importlib.import_module("training.propagator.scenes")
views: Any = importlib.import_module("training.propagator.views")
rollouts: Any = importlib.import_module("training.propagator.rollout")
learn: Any = importlib.import_module("training.propagator.learn")
losses: Any = importlib.import_module("training.propagator.loss")
nets: Any = importlib.import_module("training.propagator.net")
exports: Any = importlib.import_module("training.propagator.export")
answering: Any = importlib.import_module("training.propagator.answering")
scoring: Any = importlib.import_module("training.propagator.score")
int8: Any = importlib.import_module("training.propagator.int8")

PEOPLE = (3, 7)
SCALE, CORNER = 0.5, (400.0, 300.0)
SIZE = (16, 44)  # of a person, in the scene


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def scene() -> Any:
    """Two people of different brightness; the second walks past behind the first."""
    luma = np.full((scenes.FRAMES, scenes.ROWS, scenes.COLUMNS), 40, np.uint8)
    ids = np.zeros_like(luma)
    body = np.full((scenes.FRAMES, 2, 4), np.nan)
    for step in range(scenes.FRAMES):
        for place, left in ((1, 70 + 2 * step), (0, 110)):
            top = 60
            rows, columns = slice(top, top + SIZE[1]), slice(left, left + SIZE[0])
            luma[step, rows, columns], ids[step, rows, columns] = (220, 130)[place], PEOPLE[place]
            corners = np.array((left, top, left + SIZE[0], top + SIZE[1])) / SCALE
            body[step, place] = corners + np.tile(CORNER, 2)
    whole = SIZE[0] * SIZE[1]
    visible = np.array([[(frame == who).sum() / whole for who in PEOPLE] for frame in ids])
    return scenes.Scene(
        luma=luma, chroma=np.full((scenes.FRAMES, scenes.ROWS // 2, scenes.COLUMNS // 2, 2), 128, np.uint8), ids=ids,
        corner=np.tile(CORNER, (scenes.FRAMES, 1)), scale=SCALE, target=0, people=np.array(PEOPLE),
        teams=np.array((1, 1)), body=body, visible=visible, camera=np.tile(np.eye(2, 3), (scenes.FRAMES, 1, 1)),
    )  # fmt: skip


def rollout(trouble: Any = rollouts.EASY, seed: int = 0) -> Any:
    return rollouts.Rollout(scene(), views.PLAIN, np.random.default_rng(seed), trouble, MemoryConfig())


def truth(asked: Any) -> Any:
    """What a net would say that knows."""
    own = asked.views.own
    seen = own.sum((1, 2)) > 8
    return scoring.Said(
        np.where(own > 0.5, 8.0, -8.0).astype(np.float32), np.ones(len(own), np.float32),
        np.where(seen, 8.0, -8.0), asked.body.astype(np.float32),
    )  # fmt: skip


def knowing() -> Any:
    return truth


def test_whoever_knows_ends_on_nobody_else() -> None:
    told = scoring.score([scene()], knowing, MemoryConfig())
    assert told["iou"] > 0.95 and told["iou partly hidden"] > 0.9
    assert told["met, same kit"] == 1 and told["ended on another, same kit"] == 0
    assert told["met, other kit"] == 0 and told["ended on another, other kit"] is None


def test_whoever_takes_the_one_in_front_is_found_out() -> None:
    def jumping() -> Any:
        def say(asked: Any) -> Any:
            said, rivals = truth(asked), asked.views.rivals[1]
            if rivals.sum() > 100:
                said.logits[1] = np.where(rivals > 0.5, 8.0, -8.0)
                rows, columns = np.nonzero(rivals > 0.5)
                said.body[1, :2] = columns.mean() / nets.SIDE, rows.mean() / nets.SIDE
                said.object_logit[1] = 8.0
            return said

        return say

    told = scoring.score([scene()], jumping, MemoryConfig())
    assert told["ended on another, same kit"] == 1


def test_windows_follow_what_was_said_and_not_the_truth() -> None:
    told, silent = rollout(), rollout()
    for _ in range(20):
        asked = told.ask()
        told.told(*truth(asked), truth=asked.views.own)
        asked = silent.ask()
        nothing = truth(asked)._replace(object_logit=np.full(len(asked.valid), -8.0))
        silent.told(*nothing, truth=asked.views.own)
    walker = told.scene.body[19, 1]
    middle = (walker[:2] + walker[2:]) / 2
    windows = [each.motion.boxes[1] for each in (told, silent)]
    apart = [float(np.abs((box[:2] + box[2:]) / 2 - middle).max()) for box in windows]
    assert apart[0] < 8 < apart[1]


def test_hints_say_where_the_others_are_and_not_oneself() -> None:
    play = rollout()
    for _ in range(4):
        asked = play.ask()
        play.told(*truth(asked), truth=asked.views.own)
    asked = play.ask()
    own, others, prompt = asked.hints[0]
    mine = asked.views.own[0].reshape(32, 2, 32, 2).mean((1, 3))
    theirs = asked.views.rivals[0].reshape(32, 2, 32, 2).mean((1, 3))
    assert (own * mine).sum() > 0.8 * own.sum() and (others * theirs).sum() > 0.8 * others.sum() > 0
    assert not prompt.any()


def test_memories_are_those_that_the_rules_keep() -> None:
    play = rollout()
    for _ in range(12):
        asked = play.ask()
        play.told(*truth(asked), truth=asked.views.own)
    asked = play.ask()
    held = {
        time: step for time, step, there in zip(asked.times[0], asked.memories[0], asked.valid[0], strict=True) if there
    }
    assert held[7] == 0 and held[0] == 11  # the prompt, and the newest
    assert not asked.valid[0].all()


def test_trouble_never_asks_for_what_is_no_number() -> None:
    for seed in range(6):
        play = rollout(rollouts.Trouble(aside=0.9, jitter=0.3, again=0.2, saved=1.0, late=0.5), seed)
        while not play.over:
            asked = play.ask()
            assert np.isfinite(asked.hints).all()
            play.told(*truth(asked), truth=asked.views.own)


def test_a_mirror_image_of_a_mirror_image_is_the_scene() -> None:
    one = scene()
    two = scenes.mirrored(scenes.mirrored(one))
    for name in ("luma", "chroma", "ids", "corner", "body", "camera"):
        assert np.allclose(getattr(one, name), getattr(two, name)), name
    turned = scenes.mirrored(one)
    left, top, right, bottom = ((turned.body[0, 0] - np.tile(turned.corner[0], 2)) * SCALE).round().astype(int)
    assert (turned.ids[0, top:bottom, left:right] == PEOPLE[0]).all()


def test_the_camera_of_a_mirror_image_pans_the_other_way() -> None:
    panned = scene()
    panned.camera[5] = ((1.0, 0.0, 7.0), (0.0, 1.0, -2.0))
    assert np.allclose(scenes.mirrored(panned).camera[5], ((1.0, 0.0, -7.0), (0.0, 1.0, -2.0)))


def test_seeds_for_judging_are_not_learned_from() -> None:
    with pytest.raises(ValueError, match="seed 10000 is kept for judging"):
        list(scenes.matches(scenes.SHARES, 2, 9999))


def test_the_loss_falls_when_the_answer_is_right() -> None:
    asked = rollout().ask()
    own, rivals = torch.from_numpy(asked.views.own), torch.from_numpy(asked.views.rivals)
    right, count = truth(asked), len(asked.valid)
    wanted = losses.Truth(
        own, rivals, torch.from_numpy(asked.body), torch.from_numpy(asked.visible), torch.ones(count, dtype=torch.bool)
    )

    def cost(said: Any) -> dict[str, float]:
        parts = [torch.from_numpy(np.asarray(part, np.float32)) for part in said]
        found = nets.Found(parts[0], torch.logit(parts[1].clamp(0.01, 0.99)), parts[2], parts[3])
        return {name: float(value) for name, value in losses.loss(found, wanted).items()}

    wrong = right._replace(logits=-right.logits, object_logit=-right.object_logit, body=right.body + 0.2)
    good, bad = cost(right), cost(wrong)
    assert all(good[name] < bad[name] for name in ("mask", "dice", "seen", "body")), (good, bad)


def test_views_of_one_person_are_pulled_together() -> None:
    same = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    people = torch.tensor([1, 1, 2])
    assert losses.identities(same, people) < losses.identities(same[[0, 2, 1]], people)
    assert losses.identities(same[:1], people[:1]) == 0


def test_training_goes_on_where_it_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "TELL_EVERY", 1)
    monkeypatch.setattr(learn, "SAVE_EVERY", 1)
    told: list[dict[str, float]] = []
    recipe = learn.Recipe(steps=3, scenes=1, unrolled=2)

    def interrupting(figures: dict[str, float]) -> None:
        told.append(figures)
        if figures["step"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn.train([scene()], recipe, tmp_path, interrupting)
    net = learn.train([scene()], recipe, tmp_path, told.append)
    assert [figures["step"] for figures in told] == [1, 2, 2, 3]
    assert all(np.isfinite(value) for figures in told for value in figures.values())
    assert all(torch.isfinite(part).all() for part in net.state_dict().values())
    with pytest.raises(ValueError, match="of another recipe"):
        learn.train([scene()], learn.Recipe(steps=4, scenes=1, unrolled=2), tmp_path, told.append)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_the_files_say_what_the_network_says_and_so_do_eight_bits(tmp_path: Path) -> None:
    torch.manual_seed(1)
    net = nets.NanoPropagator().eval()
    files = dict(zip(exports.PARTS, exports.export(net, tmp_path), strict=True))
    asked, again = rollout().ask(), rollout().ask()
    ours, theirs = (begin()(asked) for begin in (answering.in_torch(net), answering.in_files(files)))
    for name, ours_, theirs_ in zip(scoring.Said._fields, ours, theirs, strict=True):
        assert np.abs(ours_ - theirs_).max() < 5e-3 * max(1.0, float(np.abs(ours_).max())), name
    small = int8.quantise(files, tmp_path / "int8", [scene()])
    assert sum(path.stat().st_size for path in small.values()) < 2e6
    eight = answering.in_files(small)()(again)
    spread = float(ours.logits.max() - ours.logits.min())
    assert np.abs(eight.logits - ours.logits).mean() < 0.1 * spread
