"""From an order to a folder: video.mp4, match.json, truth.jsonl, gt/gt.txt; in parts that outlast an interruption."""

import fcntl
import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from footage.encode import Encoder, Quality, join, pictures_in
from footage.film import Film, Frame, Order
from stream_engine.scoring.care import LIVE, cares
from stream_engine.scoring.truth import TruthFrame, TruthHeader

PART_S = 4.0  # what an interruption can cost
WAITING = 4  # frames between the renderer and the encoder
HAND_OVER_S = 60.0
SHOT_IDS = 1000  # close-ups and replays are not the live flow of identities: each such shot has its own
T = TypeVar("T")
Progress = Callable[[int], None]  # frames that are done


class ShootError(Exception):
    """The folder cannot be used; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """Frames `first` to before `end`, in one video file and one of truth."""

    folder: Path
    first: int
    end: int

    @property
    def video(self) -> Path:
        return self.folder / f"{self.first:06d}-{self.end:06d}.mp4"

    @property
    def truth(self) -> Path:
        return self.video.with_suffix(".jsonl")

    def there(self) -> bool:
        """Whether it is there as a whole; half a part is rendered again."""
        if not (self.video.exists() and self.truth.exists()):
            return False
        count = self.end - self.first
        return pictures_in(self.video) == count == len(self.truth.read_bytes().splitlines())


class Plan(msgspec.Struct, frozen=True):
    """What a folder is filled with; parts of another plan are not used."""

    match: str
    crf: int
    bitrate_k: int | None
    preset: str

    @classmethod
    def of(cls, order: Order, quality: Quality) -> "Plan":
        return cls(order.match(), quality.crf, quality.bitrate_k, quality.preset)


def shoot(order: Order, folder: Path, quality: Quality, progress: Progress) -> TruthHeader:
    """Fill a folder; what an interrupted run left is used, and a folder that is complete is left alone."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            header = finished(order, folder, quality) or _fill(order, folder, quality, progress)
    except OSError as error:
        raise ShootError(f"{folder} cannot be filled: {error.strerror or error}") from None
    progress(order.frames)
    return header


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else fills this folder meanwhile."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ShootError(f"{folder} is being filled by another process: wait for it, or name another") from None
    finally:
        os.close(lock)


def finished(order: Order, folder: Path, quality: Quality) -> TruthHeader | None:
    """The header of a complete folder of this order and quality; other contents are an error."""
    header, plan = _read(folder / "match.json", TruthHeader), _read(folder / "plan.json", Plan)
    if header is None:
        return None
    if missing := [name for name in ("video.mp4", "truth.jsonl") if not (folder / name).exists()]:
        raise ShootError(f"{folder} lacks {missing[0]}: delete the folder and film again")
    if (header.frames, plan) != (order.frames, Plan.of(order, quality)):
        raise ShootError(f"{folder} holds another match, length or quality: name another folder, or delete it")
    shutil.rmtree(folder / "parts", ignore_errors=True)  # interrupted between the last two steps
    return header


def _read(path: Path, kind: type[T]) -> T | None:
    """What a file says; None without the file."""
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.MsgspecError as error:
        raise ShootError(f"{path} cannot be read ({error}): delete the folder and film again") from None


