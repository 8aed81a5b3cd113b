"""detect: which frames are looked at, and what becomes of those that cannot be."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.config import DetectConfig
from stream_engine.messages import Detection, Detections, FrameRef, Gap
from stream_engine.pictures import FrameGone
from stream_engine.stages.detect import Detect
from tests.camera.scenes import luma, nv12, place
from tests.fakes import frame_ref

HERE, THERE = place(1), place(2)


class Rings:
    """Pictures whose first value is the frame's number; some are gone, before or while they are read."""

    def __init__(self, gone: tuple[int, ...] = (), lapped: tuple[int, ...] = ()) -> None:
        self._gone, self._lapped = gone, lapped

    @contextmanager
    def view(self, ref: FrameRef) -> Iterator[NDArray[np.uint8]]:
        if ref.seq in self._gone:
            raise FrameGone("before")
        torn = ref.seq in self._lapped
        yield self.picture(ref.seq, torn)
        if torn:
            raise FrameGone("while")

    def picture(self, seq: int, torn: bool) -> NDArray[np.uint8]:
        return np.full((54, 64), seq, np.uint8)


class Eyes:
    """Sees a player whose score is the picture's first value; cannot say anything about the unspeakable."""

    def __init__(self, unspeakable: tuple[int, ...] = ()) -> None:
        self.batches: list[int] = []
        self._unspeakable = unspeakable

    def take(self, nv12: NDArray[np.uint8]) -> int:
        return int(nv12[0, 0])

    def answer(self, taken: Sequence[int]) -> list[tuple[Detection, ...] | None]:
        self.batches.append(len(taken))
        return [None if n in self._unspeakable else (Detection("player", float(n), (0, 0, 1, 1)),) for n in taken]


def stage(every: int = 1, rings: Rings | None = None, eyes: Eyes | None = None) -> Detect:
    return Detect(eyes or Eyes(), rings or Rings(), DetectConfig(net="fake", every=every))


def scores(results: Any) -> list[float | None]:
    return [result.items[0].score if result.items else None for result in results]


def test_results_are_of_their_frames_in_order_over_all_streams() -> None:
    jobs = [frame_ref("a", seq=1), frame_ref("b", seq=7), frame_ref("a", seq=2)]
    results = stage().process(jobs)
    assert scores(results) == [1.0, 7.0, 2.0]
    assert [result.frame for result in results if isinstance(result, Detections)] == jobs


def test_every_second_frame_of_each_stream_is_looked_at_and_the_others_say_so() -> None:
    looking = stage(every=2)
    jobs = [frame_ref(name, seq=seq) for seq in range(4) for name in ("a", "b")]
    results = [looking.process([job])[0] for job in jobs]
    assert [isinstance(r, Detections) and r.looked for r in results] == [True, True, False, False] * 2


def test_a_new_epoch_is_looked_at_from_its_first_frame() -> None:
    looking = stage(every=3)
    assert scores(looking.process([frame_ref(seq=5)])) == [5.0]
    looking.forget("cam")
    assert scores(looking.process([frame_ref(epoch=2, seq=6)])) == [6.0]


def test_a_picture_that_is_gone_is_a_gap_in_its_place() -> None:
    for rings in (Rings(gone=(2,)), Rings(lapped=(2,))):
        check_gap(stage(rings=rings).process([frame_ref(seq=n) for n in (1, 2, 3)]))


def check_gap(results: list[Detections | Gap]) -> None:
    assert isinstance(results[1], Gap)
    assert (results[1].first_seq, results[1].cause) == (2, "late")
    assert [result.items[0].score for result in results if isinstance(result, Detections)] == [1.0, 3.0]


def test_answers_that_are_no_numbers_are_counted_and_the_frame_passes_unlooked() -> None:
    looking = stage(eyes=Eyes(unspeakable=(2,)))
    results = looking.process([frame_ref(seq=n) for n in (1, 2, 3)])
    assert scores(results) == [1.0, None, 3.0]
    assert [isinstance(r, Detections) and r.looked for r in results] == [True, False, True]
    assert looking.unusable == 1


class Clips(Rings):
    """A still place, and from frame 6 on another one; half of a torn picture is of the other place."""

    def picture(self, seq: int, torn: bool) -> NDArray[np.uint8]:
        return nv12(luma(HERE if (seq < 6) != torn else THERE))


def followed(pictures: Clips, every: int = 1, eyes: Eyes | None = None, last: int = 12) -> dict[int, Detections]:
    looking = Detect(eyes or Eyes(), pictures, DetectConfig(net="fake", every=every))
    results = [result for seq in range(last) for result in looking.process([frame_ref(seq=seq)])]
    return {result.frame.seq: result for result in results if isinstance(result, Detections)}


