"""Which frames are remembered, where, and why: one small function for each rule, over all objects at once."""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from stream_engine.models.memory.evidence import Evidence, Flags, Floats, Whole
from stream_engine.models.memory.settings import MemoryConfig
from stream_engine.models.memory.shelf import Codes, Place

Rule = Callable[[Evidence, MemoryConfig], Flags]


class Reason(IntEnum):
    """Why a frame was written or was not; `told` is its name in events and metrics."""

    PROMPTED = 0
    SURE = 1
    ALTERNATIVE = 2  # another mask was possible
    RIVAL = 3  # another of its kind is near
    EVERY_FRAME = 4  # the mode remembers all of them
    OFF = 5  # the mode remembers nothing; here the refusals begin
    ON_A_CUT = 6
    NOBODY_THERE = 7
    EMPTY_MASK = 8
    LOW_CONFIDENCE = 9
    AGAINST_DETECTION = 10
    OVERLAPPED = 11
    AT_BORDER = 12
    NOT_FINITE = 13

    @property
    def told(self) -> str:
        return self.name.lower().replace("_", " ")


class Past(NamedTuple):
    """What the bank knows of N objects that the rules need."""

    distractor_frame: Whole  # of the last distractor that was written; far in the past if none was
    usual_area: Floats  # median of the last that were written; NaN: none was


class Decisions(NamedTuple):
    """What happens to each of N objects on this frame."""

    place: Codes  # a Place each
    reason: Codes  # a Reason each
    frame: Whole
    area: Floats

    @property
    def rows(self) -> Whole:
        """Which of the N are to be written: memories are encoded for these only."""
        return np.flatnonzero(self.place != Place.NOWHERE)

    def refused(self, which: Whole, reason: Reason) -> "Decisions":
        """The same, less what turned out not to be fit for writing."""
        place, why = self.place.copy(), self.reason.copy()
        place[which], why[which] = Place.NOWHERE, reason
        return self._replace(place=place, reason=why)

    def counts(self) -> dict[str, int]:
        """How often each reason was given."""
        told, times = np.unique(self.reason, return_counts=True)
        return {Reason(code).told: count for code, count in zip(told.tolist(), times.tolist(), strict=True)}


# --- what has to hold for a frame to be sure ----------------------------------------------------


def not_on_a_cut(evidence: Evidence, _: MemoryConfig) -> Flags:
    """What was propagated over a cut shows something else, and a mixed picture shows two things at once."""
    return ~evidence.cut


def somebody_there(evidence: Evidence, settings: MemoryConfig) -> Flags:
    return np.asarray(evidence.object_logit > settings.min_object_logit)


def mask_not_empty(evidence: Evidence, _: MemoryConfig) -> Flags:
    return np.asarray(evidence.area > 0)


def confident(evidence: Evidence, settings: MemoryConfig) -> Flags:
    return np.asarray(evidence.iou >= settings.min_confidence)


def agrees_with_detection(evidence: Evidence, settings: MemoryConfig) -> Flags:
    return np.asarray(np.isnan(evidence.detection_iou) | (evidence.detection_iou >= settings.min_detection_iou))


def its_own(evidence: Evidence, settings: MemoryConfig) -> Flags:
    """Two masks on one person are both doubtful; somebody small before somebody large only harms the small one."""
    itself = np.eye(len(evidence), dtype=np.bool_)
    return np.asarray(((evidence.overlap < settings.max_overlap) | itself).all(axis=1))


def whole(evidence: Evidence, _: MemoryConfig) -> Flags:
    return ~evidence.at_border


# In this order: the first that does not hold is the reason given.
RULES: dict[Reason, Rule] = {
    Reason.ON_A_CUT: not_on_a_cut,
    Reason.NOBODY_THERE: somebody_there,
    Reason.EMPTY_MASK: mask_not_empty,
    Reason.LOW_CONFIDENCE: confident,
    Reason.AGAINST_DETECTION: agrees_with_detection,
    Reason.OVERLAPPED: its_own,
    Reason.AT_BORDER: whole,
}

# --- what makes a sure frame one that tells rivals apart ----------------------------------------


def due(evidence: Evidence, past: Past, settings: MemoryConfig) -> Flags:
    """Confident enough to be kept for long, and not just after the last one."""
    apart = evidence.frame - past.distractor_frame > settings.distractor_gap
    return np.asarray(apart & (evidence.iou > settings.distractor_confidence) & (settings.distractors > 0))


def usual_size(evidence: Evidence, past: Past, settings: MemoryConfig) -> Flags:
    """A chosen mask that suddenly shrinks or grows may itself be the wrong one."""
    return np.asarray(abs(evidence.area - past.usual_area) <= settings.area_change * past.usual_area)


def other_mask_possible(evidence: Evidence, settings: MemoryConfig) -> Flags:
    """DAM4SAM's test: with an answer that was not chosen the box is much larger, so something alike is beside it."""
    box, other = evidence.box[:, None], evidence.alternative_box
    united = np.maximum(box[..., 2:], other[..., 2:]) - np.minimum(box[..., :2], other[..., :2])
    around, alone = united.prod(axis=2), (box[..., 2:] - box[..., :2]).prod(axis=2)
    real = (other[..., 2:] > other[..., :2]).all(axis=2) & (alone > 0)
    good = evidence.alternative_iou >= settings.alternative_confidence
    return np.asarray((real & good & (alone <= settings.alternative_share * around)).any(axis=1))


def rival_near(evidence: Evidence, settings: MemoryConfig) -> Flags:
    return np.asarray(evidence.rival > settings.rival_overlap)


# --- the decision -------------------------------------------------------------------------------


def decide(evidence: Evidence, past: Past, settings: MemoryConfig) -> Decisions:
    """Where each object's frame goes by the mode, and why."""
    evidence.check()
    for name, array in past._asdict().items():
        if array.shape != evidence.frame.shape:
            raise ValueError(f"past: {name} is {list(array.shape)}, but the evidence is of {len(evidence)} objects")
    if settings.mode == "none":
        return _decisions(evidence, np.full(len(evidence), Reason.OFF, np.int8))
    if settings.mode == "recall":
        kept = np.full(len(evidence), Reason.EVERY_FRAME, np.int8)
    else:
        kept = _selected(evidence, past, settings)
    wanted = evidence.prompted & (kept < Reason.OFF)
    return _decisions(evidence, np.where(wanted, np.int8(Reason.PROMPTED), kept))


def _selected(evidence: Evidence, past: Past, settings: MemoryConfig) -> Codes:
    reasons = np.full(len(evidence), Reason.SURE, np.int8)
    with np.errstate(invalid="ignore", over="ignore"):  # what is no number makes a rule not hold
        ready = due(evidence, past, settings)
        reasons[ready & rival_near(evidence, settings)] = Reason.RIVAL
        alike = other_mask_possible(evidence, settings) & usual_size(evidence, past, settings)
        reasons[ready & alike] = Reason.ALTERNATIVE
        for reason, holds in reversed(RULES.items()):
            reasons[~holds(evidence, settings)] = reason
    return reasons


PLACES: Codes = np.full(len(Reason), Place.NOWHERE, np.int8)
PLACES[Reason.PROMPTED] = Place.ANCHOR
PLACES[[Reason.ALTERNATIVE, Reason.RIVAL]] = Place.DISTRACTOR
PLACES[[Reason.SURE, Reason.EVERY_FRAME]] = Place.RECENT


def _decisions(evidence: Evidence, reasons: Codes) -> Decisions:
    return Decisions(PLACES[reasons], reasons, evidence.frame, evidence.area)
