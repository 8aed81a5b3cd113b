"""A camera that is on air again is recognised once, by what does not move and is no graphics, and by nothing less."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest

from stream_engine.camera import Camera, Sight, shrunk
from stream_engine.camera.places import PLACES, TRIES, Places, Shown, flattened, moved_between, place_of
from stream_engine.messages import Box, CameraMove, Detection
from tests.camera.scenes import MARGIN, SIZE, Bytes, Floats, luma, movement, nv12
from tests.fakes import frame_ref

SMALL = (480, 270)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As in the stage; with more than there are cores free everything takes many times as long."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


def stand(seed: int) -> Bytes:
    """A place in which no two corners look alike."""
    rng = np.random.default_rng(seed)
    shape = (SIZE[1] + 2 * MARGIN, SIZE[0] + 2 * MARGIN)
    layers = [rng.normal(0, 40, (shape[0] // size, shape[1] // size)).astype(np.float32) for size in (8, 16, 40)]
    grown = sum(cv2.resize(layer, shape[::-1], interpolation=cv2.INTER_CUBIC) for layer in layers)
    return np.asarray(np.clip(128 + np.asarray(grown), 16, 235), np.uint8)


HERE, THERE, ELSEWHERE = stand(1), stand(2), stand(3)
NOBODY: Sequence[Box] = ()


def watch(camera: Camera, pictures: Sequence[Bytes], first: int = 0) -> list[Sight]:
    return [camera.look(frame_ref(seq=first + at), shrunk(nv12(picture))) for at, picture in enumerate(pictures)]


def backs(sights: Sequence[Sight]) -> dict[int, CameraMove]:
    return {at: sight.back for at, sight in enumerate(sights) if sight.back}


def away_and_back(truth: Floats, frames: int = 3) -> list[Bytes]:
    return [*[luma(HERE)] * 3, *[luma(THERE)] * 16, *[luma(HERE, truth)] * frames]


def small(picture: Bytes) -> Bytes:
    return np.asarray(cv2.resize(picture, SMALL, interpolation=cv2.INTER_AREA), np.uint8)


def apart(move: CameraMove, truth: Floats) -> float:
    """Pixels between where both take the middle and the sides of the pitch."""
    points = np.array([(x, y, 1.0) for x in (200, 480, 760) for y in (250, 500)])
    return float(np.abs(points @ (np.reshape(move.matrix, (2, 3)) - truth).T).max())


@pytest.mark.parametrize(
    ("shift", "zoom", "turn"),
    [((210.0, -40.0), 1.0, 0.01), ((-90.0, 30.0), 1.6, 0.0), ((60.0, 0.0), 0.65, -0.02)],
)
def test_a_camera_that_is_back_is_told_with_its_movement_at_the_cut(
    shift: tuple[float, float], zoom: float, turn: float
) -> None:
    truth = movement(shift, zoom, turn)
    told = backs(watch(Camera(), away_and_back(truth)))
    assert list(told) == [19], "once, at the cut"
    assert told[19].since_seq == 2
    assert told[19].confidence > 0.5
    assert apart(told[19], truth) < 2.0


def test_a_camera_that_was_never_on_air_is_not_recognised() -> None:
    pictures = [*[luma(HERE)] * 3, *[luma(THERE)] * 16, *[luma(ELSEWHERE)] * 8]
    assert backs(watch(Camera(), pictures)) == {}


def test_a_place_that_repeats_itself_is_not_recognised() -> None:
    boards = np.tile(stand(4)[:60, :120], (40, 20))[: HERE.shape[0], : HERE.shape[1]]
    pictures = [*[luma(boards)] * 3, *[luma(THERE)] * 16, *[luma(boards, movement((200.0, 0.0)))] * 2]
    assert backs(watch(Camera(), pictures)) == {}


def test_where_people_stand_nothing_is_remembered() -> None:
    crowd: Sequence[Box] = ((60.0, 40.0, 300.0, 250.0),)
    known = place_of(Shown(0, small(luma(HERE)), crowd), small(luma(THERE)))
    x, y = known.points.T
    assert len(known.points) > 50
    assert not ((x > 60) & (x < 300) & (y > 40) & (y < 250)).any()


def test_the_people_of_the_last_frame_are_carried_along_to_the_cut() -> None:
    camera = Camera()
    watch(camera, [luma(HERE)] * 2)
    camera.saw([Detection("player", 0.9, (0.0, 0.0, float(SIZE[0]), float(SIZE[1])))])
    sights = watch(camera, [*[luma(THERE)] * 16, *[luma(HERE)] * 2], first=2)
    assert backs(sights) == {}, "everything was covered by somebody"


def test_graphics_over_two_cameras_are_not_taken_for_the_place() -> None:
    def laid_over(picture: Bytes) -> Bytes:
        whole = picture.copy()
        whole[:140], whole[420:] = luma(ELSEWHERE)[:140], luma(ELSEWHERE)[420:]
        return whole

    pictures = [*[luma(HERE)] * 3, *[luma(THERE)] * 16, *[luma(stand(5))] * 2]
    assert backs(watch(Camera(), [laid_over(picture) for picture in pictures])) == {}


def test_a_wipe_delays_it_and_does_not_prevent_it() -> None:
    truth = movement((120.0, 10.0))
    covers = [(0.0, share) for share in np.linspace(0, 1, 10)] + [(share, 1.0) for share in np.linspace(0, 1, 10)]
    pictures = [*[luma(HERE)] * 16, *[luma(THERE)] * 30, *[luma(HERE, truth)] * 22]
    for middle in (16, 46):
        for at, (left, right) in enumerate(covers):
            pictures[middle - 10 + at] = pictures[middle - 10 + at].copy()
            pictures[middle - 10 + at][:, int(SIZE[0] * left) : int(SIZE[0] * right)] = 235
    sights = watch(Camera(), pictures)
    cuts = [at for at, sight in enumerate(sights) if sight.cut]
    ((at, told),) = backs(sights).items()
    assert len(cuts) == 2
    assert cuts[1] < at <= cuts[1] + TRIES[-1]
    assert told.since_seq < 10, "the picture before the wipe is the one that is known"
    assert apart(told, truth) < 2.0


def test_over_a_hole_it_is_not_known_which_camera_is_on_air() -> None:
    camera = Camera()
    watch(camera, [*[luma(HERE)] * 3, *[luma(THERE)] * 16])
    assert backs(watch(camera, [luma(HERE)] * 3, first=60)) == {}
    sights = watch(camera, [*[luma(THERE)] * 5, *[luma(HERE)] * 2], first=100)
    assert list(backs(sights)) == [5], "what was known before is still known"


# --- what is kept -------------------------------------------------------------------------------


def shown(seq: int, of: Bytes) -> Shown:
    return Shown(seq, small(luma(of)), NOBODY)


def shots(*cameras: Bytes) -> tuple[Places, list[int | None]]:
    """One shot after another, told by where each was known from."""
    places, since = Places(), list[int | None]()
    pictures = [small(luma(camera)) for camera in cameras]
    for at, (before, now) in enumerate(pairwise(pictures)):
        old, new = Shown(100 * at + 99, before, NOBODY), Shown(100 * at + 100, now, NOBODY)
        found = places.look(old, new, cut=True, wiped=False)
        since.append(found.since_seq if found else None)
    return places, since


def test_its_last_picture_takes_the_place_of_the_one_before() -> None:
    places, since = shots(HERE, THERE, HERE, THERE, HERE, THERE)
    assert since == [None, 99, 199, 299, 399]
    assert len(places._places) == 2


def test_only_so_many_pictures_are_remembered_and_the_oldest_gives_way() -> None:
    others = [stand(20 + at) for at in range(PLACES)]
    places, since = shots(HERE, *others, HERE)
    assert len(places._places) == PLACES
    assert since[-1] is None
    _, remembered = shots(HERE, *others[:-1], HERE)
    assert remembered[-1] == 99


def test_an_unknown_camera_costs_a_few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def counted(which: Shown, other: Bytes) -> object:
        looked.append(which.seq)
        return place_of(which, other)

    monkeypatch.setattr("stream_engine.camera.places.place_of", counted)
    watch(Camera(), [*[luma(HERE)] * 3, *[luma(THERE)] * 25])
    assert looked == [2, *(3 + frames for frames in TRIES)], "the last picture, and then one now and then"


def test_a_flat_picture_has_no_features_and_is_like_nothing() -> None:
    grey = np.full(SMALL[::-1], 90, np.uint8)
    known = place_of(Shown(0, grey, NOBODY), small(luma(HERE)))
    assert known.points.shape == (0, 2)
    assert moved_between(known, place_of(shown(1, HERE), grey), grey.shape) is None


# --- which movements a camera makes -------------------------------------------------------------


def pinhole(focal: float, pan: float, tilt: float) -> Floats:
    """From directions to the small picture."""
    turn = np.array(((np.cos(pan), 0, -np.sin(pan)), (0, 1, 0), (np.sin(pan), 0, np.cos(pan))))
    nod = np.array(((1, 0, 0), (0, np.cos(tilt), -np.sin(tilt)), (0, np.sin(tilt), np.cos(tilt))))
    return np.asarray(np.array(((focal, 0, 240), (0, focal, 135), (0, 0, 1.0))) @ nod @ turn, np.float64)


def test_a_turn_and_a_zoom_become_the_affine_movement_closest_over_the_pitch() -> None:
    homography = pinhole(1100.0, 0.12, -0.15) @ np.linalg.inv(pinhole(900.0, 0.0, -0.13))
    flat = flattened(homography, np.array(SMALL))
    assert flat is not None
    points = np.array([(x, y, 1.0) for x in (200, 320, 440) for y in (120, 200)])
    whole = points @ homography.T
    assert np.abs(points @ flat.T - whole[:, :2] / whole[:, 2:]).max() < 3.0


@pytest.mark.parametrize(
    "homography",
    [
        np.diag((4.0, 4.0, 1.0)),
        np.diag((0.2, 0.2, 1.0)),
        np.diag((1.3, 1.0, 1.0)),
        np.diag((-1.0, 1.0, 1.0)) + np.array(((0, 0, 480.0), (0, 0, 0), (0, 0, 0))),
        np.array(((0.95, -0.3, 60.0), (0.3, 0.95, -60.0), (0.0, 0.0, 1.0))),
        np.array(((1.0, 0.0, 470.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))),
        np.array(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.004, 1.0))),
    ],
    ids=["too near", "too far", "stretched", "mirrored", "rolled", "hardly in both", "another stand"],
)
def test_what_no_camera_does_that_turns_and_zooms_is_not_believed(homography: Floats) -> None:
    assert flattened(homography, np.array(SMALL)) is None
