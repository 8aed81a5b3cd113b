"""The built-in propagator: what it takes of pictures, and what its nets are given."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.backends.arrays import BLACK, GREY
from stream_engine.engines import EngineError, Model, TensorSpec
from stream_engine.models.memory.bank import Gathered
from stream_engine.models.propagators import Hints, Prompts
from stream_engine.models.propagators.nano import NanoPropagator, drawn_box, drawn_point

SIDE, HINTS, SLOTS, TOKENS, WIDTH = 16, 8, 8, 2, 3
Arrays = dict[str, NDArray[Any]]


def floats(*sides: int) -> TensorSpec:
    return TensorSpec("float32", ("objects", *sides))


FEATURES = {"fine": floats(4, 8, 8), "coarse": floats(6, 2, 2)}
PARTS: dict[str, tuple[dict[str, TensorSpec], dict[str, TensorSpec]]] = {
    "encode": (
        {
            "luma": TensorSpec("uint8", ("objects", SIDE, SIDE)),
            "chroma": TensorSpec("uint8", ("objects", SIDE // 2, SIDE // 2, 2)),
        },
        FEATURES,
    ),
    "head": (
        FEATURES
        | {
            "hints": floats(3, HINTS, HINTS),
            "bank": floats(SLOTS, TOKENS, WIDTH),
            "valid": TensorSpec("bool", ("objects", SLOTS)),
            "times": TensorSpec("int32", ("objects", SLOTS)),
        },
        {"mask": floats(SIDE, SIDE), "iou": floats(), "object_logit": floats(), "body": floats(4)},
    ),
    "memorize": ({"coarse": FEATURES["coarse"], "mask": floats(SIDE, SIDE)}, {"memory": floats(TOKENS, WIDTH)}),
}


def row(part: str) -> Model:
    inputs, outputs = PARTS[part]
    return Model(
        name=f"tiny-{part}", task="propagate", family="nano", file="none", source="here", licence="none", sha256="",
        precision="fp32", inputs=inputs, outputs=outputs, thresholds={},
    )  # fmt: skip


ROWS = {part: row(part) for part in PARTS}


class FakeNet:
    """Checks what it is given against its row, notes it, and answers each object's place in everything."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.given: Arrays = {}

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        self.given = dict(arrays)
        count = len(next(iter(arrays.values())))
        told = {name: (str(array.dtype), array.shape) for name, array in arrays.items()}
        assert told == {name: (spec.dtype, (count, *spec.shape[1:])) for name, spec in self._model.inputs.items()}
        places = np.arange(count, dtype=np.float32)
        return {
            name: np.broadcast_to(places.reshape(-1, *[1] * (len(spec.shape) - 1)), (count, *spec.shape[1:])).copy()  # type: ignore[arg-type]
            for name, spec in self._model.outputs.items()
        }


class Made(NanoPropagator):
    """Over fake nets that tests can look into."""

    def __init__(self) -> None:
        self.fakes = {part: FakeNet(model) for part, model in ROWS.items()}
        super().__init__(self.fakes, ROWS)


