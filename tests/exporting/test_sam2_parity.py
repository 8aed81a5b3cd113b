"""SAM2's four graphs say what the library's own streaming session says, object by object and frame by frame."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.exporting.rtx import plan_bytes
from tests.exporting.sam2_session import NOBODY, Answer, Part, Prompt, Session, apart, box, differences

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

# As modules without types: what they stand on has too many of its own.
library: Any = importlib.import_module("tests.exporting.sam2_library")
small: Any = importlib.import_module("tests.exporting.small_sam2")
parts: Any = importlib.import_module("exporting.sam2.parts")
files: Any = importlib.import_module("exporting.sam2.files")

FRAMES = 20  # the pointers of the first ones are forgotten by then
SLOTS, POINTERS = 8, 18  # two frames with prompts, and the library's six and fifteen without
MASKS, REST = 1e-3, 1e-4  # shares of the greatest number
PARTS = importlib.import_module("exporting.sam2").PARTS
# By frame: two objects at first, a third later, and the first once more.
PROMPTS: dict[int, dict[int, Prompt]] = {
    0: {1: box(12, 12, 52, 64), 2: Prompt(np.array([[90, 50]], np.float32), (1,))},
    4: {3: box(40, 70, 80, 120)},
    11: {1: box(30, 20, 70, 80)},
}


@pytest.fixture(scope="module")
def clip() -> list[NDArray[np.float32]]:
    """A pattern that wanders, in front of noise."""
    chance = np.random.default_rng(5)
    pattern = np.kron(chance.normal(size=(3, 16, 16)), np.ones((8, 8)))
    frames = [np.roll(pattern, (2 * at, 3 * at), (1, 2)) + chance.normal(0, 0.2, pattern.shape) for at in range(FRAMES)]
    return [frame[None].astype(np.float32) for frame in frames]


@pytest.fixture(scope="module")
def modules() -> dict[str, Any]:
    made: dict[str, Any] = parts.modules(small.sam2(), SLOTS)
    return made


@pytest.fixture(scope="module")
def signatures() -> dict[str, Any]:
    known: dict[str, Any] = parts.signatures(parts.sizes_of(small.sam2(), SLOTS, POINTERS, "frame"))
    return known


@pytest.fixture(scope="module")
def written(modules: dict[str, Any], signatures: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("onnx")
    for name in PARTS:
        files.trace(modules[name], signatures[name], folder / f"{name}.onnx")
    return folder


def in_onnx(path: Path, signature: Any) -> Part:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def run(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        told = session.run(list(signature.outputs), {name: arrays[name] for name in signature.inputs})
        return dict(zip(signature.outputs, told, strict=True))

    return run


@pytest.fixture(params=["torch", "onnx"])
def run(request: pytest.FixtureRequest, modules: dict[str, Any], signatures: dict[str, Any]) -> dict[str, Part]:
    """The parts, on either runtime."""
    if request.param == "torch":
        return {name: library.in_torch(modules[name], signatures[name]) for name in PARTS}
    folder = request.getfixturevalue("written")
    return {name: in_onnx(folder / f"{name}.onnx", signatures[name]) for name in PARTS}


def stream(run: Mapping[str, Part], clip: list[NDArray[np.float32]]) -> list[dict[int, Answer]]:
    session = Session(run, SLOTS, POINTERS)
    return [session.step(pixels, PROMPTS.get(frame, {})) for frame, pixels in enumerate(clip)]


@pytest.fixture(scope="module")
def wanted(clip: list[NDArray[np.float32]]) -> list[dict[int, Answer]]:
    """What the library's session says."""
    answers: list[dict[int, Answer]] = library.followed(small.sam2(), clip, PROMPTS)
    return answers


def test_a_clip_is_followed_as_the_library_follows_it(
    run: dict[str, Part], clip: list[NDArray[np.float32]], wanted: list[dict[int, Answer]]
) -> None:
    found = differences(stream(run, clip), wanted)
    assert found.pop("mask") <= MASKS and max(found.values()) <= REST, found


def test_the_clip_shows_what_it_is_meant_to_show(
    modules: dict[str, Any],
    signatures: dict[str, Any],
    clip: list[NDArray[np.float32]],
    wanted: list[dict[int, Answer]],
) -> None:
    hidden = [answer for frame in wanted for answer in frame.values() if answer.object_logit <= 0]
    assert hidden and all((answer.mask == NOBODY).all() for answer in hidden)
    run = {name: library.in_torch(modules[name], signatures[name]) for name in PARTS}
    for wrong in ("slot_tpos", "ptr_dist", "binarize"):
        found = differences(stream(run | blind(run, wrong), clip), wanted)
        assert found["memory"] > 5 * REST, f"{wrong} makes no difference: {found}"


def blind(run: Mapping[str, Part], to: str) -> dict[str, Part]:
    """The parts that take this input, made to overlook it."""

    def without(part: Part) -> Part:
        return lambda arrays: part({**arrays, to: np.full_like(arrays[to], to == "ptr_dist")})

    return {name: without(run[name]) for name in (("memorize",) if to == "binarize" else ("track_head",))}


