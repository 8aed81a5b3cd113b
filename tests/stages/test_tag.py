"""tag: teams of several streams in one batch, by the colours of drawn pictures; kits that are declared; a successor."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream_engine.backends.palette import yuv_of
from stream_engine.config import KitConfig, KitsConfig, TagConfig
from stream_engine.masks import MaskRle
from stream_engine.messages import CameraMove, Change, FrameRef, StageTime, TaggedTrack, TaggedTracks, Track, Tracks
from stream_engine.models.embeddings import Floats, Jersey
from stream_engine.models.embeddings.colours import Colours, Pixels
from stream_engine.pictures import FrameGone
from stream_engine.stages import Given
from stream_engine.stages.left import KEEP_EVERY_NS, Left
from stream_engine.stages.tag import Off, Tag, build
from tests.fakes import NONE, frame_ref
from tests.stages.test_associate import Drawer

SIZE = (640, 360)
START_NS, FRAME_NS = 1_700_000_000_000_000_000, 33_000_000
RED, BLUE, WHITE, BLACK = "#d02020", "#2040c0", "#f0f0f0", "#181818"
SHIRTS = {"here": (RED, BLUE), "there": (WHITE, BLACK)}
GRASS, SKIN = yuv_of(["#40802c", "#c09070"])
PLACES = [(30.0 + 55 * (n % 11), 80.0 + 120 * (n // 11)) for n in range(22)]  # left and top
WIDE, TALL = 24, 56


def box_of(place: int) -> tuple[float, float, float, float]:
    left, top = PLACES[place]
    return (left, top, left + WIDE, top + TALL)


def drawn(shirts: tuple[str, str], seq: int) -> NDArray[np.uint8]:
    """An NV12 picture of 22 people on grass; those at even places wear the first shirt."""
    rng, (columns, rows) = np.random.default_rng(seq), SIZE
    picture = np.tile(GRASS, (rows, columns, 1))
    for place in range(len(PLACES)):
        left, top, right, bottom = (int(side) for side in box_of(place))
        light = 0.85 + 0.3 * np.random.default_rng(place).random()
        picture[top:bottom, left + 6 : right - 6] = SKIN
        picture[top + 8 : top + 30, left + 4 : right - 4] = yuv_of([shirts[place % 2]])[0] * (light, 1, 1)
    picture += rng.normal(0, (8, 2, 2), picture.shape)
    whole = np.clip(picture, 0, 255).astype(np.uint8)
    return np.vstack([whole[..., 0], whole[::2, ::2, 1:].reshape(rows // 2, columns)])


FILMS = {(stream, seq): drawn(shirts, seq) for stream, shirts in SHIRTS.items() for seq in range(4)}


class Films:
    """Pictures that are drawn; some are gone before, some while they are read."""

    def __init__(self, gone: Iterable[int] = (), lapped: Iterable[int] = ()) -> None:
        self._gone, self._lapped = set(gone), set(lapped)

    @contextmanager
    def view(self, ref: FrameRef) -> Iterator[NDArray[np.uint8]]:
        if ref.seq in self._gone:
            raise FrameGone("before")
        yield FILMS[ref.stream, ref.seq % 4]
        if ref.seq in self._lapped:
            raise FrameGone("while")


class Counted(Colours):
    """Notes how many shirts of each picture it is asked for, and where they are."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[int]] = []
        self.places: list[tuple[int, int, int, int]] = []

    def take(self, picture: NDArray[np.uint8], jerseys: Sequence[Jersey]) -> Pixels:
        assert jerseys, "nobody is asked for nobody"
        self.places += [jersey.place for jersey in jerseys]
        return super().take(picture, jerseys)

    def answer(self, takens: Sequence[Pixels]) -> list[Floats]:
        self.batches.append([len(taken.shown) for taken in takens])
        return super().answer(takens)


def stage(
    embedder: Colours | None = None, films: Any = None, keep: Drawer | None = None, kits: Any = None, **more: Any
) -> Tag:
    given_ = Given(films or Films(), keep=keep, kits=kits or {})
    return Tag(embedder or Colours(), TagConfig(net="colours", **more), given_)


def job(seq: int, stream: str = "here", items: Sequence[Track] | None = None, **more: Any) -> Tracks:
    wall_ns = more.pop("wall_ns", START_NS + seq * FRAME_NS)
    ref = frame_ref(stream, more.pop("epoch", 1), seq, width=SIZE[0], height=SIZE[1], arrival_wall_ns=wall_ns)
    people = tuple(person(place) for place in range(len(PLACES))) if items is None else tuple(items)
    return Tracks(ref, False, None, people, ref.times, **more)


