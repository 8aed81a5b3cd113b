"""SAM 2.1 without weights: what goes into its parts, which candidate is taken, and which rows are refused."""

from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.backends.arrays import IMAGENET
from stream_engine.engines import EngineError, Model, TensorSpec
from stream_engine.models.memory.bank import Bank
from stream_engine.models.propagators import Answers, Prompts
from stream_engine.models.propagators.sam2 import Sam2Propagator
from stream_engine.models.propagators.sam2_tensors import Sizes
from tests.models.memory.made import decided
from tests.models.memory.small import ANCHOR, RECALL, opened
from tests.models.pictures import smooth_nv12
from tests.models.propagators.following import no_hints
from tests.models.propagators.nets import SIZES, plain, plain_nets, rows_of

CELLS = SIZES.cells * 4  # of a mask
BOX, POINT, NOTHING = [2, 3], [1, -1], [-1, -1]
IOU = np.array([0.9, 0.3, 0.8, 0.5], np.float32)
POINTERS = np.arange(4, dtype=np.float32)[:, None]
SURE, SHAKY = np.full((CELLS, CELLS), 3.0), np.linspace(-0.3, 0.3, CELLS * CELLS).reshape(CELLS, CELLS)

SQUARE, FIRST = np.array([[0, 0, 64, 64]]), np.array([0])


def asked(*labels: list[int], masks: dict[int, NDArray[Any]] | None = None) -> Prompts:
    """Prompts at points 10, 20 and 30, 40; masks by row."""
    count, masks = len(labels), masks or {}
    drawn = np.zeros((count, CELLS, CELLS), np.float32)
    for row, mask in masks.items():
        drawn[row] = mask
    points = np.tile(np.array([[10, 20], [30, 40]], np.float32), (count, 1, 1))
    return Prompts(points, np.array(labels, np.int32), drawn, np.isin(np.arange(count), list(masks)))


def answered(prompts: Prompts, first: NDArray[Any] = SURE) -> tuple[Answers, list[dict[str, NDArray[Any]]]]:
    """What is taken of candidates whose first mask is this one, and what the net was asked."""
    masks = np.stack([first, *(np.full((CELLS, CELLS), number) for number in (10.0, 20.0, 30.0))])
    head = plain(SIZES, "prompt_head", masks=masks, iou=IOU, pointers=POINTERS, object_logit=np.float32(2))
    propagator = Sam2Propagator(plain_nets(SIZES, prompt_head=head), rows_of(SIZES))
    count = len(prompts.labels)
    features = propagator.encode([propagator.take(smooth_nv12((64, 64)), np.repeat(SQUARE, count, 0))])
    return propagator.prompt(features, np.arange(count), prompts, no_hints(propagator, count)), head.asked


def test_after_a_box_the_first_candidate_is_taken_if_it_is_stable() -> None:
    answers, _ = answered(asked(BOX))
    assert (answers.masks == 3).all() and answers.iou.tolist() == [[IOU[0]]] and (answers.pointers == 0).all()


def test_after_a_box_the_best_of_the_others_is_taken_if_the_first_is_not_stable_but_the_first_pointer() -> None:
    answers, _ = answered(asked(BOX), SHAKY)
    assert (answers.masks == 20).all() and answers.iou.tolist() == [[IOU[2]]] and (answers.pointers == 0).all()


def test_a_first_candidate_that_covers_nothing_is_stable() -> None:
    answers, _ = answered(asked(BOX), np.full((CELLS, CELLS), -3.0))
    assert (answers.masks == -3).all()


@pytest.mark.parametrize("labels", [POINT, NOTHING])
def test_after_a_point_or_none_the_best_of_the_others_is_taken_with_its_pointer(labels: list[int]) -> None:
    answers, _ = answered(asked(labels))
    assert (answers.masks == 20).all() and answers.iou.tolist() == [[IOU[2]]] and (answers.pointers == 2).all()


def test_a_mask_is_the_answer_itself_and_only_the_pointer_is_the_net_s() -> None:
    mask = np.zeros((CELLS, CELLS))
    mask[2:4], mask[4] = 1, 0.5
    answers, (told,) = answered(asked(BOX, masks={0: mask}))
    assert np.array_equal(answers.masks[0, 0], mask * 20 - 10)
    assert (answers.iou.tolist(), answers.object_logit.tolist()) == ([[1.0]], [10.0])
    assert (answers.pointers == 2).all()
    assert told["labels"].tolist() == [[-1]] and told["mask_given"].tolist() == [[True]]