@pytest.mark.parametrize("objects", [1, 3])
@pytest.mark.parametrize("name", PARTS)
def test_a_file_says_what_its_module_says(
    name: str, objects: int, modules: dict[str, Any], signatures: dict[str, Any], written: Path
) -> None:
    counts = {"objects": objects, "points": 2}
    assert files.difference(modules[name], signatures[name], written / f"{name}.onnx", counts) <= REST


@pytest.mark.parametrize("name", PARTS)
def test_tensorrt_rtx_builds_a_plan_for_frames(name: str, signatures: dict[str, Any], written: Path) -> None:
    assert plan_bytes(written / f"{name}.onnx", signatures[name].inputs) > 0


def inputs(signature: Any, **changed: Any) -> dict[str, NDArray[Any]]:
    given = parts.example(signature.inputs, {"objects": 3, "points": 2})
    return {name: tensor.numpy().copy() for name, tensor in given.items()} | changed


@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -np.inf, 1e30])
def test_what_lies_in_empty_places_changes_nothing(
    run: dict[str, Part], signatures: dict[str, Any], rubbish: float
) -> None:
    given = inputs(signatures["track_head"])
    given["slot_valid"][2], given["ptr_valid"][2] = False, False  # an object of which nothing is remembered
    before = run["track_head"](given)
    no_slot, no_pointer = ~given["slot_valid"], ~given["ptr_valid"]
    given["bank"][no_slot], given["slot_tpos"][no_slot] = rubbish, np.iinfo(np.int32).max
    given["ptr"][no_pointer], given["ptr_dist"][no_pointer] = rubbish, rubbish
    after = run["track_head"](given)
    for name, array in before.items():
        assert np.isfinite(array).all() and np.array_equal(array, after[name]), name


def test_a_mask_that_is_not_given_changes_nothing(run: dict[str, Part], signatures: dict[str, Any]) -> None:
    given = inputs(signatures["prompt_head"], mask_given=np.array([[False], [True], [False]]))
    before = run["prompt_head"](given)
    given["mask"][[0, 2]] = np.nan
    for name, array in run["prompt_head"](given).items():
        assert np.array_equal(array, before[name]), name


def test_empty_places_are_as_if_they_were_not_there(modules: dict[str, Any], signatures: dict[str, Any]) -> None:
    given = inputs(signatures["track_head"])
    taken = {"bank": 3, "slot_valid": 3, "slot_tpos": 3, "ptr": 5, "ptr_valid": 5, "ptr_dist": 5}
    for name in ("slot_valid", "ptr_valid"):
        given[name][:] = np.arange(given[name].shape[1]) < taken[name]
    short = {name: array[:, : taken[name]] if name in taken else array for name, array in given.items()}
    fewer = library.in_torch(parts.modules(small.sam2(), 3)["track_head"], signatures["track_head"])(short)
    for name, array in library.in_torch(modules["track_head"], signatures["track_head"])(given).items():
        assert apart(array, fewer[name]) < 1e-5, name


@pytest.mark.parametrize("name", ["prompt_head", "track_head", "memorize"])
def test_regions_are_worked_on_like_a_frame(name: str, modules: dict[str, Any], signatures: dict[str, Any]) -> None:
    frame = inputs(signatures[name])
    regions = {key: np.repeat(array, 3, 0) if len(array) == 1 else array for key, array in frame.items()}
    assert len(regions["feat"]) == 3
    of_frame = library.in_torch(modules[name], signatures[name])(frame)
    for key, array in library.in_torch(modules[name], signatures[name])(regions).items():
        assert apart(array, of_frame[key]) < 1e-5, key


def test_a_mask_is_a_prompt_as_the_library_takes_it(
    run: dict[str, Part], signatures: dict[str, Any], clip: list[NDArray[np.float32]]
) -> None:
    net, chance = small.sam2(), np.random.default_rng(1)
    cells = (chance.random((1, 1, 32, 32)) < 0.4).astype(np.float32)
    features = dict(run["encode"]({"pixels": clip[0]}))
    told = run["prompt_head"](
        features
        | {
            "points": np.zeros((1, 1, 2), np.float32),
            "labels": np.array([[-1]], np.int32),
            "mask": cells,
            "mask_given": np.array([[True]]),
        }
    )
    s0, s1, feat = (torch.from_numpy(features[name]) for name in ("s0", "s1", "feat"))
    with torch.inference_mode():
        theirs = net._use_mask_as_output(
            feat, [s0, s1], torch.from_numpy(np.kron(cells, np.ones((1, 1, 4, 4)))).float()
        )
    best = 1 + told["iou"][0, 1:].argmax()
    assert apart(told["pointers"][0, best], theirs.object_pointer[0, 0].numpy()) <= REST


def test_points_are_told_as_the_library_tells_them(modules: dict[str, Any]) -> None:
    points, labels = torch.rand(2, 6, 2) * small.SIDE, torch.tensor([[1, 0, -1, -10, 2, 3], [3, -10, 0, 1, -1, 2]])
    theirs = small.sam2().prompt_encoder._embed_points(points[:, None], labels[:, None], pad=True)[:, 0]
    ours = modules["prompt_head"]._tokens(points, labels)
    assert apart(ours.numpy(), theirs.detach().numpy()) < 1e-5