def person(place: int, **more: Any) -> Track:
    values: dict[str, Any] = {
        "track_id": place + 1,
        "role": "player",
        "score": 0.9,
        "box_px": box_of(place),
        "mask": None,
    }
    return Track(**(values | {"fresh": True} | more))


def run(tagging: Tag, seqs: Iterable[int], *streams: str, **more: Any) -> TaggedTracks:
    """Frame by frame of one stream or several; the last."""
    for seq in seqs:
        for done in tagging.process([job(seq, stream, **more) for stream in streams or ("here",)]):
            last = done
    return last


def teams(done: TaggedTracks) -> tuple[str | None, str | None]:
    """That all those have who wear the first shirt, and the second."""
    first, second = ({item.team for item in done.items[at::2]} for at in (0, 1))
    assert len(first) == len(second) == 1, (first, second)
    return first.pop(), second.pop()


def told(done: Sequence[TaggedTracks]) -> list[Change]:
    return [change for each in done for change in each.changes]


# --- batches --------------------------------------------------------------------------------------


def test_results_are_of_their_frames_in_order_over_all_streams() -> None:
    jobs = [job(0), job(0, "there"), job(1), job(2), job(1, "there")]
    done = stage().process(jobs)
    assert [each.frame for each in done] == [each.frame for each in jobs]
    assert [[item.track for item in each.items] for each in done] == [list(each.items) for each in jobs]
    assert stage().process([]) == []


def test_several_frames_of_a_stream_in_one_batch_are_told_as_one_by_one() -> None:
    jobs = [each for seq in range(30) for each in (job(seq), job(seq, "there"))]
    at_once, one_by_one = stage(), stage()
    expected = [done for each in jobs for done in one_by_one.process([each])]
    assert [done for at in range(0, 60, 7) for done in at_once.process(jobs[at : at + 7])] == expected


def test_streams_know_nothing_of_each_other_and_their_teams_are_right_by_colour_alone() -> None:
    together, alone = stage(), stage()
    for seq in range(60):
        here, there = together.process([job(seq), job(seq, "there")])
        [expected] = alone.process([job(seq, "there")])
        assert there == expected
    assert set(teams(here)) == set(teams(there)) == {"A", "B"}


def test_what_is_known_of_a_frame_goes_on_with_it_and_what_the_tracker_said_comes_first() -> None:
    back, times = CameraMove(1, (1.0, 0.0, 4.0, 0.0, 1.0, 0.0), 0.5), (StageTime("detect", 5, 6),)
    tagging, said = stage(), Change("started", 0, (1,), None, "tracker", "")
    run(tagging, range(29))
    plain = job(29)
    given_ = Tracks(plain.frame, True, back, plain.items, times, back, (said,))
    [done] = tagging.process([given_])
    assert (done.frame, done.cut, done.camera, done.times, done.back) == (plain.frame, True, back, times, back)
    assert done.changes[0] is said and {one.kind for one in done.changes[1:]} == {"team_decided"}


def test_a_stream_that_begins_anew_keeps_its_teams() -> None:
    tagging = stage()
    before = teams(run(tagging, range(40)))
    tagging.forget("here")
    assert teams(run(tagging, [0], epoch=2)) == before


# --- looks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", [1, 3, 100])
def test_no_more_looks_are_taken_of_a_frame_than_are_allowed(budget: int) -> None:
    colours = Counted()
    run(stage(colours, max_crops_per_frame=budget), range(12), "here", "there")
    most = max(count for batch in colours.batches for count in batch)
    assert most == min(budget, 22) and max(len(batch) for batch in colours.batches) == 2


def test_the_few_looks_there_are_go_to_whoever_is_not_decided() -> None:
    colours = Counted()
    tagging = stage(colours, max_crops_per_frame=2)
    people = [person(place) for place in range(20)]
    for seq in range(60):
        tagging.process([job(seq, items=people)])
    colours.places.clear()
    tagging.process([job(60, items=[*people, person(20), person(21)])])
    assert sorted(round((left - 36) / 55) for left, *_ in colours.places) == [9, 10]


@pytest.mark.parametrize("how", ["gone", "lapped"])
def test_a_frame_whose_picture_is_gone_passes_with_what_is_known(how: str) -> None:
    tagging = stage(films=Films(**{how: {60, 61}}))
    before = teams(run(tagging, range(60)))
    done = run(tagging, [60, 61])
    assert teams(done) == before and tagging.counts == {"pictures that were gone": 2}