def test_a_mask_that_covers_nothing_is_nobody() -> None:
    answers, _ = answered(asked(NOTHING, masks={0: np.zeros((CELLS, CELLS))}))
    assert answers.object_logit.tolist() == [-10]


def test_prompts_of_one_kind_go_together_and_are_not_filled_up() -> None:
    answers, told = answered(asked(BOX, [-1, 1], BOX, POINT, masks={2: np.ones((CELLS, CELLS))}))
    assert [each["labels"].tolist() for each in told] == [[[-1]], [[1], [1]], [[2, 3]]]
    assert [each["mask_given"].any() for each in told] == [True, False, False]
    assert told[1]["points"].tolist() == [[[30, 40]], [[10, 20]]]
    assert answers.masks[:, 0, 0, 0].tolist() == [3, 20, 10, 20]


def test_tracking_gives_the_three_others() -> None:
    head = plain(SIZES, "track_head", iou=IOU, pointers=POINTERS)
    propagator = Sam2Propagator(plain_nets(SIZES, track_head=head), rows_of(SIZES))
    features = propagator.encode([propagator.take(smooth_nv12((64, 64)), SQUARE)])
    bank = Bank(propagator.spec, 1, RECALL)
    answers = propagator.track(features, FIRST, bank.gather([opened(bank)], 0), no_hints(propagator, 1))
    assert answers.iou.tolist() == [IOU[1:].tolist()] and answers.pointers[0, :, 0].tolist() == [1, 2, 3]


def test_pointers_are_as_old_as_the_frames_between() -> None:
    head = plain(SIZES, "track_head")
    propagator = Sam2Propagator(plain_nets(SIZES, track_head=head), rows_of(SIZES))
    bank = Bank(propagator.spec, 1, RECALL)
    handle, spec = opened(bank), propagator.spec
    bank.write([handle], decided(10, ANCHOR), np.ones((1, *spec.features)), np.ones((1, spec.pointer_width)))
    features = propagator.encode([propagator.take(smooth_nv12((64, 64)), SQUARE)])
    propagator.track(features, FIRST, bank.gather([handle], 43), no_hints(propagator, 1))
    (told,) = head.asked
    assert told["ptr_dist"][told["ptr_valid"]].tolist() == [33]
    assert told["slot_tpos"][told["slot_valid"]].tolist() == [6]


def test_chosen_masks_are_memorised_raw_and_sharpened_where_somebody_pointed() -> None:
    part = plain(SIZES, "memorize")
    propagator = Sam2Propagator(plain_nets(SIZES, memorize=part), rows_of(SIZES))
    features = propagator.encode([propagator.take(smooth_nv12((64, 64)), np.repeat(SQUARE, 2, 0))])
    masks, logits = np.stack([SURE, SHAKY]), np.array([-4.0, 4.0])
    memories = propagator.memorise(features, np.array([1, 0]), masks, logits, np.array([True, False]))
    (told,) = part.asked
    assert np.array_equal(told["mask"][:, 0], masks.astype(np.float32))
    assert told["object_logit"].tolist() == [[-4], [4]] and told["binarize"].tolist() == [[True], [False]]
    assert memories.shape == (2, *propagator.spec.features)


def test_a_region_is_taken_as_the_net_wants_its_colours() -> None:
    grey = np.full((96, 64), 128, np.uint8)
    grey[:64] = 16 + 219 // 2
    propagator = Sam2Propagator(plain_nets(SIZES), rows_of(SIZES))
    taken = propagator.take(grey, np.array([[-16, 0, 32, 32], [20, 20, 8, 8]]))
    pixels = propagator.pixels([taken])
    assert pixels.shape == (2, 3, SIZES.side, SIZES.side)
    for colour, (mean, spread) in enumerate(zip(*IMAGENET, strict=True)):
        assert np.allclose(pixels[0, colour, :, :14], -mean / spread, atol=1e-5)  # outside of the picture
        for inside in (pixels[0, colour, :, 18:], pixels[1, colour]):
            assert np.allclose(inside, (0.5 - mean) / spread, atol=0.02)


