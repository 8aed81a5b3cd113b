"""People who are told apart by how bright they are, pictures of them, and a net that follows brightness."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream_engine.backends.arrays import planes_of, window
from stream_engine.config import PropagateConfig
from stream_engine.following.follow import Follow
from stream_engine.masks import decode
from stream_engine.messages import Box, CameraMove, Detection, Detections, FrameRef, Mask, Prompt
from stream_engine.models.memory.bank import Gathered
from stream_engine.models.memory.spec import MemorySpec
from stream_engine.models.propagators import Answers, Bytes, Flags, Floats, Hints, Prompts, Whole
from stream_engine.pictures import FrameGone
from tests.fakes import frame_ref

SIDE = 32
SPEC = MemorySpec(features=(1,), pointers=6, pointer_width=2)
WIDTH, HEIGHT = 320, 180
DARK = 16
NOBODY = -1.0


@dataclass(frozen=True)
class Person:
    """A rectangle of one brightness."""

    bright: int
    left: int
    top: int = 60
    going: tuple[int, int] = (0, 0)  # pixels a frame
    size: tuple[int, int] = (20, 40)

    def at(self, seq: int = 0) -> Box:
        left, top = self.left + self.going[0] * seq, self.top + self.going[1] * seq
        return float(left), float(top), float(left + self.size[0]), float(top + self.size[1])


ANNA, BERT, CARL, DORA = Person(60, left=40), Person(120, left=110), Person(180, left=180), Person(240, left=250)
RUNS = Person(60, left=40, going=(3, 1))


def picture(people: Iterable[Person], seq: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Bytes:
    """NV12; who comes later stands in front."""
    nv12 = np.full((size[1] * 3 // 2, size[0]), DARK, np.uint8)
    for person in people:
        left, top, right, bottom = (max(0, int(edge)) for edge in person.at(seq))
        nv12[: size[1]][top:bottom, left:right] = person.bright
    return nv12


def found(*people: Person, seq: int = 0, score: float = 0.9) -> tuple[Detection, ...]:
    """What a detector says that sees these."""
    return tuple(Detection("player", score, person.at(seq)) for person in people)


def looked(seq: int, *people: Person, stream: str = "cam", cut: bool = False, **frame: Any) -> Detections:
    """A frame in which the detector finds these."""
    ref = frame_ref(stream, seq=seq, **{"width": WIDTH, "height": HEIGHT} | frame)
    return Detections(ref, cut, None, True, found(*people, seq=seq), ref.times)


def unlooked(seq: int, stream: str = "cam", cut: bool = False, pan_px: float = 0.0) -> Detections:
    """A frame that the detector did not look at; the picture moved to the right."""
    ref = frame_ref(stream, seq=seq, width=WIDTH, height=HEIGHT)
    move = CameraMove(seq - 1, (1.0, 0.0, pan_px, 0.0, 1.0, 0.0), 0.9)
    return Detections(ref, cut, move, False, (), ref.times)


@dataclass
class Brightness:
    """A net that remembers of everybody how bright he is; it is asked by batches, and notes what it is asked."""

    numberless: dict[str, int] = field(default_factory=dict)  # of whom (by brightness) which part is no number
    whole: bool = False
    spec: MemorySpec = SPEC
    side: int = SIDE
    mask_side: int = SIDE
    hint_side: int = SIDE
    batches: list[int] = field(default_factory=list)
    hints: list[Hints] = field(default_factory=list)
    remembered: list[list[int]] = field(default_factory=list)  # how many memories it is given of everybody

    def take(self, nv12: Bytes, windows: Whole) -> Bytes:
        light, _ = planes_of(nv12)
        cells = [_cells(window(light, (left, top, w, h), 0)) for left, top, w, h in windows.tolist()]
        return np.stack(cells)

    def encode(self, taken: Sequence[Bytes]) -> Bytes:
        together = np.concatenate(taken)
        self.batches.append(len(together))
        return together

    def prompt(self, features: Bytes, rows: Whole, prompts: Prompts, hints: Hints) -> Answers:
        bright = np.full(len(rows), NOBODY)
        for row, cells in enumerate(features[rows]):
            there = prompts.masks[row] > 0.5
            if not prompts.mask_given[row]:
                on = np.isin(prompts.labels[row], (1, 2, 3))
                x, y = (prompts.points[row, on].mean(axis=0)).astype(int).clip(0, SIDE - 1)
                there[y, x] = True
            bright[row] = _bright(cells, there)
        return self._answers(features[rows], bright, hints, candidates=1)

    def track(self, features: Bytes, rows: Whole, memories: Gathered, hints: Hints) -> Answers:
        self.remembered.append(memories.slot_valid.sum(axis=1).tolist())
        bright = memories.features[..., 0]
        known = (bright * (bright > 0)).sum(axis=1) / np.maximum((bright > 0).sum(axis=1), 1)
        return self._answers(features[rows], np.where(known > 0, known, NOBODY), hints, candidates=2)

    def memorise(self, features: Bytes, rows: Whole, masks: Floats, object_logit: Floats, prompted: Flags) -> Floats:
        bright = np.array([_bright(cells, mask > 0) for cells, mask in zip(features[rows], masks, strict=True)])
        memories = bright.reshape(-1, 1).astype(np.float32)
        memories[bright == self.numberless.get("memory")] = np.nan
        return memories

    def _answers(self, cells: Bytes, bright: Floats, hints: Hints, candidates: int) -> Answers:
        self.hints.append(hints)
        masks = np.where(cells == bright[:, None, None], 6.0, -6.0)
        all_bright = np.where(cells > DARK, 6.0, -6.0)
        there = (masks > 0).sum((1, 2)) >= 4
        answers = Answers(
            masks=np.stack([masks, all_bright], 1)[:, :candidates].astype(np.float32),
            iou=np.tile([0.9, 0.3], (len(cells), 1))[:, :candidates],
            object_logit=np.where(there, 5.0, -5.0),
            pointers=np.zeros((len(cells), candidates, self.spec.pointer_width)),
        )
        if "bodies" in self.numberless:
            answers = answers._replace(bodies=np.tile([0.3, 0.15, 0.7, 0.85], (len(cells), candidates, 1)))
        for name, whose in self.numberless.items():
            part: Any = getattr(answers, name, None)
            if part is not None:
                part[bright == whose] = np.nan
        return answers


def _cells(part: Bytes) -> Bytes:
    """What lies in the middle of each cell."""
    rows, columns = (((np.arange(SIDE) + 0.5) * side / SIDE).astype(int) for side in part.shape)
    return part[np.ix_(rows, columns)]


def _bright(cells: Bytes, there: NDArray[np.bool_]) -> float:
    bright = cells[there & (cells > DARK)]
    return float(np.median(bright)) if bright.size else NOBODY


class Films:
    """Pictures by stream; some are gone, before or while they are read, and none is read that nobody asks for."""

    def __init__(
        self, streams: Mapping[str, Sequence[Person]], gone: Sequence[int] = (), lapped: Sequence[int] = ()
    ) -> None:
        self._streams, self._gone, self._lapped = streams, gone, lapped
        self.read: list[int] = []

    @contextmanager
    def view(self, ref: FrameRef) -> Iterator[Bytes]:
        if ref.seq in self._gone:
            raise FrameGone("before")
        self.read.append(ref.seq)
        yield picture(self._streams[ref.stream], ref.seq)
        if ref.seq in self._lapped:
            raise FrameGone("while")


class Watch:
    """One after another the frames of one stream or of several, each with what is in its picture."""

    def __init__(self, net: Brightness | None = None, **settings: Any) -> None:
        self.net = net or Brightness()
        self.follow = Follow(self.net, PropagateConfig(net="fake", **settings))

    def __call__(self, job: Detections, *people: Person) -> dict[int, Mask]:
        """Whoever is told of the frame, by number."""
        turn = self.follow.turn(job)
        if turn.looks:
            size = job.frame.width, job.frame.height
            self.follow.take(picture(people, job.frame.seq, size), turn)
            self.follow.look([turn])
        return {item.object_id: item for item in self.follow.told(turn) if item.object_id is not None}

    def sees(self, seq: int, *people: Person, **more: Any) -> dict[int, Mask]:
        """A frame in which the detector finds everybody."""
        return self(looked(seq, *people, **more), *people)

    def goes_on(self, seqs: Iterable[int], *people: Person) -> dict[int, Mask]:
        """Frames that the detector does not look at; what is told of the last one."""
        told = {}
        for seq in seqs:
            told = self(unlooked(seq), *people)
        return told

    def prompt(self, name: str = "ten", stream: str = "cam", **where: Any) -> None:
        self.follow.prompt(Prompt(stream, name, "goalkeeper", **where))


def near(told: Mask, box: Box) -> bool:
    return bool(np.allclose(told.box_px, box, atol=2.0))


def covers(told: Mask, box: Box) -> bool:
    """Whether the mask is that rectangle, but for some pixels at its edges."""
    assert told.mask is not None
    mask = told.mask
    corners = (mask.x, mask.y, mask.x + mask.size[1], mask.y + mask.size[0])
    return bool(np.allclose(corners, box, atol=2.0) and decode(mask).mean() > 0.95)


def nowhere(job: Detections) -> Detections:
    """The same frame, but the detector finds nobody."""
    return msgspec.structs.replace(job, items=())