def test_a_picture_that_is_gone_in_one_stream_takes_no_looks_from_another() -> None:
    class Half(Films):
        @contextmanager
        def view(self, ref: FrameRef) -> Iterator[NDArray[np.uint8]]:
            if ref.stream == "here":
                raise FrameGone("before")
            with super().view(ref) as picture:
                yield picture

    tagging = stage(films=Half())
    for seq in range(40):
        here, there = tagging.process([job(seq), job(seq, "there")])
    assert teams(here) == ("unknown", "unknown") and set(teams(there)) == {"A", "B"}


NARROW = [person(place, box_px=(*box_of(place)[:2], box_of(place)[0] + 0.4, box_of(place)[3])) for place in range(7)]
KITS = KitsConfig(home=KitConfig(shirt=(BLUE,)), away=KitConfig(shirt=(RED,)))


@pytest.mark.parametrize("kits", [{}, {"here": KITS}], ids=["plain", "declared"])
def test_people_too_narrow_to_show_a_shirt_cost_neither_the_stage_nor_the_looks_of_others(kits: Any) -> None:
    tagging = stage(Counted(), kits=kits)
    tagging.process([job(0, items=NARROW)])
    done = run(tagging, range(1, 60), items=[*NARROW, *(person(place) for place in range(7, 22))])
    assert {item.team for item in done.items[:7]} == {"unknown"} and "unknown" not in {t.team for t in done.items[7:]}


@pytest.mark.parametrize(
    "mask",
    [
        MaskRle(0, 0, (0, 0), ""), MaskRle(0, 0, (9, 9), "no runs"), MaskRle(-9, 10**6, (2, 2), "4"),
        MaskRle(0, 0, (10**6, 10**6), "04"), MaskRle(5, 5, (3, 3), "\x00é"),
    ],
)  # fmt: skip
def test_broken_masks_are_as_good_as_none(mask: MaskRle) -> None:
    people = [person(place, mask=mask) for place in range(22)]
    assert set(teams(run(stage(), range(40), items=people))) == {"A", "B"}


NUMBERS = st.sampled_from([0.0, -40.0, 30.0, 60.0, 200.0, 360.0, 639.5, 1e4, 1e9, -1e300, np.nan, np.inf])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=8))
def test_no_box_brings_it_down(boxes: list[tuple[float, float, float, float]]) -> None:
    tagging = stage(kits={"here": KITS})
    items = [person(place, box_px=box) for place, box in enumerate(boxes)]
    for seq in range(3):
        [done] = tagging.process([job(seq, items=items)])
        assert [item.track for item in done.items] == items


def test_an_embedder_that_knows_nobody_leaves_everybody_unknown() -> None:
    class Broken(Colours):
        def answer(self, takens: Sequence[Pixels]) -> list[Floats]:
            return [np.full((len(taken.shown), self.size), np.nan, np.float32) for taken in takens]

    assert teams(run(stage(Broken()), range(40))) == ("unknown", "unknown")


def test_five_hundred_people_are_told_in_their_order() -> None:
    items = [person(n % 22, track_id=n) for n in range(500)]
    [done] = stage().process([job(0, items=items)])
    assert [item.track.track_id for item in done.items] == list(range(500))


# --- a stage that is off --------------------------------------------------------------------------


def test_a_stage_that_is_off_passes_roles_on_and_no_teams() -> None:
    off = build(TagConfig(), Given(NONE))
    assert isinstance(off, Off)
    items = (person(0), person(1, role="ball", track_id=None), person(2, role="referee"))
    said = Change("started", 0, (1,), None, "tracker", "")
    [done] = off.process([job(0, items=items, changes=(said,))])
    assert done.items == tuple(TaggedTrack(item, None, item.role) for item in items) and done.changes == (said,)
    off.forget("here")


def test_what_is_built_for_colours_tells_teams() -> None:
    built: Any = build(TagConfig(net="colours"), Given(Films()))
    assert set(teams(run(built, range(40)))) == {"A", "B"}


# --- names ----------------------------------------------------------------------------------------


def test_teams_are_named_by_declared_kits_in_the_stream_that_declares_them() -> None:
    tagging = stage(kits={"here": KITS})
    for seq in range(40):
        here, there = tagging.process([job(seq), job(seq, "there")])
    assert teams(here) == ("away", "home") and set(teams(there)) == {"A", "B"}