def nv12(width: int = 32, height: int = 24, luma: int = 100, chroma: int = 60) -> NDArray[np.uint8]:
    return np.vstack([np.full((height, width), luma, np.uint8), np.full((height // 2, width), chroma, np.uint8)])


def hints(count: int) -> Hints:
    """Each object's own are its place + 1, the others' ten times that."""
    own = np.ones((count, HINTS, HINTS), np.float32) * np.arange(1, count + 1)[:, None, None]
    return Hints(own, own * 10)


def features(made: Made, count: int) -> Arrays:
    taken = [made.take(nv12(), np.array([[0, 0, SIDE, SIDE]] * count))]
    return made.encode(taken)


def prompts(points: Any, labels: Any, mask: Any = None, count: int = 1) -> Prompts:
    """The same for all."""
    masks = np.zeros((count, SIDE, SIDE), np.float32) if mask is None else np.stack([mask] * count)
    given = np.array([mask is not None] * count)
    return Prompts(np.array([points] * count, np.float32), np.array([labels] * count, np.int32), masks, given)


def drawn(given: Prompts) -> Any:
    """What the head is given in place of the last mask."""
    made = Made()
    made.prompt(features(made, 1), np.array([0]), given, hints(1))
    return made.fakes["head"].given["hints"][0, 0]


# --- pictures -----------------------------------------------------------------------------------


def test_sides_are_those_of_the_rows() -> None:
    made = Made()
    assert (made.side, made.mask_side, made.hint_side, made.whole) == (SIDE, SIDE, HINTS, False)
    assert (made.spec.features, made.spec.slots, made.spec.pointers) == ((TOKENS, WIDTH), SLOTS, 0)
    assert (made.spec.recents, made.spec.anchor_index, made.spec.distractor_index) == (SLOTS - 1, SLOTS - 1, SLOTS)


def test_a_window_is_taken_as_it_lies_in_the_picture() -> None:
    picture = nv12()
    picture[4:12, 8:16] = 200
    taken = Made().take(picture, np.array([[4, 0, SIDE, SIDE]]))
    expected = np.full((SIDE, SIDE), 100)
    expected[4:12, 4:12] = 200
    assert taken.luma[0].tolist() == expected.tolist()


def test_a_larger_window_is_shrunk_to_its_mean() -> None:
    picture = nv12(width=64, height=64)
    picture[:64, ::2] = 50
    taken = Made().take(picture, np.array([[0, 0, 2 * SIDE, 2 * SIDE]]))
    assert taken.luma.shape == (1, SIDE, SIDE) and (taken.luma == 75).all()


@pytest.mark.parametrize(
    ("left", "top", "rows", "columns"),
    [
        (-8, -4, slice(4, None), slice(8, None)),
        (24, 16, slice(None, 8), slice(None, 8)),
        (100, 0, slice(0), slice(0)),
        (0, -100, slice(0), slice(0)),
    ],
)
def test_outside_of_the_picture_it_is_black(left: int, top: int, rows: slice, columns: slice) -> None:
    taken = Made().take(nv12(), np.array([[left, top, SIDE, SIDE]]))
    luma, chroma = np.full((SIDE, SIDE), BLACK), np.full((SIDE // 2, SIDE // 2), GREY)
    luma[rows, columns] = 100
    chroma[_halved(rows), _halved(columns)] = 60
    assert taken.luma[0].tolist() == luma.tolist()
    assert taken.chroma[0, :, :, 0].tolist() == taken.chroma[0, :, :, 1].tolist() == chroma.tolist()


def _halved(cells: slice) -> slice:
    return slice(cells.start and cells.start // 2, cells.stop and cells.stop // 2)


def test_no_windows_are_an_empty_take() -> None:
    taken = Made().take(nv12(), np.zeros((0, 4), np.int64))
    assert taken.luma.shape == (0, SIDE, SIDE) and taken.chroma.shape == (0, SIDE // 2, SIDE // 2, 2)


def test_all_windows_of_all_pictures_are_one_batch_in_their_order() -> None:
    made, whole = Made(), np.array([[0, 0, SIDE, SIDE]])
    made.encode([made.take(nv12(luma=1), whole), made.take(nv12(luma=2), np.repeat(whole, 2, axis=0))])
    assert made.fakes["encode"].given["luma"][:, 0, 0].tolist() == [1, 2, 2]


# --- prompts ------------------------------------------------------------------------------------


def test_a_box_is_drawn_where_the_last_mask_would_be() -> None:
    picture = drawn(prompts([(4, 4), (12, 16)], (2, 3)))  # half as many cells as pixels
    expected = np.zeros((HINTS, HINTS))
    expected[2:8, 2:6] = 1
    assert picture.tolist() == expected.tolist()


def test_edges_of_boxes_between_the_cells_are_soft() -> None:
    assert np.allclose(drawn_box(np.array((2.25, 0.0, 6.0, 8.0)), HINTS)[4], [0, 0, 0.75, 1, 1, 1, 0, 0])


def test_a_point_is_a_hill_and_of_several_each_is_one() -> None:
    picture = drawn(prompts([(5, 5), (13, 5)], (1, 1)))
    assert picture.argmax(axis=1)[2] == 2 and picture[2, 2] == picture[2, 6] == 1.0
    assert picture[7].max() < 0.01
    assert np.allclose(picture[:, :4], drawn_point(2.5, 2.5, HINTS)[:, :4], atol=0.1)


def test_a_point_beside_the_object_takes_away() -> None:
    with_box = drawn(prompts([(0, 0), (16, 16), (5, 5)], (2, 3, 0)))
    assert with_box[2, 2] == 0.0 and with_box[7, 7] > 0.99


def test_points_that_only_fill_up_are_not_drawn() -> None:
    alone, filled = prompts([(5, 5)], (1,)), prompts([(5, 5), (13, 13)], (1, -10))
    assert drawn(alone).tolist() == drawn(filled).tolist()


def test_a_mask_is_drawn_by_shares_and_points_do_not_count_beside_it() -> None:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[4:8, 4:7] = 1
    picture = drawn(prompts([(13, 13)], (1,), mask))
    expected = np.zeros((HINTS, HINTS))
    expected[2:4, 2:4] = [1, 0.5]
    assert picture.tolist() == expected.tolist()


def test_beside_a_prompt_the_net_is_given_the_others_a_flag_and_no_memories() -> None:
    made = Made()
    two = prompts([(5, 5)], (1,), count=2)
    made.prompt(features(made, 3), np.array([0, 2]), two, hints(2))
    given = made.fakes["head"].given
    assert given["hints"][:, 1, 0, 0].tolist() == [10, 20]
    assert (given["hints"][:, 2] == 1).all()
    assert not given["valid"].any() and not given["bank"].any() and not given["times"].any()
    assert given["coarse"][:, 0, 0, 0].tolist() == [0, 2], "features are of the rows that were asked for"


# --- memories -----------------------------------------------------------------------------------


def test_who_is_tracked_is_given_the_last_mask_the_others_and_the_memories_as_they_are() -> None:
    made, rng = Made(), np.random.default_rng(1)
    gathered = Gathered(
        rng.random((2, SLOTS, TOKENS, WIDTH), np.float32), rng.random((2, SLOTS)) > 0.5,
        rng.integers(0, 9, (2, SLOTS)).astype(np.int32), np.zeros((2, 0, 256)), np.zeros((2, 0), bool),
        np.zeros((2, 0), np.float32),
    )  # fmt: skip
    made.track(features(made, 3), np.array([2, 1]), gathered, hints(2))
    given = made.fakes["head"].given
    assert given["hints"][:, :, 0, 0].tolist() == [[1, 10, 0], [2, 20, 0]]
    assert (given["bank"] == gathered.features).all() and (given["valid"] == gathered.slot_valid).all()
    assert (given["times"] == gathered.slot_tpos).all()
    assert given["coarse"][:, 0, 0, 0].tolist() == [2, 1]


def test_answers_are_of_one_candidate_each_with_bodies_by_their_corners() -> None:
    made = Made()
    two = prompts([(5, 5)], (1,), count=2)
    made.fakes["head"].run = lambda arrays: {  # type: ignore[method-assign]
        "mask": np.ones((2, SIDE, SIDE), np.float32), "iou": np.array([0.5, 0.6], np.float32),
        "object_logit": np.array([1, -1], np.float32),
        "body": np.array([[0.5, 0.5, 0.5, 1.0], [0.5, 0.75, 0.25, 0.5]], np.float32),
    }  # fmt: skip
    answers = made.prompt(features(made, 2), np.array([0, 1]), two, hints(2))
    assert answers.masks.shape == (2, 1, SIDE, SIDE) and answers.pointers.shape[:2] == (2, 1)
    assert np.allclose(answers.iou, [[0.5], [0.6]]) and answers.object_logit.tolist() == [1, -1]
    assert answers.bodies is not None
    assert answers.bodies.tolist() == [[[0.25, 0, 0.75, 1]], [[0.375, 0.5, 0.625, 1]]]


def test_what_is_remembered_is_made_of_the_rows_and_the_masks_that_were_chosen() -> None:
    made, masks = Made(), np.stack([np.full((SIDE, SIDE), value) for value in (3.0, -3.0)])
    memories = made.memorise(features(made, 3), np.array([2, 0]), masks, np.ones(2), np.zeros(2, bool))
    assert memories.shape == (2, TOKENS, WIDTH)
    given = made.fakes["memorize"].given
    assert given["coarse"][:, 0, 0, 0].tolist() == [2, 0] and given["mask"][:, 0, 0].tolist() == [3, -3]


# --- rows that do not go together ---------------------------------------------------------------


def changed(part: str, side: str, name: str, spec: TensorSpec | None) -> dict[str, Model]:
    """The rows, with one input or output changed or, by None, missing."""
    tensors = {key: each for key, each in getattr(ROWS[part], side).items() if key != name}
    if spec is not None:
        tensors[name] = spec
    return ROWS | {part: msgspec.structs.replace(ROWS[part], **{side: tensors})}


WRONG = {
    "no luma": changed("encode", "inputs", "luma", None),
    "luma with channels": changed("encode", "inputs", "luma", floats(1, SIDE, SIDE)),
    "luma of any side": changed("encode", "inputs", "luma", TensorSpec("uint8", ("objects", "side", "side"))),
    "luma of floats": changed("encode", "inputs", "luma", floats(SIDE, SIDE)),
    "chroma as large as luma": changed("encode", "inputs", "chroma", TensorSpec("uint8", ("objects", SIDE, SIDE, 2))),
    "no coarse features": changed("encode", "outputs", "coarse", None),
    "features that the head does not take": changed("encode", "outputs", "fine", floats(5, 8, 8)),
    "no hints": changed("head", "inputs", "hints", None),
    "two hints": changed("head", "inputs", "hints", floats(2, HINTS, HINTS)),
    "no bank": changed("head", "inputs", "bank", None),
    "a bank of one slot": changed("head", "inputs", "bank", floats(1, TOKENS, WIDTH)),
    "a bank of any size": changed("head", "inputs", "bank", TensorSpec("float32", ("objects", "slots", TOKENS, WIDTH))),
    "times of other kind": changed("head", "inputs", "times", TensorSpec("int64", ("objects", SLOTS))),
    "masks of another side": changed("head", "outputs", "mask", floats(SIDE * 2, SIDE * 2)),
    "no body": changed("head", "outputs", "body", None),
    "one more output": changed("head", "outputs", "more", floats(1)),
    "memories that do not fit the bank": changed("memorize", "outputs", "memory", floats(TOKENS, WIDTH + 1)),
    "masks that memories are not made of": changed("memorize", "inputs", "mask", floats(SIDE * 2, SIDE * 2)),
}


@pytest.mark.parametrize("rows", WRONG.values(), ids=WRONG)
def test_rows_that_do_not_go_together_are_refused(rows: dict[str, Model]) -> None:
    with pytest.raises(EngineError, match="tiny-encode: its rows are not those of a nano propagator"):
        NanoPropagator({}, rows)
