"""SAM 2.1 as a propagator: with the bank it follows a clip as the library does, and regions do not see each other."""

import importlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.config import PropagateConfig
from stream_engine.engines import VARIABLE
from stream_engine.engines.nets import open_propagator
from stream_engine.models.memory.bank import Bank
from stream_engine.models.propagators.sam2 import Sam2Propagator
from stream_engine.models.propagators.sam2_tensors import Sizes
from tests.exporting.sam2_session import Prompt, apart, box, differences
from tests.models.memory.made import decided
from tests.models.memory.small import ANCHOR, opened
from tests.models.pictures import smooth_nv12
from tests.models.propagators.following import RECALL, Following, no_hints, prompts_of
from tests.models.propagators.nets import Told, rows_of

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("onnxscript")
pytest.importorskip("safetensors")

# As modules without types: what they stand on has too many of its own.
small: Any = importlib.import_module("tests.exporting.small_sam2")
library: Any = importlib.import_module("tests.exporting.sam2_library")
parts: Any = importlib.import_module("exporting.sam2.parts")
command: Any = importlib.import_module("exporting.command")

FRAMES = 20  # the pointers of the first ones are forgotten by then
SIZE = 192, 128
MASKS, REST = 1e-3, 1e-4  # shares of the greatest number
SLOTS, POINTERS = 8, 16
# By frame: two objects at first, a third later.
PROMPTS: dict[int, dict[int, Prompt]] = {
    0: {1: box(12, 12, 52, 64), 2: Prompt(np.array([[90, 50]], np.float32), (1,))},
    4: {3: box(40, 70, 80, 120)},
}
WINDOWS = np.array([[-20, -10, 80, 80], [100, 30, 64, 64], [150, 100, 60, 60]])  # two reach out of the picture


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> Sam2Propagator:
    """For whole frames, exported to files."""
    saved, folder = tmp_path_factory.mktemp("saved"), tmp_path_factory.mktemp("engines")
    small.sam2().save_pretrained(saved)
    command.sam2(
        saved, name="frame", side=small.SIDE, slots=SLOTS, pointers=POINTERS, mode="frame", out=folder, licence="none"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(folder))
        name, propagator = open_propagator(PropagateConfig(net="frame"))
    assert name == "frame" and isinstance(propagator, Sam2Propagator)
    return propagator