def test_declared_kits_that_fit_nobody_are_said_not_to_when_patience_ends(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream_engine.teams.tagger.PATIENCE", 20)
    alike = KitsConfig(home=KitConfig(shirt=(RED,)), away=KitConfig(shirt=(RED,)))
    with caplog.at_level(logging.INFO):
        assert set(teams(run(stage(kits={"here": alike}), range(60)))) == {"A", "B"}
    assert "the teams of here are known: A and B" in caplog.text and "declared for here" in caplog.text


def test_without_a_picture_that_can_be_read_teams_are_a_and_b_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kits = KitsConfig(home=KitConfig(pictures=(str(tmp_path / "gone.png"),)), away=KitConfig(shirt=(RED,)))
    assert set(teams(run(stage(kits={"here": kits}), range(40)))) == {"A", "B"}
    assert "gone.png" in caplog.text


# --- what is left ---------------------------------------------------------------------------------


def test_a_successor_says_the_same_and_tells_nothing_again() -> None:
    drawer = Drawer()
    before = run(stage(keep=drawer), range(60))
    heir = stage(keep=drawer)
    done = heir.process([job(61 + seq) for seq in range(20)])
    assert teams(done[0]) == teams(done[-1]) == teams(before) and told(done) == []


def test_a_team_is_kept_before_anybody_hears_of_it_whatever_else_is_in_the_batch() -> None:
    drawer = Drawer()
    tagging = stage(keep=drawer)
    run(tagging, range(29))
    drawer.saves = 0
    done = tagging.process([job(29), job(30), job(0, "there", wall_ns=START_NS + 30 * FRAME_NS)])
    assert told(done[:1]) and not told(done[1:])
    assert drawer.saves == 1 and teams(run(stage(keep=drawer), [16])) == teams(done[0])


def test_what_the_tracker_alone_has_said_is_no_reason_to_keep_anything() -> None:
    drawer = Drawer()
    tagging, said = stage(keep=drawer), Change("named", 0, (1,), None, "tracker", "")
    run(tagging, range(60), "here", "there")
    run(tagging, [60], wall_ns=START_NS)
    drawer.saves = 0
    tagging.process(
        [job(61, wall_ns=START_NS), job(62, wall_ns=START_NS), job(60, "there", wall_ns=START_NS, changes=(said,))]
    )
    assert drawer.saves == 0


def test_what_changes_little_is_kept_now_and_then() -> None:
    drawer = Drawer()
    tagging = stage(keep=drawer)
    run(tagging, range(60))
    drawer.saves = 0
    run(tagging, range(60, 120))
    assert 1 < drawer.saves <= 60 * FRAME_NS / KEEP_EVERY_NS + 1


@pytest.mark.parametrize(
    ("other", "seconds", "said"),
    [
        ({}, 0, "goes on with the teams"),
        ({}, 7201, "too old"),
        ({}, -7201, "too old"),
        ({"kits": {"here": KITS}}, 0, "declared"),
        ({"state": b"\xa1\xff"}, 0, "cannot be read"),
        ({"state": msgspec.msgpack.encode(Left(7, {}, {}))}, 0, "version 7"),
    ],
)
def test_what_was_left_is_gone_on_with_or_it_is_said_why_not(
    other: dict[str, Any], seconds: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    drawer = Drawer()
    run(stage(keep=drawer), range(40))
    drawer.state = other.pop("state", drawer.state)
    heir = stage(keep=drawer, **other)
    with caplog.at_level(logging.INFO):
        [done] = heir.process([job(0, wall_ns=START_NS + 40 * FRAME_NS + seconds * 10**9, epoch=2)])
    assert said in caplog.text and ("goes on with" in caplog.text) == (said == "goes on with the teams")
    assert (teams(done)[0] == "unknown") == (said != "goes on with the teams")


def test_looks_of_another_net_begin_anew_and_it_is_said(caplog: pytest.LogCaptureFixture) -> None:
    class Other(Colours):
        size = 7

    drawer = Drawer()
    run(stage(keep=drawer), range(40))
    [done] = stage(Other(), keep=drawer).process([job(41, items=[])])
    assert done.items == () and "7 numbers a look" in caplog.text and "begin anew" in caplog.text


KEPT = Drawer()
run(stage(keep=KEPT), range(30), "here", "there")
RAW = KEPT.state or b""


@settings(deadline=None, max_examples=40)
@given(st.integers(0, len(RAW) - 1), st.binary(max_size=4), st.integers(0, 6))
def test_whatever_has_become_of_it_the_stage_goes_on(where: int, odd: bytes, cut: int) -> None:
    heir = stage(keep=Drawer(RAW[:where] + odd + RAW[where + cut :]))
    done = heir.process([job(31 + seq, stream) for seq in range(3) for stream in ("here", "there")])
    assert Counter(len(each.items) for each in done) == {22: 6}
