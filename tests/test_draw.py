"""Drawing: what is in an event is in the picture, and nothing else is touched."""

from typing import Literal

import cv2
import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from stream_engine.draw import USUAL, Picture, Plate, Style, colour_of, draw_caption, draw_gap, draw_objects
from stream_engine.masks import MaskRle, encode
from stream_engine.messages import Box, GapEvent, Role, TrackedObject, TrackEvent
from stream_engine.records import frame_event
from tests.fakes import tagged

GRASS = (60, 120, 60)
BARE = Style(boxes=False, labels=False)


def grass(width: int = 640, height: int = 360) -> Picture:
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = GRASS
    return picture


def person(
    track_id: int | None = 7,
    box_px: Box = (200.0, 150.0, 240.0, 230.0),
    role: Role = "player",
    team: str | None = None,
    mask: MaskRle | None = None,
    fresh: bool = True,
) -> TrackedObject:
    return TrackedObject(track_id, role, team, 0.9, box_px, mask, fresh)


def ellipse() -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:80, :40]
    inside: NDArray[np.bool_] = ((rows - 39.5) / 40) ** 2 + ((columns - 19.5) / 20) ** 2 < 1
    return inside


def event_of(*objects: TrackedObject, cut: bool | None = None, stream: str = "cam") -> TrackEvent:
    return replace(frame_event(tagged(stream), now_ns=2_000_000_000), objects=objects, cut=cut)


def touched(picture: Picture) -> NDArray[np.bool_]:
    changed: NDArray[np.bool_] = (picture != GRASS).any(axis=2)
    return changed


def test_pixels_of_a_mask_are_tinted_and_those_around_it_are_not() -> None:
    picture, whole = grass(), np.zeros((360, 640), np.uint8)
    whole[150:230, 200:240] = ellipse()
    draw_objects(picture, [person(mask=encode(ellipse(), 200, 150), team="home")], BARE)
    assert touched(picture)[whole.astype(bool)].all()
    assert not touched(picture)[cv2.dilate(whole, np.ones((5, 5), np.uint8)) == 0].any()


def test_a_tint_lets_the_picture_show_through_and_leans_to_the_colour() -> None:
    picture = grass()
    seen = person(mask=encode(ellipse(), 200, 150), team="home")
    draw_objects(picture, [seen], BARE)
    inside = picture[190, 220].astype(int)
    colour = np.array(colour_of(seen))
    assert (np.abs(inside - (np.array(GRASS) * 0.62 + colour * 0.38)) <= 1).all()


@pytest.mark.parametrize("corner", [(-20, -40), (620, 340), (-200, 10), (5000, 5000)])
def test_a_mask_that_leaves_the_picture_is_cut_at_its_edge(corner: tuple[int, int]) -> None:
    picture, (x, y) = grass(), corner
    draw_objects(picture, [person(mask=encode(ellipse(), x, y))], BARE)
    inside = -40 < x < 640 and -80 < y < 360
    assert touched(picture).any() == inside


def test_an_object_without_mask_team_and_box_style_draws_nothing() -> None:
    picture = grass()
    draw_objects(picture, [person()], BARE)
    draw_objects(picture, [])
    assert not touched(picture).any()


def test_without_a_mask_the_inside_of_a_box_is_left_as_it_is() -> None:
    picture = grass()
    draw_objects(picture, [person()], Style(labels=False))
    assert touched(picture)[146:234, 196:244].any()
    assert not touched(picture)[160:220, 210:230].any()


def test_a_label_stands_above_its_box() -> None:
    with_label, without = grass(), grass()
    draw_objects(with_label, [person(team="home")])
    draw_objects(without, [person(team="home")], Style(labels=False))
    rows, columns = np.nonzero((with_label != without).any(axis=2))
    assert rows.size > 100
    assert rows.max() < 150
    assert 150 < columns.min() < columns.max() < 290


def test_what_is_not_known_is_not_written() -> None:
    def label_width(seen: TrackedObject) -> int:
        with_label, without = grass(), grass()
        draw_objects(with_label, [seen], Style(colour=(0, 0, 255)))
        draw_objects(without, [seen], Style(colour=(0, 0, 255), labels=False))
        return int((with_label != without).any(axis=(0, 2)).sum())

    bare = label_width(person())
    assert bare < label_width(person(role="goalkeeper")) < label_width(person(role="goalkeeper", team="home"))


