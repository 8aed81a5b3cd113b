"""The truth against the pixels."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import numpy as np
import pytest

from footage.direction import direct
from footage.film import MARGIN_S, VERSION, Film, Frame, Order
from footage.match.play import play_match
from footage.picture.inputs import BALL_ID
from footage.presets import PRESETS, preset
from footage.truth import shots_of
from footage.world import View
from stream_engine.masks import decode
from stream_engine.scoring.truth import TruthObject
from tests.footage import golden
from tests.footage.rendering import SMALL, film_of, needs_renderer

SIZE = (960, 540)
MOMENT = 60

pytestmark = needs_renderer


@pytest.fixture(scope="module")
def film() -> Iterator[Film]:
    with closing(film_of(size=SIZE)) as made:
        yield made


@pytest.fixture(scope="module")
def frames(film: Film) -> list[Frame]:
    return [film.frame(number) for number in (0, 30, MOMENT, 90)]


@pytest.fixture(scope="module")
def of_preset() -> dict[str, Frame]:
    """The same moment of a small film of every preset."""
    made = {}
    for name in PRESETS:
        with closing(film_of(name)) as film:
            made[name] = film.frame(MOMENT)
    return made


@pytest.fixture(scope="module")
def replayed() -> tuple[Order, list[View]]:
    """The first match that shows something again, as it was directed."""
    for seed in range(1, 30):
        order = Order(preset("cuts"), seed, 20.0, SMALL)
        play = play_match(order.preset, seed, order.seconds + MARGIN_S)
        views = direct(play, order.preset, seed, order.fps, order.seconds)
        if any(view.wipe is not None for view in views):
            return order, views
    raise LookupError("no replay in thirty matches")


def things(frames: list[Frame]) -> list[tuple[Frame, TruthObject]]:
    return [(frame, thing) for frame in frames for thing in frame.truth.objects]


def test_boxes_are_the_extents_of_masks_and_masks_are_the_identities_pixels(frames: list[Frame]) -> None:
    for frame, thing in things(frames):
        left, top, right, bottom = (int(v) for v in thing.box_px)
        mask = decode(thing.mask)
        if not thing.visible:
            assert (left, top) == (right, bottom) and not (frame.identity == thing.id).any()
            continue
        assert (thing.mask.x, thing.mask.y) == (left, top)
        assert mask.shape == (bottom - top, right - left)
        assert mask[0].any() and mask[-1].any() and mask[:, 0].any() and mask[:, -1].any()
        whole = frame.identity == thing.id
        assert whole[top:bottom, left:right].sum() == whole.sum() == mask.sum()
        assert (whole[top:bottom, left:right] == mask).all()


def test_whoever_stands_alone_is_wholly_seen_and_his_body_fits_his_mask(frames: list[Frame]) -> None:
    alone = 0
    for frame, thing in things(frames):
        left, top, right, bottom = thing.body_px
        inside = left > 1 and top > 60 and right < SIZE[0] - 1 and bottom < SIZE[1] - 1
        others = [other.body_px for other in frame.truth.objects if other.id != thing.id]
        if not inside or any(a < right and c > left and b < bottom and d > top for a, b, c, d in others):
            continue
        alone += 1
        assert thing.visible > 0.9
        assert np.abs(np.subtract(thing.body_px, thing.box_px)).max() <= 2.0
    assert alone >= 10


def test_whoever_is_covered_is_seen_less(of_preset: dict[str, Frame]) -> None:
    crowd = of_preset["corner-crowd"].truth.objects
    hidden = [thing for thing in crowd if thing.visible < 0.8]
    assert hidden
    for thing in hidden:
        left, top, right, bottom = thing.body_px
        near = [o.body_px for o in crowd if o.id != thing.id]
        edge = left < 0 or top < 0 or right > SMALL[0] or bottom > SMALL[1]
        assert edge or any(a < right and c > left and b < bottom and d > top for a, b, c, d in near)


def test_the_homography_maps_feet_into_the_bodies(frames: list[Frame]) -> None:
    for frame, thing in things(frames):
        matrix = np.array(frame.truth.homography).reshape(3, 3)
        x, y, w = matrix @ (*thing.at_m, 1.0)
        left, _, right, bottom = thing.body_px
        height = bottom - thing.body_px[1]
        assert left - 0.2 * height <= x / w <= right + 0.2 * height
        assert abs(y / w - bottom) <= 0.25 * height


def test_people_keep_their_identity_from_frame_to_frame(film: Film) -> None:
    first, second = film.frame(40).truth, film.frame(41).truth
    before = {thing.id: thing.box_px for thing in first.objects if thing.visible > 0.9}
    both = [(before[thing.id], thing.box_px) for thing in second.objects if thing.id in before and thing.visible > 0.9]
    assert len(both) >= 8
    assert max(np.abs(np.subtract(a, b)).max() for a, b in both) < 40


def test_the_ball_is_where_the_truth_says(film: Film) -> None:
    seen = 0
    for number in range(0, 120, 8):
        frame = film.frame(number)
        box = frame.truth.ball.box_px
        if box is None:
            assert not (frame.identity == BALL_ID).any()
            continue
        seen += 1
        left, top, right, bottom = (int(v) for v in box)
        assert (frame.identity[top:bottom, left:right] == BALL_ID).any()
        matrix = np.array(frame.truth.homography).reshape(3, 3)
        x, _, w = matrix @ (*frame.truth.ball.at_m[:2], 1.0)
        assert abs(x / w - (left + right) / 2) < 4 + 10 * frame.truth.ball.at_m[2]
    assert seen >= 10


def test_the_same_seed_gives_the_same_pixels_and_another_one_others(of_preset: dict[str, Frame]) -> None:
    first = of_preset["league"]
    with closing(film_of()) as again, closing(film_of(seed=4)) as other:
        assert (other.frame(MOMENT).bgr != first.bgr).any()
        second = again.frame(MOMENT)  # after another film has drawn
        assert (second.bgr == first.bgr).all() and second.truth == first.truth
        assert (again.lens.develop(first.bgr, MOMENT) == again.lens.develop(second.bgr, MOMENT)).all()
        assert (again.lens.develop(first.bgr, MOMENT) != again.lens.develop(first.bgr, MOMENT + 1)).any()
        assert other.match != again.match


def test_the_truth_does_not_depend_on_the_size_of_the_picture(frames: list[Frame], of_preset: dict[str, Frame]) -> None:
    truth, large = of_preset["league"].truth, {thing.id: thing for thing in frames[2].truth.objects}
    assert [thing.at_m for thing in truth.objects] == [large[thing.id].at_m for thing in truth.objects]
    for thing in truth.objects:
        assert np.allclose(np.array(thing.body_px) * 2, large[thing.id].body_px, atol=0.05)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_shows_people_on_grass(of_preset: dict[str, Frame], name: str) -> None:
    frame = of_preset[name]
    assert len(frame.truth.objects) >= 4
    blue, green, red = (frame.bgr[..., i].astype(int) for i in range(3))
    grass = (green > red) & (green > blue + 10)
    assert 0.15 < grass.mean() < 0.98


def test_frames_under_a_wipe_are_marked_and_covered_people_are_not_there(replayed: tuple[Order, list[View]]) -> None:
    order, views = replayed
    number = min(range(len(views)), key=lambda n: abs((views[n].wipe or 0.0) - 0.5))
    with closing(Film(order)) as film:
        truth = film.frame(number).truth
    assert truth.wipe
    seen = sum(int(decode(thing.mask).sum()) for thing in truth.objects)
    bodies = [thing.body_px for thing in truth.objects]
    assert seen <= 0.3 * sum((right - left) * (bottom - top) for left, top, right, bottom in bodies)


def test_the_cut_list_and_the_frames_agree(replayed: tuple[Order, list[View]]) -> None:
    _, views = replayed
    shots = list(shots_of(views))
    assert shots[0].first == 0 and shots[-1].last == len(views) - 1 and len(shots) >= 3
    for before, after in pairwise(shots):
        assert after.first == before.last + 1 and after.no == before.no + 1
        assert views[after.first].cut and views[after.first].shot == after.kind
        assert not views[after.first + 1].cut


def test_the_same_version_draws_the_same_pictures() -> None:
    with np.load(golden.PATH) as held:
        version, pictures = str(held["version"]), held["pictures"]
    again = "raise VERSION in footage/film.py, then run `python -m tests.footage.golden` and `tools/match demo-clip`"
    assert version == VERSION, again
    difference = np.abs(golden.thumbnails().astype(int) - pictures.astype(int))
    assert difference.mean() < 0.5 and difference.max() < 24, f"the pictures have changed: {again}"
