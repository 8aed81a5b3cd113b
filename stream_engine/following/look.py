"""One look of the net at objects of any streams: asked, chosen, settled, and what is remembered of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.following.answers import Chosen, Settled, choose, ordered, settle, sound
from stream_engine.following.notes import note
from stream_engine.following.objects import PERSONS, Objects
from stream_engine.following.prompts import Pointed, for_net
from stream_engine.following.windows import Array, Whole, carried, of_others, shares_of
from stream_engine.models.memory.bank import Bank
from stream_engine.models.memory.evidence import Evidence, rivals
from stream_engine.models.memory.rules import decide
from stream_engine.models.memory.settings import MemoryConfig
from stream_engine.models.propagators import Answers, Hints, Propagator

EDGE_PX = 2.0  # nearer to the picture's edge than this an object is cut off by it


@dataclass(frozen=True, slots=True)
class Asked:
    """N objects, and the pictures that they are looked for in."""

    objects: Objects
    taken: Sequence[Any]  # of each picture what the net took
    windows: Array  # N, 4
    groups: Whole  # N: the picture
    pointed: dict[int, Pointed]  # by row: those that somebody points at
    found: Array  # N, 4: the matched detection; no numbers: none
    frames: Whole  # N
    sizes: Whole  # N, 2: of the picture
    cut: NDArray[np.bool_]  # N: the camera changed on this frame

    @property
    def prompted(self) -> NDArray[np.bool_]:
        flags = np.zeros(len(self.objects), np.bool_)
        flags[list(self.pointed)] = True
        return flags


class Looked:
    """A net with a memory."""

    def __init__(self, propagator: Propagator, bank: Bank, memory: MemoryConfig) -> None:
        self._net, self._bank, self._memory = propagator, bank, memory
        self.counts: Counter[str] = Counter()  # why frames were remembered or were not, and what was no number

    def look(self, asked: Asked) -> tuple[Objects, Settled]:
        """The objects after this look; masks and boxes by row."""
        features = self._net.encode(asked.taken)
        chosen = self._chosen(features, asked)
        settled = settle(chosen, asked.windows, asked.groups)
        self._remember(features, asked, chosen, settled)
        objects = asked.objects
        # Where the net sees nobody the detector may: objects live on by boxes, until they are pointed at again.
        bodies = np.where(settled.seen[:, None], chosen.bodies, asked.found)
        since = np.maximum(objects.since, 1)  # for those who begin here there was no last look
        motion = objects.motion.seen(objects.before, bodies, since)
        seen = np.isfinite(bodies[:, 0])
        return objects.changed(
            motion=motion, before=motion, windows=asked.windows, logits=settled.logits,
            boxes=settled.boxes, unseen=np.where(seen, 0, objects.unseen + since),
            since=np.zeros_like(since),
        ), settled  # fmt: skip

    def _chosen(self, features: Any, asked: Asked) -> Chosen:
        objects, windows, hints = asked.objects, asked.windows, self._hints(asked)
        known, pointed = np.flatnonzero(~asked.prompted), np.array(sorted(asked.pointed), np.int64)
        parts = []
        if len(known):
            memories = self._bank.gather(objects.handles[known], asked.frames[known])
            answers = self._net.track(features, known, memories, Hints(*(part[known] for part in hints)))
            parts.append(choose(self._sound(answers), windows[known], objects.motion.boxes[known]))
        if len(pointed):
            given = [asked.pointed[row] for row in pointed.tolist()]
            prompts = for_net(given, windows[pointed], self._net.side, self._net.mask_side)
            answers = self._net.prompt(features, pointed, prompts, Hints(*(part[pointed] for part in hints)))
            parts.append(choose(self._sound(answers), windows[pointed], np.array([each.box for each in given])))
        return ordered(parts, np.concatenate((known, pointed)))

    def _sound(self, answers: Answers) -> Answers:
        kept, bad = sound(answers)
        if bad:
            note(self.counts, "answers that are no numbers", bad)
        return kept

    def _hints(self, asked: Asked) -> Hints:
        side, objects = self._net.hint_side, asked.objects
        if not side:
            nothing = np.zeros((len(objects), 0, 0), np.float32)
            return Hints(nothing, nothing)
        own = shares_of(carried(objects.logits, objects.windows, asked.windows, side))
        return Hints(own, of_others(own, asked.windows, asked.groups, side).shares)

    def _remember(self, features: Any, asked: Asked, chosen: Chosen, settled: Settled) -> None:
        handles, prompted = asked.objects.handles, asked.prompted
        evidence = _evidence(asked, chosen, settled)
        decisions = decide(evidence, self._bank.past(handles), self._memory)
        rows = decisions.rows
        memories = np.zeros((0, *self._net.spec.features), np.float32)
        if len(rows):
            logits, said = chosen.logits[rows], chosen.object_logit[rows]
            memories = self._net.memorise(features, rows, logits, said, prompted[rows])
        pointers = chosen.pointers[rows] if self._net.spec.pointers else None
        self.counts.update(self._bank.write(handles, decisions, memories, pointers).counts())


def _evidence(asked: Asked, chosen: Chosen, settled: Settled) -> Evidence:
    """What speaks for and against remembering each one as it was seen now."""
    objects, boxes = asked.objects, np.nan_to_num(settled.boxes)
    edge = (boxes[:, :2] < EDGE_PX).any(axis=1) | (boxes[:, 2:] > asked.sizes - EDGE_PX).any(axis=1)
    kinds = asked.groups * len(PERSONS) + objects.votes.argmax(axis=1)
    return Evidence(
        frame=asked.frames, object_logit=chosen.object_logit, iou=chosen.iou, area=settled.cells, box=boxes,
        alternative_iou=chosen.alternative_iou, alternative_box=chosen.alternative_box,
        detection_iou=settled.agreement(asked.found), overlap=settled.overlap,
        rival=rivals(objects.motion.boxes, kinds), at_border=edge & ~asked.prompted, cut=asked.cut & ~asked.prompted,
        prompted=asked.prompted,
    )  # fmt: skip
