"""Annotate: each picture gets its own event, found by stamp or by time, and a failure leaves nothing behind."""

import io
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from stream_engine import cli
from stream_engine.annotate import Annotated, AnnotateError, annotate
from stream_engine.annotate.artist import style_for
from stream_engine.annotate.recording import Place, first_pass
from stream_engine.feeds import FeedError
from stream_engine.masks import MaskRle, encode
from stream_engine.messages import GapEvent, TrackChange, TrackedObject, TrackEvent
from stream_engine.records import frame_event
from stream_engine.stamp import Stamp
from stream_engine.video import VideoReader
from tests.fakes import tagged

WIDTH, HEIGHT, FRAMES, RATE = 320, 180, 30, 25
FRAME_NS = 1_000_000_000 // RATE
MATCH = "00c0ffee00000000"  # its zeros have to be escaped in H.264
BOX = (140.0, 80.0, 180.0, 160.0)
MASK = encode(np.ones((80, 40), bool), 140, 80)


def sei(data: bytes) -> bytes:
    """A NAL unit of unregistered user data."""
    payload, zeros = bytearray(), 0
    for byte in bytes([5, len(data)]) + data + b"\x80":
        if zeros == 2 and byte <= 3:
            payload.append(3)
            zeros = 0
        payload.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return b"\x00\x00\x00\x01\x06" + bytes(payload)


