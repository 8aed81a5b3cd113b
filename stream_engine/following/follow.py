"""Everybody of all streams, followed from frame to frame: turns are taken up, looked at together, and told."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stream_engine import easing
from stream_engine.config import PropagateConfig
from stream_engine.following import lives
from stream_engine.following.answers import Settled
from stream_engine.following.drawing import drawn
from stream_engine.following.held import Held
from stream_engine.following.look import Asked, Looked
from stream_engine.following.motion import Motion
from stream_engine.following.notes import note
from stream_engine.following.objects import PERSONS, Objects, begun, nobody
from stream_engine.following.prompts import Pointed, PromptError, by_box, pointed
from stream_engine.following.waiting import Waiting
from stream_engine.following.windows import Array, Whole, around
from stream_engine.messages import Detection, Detections, FrameRef, Mask, Prompt
from stream_engine.models.memory.bank import Bank
from stream_engine.models.propagators import Bytes, Propagator

PARKED = 15  # frames after a cut for which the objects before it may turn out to be still there
FIRST_IDS, IDS_A_FRAME = 1000, 4  # more objects do not begin in the first frame, and in each later one
STILL_THERE = 0.6  # share of them that has to be found again, or it was a cut

logger = logging.getLogger("stream_engine.propagate")


@dataclass(slots=True)
class Watched:
    """What is known of one stream."""

    objects: Objects
    names: dict[int, str] = field(default_factory=dict)  # of objects that somebody pointed at, by id
    at: FrameRef | None = None
    looked_seq: int = -1  # the last frame that the net looked at
    parked: Objects | None = None
    parked_seq: int = 0
    others: Held = field(default_factory=Held)  # what is not followed: balls


@dataclass(slots=True)
class Turn:
    """One frame in hand."""

    job: Detections
    watched: Watched
    looks: bool = False  # the net looks at this frame
    detections: tuple[Detection, ...] = ()  # of those who are followed
    boxes: Array = field(default_factory=lambda: np.zeros((0, 4)))
    matched: Whole = field(default_factory=lambda: np.zeros(0, np.int64))  # of each object its detection, or -1
    pointed: dict[int, Pointed] = field(default_factory=dict)  # by row of the objects
    new: int = 0  # objects at the end of the rows that begin here
    prompts: dict[int, Prompt] = field(default_factory=dict)  # by row: whom somebody outside points at
    windows: Whole = field(default_factory=lambda: np.zeros((0, 4), np.int64))
    taken: Any = None

    @property
    def size(self) -> tuple[int, int]:
        return self.job.frame.width, self.job.frame.height

    @property
    def found(self) -> Array:
        """The detection of each object; no numbers where there is none."""
        return lives.matched_boxes(self.matched, self.boxes)


class Follow:
    """All streams; a turn is taken up, looked at with those of other streams, and told."""

    def __init__(self, propagator: Propagator, settings: PropagateConfig) -> None:
        self._net, self._every = propagator, settings.every
        self._bank = Bank(propagator.spec, settings.max_objects, settings.memory)
        self._looked = Looked(propagator, self._bank, settings.memory)
        self._streams: dict[str, Watched] = {}
        self._ids: Counter[str] = Counter()  # of each stream the last; none is given twice
        self._counts: Counter[str] = Counter()
        self._waiting = Waiting(self._counts)

    @property
    def memory_bytes(self) -> int:
        return self._bank.memory_bytes

    @property
    def counts(self) -> Counter[str]:
        """What became of objects, of memories and of prompts."""
        return self._counts + self._looked.counts

    def prompt(self, prompt: Prompt) -> None:
        """Somebody points at something in a stream's next frame."""
        self._waiting.add(prompt)

    def forget(self, stream: str) -> None:
        """Its objects are gone; their ids are not given again. Whoever pointed at something saw another picture."""
        for prompt in self._waiting.take(stream):
            self._waiting.refuse(prompt, "the stream has begun anew since")
        if watched := self._streams.pop(stream, None):
            self._drop(watched)
            self._drop_parked(watched)

    # --- a frame is taken up --------------------------------------------------------------------

    def turn(self, job: Detections) -> Turn:
        """Everybody goes on to this frame; who is found where, who begins, and whether the net looks."""
        watched = self._streams.setdefault(job.frame.stream, Watched(nobody(self._net.mask_side)))
        self._go_on(watched, job)
        if job.frame.stream not in self._ids:
            self._ids[job.frame.stream] = _first_id(job.frame.seq)
        turn = Turn(job, watched)
        turn.matched = np.full(len(watched.objects), -1, np.int64)
        if job.looked:
            self._listen(turn)
        self._take_prompts(turn)
        turn.looks = self._is_due(turn) and len(watched.objects) > 0
        if turn.looks:
            turn.windows = self._windows(turn)
        elif job.looked:
            watched.objects = lives.put_right(watched.objects, turn.detections, turn.matched, turn.found)
        return turn

    def _is_due(self, turn: Turn) -> bool:
        """Whether the net looks: every n-th frame, and where somebody is pointed at or, unless eased, detect looked."""
        job, less = turn.job, easing.at(turn.job.frame.ease).masks
        due = job.frame.seq - turn.watched.looked_seq >= self._every * less
        return due or bool(turn.pointed) or (job.looked and less == 1)

    def _go_on(self, watched: Watched, job: Detections) -> None:
        last, watched.at = watched.at, job.frame
        if last is None:
            return
        if (last.width, last.height) != (job.frame.width, job.frame.height):
            self._drop(watched)
            self._drop_parked(watched)
            return
        camera = np.reshape(job.camera.matrix, (2, 3)) if job.camera else np.eye(2, 3)
        frames = max(1, job.frame.seq - last.seq)
        watched.objects = watched.objects.ahead(camera, frames)
        if watched.parked is not None:
            watched.parked = watched.parked.ahead(camera, frames)
        if job.cut:
            self._park(watched, job.frame.seq)

    def _park(self, watched: Watched, seq: int) -> None:
        """Who was there before a cut waits a moment: it may have been none."""
        if not watched.parked:
            watched.parked, watched.parked_seq = watched.objects, seq
            self._bank.cut(watched.parked.handles)
            watched.objects = nobody(self._net.mask_side)
        else:
            self._drop(watched)

    def _listen(self, turn: Turn) -> None:
        """What the detector says about who is where."""
        watched = turn.watched
        turn.detections = tuple(item for item in turn.job.items if item.role in PERSONS)
        turn.boxes = np.array([item.box_px for item in turn.detections], np.float64).reshape(-1, 4)
        self._unpark(watched, turn)
        objects = watched.objects
        expected = objects.motion.boxes
        turn.matched = lives.match(expected, turn.boxes)
        for row in lives.doubted(objects, turn.matched).tolist():
            turn.pointed[row] = by_box(turn.boxes[turn.matched[row]])
        for place in lives.beginning(turn.detections, turn.boxes, expected, turn.matched):
            self._begin(turn, by_box(turn.boxes[place]), place)

    def _unpark(self, watched: Watched, turn: Turn) -> None:
        parked = watched.parked
        if parked is None:
            return
        found = lives.match(parked.motion.boxes, turn.boxes) >= 0
        if len(parked) and found.mean() >= STILL_THERE:
            self._counts["cuts that were none"] += 1
            self._drop(watched)
            watched.objects, watched.parked = parked, None
        elif turn.job.frame.seq - watched.parked_seq > PARKED:
            self._drop_parked(watched)

    def _begin(self, turn: Turn, where: Pointed, detection: int = -1) -> bool:
        """Whether there is memory for a new object at the end of the rows."""
        handle, watched, stream = self._bank.open(), turn.watched, turn.job.frame.stream
        if handle is None:
            note(self._counts, "too many objects")
            return False
        self._ids[stream] += 1
        motion, ids = Motion.of(where.box[None]), np.array([self._ids[stream]])
        fresh = begun(ids, np.array([handle]), motion, self._net.mask_side)
        turn.pointed[len(watched.objects)] = where
        watched.objects = watched.objects.joined(fresh)
        turn.matched = np.append(turn.matched, detection)
        turn.new += 1
        return True

    def _take_prompts(self, turn: Turn) -> None:
        """What somebody outside points at is who is followed there, or begins, whatever the detector says."""
        sizes = turn.watched.objects.motion.size
        usual = np.median(sizes, axis=0).tolist() if len(sizes) else None
        for prompt in self._waiting.take(turn.job.frame.stream):
            try:
                where = pointed(prompt, turn.size, usual)
            except PromptError as error:
                self._waiting.refuse(prompt, str(error))
                continue
            row = lives.meant(turn.watched.objects, where)
            if row is not None:
                turn.pointed[row] = where
            elif not self._begin(turn, where):
                self._waiting.refuse(prompt, "as many objects are followed as stages.propagate.max_objects allows")
                continue
            turn.prompts[len(turn.watched.objects) - 1 if row is None else row] = prompt

    def _windows(self, turn: Turn) -> Whole:
        objects = turn.watched.objects
        for row, where in turn.pointed.items():
            at = Motion.of(where.box[None])
            # From what is pointed at to the net's own box is no step that anybody took.
            objects = objects.changed(motion=objects.motion.put(row, at), before=objects.before.unknown(row))
        turn.watched.objects = objects
        if self._net.whole:
            return np.tile(np.array((0, 0, *turn.size)), (len(objects), 1))
        return around(objects.motion)

    # --- the net looks --------------------------------------------------------------------------

    def take(self, picture: Bytes, turn: Turn) -> None:
        """What the net needs of the picture."""
        turn.taken = self._net.take(picture, turn.windows)

    def missed(self, turn: Turn) -> None:
        """The picture was gone: what would have begun in it does not; what was pointed at waits for the next one."""
        objects = turn.watched.objects
        kept = len(objects) - turn.new
        self._close(turn.watched, objects.rows(slice(kept, None)))
        self._waiting.give_back(turn.prompts.values())
        turn.watched.objects = objects.rows(slice(0, kept))

    def look(self, turns: Sequence[Turn]) -> None:
        """Frames of different streams, all their objects at once."""
        if not turns:
            return
        for turn in turns:
            self._point(turn)
        objects, settled = self._looked.look(_asked(turns))
        ends = np.cumsum([len(turn.watched.objects) for turn in turns])
        for turn, end in zip(turns, ends.tolist(), strict=True):
            mine = slice(end - len(turn.watched.objects), end)
            self._live(turn, objects.rows(mine), settled.rows(mine))

    def _point(self, turn: Turn) -> None:
        """Whoever is pointed at again forgets what is recent; names and roles are what somebody says."""
        watched = turn.watched
        known = [row for row in turn.pointed if row < len(watched.objects) - turn.new]
        self._bank.cut(watched.objects.handles[known])
        self._counts["prompted again"] += len(known)
        self._counts["prompts"] += len(turn.prompts)
        for row, prompt in turn.prompts.items():
            number = int(watched.objects.ids[row])
            logger.info("prompt %r for %s is object %d", prompt.name, prompt.stream, number)
            watched.names[number] = prompt.name
            watched.objects = lives.called(watched.objects, row, prompt.role)

    def _live(self, turn: Turn, objects: Objects, settled: Settled) -> None:
        """Who goes on after a look."""
        if turn.job.looked:
            expected = turn.watched.objects.motion.boxes  # as they were before this look
            means = lives.recognised(settled, expected, turn.boxes, turn.matched)
            found = lives.matched_boxes(means, turn.boxes)
            objects = lives.heard(objects, turn.detections, means, settled.agreement(found))
            objects = objects.changed(boxes=np.where(np.isfinite(found), found, objects.boxes))
        for row in turn.prompts:
            if objects.unseen[row]:
                note(self._counts, "prompts where nobody is seen")
        new = np.arange(len(objects)) >= len(objects) - turn.new
        named = np.isin(objects.ids, list(turn.watched.names))
        gone = lives.ended(objects, turn.size, named) | lives.doubles(settled, new & ~named, turn.matched >= 0)
        self._close(turn.watched, objects.rows(gone))
        turn.watched.objects = objects.rows(~gone)
        turn.watched.looked_seq = turn.job.frame.seq

    def _drop(self, watched: Watched) -> None:
        self._close(watched, watched.objects)
        watched.objects = nobody(self._net.mask_side)

    def _drop_parked(self, watched: Watched) -> None:
        if watched.parked is not None:
            self._close(watched, watched.parked)
            watched.parked = None

    def _close(self, watched: Watched, objects: Objects) -> None:
        """Their memories and their names are free again."""
        for handle, number in zip(objects.handles.tolist(), objects.ids.tolist(), strict=True):
            self._bank.close(handle)
            if (name := watched.names.pop(number, None)) is not None:
                logger.info("%r, object %d, is not followed any more", name, number)
        self._counts["ended"] += len(objects)

    # --- it is told -----------------------------------------------------------------------------

    def told(self, turn: Turn) -> tuple[Mask, ...]:
        """Whoever is seen, and what is not followed."""
        job, names, objects = turn.job, turn.watched.names, turn.watched.objects
        roles = objects.roles
        balls = turn.watched.others.now(job, [item for item in job.items if item.role not in PERSONS])
        items = [Mask(None, item.role, item.score, item.box_px, None, fresh=job.looked) for item in balls]
        boxes = objects.boxes.clip(0, np.tile(turn.size, 2))
        for row in np.flatnonzero((boxes[:, 2:] > boxes[:, :2]).all(axis=1)).tolist():
            number, role, score = int(objects.ids[row]), roles[row], float(objects.score[row])
            left, top, right, bottom = boxes[row].tolist()
            doubted = objects.doubts[row] > 0  # the detector found somebody, but not under the mask
            mask = None if doubted else drawn(objects.logits[row], objects.windows[row], turn.size)
            box = (left, top, right, bottom)
            items.append(Mask(number, role, score, box, mask, turn.looks, names.get(number)))
        return tuple(items)


def _asked(turns: Sequence[Turn]) -> Asked:
    """The objects of all these frames, one after another."""
    objects = turns[0].watched.objects
    for turn in turns[1:]:
        objects = objects.joined(turn.watched.objects)
    counts = [len(turn.watched.objects) for turn in turns]
    starts = (np.cumsum(counts) - counts).tolist()
    return Asked(
        objects=objects, taken=[turn.taken for turn in turns],
        windows=np.concatenate([turn.windows for turn in turns]).astype(np.float64),
        groups=np.repeat(np.arange(len(turns)), counts),
        pointed={start + row: where for start, turn in zip(starts, turns, strict=True)
                 for row, where in turn.pointed.items()},
        found=np.concatenate([turn.found for turn in turns]),
        frames=np.repeat([turn.job.frame.seq for turn in turns], counts),
        sizes=np.repeat([turn.size for turn in turns], counts, axis=0),
        cut=np.repeat([bool(turn.job.cut) for turn in turns], counts),
    )  # fmt: skip


def _first_id(seq: int) -> int:
    """What no id has reached by a frame: somebody else may have given some in this epoch, and been lost."""
    return FIRST_IDS + IDS_A_FRAME * seq if seq else 0
