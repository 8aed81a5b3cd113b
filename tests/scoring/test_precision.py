"""AP50, held to pycocotools."""

import contextlib
import io
import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from stream_engine.boxes import overlap
from stream_engine.scoring.align import line_up
from stream_engine.scoring.people import people_of
from stream_engine.scoring.precision import Look, ap50_by_role, average_precision
from tests.scoring.fakes import altered, make_events, make_truth, moved

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval


class Drawn(NamedTuple):
    """A frame as COCO wants it: boxes."""

    truth: NDArray[np.float64]
    counts: NDArray[np.bool_]
    found: NDArray[np.float64]
    scores: NDArray[np.float64]

    def look(self) -> Look:
        return Look(overlap(self.truth, self.found), self.counts, self.scores)


def reference(looks: list[Drawn]) -> float:
    """What COCO's own evaluation says; -1 when there is nothing to find."""
    truth: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for image, look in enumerate(looks):
        for box, counts in zip(look.truth.tolist(), look.counts.tolist(), strict=True):
            truth.append(annotation(len(truth) + 1, image, box) | {"iscrowd": 0, "ignore": int(not counts)})
        for box, score in zip(look.found.tolist(), look.scores.tolist(), strict=True):
            found.append(annotation(len(found) + 1, image, box) | {"score": score})
    with contextlib.redirect_stdout(io.StringIO()):
        ours, theirs = COCO(), COCO()
        ours.dataset = dataset(len(looks), truth)
        theirs.dataset = dataset(len(looks), found)
        ours.createIndex()
        theirs.createIndex()
        judge = JudgeWithIgnore(ours, theirs, "bbox")
        judge.params.iouThrs = np.array([0.5])
        judge.evaluate()
        judge.accumulate()
    return float(judge.eval["precision"][0, :, 0, 0, -1].mean())


class JudgeWithIgnore(COCOeval):  # type: ignore[misc]
    """COCO's evaluation takes `ignore` from `iscrowd`; here it is what was said."""

    def _prepare(self) -> None:
        said = {note["id"]: note["ignore"] for note in self.cocoGt.dataset["annotations"]}
        super()._prepare()
        for notes in self._gts.values():
            for note in notes:
                note["ignore"] = said[note["id"]]


def annotation(no: int, image: int, box: list[float]) -> dict[str, Any]:
    left, top, right, bottom = box
    sides = (right - left, bottom - top)
    return {"id": no, "image_id": image, "category_id": 1, "bbox": [left, top, *sides], "area": sides[0] * sides[1]}


def dataset(images: int, notes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"images": [{"id": no} for no in range(images)], "categories": [{"id": 1}], "annotations": notes}


def drawn(seed: int, ties: bool) -> list[Drawn]:
    """Whole pixels and few scores make ties."""
    rng = np.random.default_rng(seed)
    looks = []
    for _ in range(int(rng.integers(1, 25))):
        corners = rng.integers(0, 60, (int(rng.integers(0, 8)), 2)).astype(float)
        truth = np.hstack([corners, corners + 20])
        seen = truth[rng.random(len(truth)) < 0.8]
        near = seen + (rng.integers(-6, 7, seen.shape) if ties else rng.normal(0, 3, seen.shape))
        strays = rng.integers(0, 60, (int(rng.integers(0, 3)), 2)).astype(float)
        found = np.vstack([near, np.hstack([strays, strays + 20])])
        scores = rng.integers(1, 5, len(found)) / 5 if ties else rng.random(len(found))
        looks.append(Drawn(truth, rng.random(len(truth)) < 0.75, found, scores))
    return looks


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(15))
def test_average_precision_is_that_of_pycocotools(seed: int, ties: bool) -> None:
    looks = drawn(seed, ties)
    ours = average_precision([look.look() for look in looks])
    assert (-1.0 if ours is None else ours) == pytest.approx(reference(looks), abs=1e-9)


def test_nothing_to_find_has_no_precision_and_nothing_found_has_none_left() -> None:
    none, one = np.zeros((0, 4)), np.array([[0.0, 0.0, 9.0, 9.0]])
    assert average_precision([]) is None
    assert average_precision([Drawn(one, np.array([False]), one, np.array([0.5])).look()]) is None
    assert average_precision([Drawn(one, np.array([True]), none, np.zeros(0)).look()]) == 0.0


def test_a_small_ball_is_found_though_a_few_pixels_off() -> None:
    truth = make_truth([("main", 5)], width=1920, height=1080)
    for shift, right in ((3.0, 1.0), (8.0, 0.0)):  # boxes of 6 px, grown to 12: overlaps of 9/15 and 4/20
        events = [
            altered(event, width=1920, height=1080)  # type: ignore[arg-type]
            for event in make_events(
                truth,
                lambda _, item, by=shift: altered(item, box_px=moved(item.box_px, by)) if item.role == "ball" else item,
            )
        ]
        [frames] = line_up(truth, events)  # type: ignore[arg-type]
        assert ap50_by_role(truth, people_of(truth, frames))["ball"] == pytest.approx(right)