def make_film(path: Path, match: str | None = None) -> Path:
    """A grey film with B-frames; with a match its pictures are stamped, from frame 100."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", RATE, {"preset": "ultrafast", "bf": "2", "threads": "1"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        pictures = [av.VideoFrame.from_ndarray(np.full((HEIGHT, WIDTH), 128, np.uint8), "gray8")] * FRAMES
        for number, picture in enumerate([*pictures, None]):
            frame = picture and picture.reformat(format="yuv420p")
            if frame:
                frame.pts, frame.time_base = number, Fraction(1, RATE)
            for packet in video.encode(frame):
                container.mux(stamped(packet, match) if match else packet)
    return path


def stamped(packet: Any, match: str) -> Any:
    number = round(packet.pts * packet.time_base * RATE)
    copy = av.Packet(sei(Stamp(match, 100 + number, number).pack()) + bytes(packet))
    copy.pts, copy.dts, copy.time_base, copy.stream = packet.pts, packet.dts, packet.time_base, packet.stream
    copy.is_keyframe = packet.is_keyframe
    return copy


@pytest.fixture(scope="module")
def film(clips: Path) -> Path:
    return make_film(clips / "annotate.mp4")


@pytest.fixture(scope="module")
def stamped_film(clips: Path) -> Path:
    return make_film(clips / "annotate-stamped.mp4", MATCH)


def event(seq: int, *, seen: bool = True, mask: MaskRle | None = MASK, **changes: Any) -> TrackEvent:
    objects = (TrackedObject(7, "player", "home", 0.9, BOX, mask, fresh=True),) if seen else ()
    values = {"seq": seq, "pts_ns": seq * FRAME_NS, "width": WIDTH, "height": HEIGHT, "objects": objects} | changes
    return msgspec.structs.replace(frame_event(tagged(), now_ns=2_000_000_000), **values)


def stamp(frame: int, match: str = MATCH) -> tuple[bytes, ...]:
    return (Stamp(match, frame, 1).pack(),)


def write(path: Path, events: Iterable[Any]) -> Path:
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in events))
    return path


def drawn(path: Path) -> list[bool]:
    """For each picture of a video whether the mask is in it: grey is tinted orange."""
    with VideoReader(path) as reader:
        return [bool(orange(shown.pixels[100:150, 150:170])) for shown in reader]


def orange(pixels: NDArray[np.uint8]) -> bool:
    blue, _, red = pixels.reshape(-1, 3).mean(axis=0)
    return bool(red - blue > 30)


class Desk:
    """Somewhere to annotate, quietly."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "out.mp4"
        self._folder = folder

    def __call__(self, events: Iterable[Any], video: Path, **options: Any) -> Annotated:
        return self.of(write(self._folder / "events.jsonl", events), video, **options)

    def of(self, events: Path, video: Path, **options: Any) -> Annotated:
        return annotate(events, video, self.out, console=Console(file=io.StringIO()), **options)

    @property
    def left(self) -> set[str]:
        """What lies there beside the events."""
        return {path.name for path in self._folder.iterdir()} - {"events.jsonl"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_video_keeps_its_size_rate_and_number_of_pictures(desk: Desk, film: Path) -> None:
    done = desk((event(seq) for seq in range(FRAMES)), film)
    assert (done.pictures, done.by_pts, done.by_stamp, done.without_event) == (FRAMES, FRAMES, 0, 0)
    assert desk.left == {"out.mp4"}
    with av.open(str(desk.out)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height, video.frames) == (WIDTH, HEIGHT, FRAMES)
        assert video.average_rate == Fraction(RATE)
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        times = [float(packet.pts * packet.time_base) for packet in container.demux(video) if packet.pts is not None]
    assert sorted(times) == pytest.approx([n / RATE for n in range(FRAMES)], abs=1e-4)


def test_events_are_drawn_into_the_pictures_of_their_time(desk: Desk, film: Path) -> None:
    desk((event(seq, seen=10 <= seq < 20) for seq in range(FRAMES)), film)
    assert drawn(desk.out) == [10 <= n < 20 for n in range(FRAMES)]


def test_changes_of_identity_among_the_events_draw_nothing(desk: Desk, film: Path) -> None:
    change = TrackChange(
        stream="cam", epoch=1, seq=2, kind="lost", track_ids=(7,), name=None, by="tracker", detail="", noted_ns=0
    )
    events = [each for seq in range(FRAMES) for each in (event(seq), change)]
    assert desk(events, film).without_event == 0
    assert all(drawn(desk.out))


def test_a_time_that_is_off_by_less_than_half_a_frame_still_matches(desk: Desk, film: Path) -> None:
    done = desk((event(seq, pts_ns=round((seq + 0.4) * FRAME_NS)) for seq in range(FRAMES)), film)
    assert done.by_pts == FRAMES


def test_stamps_decide_where_pictures_have_them_whatever_the_times(desk: Desk, stamped_film: Path) -> None:
    done = desk(
        (
            event(seq, pts_ns=(seq + 1000) * FRAME_NS, user_data=stamp(100 + seq), seen=10 <= seq < 20)
            for seq in range(FRAMES)
        ),
        stamped_film,
    )
    assert (done.by_stamp, done.by_pts) == (FRAMES, 0)
    assert drawn(desk.out) == [10 <= n < 20 for n in range(FRAMES)]


def test_stamps_that_no_event_has_are_passed_over_and_times_decide(desk: Desk, stamped_film: Path) -> None:
    assert desk((event(seq) for seq in range(FRAMES)), stamped_film).by_pts == FRAMES


def test_of_a_loop_the_first_pass_is_drawn(desk: Desk, stamped_film: Path) -> None:
    rounds = [event(seq, user_data=stamp(100 + seq % FRAMES), seen=seq < FRAMES) for seq in range(3 * FRAMES)]
    assert desk(rounds, stamped_film).by_stamp == FRAMES
    assert all(drawn(desk.out))


def test_a_frame_that_came_twice_in_a_pass_shows_its_last_event() -> None:
    placed = [(at, Place(offset, 1, at, 0, None)) for offset, at in enumerate([0, 1, 2, 3, 2, 3, 4, 0, 1])]
    assert {at: place.offset for at, place in first_pass(placed).items()} == {0: 0, 1: 1, 2: 4, 3: 5, 4: 6}


def test_pictures_without_an_event_stay_in_the_video_and_show_it(desk: Desk, film: Path) -> None:
    gap = GapEvent(stream="cam", epoch=1, first_seq=5, last_seq=9, cause="late", detail="", noted_ns=0)
    done = desk([*(event(seq, seen=False) for seq in range(5)), gap], film)
    assert (done.pictures, done.without_event) == (FRAMES, FRAMES - 5)
    with VideoReader(desk.out) as reader:
        pictures = [shown.pixels.astype(int) for shown in reader]
    light = [picture[-20:, -20:].mean() for picture in pictures]
    assert min(light[:5]) > 120
    assert max(light[5:]) < 115
    told, untold, later = (picture[:40] for picture in (pictures[9], pictures[10], pictures[20]))
    assert np.abs(told - untold).max() > 60, "the cause of frames 5 to 9 is known, that of the others is not"
    assert np.abs(untold - later).max() < 30


def test_events_of_another_video_are_an_error_and_leave_nothing(desk: Desk, film: Path) -> None:
    with pytest.raises(AnnotateError, match="do not belong together"):
        desk((event(seq, pts_ns=10**15 + seq) for seq in range(FRAMES)), film)
    assert desk.left == set()


def test_events_of_another_match_are_an_error_though_their_times_fit(desk: Desk, stamped_film: Path) -> None:
    with pytest.raises(AnnotateError, match=f"do not belong together.*{'ab' * 8}.*{MATCH}"):
        desk((event(seq, user_data=stamp(100 + seq, "ab" * 8)) for seq in range(FRAMES)), stamped_film)
    assert desk.left == set()


def test_pictures_of_another_size_are_an_error(desk: Desk, film: Path) -> None:
    with pytest.raises(AnnotateError, match=r"1920x1080.*320x180"):
        desk((event(seq, width=1920, height=1080) for seq in range(FRAMES)), film)
    assert desk.left == set()


def test_a_failure_in_the_middle_leaves_the_old_file_as_it_was(desk: Desk, film: Path) -> None:
    desk.out.write_text("old")
    torn = [event(seq, mask=MaskRle(0, 0, (2, 2), "!") if seq == 15 else None) for seq in range(FRAMES)]
    with pytest.raises(AnnotateError, match="frame 15"):
        desk(torn, film, force=True)
    assert desk.out.read_text() == "old"
    assert desk.left == {"out.mp4"}


def test_an_interrupt_leaves_nothing_half_finished(desk: Desk, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object, event: TrackEvent) -> None:
        if event.seq == 20:
            raise KeyboardInterrupt

    monkeypatch.setattr("stream_engine.annotate.artist.draw_caption", interrupted)
    with pytest.raises(KeyboardInterrupt):
        desk((event(seq) for seq in range(FRAMES)), film)
    assert desk.left == set()


def test_a_file_is_written_over_only_when_that_is_asked_for(desk: Desk, film: Path) -> None:
    desk.out.write_text("old")
    with pytest.raises(AnnotateError, match="--force"):
        desk([event(0)], film)
    assert desk.out.read_text() == "old"
    desk([event(0)], film, force=True)
    assert len(drawn(desk.out)) == FRAMES


def test_of_several_streams_one_has_to_be_named(desk: Desk, film: Path) -> None:
    both = [event(seq, stream=name, seen=name == "left") for seq in range(FRAMES) for name in ("left", "right")]
    with pytest.raises(AnnotateError, match=r"left, right.*--stream"):
        desk(both, film)
    with pytest.raises(AnnotateError, match="'middle'"):
        desk(both, film, stream="middle")
    assert desk(both, film, stream="left").stream == "left"
    assert all(drawn(desk.out))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "nothing in it"), (b"no events\n\xff\xfe\n", "2 lines that are no events"), (None, "no such file")],
)
def test_a_file_without_events_is_an_error(desk: Desk, film: Path, content: bytes | None, said: str) -> None:
    path = desk.out.with_name("events.jsonl")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AnnotateError, match=said):
        desk.of(path, film)