def _write(path: Path, text: bytes) -> None:
    """A file that is there as a whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(text)
    fresh.replace(path)


def _fill(order: Order, folder: Path, quality: Quality, progress: Progress) -> TruthHeader:
    scratch = _scratch(folder, Plan.of(order, quality))
    length = round(PART_S * order.fps)
    parts = [Part(scratch, n, min(n + length, order.frames)) for n in range(0, order.frames, length)]
    film = Film(order)
    try:
        for part in parts:
            if not part.there():
                _shoot_part(film, part, quality, progress)
            progress(part.end)
        header = film.header()
        _assemble(header, parts, folder)
    finally:
        film.close()
    shutil.rmtree(scratch)
    return header


def _scratch(folder: Path, plan: Plan) -> Path:
    """The folder of the parts; those of another plan are thrown away."""
    scratch, note = folder / "parts", folder / "plan.json"
    known = _read(note, Plan)
    if known is None and (strange := list(folder.iterdir())):
        raise ShootError(f"{folder} holds other files, {strange[0].name} among them: name an empty folder")
    if known != plan:
        shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(exist_ok=True)
    _write(note, msgspec.json.encode(plan))
    return scratch


def _shoot_part(film: Film, part: Part, quality: Quality, progress: Progress) -> None:
    order = film.order
    fresh_video, fresh_truth = part.video.with_suffix(".new"), part.truth.with_suffix(".newl")
    with (
        Encoder(fresh_video, order.size, order.fps, quality) as encoder,
        fresh_truth.open("wb") as truth,
        Darkroom(film, encoder) as darkroom,
    ):
        for number in range(part.first, part.end):
            frame = film.frame(number)
            truth.write(msgspec.json.encode(frame.truth) + b"\n")
            darkroom.hand_over(frame)
            progress(number + 1)
    fresh_video.replace(part.video)
    fresh_truth.replace(part.truth)


class Darkroom:
    """Develops and encodes in a thread of its own, beside the renderer."""

    def __init__(self, film: Film, encoder: Encoder) -> None:
        self._film, self._encoder = film, encoder
        self._waiting: queue.Queue[Frame | None] = queue.Queue(WAITING)
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="darkroom", daemon=True)

    def __enter__(self) -> "Darkroom":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._put(None)
        self._thread.join(HAND_OVER_S)
        if self._thread.is_alive():
            raise ShootError(f"the encoder has not ended within {HAND_OVER_S:g} s: is this machine overloaded?")
        self._check()

    def hand_over(self, frame: Frame) -> None:
        """Take a frame, waiting while too many are in hand."""
        self._check()
        self._put(frame)

    def _put(self, frame: Frame | None) -> None:
        try:
            self._waiting.put(frame, timeout=HAND_OVER_S)
        except queue.Full:
            raise ShootError(f"the encoder has taken nothing for {HAND_OVER_S:g} s") from None

    def _check(self) -> None:
        if self._error:
            raise self._error

    def _work(self) -> None:
        while (frame := self._waiting.get()) is not None:
            if self._error:
                continue  # keep taking, so that the renderer comes to hear of it
            try:
                self._encoder.add(self._film.lens.develop(frame.bgr, frame.number), frame.stamp)
            except Exception as error:  # told to the renderer's thread, which raises it
                self._error = error


def _assemble(header: TruthHeader, parts: list[Part], folder: Path) -> None:
    join([part.video for part in parts], folder / "parts" / "video.new", header.fps)
    (folder / "gt").mkdir(exist_ok=True)
    decoder = msgspec.json.Decoder(TruthFrame)
    with (folder / "truth.jsonl").open("wb") as truth, (folder / "gt/gt.txt").open("w") as mot:
        for part in parts:
            for line in part.truth.read_bytes().splitlines():
                truth.write(line + b"\n")
                mot.writelines(mot_lines(decoder.decode(line), header.height))
    size = (header.width, header.height)
    (folder / "seqinfo.ini").write_text(seqinfo(folder.name, header.frames, size, header.fps))
    (folder / "parts" / "video.new").replace(folder / "video.mp4")
    _write(folder / "match.json", msgspec.json.format(msgspec.json.encode(header)) + b"\n")  # now it is complete


PERSON, DISTRACTOR = 1, 8  # MOTChallenge's classes


def mot_lines(frame: TruthFrame, height: int) -> list[str]:
    """A frame in MOTChallenge's form; whoever is not to be found is a distractor, and counts neither way."""
    lines = []
    for thing in frame.objects:
        counts = int(cares(frame, thing, height))
        left, top, right, bottom = thing.box_px if thing.visible else thing.body_px
        who = thing.id if frame.shot in LIVE else thing.id + SHOT_IDS * (frame.shot_no + 1)
        size = f"{left:g},{top:g},{right - left:g},{bottom - top:g}"
        lines.append(f"{frame.frame + 1},{who},{size},{counts},{PERSON if counts else DISTRACTOR},{thing.visible:g}\n")
    return lines


def seqinfo(name: str, frames: int, size: tuple[int, int], fps: float) -> str:
    """What MOTChallenge says of a sequence beside its truth."""
    return (
        f"[Sequence]\nname={name}\nimDir=.\nframeRate={fps:g}\nseqLength={frames}\n"
        f"imWidth={size[0]}\nimHeight={size[1]}\nimExt=.mp4\n"
    )
