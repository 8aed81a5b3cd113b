"""From an order to a folder: video.mp4, match.json, truth.jsonl, gt/gt.txt; in parts that outlast an interruption."""

import queue
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from footage.encode import Encoder, Quality, join
from footage.film import Film, Frame, Order
from stream_engine.scoring.truth import TruthFrame, TruthHeader

PART_S = 10.0
WAITING = 4  # frames between the renderer and the encoder
HAND_OVER_S = 60.0
LEAST_VISIBLE, LEAST_HIGH_PX = 0.15, 8.0  # whoever is seen less does not count in gt.txt
SHOT_IDS = 1000  # close-ups and replays are not the live flow of identities: each such shot has its own
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
        return self.video.exists() and self.truth.exists()


class Plan(msgspec.Struct, frozen=True):
    """What a folder is being filled with; parts of another plan are not used."""

    match: str
    crf: int
    bitrate_k: int | None
    preset: str


def shoot(order: Order, folder: Path, quality: Quality, progress: Progress) -> TruthHeader:
    """Fill a folder; what an interrupted run left is used, and a folder that is complete is left alone."""
    there = finished(order, folder)
    if there:
        shutil.rmtree(folder / "parts", ignore_errors=True)  # interrupted between the last two steps
        progress(order.frames)
        return there
    scratch = _scratch(order, folder, quality)
    length = round(PART_S * order.fps)
    parts = [Part(scratch, n, min(n + length, order.frames)) for n in range(0, order.frames, length)]
    film = Film(order)
    try:
        for part in parts:
            if not part.there():
                _shoot_part(film, part, quality, progress)
            progress(part.end)
        _assemble(film.header(), parts, folder)
    finally:
        film.close()
    shutil.rmtree(scratch)
    return film.header()


def finished(order: Order, folder: Path) -> TruthHeader | None:
    """The header of a complete folder of this order."""
    path = folder / "match.json"
    if not path.exists():
        return None
    header = msgspec.json.decode(path.read_bytes(), type=TruthHeader)
    return header if (header.match, header.frames) == (order.match(), order.frames) else None


def _scratch(order: Order, folder: Path, quality: Quality) -> Path:
    if (folder / "match.json").exists():
        raise ShootError(f"{folder} holds another match (or another length of it): name another folder, or delete it")
    scratch, plan = folder / "parts", Plan(order.match(), quality.crf, quality.bitrate_k, quality.preset)
    note = scratch / "plan.json"
    if folder.exists() and not note.exists() and any(entry.name != "parts" for entry in folder.iterdir()):
        raise ShootError(f"{folder} holds other files: name an empty folder")
    if note.exists() and msgspec.json.decode(note.read_bytes(), type=Plan) != plan:
        shutil.rmtree(scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    note.write_bytes(msgspec.json.encode(plan))
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
        self._check()

    def hand_over(self, frame: Frame) -> None:
        """Take a frame, waiting while too many are in hand."""
        self._check()
        self._put(frame)

    def _put(self, frame: Frame | None) -> None:
        self._waiting.put(frame, timeout=HAND_OVER_S)

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
                mot.writelines(mot_lines(decoder.decode(line)))
    (folder / "seqinfo.ini").write_text(_seqinfo(header, folder.name))
    (folder / "parts" / "video.new").replace(folder / "video.mp4")
    (folder / "match.json").write_bytes(msgspec.json.format(msgspec.json.encode(header)) + b"\n")


PERSON, DISTRACTOR = 1, 8  # MOTChallenge's classes


def mot_lines(frame: TruthFrame) -> list[str]:
    """A frame in MOTChallenge's form; who is hardly seen is a distractor: found or not, it does not count."""
    lines = []
    for thing in frame.objects:
        left, top, right, bottom = thing.box_px
        counts = int(thing.visible >= LEAST_VISIBLE and bottom - top >= LEAST_HIGH_PX and not frame.wipe)
        who = thing.id if frame.shot in ("main", "wide") else thing.id + SHOT_IDS * (frame.shot_no + 1)
        size = f"{left:g},{top:g},{right - left:g},{bottom - top:g}"
        lines.append(f"{frame.frame + 1},{who},{size},{counts},{PERSON if counts else DISTRACTOR},{thing.visible:g}\n")
    return lines


def _seqinfo(header: TruthHeader, name: str) -> str:
    return (
        f"[Sequence]\nname={name}\nimDir=.\nframeRate={header.fps:g}\nseqLength={header.frames}\n"
        f"imWidth={header.width}\nimHeight={header.height}\nimExt=.mp4\n"
    )