def test_a_frame_for_all_objects_is_taken_and_encoded_once_and_asked_about_once() -> None:
    sizes = SIZES._replace(whole=True)
    nets = plain_nets(sizes)
    propagator = Sam2Propagator(nets, rows_of(sizes))
    pictures = [smooth_nv12((64, 48), seed) for seed in range(3)]
    several = [np.tile([0, 0, 64, 48], (count, 1)) for count in (3, 0, 2)]
    features = propagator.encode([propagator.take(*pair) for pair in zip(pictures, several, strict=True)])
    propagator.prompt(features, np.arange(5), asked(*[BOX] * 5), no_hints(propagator, 5))
    assert [len(told["pixels"]) for told in nets["encode"].asked] == [1, 1]
    assert [(len(told["feat"]), len(told["points"])) for told in nets["prompt_head"].asked] == [(1, 3), (1, 2)]


def test_all_sizes_are_read_from_the_rows() -> None:
    sizes = Sizes(whole=True, side=64, finest=2, finer=3, hidden=24, slots=5, memory=6, pointers=7)
    propagator = Sam2Propagator(plain_nets(sizes), rows_of(sizes))
    assert (propagator.side, propagator.mask_side, propagator.whole) == (64, 16, True)
    spec = propagator.spec
    assert (spec.features, spec.slots, spec.recents) == ((6, 4, 4), 5, 4)
    assert (spec.pointers, spec.pointer_width, spec.pointer_span) == (7, 24, 1)


def changed(part: str, tensor: str, spec: TensorSpec | None) -> dict[str, Model]:
    """Rows of which one says something else of one tensor, or nothing."""
    rows = rows_of(SIZES)
    row = rows[part]
    kind = "inputs" if tensor in row.inputs else "outputs"
    tensors = {name: each for name, each in getattr(row, kind).items() if name != tensor}
    return rows | {part: msgspec.structs.replace(row, **{kind: tensors | ({tensor: spec} if spec else {})})}


@pytest.mark.parametrize(
    ("part", "tensor", "spec", "why"),
    [
        ("encode", "pixels", None, "sam2 reads its size from side 2 of pixels, .* says nothing of it"),
        ("encode", "pixels", ("float32", "b", 3, "h", "w"), r"side 2 of pixels, .* says float32 \[b, 3, h, w\]"),
        (
            "encode",
            "pixels",
            ("float32", 4, 3, 32, 32),
            r"pixels has to be float32 \[1, 3, 32, 32\]; .*\[4, 3, 32, 32\]",
        ),
        ("encode", "pixels", ("uint8", "b", 3, 32, 32), r"pixels has to be float32 .* says uint8"),
        ("encode", "s1", ("float32", "b", 8, 8, 8), r"s1 has to be float32 \[objects, 8, 4, 4\]; .*\[b, 8, 8, 8\]"),
        ("prompt_head", "feat", ("float32", 1, 32, 2, 2), r"feat has to be float32 \[objects, 32, 2, 2\]"),
        ("prompt_head", "labels", ("int64", "n", "k"), r"labels has to be int32 .* says int64 \[n, k\]"),
        ("prompt_head", "pointers", ("float32", "n", 4, 16), r"pointers has to be float32 \[objects, 4, 32\]"),
        ("track_head", "bank", ("float32", "n", 8), r"side 2 of bank, which has to be a number; .* \[n, 8\]"),
        ("track_head", "ptr_dist", None, "the inputs of this part of sam2 are .*ptr_dist; the manifest names "),
        ("track_head", "masks", ("float32", "n", 3, 8, 8), r"masks has to be float32 \[objects, 4, 8, 8\]"),
        ("memorize", "mem", ("float32", "n", 8, 2, 2), r"mem has to be float32 \[objects, 16, 2, 2\]"),
    ],
)
def test_rows_that_do_not_fit_together_are_refused_by_name(
    part: str, tensor: str, spec: tuple[Any, ...] | None, why: str
) -> None:
    rows = changed(part, tensor, TensorSpec(spec[0], spec[1:]) if spec else None)
    with pytest.raises(EngineError, match=rf"^small\.{part}: .*{why}"):
        Sam2Propagator(plain_nets(SIZES), rows)