def test_labels_never_lie_over_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    cover = np.zeros((360, 640), int)

    def count(_: object, plate: Plate, *__: object) -> None:
        cover[plate.top : plate.top + plate.height, plate.left : plate.left + plate.width] += 1

    monkeypatch.setattr("stream_engine.draw._draw_words", count)
    crowd = [person(n, (200.0 + 6 * n, 150.0 + n, 240.0 + 6 * n, 230.0 + n), team="away") for n in range(12)]
    draw_objects(grass(), crowd)
    assert cover.any()
    assert cover.max() == 1


@pytest.mark.parametrize(
    "box_px",
    [
        (-30.0, 100.0, 10.0, 180.0),
        (630.0, 100.0, 680.0, 180.0),
        (100.0, -70.0, 140.0, 10.0),
        (100.0, 350.0, 140.0, 430.0),
        (-50.0, -50.0, 700.0, 400.0),
        (1e12, 1e12, 2e12, 2e12),
        (50.0, 50.0, 50.0, 50.0),
    ],
)
@pytest.mark.parametrize("style", [Style(), Style(line="plain"), Style(line="dashed")])
def test_boxes_partly_or_wholly_outside_the_picture_are_fine(box_px: Box, style: Style) -> None:
    draw_objects(grass(), [person(box_px=box_px, team="home"), person(box_px=box_px, role="ball")], style)


def test_a_picture_smaller_than_a_label_is_fine() -> None:
    picture = grass(8, 8)
    draw_objects(picture, [person(box_px=(2.0, 2.0, 6.0, 6.0), team="home")])
    draw_caption(picture, event_of())
    draw_gap(picture)


def test_the_ball_is_marked_and_has_no_label() -> None:
    marked, bare = grass(), grass()
    ball = person(99, (300.0, 200.0, 308.0, 208.0), role="ball")
    draw_objects(marked, [ball])
    draw_objects(bare, [ball], Style(labels=False))
    assert touched(marked)[180:220, 285:325].any()
    assert (marked == bare).all()


def test_a_track_keeps_its_colour_and_another_one_has_another() -> None:
    colours = [colour_of(person(n), Style(by="track")) for n in range(30)]
    assert colours == [colour_of(person(n, (0.0, 0.0, 9.0, 9.0)), Style(by="track")) for n in range(30)]
    assert len(set(colours)) == 30


def test_teams_are_told_apart_by_hue_whatever_the_track() -> None:
    def hues(team: str) -> set[int]:
        pixels = np.array([[colour_of(person(n, team=team)) for n in range(100)]], np.uint8)
        return set(cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV)[0, :, 0].tolist())  # of 180

    home, away = hues("home"), hues("away")
    assert max(home) - min(home) < 12
    assert max(away) - min(away) < 12
    assert min(away) - max(home) > 45


def test_other_names_of_teams_get_the_two_hues_in_the_order_given() -> None:
    style = Style(teams=("reds", "blues"))
    assert colour_of(person(team="reds"), style) == colour_of(person(team="home"))
    assert colour_of(person(team="blues"), style) == colour_of(person(team="away"))


def test_whose_team_is_not_decided_is_grey_and_nothing_is_written_of_it() -> None:
    (blue, green, red) = colour_of(person(team="unknown"))
    assert blue == green == red
    assert colour_of(person(8, team="unknown")) == colour_of(person(9, team="unknown", role="goalkeeper"))
    undecided, untold = grass(), grass()
    for picture, team in ((undecided, "unknown"), (untold, None)):
        draw_objects(picture, [person(team=team, role="goalkeeper")], Style(colour=(0, 0, 255)))
    assert (undecided == untold).all()


def test_everybody_keeps_a_colour_of_their_own_only_where_nobody_tells_teams() -> None:
    def colours(*teams: str | None) -> list[tuple[int, ...]]:
        picture = grass()
        places = [100 * n for n in range(1, len(teams) + 1)]
        crowd = [
            person(n, (x, 150.0, x + 40.0, 230.0), team=team, mask=encode(ellipse(), x, 150))
            for n, (x, team) in enumerate(zip(places, teams, strict=True), 7)
        ]
        draw_objects(picture, crowd, Style(boxes=False, labels=False, fill=1.0))
        return [tuple(picture[190, x + 20].tolist()) for x in places]

    grey = colour_of(person(team="unknown"))
    assert colours("unknown", "unknown", "unknown") == [grey] * 3
    assert colours("unknown", "home", None)[:2] == [grey, colour_of(person(8, team="home"))]
    assert len({grey, *colours(None, None, None)}) == 4