def test_a_line_cut_short_is_counted_and_the_others_are_drawn(desk: Desk, film: Path) -> None:
    path = write(desk.out.with_name("events.jsonl"), [event(seq) for seq in range(FRAMES)])
    path.write_bytes(path.read_bytes()[:-40])
    done = desk.of(path, film)
    assert (done.unreadable_lines, done.by_pts) == (1, FRAMES - 1)


def test_objects_without_a_track_are_drawn(desk: Desk, film: Path) -> None:
    seen = (TrackedObject(None, "player", "home", 0.9, BOX, MASK, fresh=False),)
    desk([event(seq, objects=seen) for seq in range(FRAMES)], film)
    assert drawn(desk.out) == [True] * FRAMES


@pytest.mark.parametrize(
    ("told", "first"),
    [({"unknown"}, "home"), ({"unknown", "away"}, "home"), ({"unknown", "B"}, "A"), ({"reds", "blues"}, "blues")],
)
def test_teams_keep_their_colours_whoever_is_not_decided_yet(told: set[str], first: str) -> None:
    assert style_for(told).teams[0] == first
    assert "unknown" not in style_for(told).teams
    assert (style_for(told).by, style_for(set()).by) == ("team", "track")


def test_a_video_that_is_missing_empty_or_none_is_an_error(desk: Desk, tmp_path: Path) -> None:
    for content in (None, b"", b"no video" * 1000):
        video = tmp_path / f"{content and len(content)}.mp4"
        if content is not None:
            video.write_bytes(content)
        with pytest.raises((AnnotateError, FeedError), match=video.name):
            desk([event(0)], video)
        assert not desk.out.exists()


def test_the_command_says_what_it_did_and_fails_in_one_line(
    desk: Desk, film: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(desk.out.with_name("events.jsonl"), [event(seq) for seq in range(FRAMES)])
    words = ["stream-engine", "annotate", "--events", str(path), "--video", str(film), str(desk.out), "--json"]
    monkeypatch.setattr("sys.argv", words)
    for code, said in ((0, "30 of 30 pictures have their event, by time"), (2, "is there already")):
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert (ended.value.code or 0) == code
        assert said in capfd.readouterr().err
