"""How well a propagator follows people of scenes that it has not learned from, in closed loop."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from footage.picture.inputs import BALL_ID
from stream_engine.backends.arrays import window
from stream_engine.models.memory.settings import MemoryConfig
from training.propagator.rollout import EASY, Asked, Rollout
from training.propagator.scenes import Scene
from training.propagator.views import PLAIN

Floats = NDArray[np.float32]
CLEAR, HALF = 0.7, 0.3  # of a body that is seen: from there on visible; from there to CLEAR partly hidden
MET = 0.5  # less of a body was seen: somebody was before it
LEAST_PIXELS = 16


class Said(NamedTuple):
    """What a net says of the people of one step."""

    logits: Floats
    iou: Floats
    object_logit: Floats
    body: Floats


Step = Callable[[Asked], Said]  # one step of one scene; it keeps the memories itself


def score(scenes: Sequence[Scene], step: Callable[[], Step], memory: MemoryConfig) -> dict[str, float | None]:
    """Mean IoU of people who are visible and partly hidden; share of those who met somebody and ended on another."""
    visible: list[float] = []
    hidden: list[float] = []
    ends: list[tuple[bool, bool]] = []  # the other wears the same, it ended on another
    for number, scene in enumerate(scenes):
        rollout = Rollout(scene, PLAIN, np.random.default_rng(number), EASY, memory)
        answer = step()
        met = np.zeros((len(rollout.who), 2), bool)
        while True:
            asked, frame = rollout.ask(), rollout.frame
            said = answer(asked)
            shares, wrong = _compared(scene, frame, rollout, said)
            for place, share in enumerate(shares):
                if asked.visible[place] >= CLEAR:
                    visible.append(share)
                elif asked.visible[place] >= HALF:
                    hidden.append(share)
            met |= _meetings(scene, frame, rollout.who)
            rollout.told(*said, truth=asked.views.own)
            if rollout.over:
                break
        ends += [
            (bool(met[place, 0]), bool(wrong[place]))
            for place in range(len(rollout.who))
            if met[place].any() and asked.visible[place] >= MET
        ]
    alike, other = [end for same, end in ends if same], [end for same, end in ends if not same]
    return {
        "iou": _mean(visible), "iou partly hidden": _mean(hidden),
        "met, same kit": float(len(alike)), "ended on another, same kit": _mean(alike),
        "met, other kit": float(len(other)), "ended on another, other kit": _mean(other),
    }  # fmt: skip


def _mean(values: Sequence[Any]) -> float | None:
    return float(np.mean(values)) if values else None


def _compared(scene: Scene, frame: int, rollout: Rollout, said: Said) -> tuple[list[float], list[bool]]:
    """IoU of each mask with the truth, what is outside of its window included; and whether it is mostly on another."""
    shares, wrong = [], []
    ids = scene.ids[frame]
    for place, (left, top, width, height) in enumerate(rollout.inside.tolist()):
        person = int(scene.people[rollout.who[place]])
        cells = window(ids, (left, top, width, height), 0)
        mask = cv2.resize(said.logits[place], (width, height)) > 0
        mask &= bool(said.object_logit[place] > 0)
        both = float((mask & (cells == person)).sum())
        shares.append(both / max(float(mask.sum()) + float((ids == person).sum()) - both, 1.0))
        owners = np.bincount(cells[mask & (cells > 0) & (cells < BALL_ID)], minlength=256)
        wrong.append(bool(owners.sum() > LEAST_PIXELS and owners.argmax() != person))
    return shares, wrong


def _meetings(scene: Scene, frame: int, who: list[int]) -> NDArray[np.bool_]:
    """Of each person whether they are half hidden now behind somebody in the same kit, or in another."""
    met = np.zeros((len(who), 2), bool)
    body, visible = scene.body[frame], scene.visible[frame]
    for row, place in enumerate(who):
        box = body[place]
        if visible[place] >= MET or not np.isfinite(box[0]):
            continue
        shared = np.minimum(body[:, 2:], box[2:]) - np.maximum(body[:, :2], box[:2])
        area = np.nan_to_num(np.prod(np.maximum(shared, 0), axis=1))
        area[place] = 0
        if area.max() > 0:
            met[row, 0 if scene.teams[area.argmax()] == scene.teams[place] else 1] = True
    return met
