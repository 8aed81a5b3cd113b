"""A clip as a propagator and a bank follow it: whole pictures, every object asked about in every frame."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from stream_engine.models.memory.bank import Bank
from stream_engine.models.memory.rules import decide
from stream_engine.models.memory.settings import MemoryConfig
from stream_engine.models.propagators import Answers, Hints, Prompts, Propagator, Whole
from tests.exporting.sam2_session import Answer, Prompt
from tests.models.memory.made import sure

Bytes = NDArray[np.uint8]
RECALL = MemoryConfig(mode="recall")


def prompts_of(propagator: Propagator, prompts: Sequence[Prompt]) -> Prompts:
    """Points and boxes as one batch, filled up."""
    most = max((len(prompt.labels) for prompt in prompts), default=1)
    count, side = len(prompts), propagator.mask_side
    points, labels = np.zeros((count, most, 2), np.float32), np.full((count, most), -1, np.int32)
    for row, prompt in enumerate(prompts):
        points[row, : len(prompt.labels)], labels[row, : len(prompt.labels)] = prompt.points, prompt.labels
    return Prompts(points, labels, np.zeros((count, side, side), np.float32), np.zeros(count, np.bool_))


def no_hints(propagator: Propagator, count: int) -> Hints:
    nothing = np.zeros((count, propagator.mask_side, propagator.mask_side), np.float32)
    return Hints(nothing, nothing)


class Following:
    """One stream."""

    def __init__(self, propagator: Propagator, most: int) -> None:
        self.propagator, self.bank = propagator, Bank(propagator.spec, most, RECALL)
        self.handles: dict[int, int] = {}
        self.frame = -1

    def step(self, nv12: Bytes, prompts: Mapping[int, Prompt]) -> dict[int, Answer]:
        """The next frame; objects have numbers of the caller's."""
        self.frame += 1
        for each in prompts:
            if (handle := self.bank.open()) is not None:
                self.handles.setdefault(each, handle)
        objects = list(self.handles)
        picture = np.array([0, 0, nv12.shape[1], nv12.shape[0] * 2 // 3])
        features = self.propagator.encode([self.propagator.take(nv12, np.tile(picture, (len(objects), 1)))])
        rows = np.arange(len(objects))
        prompted = np.array([each in prompts for each in objects])
        asked = prompts_of(self.propagator, [prompts[each] for each in objects if each in prompts])
        new, old = rows[prompted], rows[~prompted]
        of_new = self.propagator.prompt(features, new, asked, no_hints(self.propagator, len(new)))
        memories = self.bank.gather([self.handles[objects[row]] for row in old], self.frame)
        of_old = self.propagator.track(features, old, memories, no_hints(self.propagator, len(old)))
        chosen = dict(zip(new.tolist(), picked(of_new), strict=True)) | dict(
            zip(old.tolist(), picked(of_old), strict=True)
        )
        answers = [chosen[row] for row in rows.tolist()]
        kept = self._remember(features, rows, answers, prompted)
        return {each: answers[row]._replace(memory=kept[row]) for row, each in enumerate(objects)}

    def _remember(
        self, features: object, rows: Whole, answers: list[Answer], prompted: NDArray[np.bool_]
    ) -> NDArray[np.floating]:
        handles = list(self.handles.values())
        logits = np.array([answer.object_logit for answer in answers])
        evidence = sure(len(rows), frame=np.full(len(rows), self.frame), object_logit=logits, prompted=prompted)
        decisions = decide(evidence, self.bank.past(handles), RECALL)
        assert decisions.rows.tolist() == rows.tolist()
        masks = np.stack([answer.mask for answer in answers])
        # The library makes all masks of a frame plain black and white if one object of it was prompted.
        sharp = np.full(len(rows), prompted.any())
        memories = self.propagator.memorise(features, rows, masks, logits, sharp)
        self.bank.write(handles, decisions, memories, np.stack([answer.pointer for answer in answers]))
        return memories


def picked(answers: Answers) -> list[Answer]:
    """The candidate with the best iou of each object."""
    best = answers.iou.argmax(axis=1) if answers.iou.size else ()
    return [
        Answer(answers.masks[row, at], float(answers.iou[row, at]), float(answers.object_logit[row]),
               answers.pointers[row, at], np.empty(0, np.float32))
        for row, at in enumerate(best)
    ]  # fmt: skip
