"""A plain streaming session over the four parts of SAM2: whole frames, many objects, the library's rule of memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Part = Callable[[Mapping[str, NDArray[Any]]], Mapping[str, NDArray[Any]]]  # as Net.run

RECENT = 6  # frames whose memories are looked at, besides those with a prompt
POINTERS = 15  # frames whose pointers are, besides those with a prompt
OF_PROMPTED = 6  # place in time of a memory of a frame with a prompt
NOBODY = -1024.0
BAND, STABLE = 0.05, 0.98  # the first mask is taken if so much of it is surely inside
CORNERS = (2, 3)  # labels of a box's corners


class Prompt(NamedTuple):
    """Where an object is."""

    points: Floats  # [points, 2], in pixels of the square
    labels: tuple[int, ...]


def box(left: float, top: float, right: float, bottom: float) -> Prompt:
    """A box as the prompt that it is."""
    return Prompt(np.array([[left, top], [right, bottom]], np.float32), CORNERS)


class Answer(NamedTuple):
    """One object in one frame."""

    mask: Floats  # logits; NOBODY everywhere if it is not to be seen
    iou: float
    object_logit: float
    pointer: Floats
    memory: Floats


class Kept(NamedTuple):
    """What is remembered of one frame."""

    memory: Floats
    pointer: Floats


@dataclass
class Past:
    """What is remembered of one object, by frame."""

    prompted: dict[int, Kept] = field(default_factory=dict)
    tracked: dict[int, Kept] = field(default_factory=dict)


class Session:
    """One stream; frames are counted by the session, objects have numbers of the caller's."""

    def __init__(self, parts: Mapping[str, Part], slots: int, pointers: int) -> None:
        self.parts, self.slots, self.pointers = parts, slots, pointers
        self.frame = -1
        self.objects: dict[int, Past] = {}

    def step(self, pixels: Floats, prompts: Mapping[int, Prompt]) -> dict[int, Answer]:
        """The next frame, [1, 3, side, side], and what is said about it."""
        self.frame += 1
        features = dict(self.parts["encode"]({"pixels": pixels}))
        known = [each for each in self.objects if each not in prompts]
        chosen = self._track(features, known) if known else {}
        for count in {len(prompt.labels) for prompt in prompts.values()}:
            alike = {each: prompt for each, prompt in prompts.items() if len(prompt.labels) == count}
            chosen |= self._prompt(features, alike)
        answers = self._memorize(features["feat"], chosen, sure=bool(prompts))
        for each, answer in answers.items():
            past = self.objects.setdefault(each, Past())
            frames = past.prompted if each in prompts else past.tracked
            frames[self.frame] = Kept(answer.memory, answer.pointer)
            past.tracked.pop(self.frame - POINTERS, None)
        return answers

    def _prompt(self, features: dict[str, Any], prompts: Mapping[int, Prompt]) -> dict[int, Answer]:
        count, cells = len(prompts), features["feat"].shape[-1]
        told = self.parts["prompt_head"](
            features
            | {
                "points": np.stack([prompt.points for prompt in prompts.values()]),
                "labels": np.array([prompt.labels for prompt in prompts.values()], np.int32),
                "mask": np.zeros((count, 1, 4 * cells, 4 * cells), np.float32),
                "mask_given": np.zeros((count, 1), np.bool_),
            }
        )
        return {
            each: pick(told, row, alone=len(prompt.labels) == 1) for row, (each, prompt) in enumerate(prompts.items())
        }

    def _track(self, features: dict[str, Any], known: list[int]) -> dict[int, Answer]:
        told = self.parts["track_head"](features | self._remembered(known, features["feat"].shape))
        return {each: pick(told, row, alone=True) for row, each in enumerate(known)}

    def _remembered(self, known: list[int], shape: tuple[int, ...]) -> dict[str, NDArray[Any]]:
        count, width = len(known), next(iter(self.objects[known[0]].prompted.values())).memory.shape[0]
        # What is empty holds what nobody can overlook.
        memory = {
            "bank": np.full((count, self.slots, width, *shape[2:]), np.nan, np.float32),
            "slot_valid": np.zeros((count, self.slots), np.bool_),
            "slot_tpos": np.full((count, self.slots), 999, np.int32),
            "ptr": np.full((count, self.pointers, shape[1]), np.nan, np.float32),
            "ptr_valid": np.zeros((count, self.pointers), np.bool_),
            "ptr_dist": np.full((count, self.pointers), np.nan, np.float32),
        }
        for row, each in enumerate(known):
            self._lay_out(self.objects[each], {name: array[row] for name, array in memory.items()})
        return memory

    def _lay_out(self, past: Past, row: dict[str, NDArray[Any]]) -> None:
        """All frames with a prompt and the last ones without; of too many prompts the newest."""
        room = max(1, self.slots - RECENT)
        prompted = [(OF_PROMPTED, kept) for kept in list(past.prompted.values())[-room:]]
        recent = [
            (back - 1, past.tracked[at]) for back in range(1, RECENT + 1) if (at := self.frame - back) in past.tracked
        ]
        for slot, (age, kept) in enumerate((prompted + recent)[: self.slots]):
            row["bank"][slot], row["slot_valid"][slot], row["slot_tpos"][slot] = kept.memory, True, age
        frames = past.tracked | past.prompted
        newest = [*reversed(past.prompted), *sorted(past.tracked, reverse=True)]
        for slot, frame in enumerate(newest[: self.pointers]):
            row["ptr"][slot], row["ptr_valid"][slot] = frames[frame].pointer, True
            row["ptr_dist"][slot] = self.frame - frame

    def _memorize(self, feat: Floats, chosen: dict[int, Answer], sure: bool) -> dict[int, Answer]:
        told = self.parts["memorize"](
            {
                "feat": feat,
                "mask": np.stack([answer.mask[None] for answer in chosen.values()]),
                "object_logit": np.array([[answer.object_logit] for answer in chosen.values()], np.float32),
                # The library makes all masks of a frame plain black and white if one object of it was prompted.
                "binarize": np.full((len(chosen), 1), sure),
            }
        )
        return {each: answer._replace(memory=told["mem"][row]) for row, (each, answer) in enumerate(chosen.items())}