def test_the_first_frame_after_a_cut_is_looked_at_even_if_it_is_not_due() -> None:
    frames = followed(Clips(), every=4)
    assert [seq for seq, frame in frames.items() if frame.cut] == [6]
    assert [seq for seq, frame in frames.items() if frame.looked] == [0, 4, 6, 10]
    assert [seq for seq, frame in frames.items() if frame.camera is None] == [0]


def test_the_first_frame_after_a_cut_is_looked_at_even_if_the_stream_is_eased() -> None:
    looking = Detect(Eyes(), Clips(), DetectConfig(net="fake"))
    results = [looking.process([frame_ref(seq=seq, ease=3)])[0] for seq in range(12)]
    assert [r.frame.seq for r in results if isinstance(r, Detections) and r.looked] == [0, 4, 6, 10]


def test_a_cut_in_a_picture_that_is_gone_is_told_with_the_next() -> None:
    for pictures in (Clips(gone=(6,)), Clips(lapped=(6,))):
        frames = followed(pictures, every=4)
        assert [seq for seq, frame in frames.items() if frame.cut] == [7]
        assert frames[7].camera and frames[7].camera.since_seq == 5


def test_half_of_another_picture_is_never_compared() -> None:
    frames = followed(Clips(lapped=(3,)), last=6)
    assert not any(frame.cut for frame in frames.values())
    assert frames[4].camera and (frames[4].camera.since_seq, frames[4].camera.confidence > 0.9) == (2, True)


def test_after_a_picture_that_is_gone_the_next_is_looked_at() -> None:
    assert [seq for seq, frame in followed(Clips(gone=(1,)), every=4, last=6).items() if frame.looked] == [0, 2]


def test_a_new_epoch_is_compared_with_nothing() -> None:
    looking = Detect(Eyes(), Clips(), DetectConfig(net="fake"))
    looking.process([frame_ref(seq=5)])
    looking.forget("cam")
    (first,) = looking.process([frame_ref(epoch=2, seq=6)])
    assert isinstance(first, Detections) and (first.cut, first.camera) == (None, None)


class Returning(Rings):
    """A place, for 16 frames from frame 3 on another one, and the first again."""

    def picture(self, seq: int, torn: bool) -> NDArray[np.uint8]:
        return nv12(luma(THERE if 3 <= seq < 19 else HERE))


def test_a_camera_that_is_back_is_told_until_the_stream_is_forgotten() -> None:
    for forgotten, told in ((None, [(19, 2)]), (10, [])):
        looking, backs = Detect(Eyes(), Returning(), DetectConfig(net="fake")), []
        for seq in range(22):
            if seq == forgotten:
                looking.forget("cam")
            (result,) = looking.process([frame_ref(seq=seq)])
            if isinstance(result, Detections) and result.back:
                backs.append((seq, result.back.since_seq))
        assert backs == told


def test_nobody_looks_at_the_camera_when_it_is_switched_off() -> None:
    looking = Detect(Eyes(), Clips(), DetectConfig(net="fake", camera=False))
    results = [result for seq in range(8) for result in looking.process([frame_ref(seq=seq)])]
    assert {(r.cut, r.camera) for r in results if isinstance(r, Detections)} == {(None, None)}


class Crowd(Eyes):
    """Sees a player who fills the picture."""

    def answer(self, taken: Sequence[int]) -> list[tuple[Detection, ...] | None]:
        return [(Detection("player", 0.9, (0.0, 0.0, 960.0, 540.0)),) for _ in taken]


def test_nothing_is_followed_on_people_who_were_found() -> None:
    alone, crowded = followed(Clips(), last=3), followed(Clips(), eyes=Crowd(), last=3)
    assert alone[2].camera and alone[2].camera.confidence > 0.9
    assert crowded[2].camera and crowded[2].camera.confidence == 0.0


def test_of_an_eased_stream_the_detector_sees_half_or_a_quarter_of_the_frames_it_would() -> None:
    eyes = Eyes()
    looking = stage(every=2, eyes=eyes)
    jobs = [frame_ref("a", seq=seq, ease=2 if seq < 16 else 3) for seq in range(32)]
    results = [looking.process([job])[0] for job in jobs]
    assert [r.frame.seq for r in results if isinstance(r, Detections) and r.looked] == [0, 4, 8, 12, 20, 28]
    assert isinstance((other := looking.process([frame_ref("b", seq=5)])[0]), Detections) and other.looked


def test_frames_that_were_lost_count_among_those_between_looks() -> None:
    looking = stage(every=4)
    assert [scores(looking.process([frame_ref(seq=seq)])) for seq in (1, 3, 5, 8, 9)] == [[1], [None], [5], [None], [9]]