def test_one_colour_draws_everything_in_it_plain_or_dashed() -> None:
    seen = person(mask=encode(ellipse(), 200, 150), team="home")
    plain, dashed = grass(), grass()
    magenta = (255, 0, 255)
    draw_objects(plain, [seen], Style(colour=magenta, line="plain", fill=0, labels=False))
    draw_objects(dashed, [seen], Style(colour=magenta, line="dashed", fill=0, labels=False))
    for picture in (plain, dashed):
        mixed = picture[touched(picture)].astype(int)
        assert (mixed[:, 0] >= GRASS[0]).all()
        assert (mixed[:, 1] <= GRASS[1]).all()
        assert not touched(picture)[185:195, 215:225].any()
    assert 0.3 < touched(dashed).sum() / touched(plain).sum() < 0.8


def test_drawing_truth_and_answer_into_one_picture_keeps_both() -> None:
    picture = grass()
    truth = Style(colour=(255, 255, 255), line="dashed", fill=0, labels=False)
    draw_objects(picture, [person(box_px=(100.0, 100.0, 140.0, 180.0))], truth)
    before = touched(picture)
    draw_objects(picture, [person(box_px=(300.0, 100.0, 340.0, 180.0))], USUAL)
    assert before[90:190, 90:150].any()
    assert (touched(picture)[90:190, 90:150] == before[90:190, 90:150]).all()


def test_the_caption_says_cut_only_when_the_director_cut() -> None:
    def caption(event: TrackEvent) -> Picture:
        picture = grass()
        draw_caption(picture, event)
        return picture

    unknown, no, yes = (caption(event_of(cut=cut)) for cut in (None, False, True))
    assert touched(unknown)[:40].any()
    assert not touched(unknown)[40:].any()
    assert (unknown == no).all()
    assert touched(yes).sum() > touched(no).sum()


def test_the_caption_counts_what_was_seen() -> None:
    none, one = grass(), grass()
    draw_caption(none, event_of())
    draw_caption(one, event_of(person()))
    assert touched(one).any(axis=0).sum() > touched(none).any(axis=0).sum() + 20


def test_a_picture_without_an_event_is_paler_and_names_the_cause_where_one_is_known() -> None:
    gap = GapEvent(stream="cam", epoch=1, first_seq=1, last_seq=2, cause="late", detail="", noted_ns=0)
    unknown, known = grass(), grass()
    draw_gap(unknown)
    draw_gap(known, gap)
    assert unknown[-1, -1].max() < max(GRASS)
    assert (unknown != known)[:40].any()
    assert (unknown == known)[40:].all()


def test_without_a_track_no_id_is_written() -> None:
    def labelled(seen: TrackedObject) -> Picture:
        picture, bare = grass(), grass()
        draw_objects(picture, [seen], Style(colour=(0, 0, 255)))
        draw_objects(bare, [seen], Style(colour=(0, 0, 255), labels=False))
        changed: Picture = (picture != bare).any(axis=2)
        return changed

    assert not labelled(person(None)).any()
    referee, followed = labelled(person(None, role="referee")), labelled(person(7, role="referee"))
    assert 0 < referee.any(axis=0).sum() < followed.any(axis=0).sum()
    assert labelled(person(None, team="home")).any()


def test_without_a_track_the_colour_is_that_of_the_team_or_the_role() -> None:
    for style in (USUAL, Style(by="track")):
        colours = {colour_of(person(None, role=role), style) for role in ("player", "goalkeeper", "other")}
        assert len(colours) == 1
        (blue, green, red) = colours.pop()
        assert blue == green == red  # of no team
        assert colour_of(person(None, role="ball"), style) == colour_of(person(role="ball"), style)
        others = [person(None, role="referee"), person(None, team="home"), person(None, team="away")]
        assert len({colour_of(seen, style) for seen in others}) == 3


@pytest.mark.parametrize("line", ["corners", "plain"])
@pytest.mark.parametrize("role", ["player", "ball"])
@pytest.mark.parametrize("size", [(640, 360), (1920, 1080)])
def test_what_is_held_over_from_an_earlier_frame_has_less_of_an_outline(
    line: Literal["corners", "plain"], role: Role, size: tuple[int, int]
) -> None:
    style, fresh, held = Style(line=line, labels=False), grass(*size), grass(*size)
    draw_objects(fresh, [person(role=role)], style)
    draw_objects(held, [person(role=role, fresh=False)], style)
    assert 0 < touched(held).sum() < 0.8 * touched(fresh).sum()


def test_the_outline_of_a_mask_that_is_held_over_is_dashed() -> None:
    style = Style(boxes=False, labels=False, fill=0)
    fresh, held = grass(), grass()
    draw_objects(fresh, [person(mask=encode(ellipse(), 200, 150))], style)
    draw_objects(held, [person(mask=encode(ellipse(), 200, 150), fresh=False)], style)
    assert 0.3 < touched(held).sum() / touched(fresh).sum() < 0.8
