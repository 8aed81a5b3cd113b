"""The tracking measures, held to trackeval on random and on awkward sequences."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_engine.boxes import overlap
from stream_engine.scoring import ScoreError
from stream_engine.scoring.hota import ALPHAS
from stream_engine.scoring.mot import Tracking, pool, tracking
from stream_engine.scoring.sequence import Step, sequence_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from trackeval.metrics import CLEAR, HOTA, Identity

CLOSE = 1e-9
QUIET = {"PRINT_CONFIG": False}


def renumbered(ids: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    known = sorted({int(i) for present in ids for i in present})
    return [np.array([known.index(int(i)) for i in present], int) for present in ids]


def for_trackeval(steps: list[Step]) -> dict[str, Any]:
    truth, tracks = [step.truth for step in steps], [step.tracks for step in steps]
    return {
        "gt_ids": renumbered(truth),
        "tracker_ids": renumbered(tracks),
        "similarity_scores": [step.similarity for step in steps],
        "num_gt_dets": sum(map(len, truth)),
        "num_tracker_dets": sum(map(len, tracks)),
        "num_gt_ids": len({int(i) for ids in truth for i in ids}),
        "num_tracker_ids": len({int(i) for ids in tracks for i in ids}),
        "num_timesteps": len(steps),
    }


def reference(sequences: list[list[Step]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What trackeval says of each sequence and of all together."""
    each: list[dict[str, Any]] = [{} for _ in sequences]
    pooled: dict[str, Any] = {}
    for metric in (HOTA(), CLEAR(QUIET), Identity(QUIET)):
        results = {str(no): metric.eval_sequence(for_trackeval(steps)) for no, steps in enumerate(sequences)}
        for no, figures in enumerate(each):
            figures.update(results[str(no)])
        pooled.update(metric.combine_sequences(results))
    return each, pooled


def agree(ours: Tracking, theirs: dict[str, Any]) -> None:
    curves = ours.hota.curves() | {"HOTA_TP": ours.hota.tp, "HOTA_FN": ours.hota.fn, "HOTA_FP": ours.hota.fp}
    for name, curve in curves.items():
        assert curve == pytest.approx(np.asarray(theirs[name], float), abs=CLOSE), name
    figures = {name: value for name, value in ours.figures().items() if name not in curves}
    for name, value in figures.items():
        assert value == pytest.approx(float(theirs[name]), abs=CLOSE), name
    assert set(figures) | set(curves) == set(theirs)


def check(*sequences: list[Step]) -> None:
    each, pooled = reference(list(sequences))
    ours = [tracking(sequence_of(steps)) for steps in sequences]
    for mine, theirs in zip(ours, each, strict=True):
        agree(mine, theirs)
    agree(pool(ours), pooled)


def step(truth: list[int], tracks: list[int], similarity: Any = ()) -> Step:
    values = np.array(similarity, float).reshape(len(truth), len(tracks))
    return Step(np.array(truth, int), np.array(tracks, int), values)


