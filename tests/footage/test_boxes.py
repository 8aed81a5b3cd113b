"""Boxes of a match that is not drawn, beside the truth of the same match drawn."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from footage.boxes import Boxes, Seen, found_of, move_between, seen_of, write_boxes
from footage.camera import pixels
from footage.command import app
from footage.film import Order
from footage.presets import preset
from stream_engine.boxes import overlap
from stream_engine.mot.clips import find_clips, read_clip
from stream_engine.scoring.care import cares
from stream_engine.scoring.truth import TruthFrame
from tests.footage.rendering import film_of, needs_renderer

SIZE = (960, 540)
NUMBERS = (0, 60, 110)
SHORT = Order(preset("corner-crowd"), seed=3, seconds=1.0, size=SIZE, fps=10.0)


@pytest.fixture(scope="module")
def drawn() -> Iterator[list[TruthFrame]]:
    with closing(film_of("corner-crowd", size=SIZE)) as film:
        yield [film.frame(number).truth for number in NUMBERS]


@needs_renderer
def test_boxes_are_those_of_the_drawn_match(drawn: list[TruthFrame]) -> None:
    boxes = Boxes(Order(preset("corner-crowd"), 3, 4.0, SIZE))
    shares, missing, apart = [], 0, []
    for truth in drawn:
        seen = boxes.frame(truth.frame)
        wanted = {thing.id: thing for thing in truth.objects if cares(truth, thing, SIZE[1])}
        missing += len(set(wanted) ^ set(seen.ids.tolist()))
        for who, box, visible in zip(seen.ids.tolist(), seen.boxes, seen.visible.tolist(), strict=True):
            if who in wanted:
                shares.append(overlap(box[None], np.array([wanted[who].box_px]))[0, 0])
                apart.append(abs(visible - wanted[who].visible))
    assert len(shares) > 40 and missing <= 2
    assert np.mean(shares) > 0.9 and np.mean(apart) < 0.05


def test_who_stands_in_front_takes_what_he_covers() -> None:
    across, down = (each.ravel() for each in np.meshgrid(np.linspace(0, 20, 21), np.linspace(0, 60, 61)))
    x, y = np.stack([across + 100, across + 110]), np.stack([down + 50, down + 50])
    seen = seen_of(np.array([7, 8]), x, y, np.array([30.0, 20.0]), SIZE)
    shown = dict(zip(seen.ids.tolist(), zip(seen.boxes.tolist(), seen.visible.tolist(), strict=True), strict=True))
    assert shown[8] == ([110, 50, 130, 110], 1.0)
    assert shown[7][0] == pytest.approx([100, 50, 110, 110], abs=1.5)
    assert shown[7][1] == pytest.approx(0.5, abs=0.06)


def test_half_outside_of_the_picture_is_half_seen() -> None:
    across, down = (each.ravel() for each in np.meshgrid(np.linspace(0, 20, 41), np.linspace(0, 60, 121)))
    seen = seen_of(np.array([7]), across[None] - 10, down[None] + 50, np.array([30.0]), SIZE)
    assert seen.boxes[0].tolist() == [0, 50, 10, 110]
    assert seen.visible[0] == pytest.approx(0.5, abs=0.06)


def test_a_folder_has_the_truth_and_the_same_boxes_without_ids(tmp_path: Path) -> None:
    folder = tmp_path / "corner-crowd-3"
    assert write_boxes(SHORT, folder) > 100
    truth, found = read_clip(folder, "gt"), read_clip(folder, "det")
    assert (found.size, found.fps, len(found.frames), found.rejected) == (SIZE, 10.0, 10, 0)
    for ours, theirs in zip(truth.frames, found.frames, strict=True):
        assert np.array_equal(ours.boxes, theirs.boxes) and (theirs.scores == 1).all()


def test_a_match_with_noise_is_the_same_every_time_and_the_truth_stays_as_it_is(tmp_path: Path) -> None:
    clean, *noisy = (tmp_path / name for name in ("clean", "one", "two"))
    write_boxes(SHORT, clean)
    for folder in noisy:
        write_boxes(SHORT, folder, noise=1.0)
    texts = [(folder / "det/det.txt").read_text() for folder in (clean, *noisy)]
    assert texts[0] != texts[1] == texts[2]
    assert len({(folder / "gt/gt.txt").read_text() for folder in (clean, *noisy)}) == 1


def test_noise_moves_boxes_misses_the_hidden_and_finds_nobody_there() -> None:
    count = 4000
    corner = np.tile([100.0, 100.0], (count, 1))
    visible = np.repeat([1.0, 0.2], count // 2)
    seen = Seen(np.arange(count), np.hstack([corner, corner + np.array([40.0, 100.0])]), visible)
    found = found_of(seen, 1.0, np.random.default_rng(1), (1920, 1080))
    misses = count - int((found.scores > 0).sum())
    assert 0.15 < misses / count < 0.2
    assert 0.025 < found.boxes[:1000, 0].std() / 40 < 0.035
    none = found_of(Seen(np.zeros(0, np.int64), np.zeros((0, 4)), np.zeros(0)), 1.0, np.random.default_rng(1), SIZE)
    assert not len(none.boxes) and not len(none.scores)


def test_the_camera_cuts_only_where_that_is_wanted() -> None:
    order = Order(preset("cuts"), 3, 20.0, SIZE, 10.0)
    assert {view.shot for view in Boxes(order).views} == {"main"}
    assert len({view.shot for view in Boxes(order, cuts=True).views}) > 1


def test_the_camera_takes_a_still_point_to_where_it_is_in_the_next_picture() -> None:
    far = 0.0
    for before, now in pairwise(Boxes(Order(preset("fast-pan"), 3, 2.0, SIZE)).views):
        spot = np.array([[np.cos(now.pan) * 70 + now.eye_m[0], np.sin(now.pan) * 70 + now.eye_m[1], 0.0]])
        (old, _), (new, _) = (pixels(view, spot, *SIZE) for view in (before, now))
        move = move_between(before, now, SIZE)
        far = max(far, way := float(np.abs(new - old).max()))
        assert move[:, :2] @ old[0] + move[:, 2] == pytest.approx(new[0], abs=0.05 * way + 0.05)
    assert far > 2


def test_the_command_plays_one_match_after_another(tmp_path: Path) -> None:
    args = ["boxes", str(tmp_path), "--seed", "3", "--count", "2", "--seconds", "0.2", "--size", "960x540"]
    assert CliRunner().invoke(app, args).exit_code == 0
    clips = [read_clip(folder, camera=True) for folder in find_clips(tmp_path)]
    assert [(clip.name, len(clip.frames)) for clip in clips] == [("league-3", 5), ("league-4", 5)]
    assert clips[0].move(0) is None and clips[0].move(4) is not None
