"""Figures frame by frame, the worst moments, and the plots that are drawn of them."""

import numpy as np
import pytest

from stream_engine.masks import MaskRle
from stream_engine.messages import Box, TrackedObject
from stream_engine.scoring.compare import compare
from stream_engine.scoring.pictures import draw_frame
from stream_engine.scoring.plots import HEIGHT, PAPER, RED, WIDTH, Line, plot, smoothed
from stream_engine.scoring.series import frame_series, worst_frames
from tests.scoring.fakes import PEOPLE, altered, event_of, gap_of, make_events, make_truth, person_in, truth_frame

TRUTH = make_truth([("main", 40), ("close", 10), ("main", 40)])


def damage(frame: int, item: TrackedObject) -> TrackedObject | None:
    """Everybody but the ball is missed in frame 5; person 2 is another in frames 60 and later."""
    if frame == 5 and item.role != "ball":
        return None
    return altered(item, track_id=77) if frame >= 60 and item.track_id == 102 else item


def test_every_frame_has_its_figures() -> None:
    events = [event for event in make_events(TRUTH, damage) if event.seq != 20]  # type: ignore[union-attr]
    series = frame_series(compare(TRUTH, [*events, gap_of(20, 20)]))
    assert len(series.frame) == 90
    assert (series.truth == 11).all()
    assert np.flatnonzero(series.misses).tolist() == [5, 20]
    assert np.flatnonzero(series.switches).tolist() == [60]
    assert np.flatnonzero(series.answered == 0).tolist() == [20]
    assert np.flatnonzero(np.isnan(series.age_ms)).tolist() == [20]
    assert np.flatnonzero(np.isnan(series.mean_j)).tolist() == [5, 20]
    assert series.false.sum() == 0
    assert series.time_s[-1] == pytest.approx(89 / 30)


def test_where_nobody_has_a_track_nobody_switches() -> None:
    series = frame_series(compare(TRUTH, make_events(TRUTH, lambda _, item: altered(item, track_id=None))))
    assert (series.switches.sum(), series.misses.sum()) == (0, 0)
    assert worst_frames(series, 5) == []


def test_the_worst_frames_come_first_and_lie_apart() -> None:
    events = [event for event in make_events(TRUTH, damage) if event.seq != 20]  # type: ignore[union-attr]
    series = frame_series(compare(TRUTH, events))
    assert worst_frames(series, 5) == [5, 60]  # a frame without an event shows nothing
    assert worst_frames(series, 1) == [5]
    assert worst_frames(series, 5, apart=60) == [5]


def test_a_second_pass_is_told_apart() -> None:
    series = frame_series(compare(TRUTH, [*make_events(TRUTH), *make_events(TRUTH)]))
    assert series.pass_no.tolist() == [0] * 90 + [1] * 90
    assert series.frame[90] == 0


def test_whoever_is_wholly_hidden_is_not_drawn() -> None:
    """Who is barely seen is drawn in grey, who is not seen at all has nothing to draw."""

    def drawn(box_px: Box) -> bool:
        seen = altered(person_in(0, 0, PEOPLE[0]), visible=0.0, box_px=box_px, mask=MaskRle(0, 0, (0, 0), ""))
        truth = make_truth([("main", 1)], lambda frame, no, kind: truth_frame(frame, [seen], no))  # type: ignore[list-item]
        [frame] = compare(truth, [event_of(0, ())]).people
        blank = np.zeros((360, 640, 3), np.uint8)
        return bool(draw_frame(truth, frame, blank, ()).any())

    assert drawn((20.0, 60.0, 36.0, 92.0))
    assert not drawn((28.0, 76.0, 28.0, 76.0))
    assert not drawn((28.0, 60.0, 28.0, 92.0))


def test_means_leave_out_what_is_not_there() -> None:
    values = smoothed(np.array([1.0, np.nan, 3.0, 5.0]), 3)
    assert values[[0, 2, 3]].tolist() == [1.0, 4.0, 4.0]
    assert np.isnan(values[1])


@pytest.mark.parametrize(
    "values", [[0.0] * 5, [np.nan] * 5, [1.0, np.nan, 2.0, np.nan, 3.0], [1e9, 0, 0, 0, 1e-9], [7.0]]
)
def test_whatever_is_plotted_fits(values: list[float]) -> None:
    time_s = np.arange(len(values)) / 30
    pictures = [plot("", time_s, [Line("", np.array(values), colour)], [(0.0, 0.05)]) for colour in (RED, PAPER)]
    assert all(picture.shape == (HEIGHT, WIDTH, 3) for picture in pictures)
    assert (pictures[0] != pictures[1])[30:].any() == (not np.isnan(values).all())