def walk(seed: int, frames: int = 40, people: int = 8, grid: float = 0.0) -> list[Step]:
    """People who walk about; results that jitter, miss, double and swap. A grid makes ties and touching boxes."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 120, (people, 2))
    names = np.arange(people) + 3
    steps = []
    for _ in range(frames):
        at = at + rng.normal(0, 4, at.shape)
        corner = np.round(at / grid) * grid if grid else at
        boxes = np.hstack([corner, corner + np.array((20, 40))])
        seen = np.flatnonzero(rng.random(people) < 0.85)
        found = np.flatnonzero(rng.random(people) < 0.8)
        noise = rng.normal(0, 3, (len(found), 4))
        guesses = boxes[found] + (np.round(noise / grid) * grid if grid else noise)
        if rng.random() < 0.15:
            names = rng.permutation(names)
        steps.append(Step(seen * 5, names[found].astype(int), overlap(boxes[seen], guesses)))
    return steps


@pytest.mark.parametrize("seed", range(12))
def test_random_walks_agree_with_trackeval(seed: int) -> None:
    check(walk(seed), walk(seed + 100, frames=7, people=3))


@pytest.mark.parametrize("seed", range(12))
def test_touching_and_identical_boxes_and_ties_agree_with_trackeval(seed: int) -> None:
    check(walk(seed, people=12, grid=20.0), walk(seed + 50, grid=10.0))


AWKWARD: dict[str, Callable[[], list[Step]]] = {
    "no frames": list,
    "empty frames": lambda: [step([], []), step([], [])],
    "a single frame": lambda: [step([1], [4], [[0.7]])],
    "no truth": lambda: [step([], [1, 2]), step([], [2])],
    "no results": lambda: [step([1, 2], []), step([2], [])],
    "nothing alike": lambda: [step([1, 2], [1, 2], np.zeros((2, 2)))],
    "all alike": lambda: [step([1, 2, 3], [7, 8, 9], np.ones((3, 3)))] * 5,
    "a hole of empty frames": lambda: [step([1], [1], [[0.9]]), step([], []), step([1], []), step([1], [2], [[0.9]])],
    "frames of one side only": lambda: [step([1], []), step([], [1]), step([1], [1], [[0.5]])],
    "ids reused for others": lambda: [step([1], [1], [[0.9]])] * 6 + [step([2], [1], [[0.9]])] * 6,
    "a switch and back": lambda: [step([1], [t], [[0.8]]) for t in (1, 1, 2, 1, 1, 3, 3)],
    "eight tenths tracked": lambda: [step([1], [1], [[0.9]])] * 8 + [step([1], [1], [[0.1]])] * 2,
    "two tenths tracked": lambda: [step([1], [1], [[0.9]])] * 2 + [step([1], [1], [[0.1]])] * 8,
    "more tracks than truth": lambda: [step([1], [1, 2, 3], [[0.6, 0.6, 0.6]])] * 3,
    "large ids": lambda: [step([10**6], [10**5, 3], [[0.6, 0.55]])] * 3,
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_sequences_agree_with_trackeval(name: str) -> None:
    check(AWKWARD[name]())
    check(AWKWARD[name](), walk(3, frames=5))


def test_similarities_exactly_at_a_threshold_agree_with_trackeval() -> None:
    below = [np.nextafter(alpha, 0) for alpha in ALPHAS]
    above = [np.nextafter(alpha, 1) for alpha in ALPHAS]
    plain = [round(0.05 * n, 2) for n in range(1, 20)]
    for values in (ALPHAS, below, above, plain):
        check([step([1, 2], [1, 2], [[value, 0.1], [0.0, value]]) for value in values])


def test_several_empty_sequences_pool_as_in_trackeval() -> None:
    check(AWKWARD["no truth"](), AWKWARD["no truth"]())
    check(AWKWARD["no results"](), AWKWARD["no truth"]())


LEVELS = st.sampled_from([0.0, 0.05, 0.25, 0.3, 0.5, 0.5, 0.6, 0.95, 1.0])


@st.composite
def drawn_steps(draw: st.DrawFn) -> list[Step]:
    ids = st.lists(st.integers(0, 4), unique=True, max_size=4)
    steps = []
    for _ in range(draw(st.integers(1, 6))):
        truth, tracks = draw(ids), draw(ids)
        size = len(truth) * len(tracks)
        steps.append(step(truth, tracks, draw(st.lists(LEVELS, min_size=size, max_size=size))))
    return steps


@settings(max_examples=100, deadline=None)
@given(st.lists(drawn_steps(), min_size=1, max_size=3))
def test_whatever_is_drawn_agrees_with_trackeval(sequences: list[list[Step]]) -> None:
    check(*sequences)


def test_an_id_twice_in_a_frame_is_refused() -> None:
    with pytest.raises(ScoreError, match=r"results have an id twice in frame 1"):
        sequence_of([step([1], []), step([], [2, 2])])