@pytest.fixture(scope="module")
def region() -> Sam2Propagator:
    """For regions, run by torch."""
    net = small.sam2(96)
    modules = parts.modules(net, SLOTS)
    signatures = parts.signatures(parts.sizes_of(net, SLOTS, POINTERS, "region"))
    nets = {part: Told(library.in_torch(modules[part], signature)) for part, signature in signatures.items()}
    sizes = Sizes(False, 96, net.hidden_dim // 8, net.hidden_dim // 4, net.hidden_dim, SLOTS, net.mem_dim, POINTERS)
    rows = rows_of(sizes)
    for part, signature in signatures.items():
        assert (rows[part].inputs, rows[part].outputs) == (signature.inputs, signature.outputs)
    return Sam2Propagator(nets, rows)


@pytest.fixture(scope="module")
def clip() -> list[NDArray[np.uint8]]:
    """A pattern that wanders, in front of noise."""
    chance = np.random.default_rng(5)
    pattern = np.kron(chance.uniform(16, 235, (24, 24)), np.ones((8, 8)))[: SIZE[1] * 3 // 2, : SIZE[0]]
    noise = (chance.normal(0, 8, pattern.shape) for _ in range(FRAMES))
    frames = (np.roll(pattern, (2 * at, 4 * at), (0, 1)) + more for at, more in enumerate(noise))
    return [frame.clip(16, 235).astype(np.uint8) for frame in frames]


def test_a_clip_is_followed_as_the_library_follows_it(frame: Sam2Propagator, clip: list[NDArray[np.uint8]]) -> None:
    picture = np.array([[0, 0, *SIZE]])
    wanted = library.followed(small.sam2(), [frame.pixels([frame.take(nv12, picture)]) for nv12 in clip], PROMPTS)
    following = Following(frame, 3)
    found = differences([following.step(nv12, PROMPTS.get(at, {})) for at, nv12 in enumerate(clip)], wanted)
    assert found.pop("mask") <= MASKS and max(found.values()) <= REST, found
    seen = [answer.object_logit > 0 for answers in wanted for answer in answers.values()]
    assert any(seen) and not all(seen)  # or neither masks nor what is hidden would be compared


def test_the_bank_gives_what_the_library_looks_at(frame: Sam2Propagator, clip: list[NDArray[np.uint8]]) -> None:
    """The frame with the prompt and the six and fifteen before this one."""
    following = Following(frame, 3)
    for at, nv12 in enumerate(clip):
        following.step(nv12, PROMPTS.get(at, {}))
    seen = following.bank.gather(list(following.handles.values()), FRAMES)
    for row, prompted in enumerate((0, 0, 4)):
        assert sorted(seen.slot_tpos[row, seen.slot_valid[row]].tolist()) == [0, 1, 2, 3, 4, 5, 6]
        back = seen.pointer_dist[row, seen.pointer_valid[row]].tolist()
        assert sorted(back) == sorted({*range(1, 16), FRAMES - prompted})


Shown = list[tuple[NDArray[np.uint8], NDArray[np.int64]]]  # pictures, and windows of objects in them
ASKED = [box(10, 20, 50, 60), Prompt(np.array([[40, 50]], np.float32), (1,)), box(5, 5, 90, 60)]


def said(propagator: Sam2Propagator, shown: Shown, prompts: list[Prompt], rows: list[int]) -> dict[str, Any]:
    """All that is said of objects when somebody points at them, and when they are looked for where they were."""
    features = propagator.encode([propagator.take(nv12, windows) for nv12, windows in shown])
    places, count, hints = np.array(rows), len(rows), no_hints(propagator, len(rows))
    pointed = propagator.prompt(features, places, prompts_of(propagator, [prompts[row] for row in rows]), hints)
    memories = propagator.memorise(
        features, places, pointed.masks[:, 0], pointed.object_logit, np.ones(count, np.bool_)
    )
    bank = Bank(propagator.spec, count, RECALL)
    handles = [opened(bank) for _ in rows]
    bank.write(handles, decided(0, *[ANCHOR] * count), memories, pointed.pointers[:, 0])
    tracked = propagator.track(features, places, bank.gather(handles, 1), hints)
    answers = {"pointed": pointed, "tracked": tracked}
    parts = {f"{when} {name}": array for when, told in answers.items() for name, array in told._asdict().items()}
    return {name: array for name, array in parts.items() if not name.endswith("bodies")} | {"memories": memories}


@pytest.mark.parametrize("mode", ["region", "frame"])
def test_each_object_is_answered_as_if_it_were_alone(mode: str, request: pytest.FixtureRequest) -> None:
    propagator, pictures = request.getfixturevalue(mode), [smooth_nv12(SIZE, seed) for seed in (1, 2)]
    together = said(propagator, [(pictures[0], WINDOWS[:2]), (pictures[1], WINDOWS[2:])], ASKED, [2, 0, 1])
    for row, each in enumerate([2, 0, 1]):
        alone = said(propagator, [(pictures[each // 2], WINDOWS[each : each + 1])], [ASKED[each]], [0])
        for name, array in together.items():
            assert apart(array[row], alone[name][0]) < 1e-4, name


@pytest.mark.parametrize("mode", ["region", "frame"])
def test_of_nobody_nothing_is_said(mode: str, request: pytest.FixtureRequest) -> None:
    propagator, nobody = request.getfixturevalue(mode), np.empty((0, 4), np.int64)
    features = propagator.encode([propagator.take(smooth_nv12(SIZE), nobody)])
    none, hints = np.empty(0, np.int64), no_hints(propagator, 0)
    pointed = propagator.prompt(features, none, prompts_of(propagator, []), hints)
    tracked = propagator.track(features, none, Bank(propagator.spec, 1, RECALL).gather([], 0), hints)
    assert [array.shape[:2] for array in (pointed.iou, tracked.iou)] == [(0, 1), (0, 3)]
    memories = propagator.memorise(features, none, pointed.masks[:, 0], pointed.object_logit, np.empty(0, np.bool_))
    assert memories.shape == (0, *propagator.spec.features)