def pick(told: Mapping[str, NDArray[Any]], row: int, alone: bool) -> Answer:
    """The candidate that the library takes; `alone`: nothing, or a single point, said which object is meant."""
    masks, iou, logit = told["masks"][row], told["iou"][row], float(told["object_logit"][row, 0])
    best = 1 + int(iou[1:].argmax())
    pointer = told["pointers"][row, best if alone else 0]
    at = best if alone or not stable(masks[0]) else 0
    mask = masks[at] if logit > 0 else np.full_like(masks[at], NOBODY)
    return Answer(mask, float(iou[at]), logit, pointer, np.empty(0, np.float32))


def stable(mask: Floats) -> bool:
    """Whether the first candidate hardly depends on where the edge is drawn."""
    outer = int((mask > -BAND).sum())
    return not outer or int((mask > BAND).sum()) / outer >= STABLE


def apart(ours: Any, theirs: Any) -> float:
    """In shares of the greatest number."""
    return float(np.abs(np.asarray(ours) - theirs).max() / np.abs(theirs).max())


def differences(ours: list[dict[int, Answer]], theirs: list[dict[int, Answer]]) -> dict[str, float]:
    assert [list(frame) for frame in map(sorted, ours)] == [list(frame) for frame in map(sorted, theirs)]
    pairs = [(ours[at][each], frame[each]) for at, frame in enumerate(theirs) for each in frame]
    return {
        field: apart(np.stack([getattr(a, field) for a, _ in pairs]), np.stack([getattr(b, field) for _, b in pairs]))
        for field in Answer._fields
        if field != "mask"
    } | {"mask": max(apart(a.mask, b.mask) for a, b in pairs if b.object_logit > 0)}
