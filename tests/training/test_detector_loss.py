"""What the nano detector is taught, against numbers worked out by hand."""

import importlib
from typing import Any

import numpy as np
import pytest

from stream_engine.models.detectors.nano import CLASSES

torch = pytest.importorskip("torch")
taught: Any = importlib.import_module("training.detector.loss")

ROWS, COLUMNS = 16, 12
BODY = (8.0, 16.0, 24.0, 48.0)  # in cells of four pixels: 2, 4, 6, 12; its middle is where four cells meet


def objects(*things: tuple[str, tuple[float, ...], bool]) -> Any:
    boxes = np.array([box for _, box, _ in things], np.float32).reshape(-1, 4)
    classes = np.array([CLASSES.index(role) for role, _, _ in things], np.int64)
    return taught.Objects(boxes, classes, np.array([counts for _, _, counts in things], bool))


def wanted(*things: tuple[str, tuple[float, ...], bool]) -> Any:
    maps = taught.targets(objects(*things), ROWS, COLUMNS)
    return taught.Targets(*(torch.from_numpy(part)[None] for part in maps))


def empty() -> Any:
    """Maps that find nothing; edges of one cell."""
    maps = torch.full((1, len(CLASSES) + 4, ROWS, COLUMNS), -12.0)
    maps[:, len(CLASSES) :] = 0.0
    return maps


def test_the_heat_is_one_in_the_cell_of_the_middle_and_falls_off_with_the_size_of_the_box() -> None:
    heat, *_ = taught.targets(objects(("referee", BODY, True)), ROWS, COLUMNS)
    own = heat[CLASSES.index("referee")]
    assert own[8, 4] == 1.0 and (heat == 1.0).sum() == 1
    # half a cell to the side of the middle, spread max(4 / 7, 0.6); half a cell below it, spread 8 / 7
    assert np.isclose(own[8, 3], np.exp(-((0.5 / 0.6) ** 2 + (0.5 * 7 / 8) ** 2) / 2))
    assert np.isclose(own[7, 3], own[8, 3]) and np.isclose(own[8, 3], 0.6422, atol=1e-4)
    assert np.isclose(own[8, 5], 0.0399, atol=1e-4)
    assert heat.sum() == own.sum()


def test_the_cells_at_the_middle_learn_how_far_the_edges_are() -> None:
    _, care, edges, weight = taught.targets(objects(("player", BODY, True)), ROWS, COLUMNS)
    assert np.argwhere(weight[0]).tolist() == [[7, 3], [7, 4], [8, 3], [8, 4]]
    assert edges[:, 8, 4].tolist() == [2.5, 4.5, 1.5, 3.5]
    assert edges[:, 7, 3].tolist() == [1.5, 3.5, 2.5, 4.5]
    assert np.isclose(weight[0, 8, 4], 0.6422, atol=1e-4)
    assert care.all()


def test_where_nobody_judges_nothing_is_asked_for_and_nothing_is_wrong() -> None:
    heat, care, _, weight = taught.targets(objects(("player", (0.0, 0.0, 8.0, 8.0), False)), ROWS, COLUMNS)
    assert not heat.any() and not weight.any()
    assert np.argwhere(care[0] == 0).max() == 2 and (care == 0).sum() == 9


def test_a_cell_that_two_claim_belongs_to_the_smaller() -> None:
    ball = (12.0, 28.0, 20.0, 36.0)  # in the middle of the body
    for things in ([("player", BODY, True), ("ball", ball, True)], [("ball", ball, True), ("player", BODY, True)]):
        heat, _, edges, _ = taught.targets(objects(*things), ROWS, COLUMNS)
        assert edges[:, 8, 4].tolist() == [1.5, 1.5, 0.5, 0.5]
        assert heat[CLASSES.index("ball"), 8, 4] == heat[CLASSES.index("player"), 8, 4] == 1.0


def test_a_picture_without_anybody_has_maps_too() -> None:
    heat, care, edges, weight = taught.targets(objects(), ROWS, COLUMNS)
    assert not heat.any() and care.all() and not edges.any() and not weight.any()
    total, _ = taught.loss(empty(), wanted())
    assert float(total) < 1e-6


def test_perfect_maps_cost_nothing() -> None:
    target = wanted(("goalkeeper", BODY, True), ("ball", (36.0, 8.0, 40.0, 12.0), True))
    maps = empty()
    maps[:, : len(CLASSES)] = torch.where(target.heat == 1, 12.0, -12.0)
    maps[:, len(CLASSES) :] = target.edges.clamp(min=0.02).log()
    total, parts = taught.loss(maps, target)
    assert float(total) < 1e-4 and max(parts.values()) < 1e-4


def test_a_doubtful_centre_costs_what_it_is_worth() -> None:
    target = wanted(("goalkeeper", BODY, True))
    maps = empty()
    maps[0, CLASSES.index("goalkeeper"), 8, 4] = 0.0  # a chance of a half
    _, parts = taught.loss(maps, target)
    assert np.isclose(parts["centres"], 2.0 * 0.25 * np.log(2), atol=1e-4)


def test_what_is_found_in_an_empty_place_costs_unless_nobody_judges_there() -> None:
    maps = empty()
    maps[0, 0, 1, 1] = 0.0
    _, judged = taught.loss(maps, wanted())
    _, ignored = taught.loss(maps, wanted(("player", (0.0, 0.0, 8.0, 8.0), False)))
    assert np.isclose(judged["centres"], 0.25 * np.log(2), atol=1e-4) and ignored["centres"] < 1e-6


def test_a_box_inside_another_costs_what_it_lacks() -> None:
    target = wanted()
    target.edges[:, :, 5, 5], target.weight[0, 0, 5, 5] = 2.0, 1.0  # sixteen cells, of which ours has four
    _, parts = taught.loss(empty(), target)
    assert np.isclose(parts["boxes"], 1 - 4 / 16)


def test_a_box_that_is_apart_costs_more_than_one_that_only_misses() -> None:
    target = wanted()
    target.edges[0, :, 5, 5], target.weight[0, 0, 5, 5] = torch.tensor([3.0, 1.0, -2.0, 1.0]), 1.0
    _, parts = taught.loss(
        empty(), target
    )  # one cell by two, two away from ours of two by two: the hull has four by two
    assert np.isclose(parts["boxes"], 1 + (8 - 6) / 8)
