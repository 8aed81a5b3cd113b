"""SAM 2.1 in four parts, as docs/exporting.md has them: with a picture for each object, or one for all of a frame."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Arrays, Net
from stream_engine.backends.arrays import IMAGENET, Bytes, colours_into, run_batch, window_rgb_into
from stream_engine.engines import Model
from stream_engine.models.memory.bank import Gathered
from stream_engine.models.memory.spec import MemorySpec
from stream_engine.models.propagators import Answers, Flags, Floats, Hints, Prompts, Whole
from stream_engine.models.propagators.fitting import check_tensors
from stream_engine.models.propagators.sam2_tensors import CANDIDATES, MASKS_TO_CELL, sizes_of, tensors_of

RECENTS = 6  # frames that have places in time of their own
OF_PROMPTED = 6  # place in time of a frame with a prompt
BAND, STABLE = 0.05, 0.98  # the first mask is taken after a box if so much of it is surely inside; SAM 2.1's settings
SURE = 10.0  # logit of what a mask as a prompt covers, and less that of what it does not; SAM 2
BY_MASK = -1  # kind of a prompt; the others are known by how many points they have
NO_POINT = -1


class Taken(NamedTuple):
    """What is needed of a picture."""

    rgb: Bytes  # pictures, side, side, 3: of each object, or of all of them
    objects: int


class Seen(NamedTuple):
    """Features of pictures, and in which of these each object is."""

    features: Arrays  # s0, s1 and feat, each of all pictures
    pictures: Whole  # of each object


class Sam2Propagator:
    """Candidates are the decoder's for what may mean several things; after a prompt there is the one SAM 2 takes.

    Masks are as they come: where `object_logit` is not above 0 they mean nothing.
    """

    def __init__(self, nets: Mapping[str, Net], rows: Mapping[str, Model]) -> None:
        sizes = sizes_of(rows)
        for part, tensors in tensors_of(sizes).items():
            check_tensors(rows[part], tensors)
        self._nets, self.whole = nets, sizes.whole
        self.side, self.mask_side, self.hint_side = sizes.side, sizes.cells * MASKS_TO_CELL, 0
        self.spec = MemorySpec(
            features=(sizes.memory, sizes.cells, sizes.cells),
            slots=sizes.slots,
            recents=min(RECENTS, sizes.slots - 1),
            anchor_index=OF_PROMPTED,
            distractor_index=OF_PROMPTED,
            pointers=sizes.pointers,
            pointer_width=sizes.hidden,
            pointer_span=1.0,  # the graph divides by SAM 2's span itself
        )

    # --- pictures ---------------------------------------------------------------------------------

    def take(self, nv12: Bytes, windows: Whole) -> Taken:
        """Each object's window in the net's size; of a frame for all objects the whole picture, once."""
        picture = (0, 0, nv12.shape[1], nv12.shape[0] * 2 // 3)
        places = [picture][: len(windows)] if self.whole else windows.tolist()
        rgb = np.empty((len(places), self.side, self.side, 3), np.uint8)
        for out, place in zip(rgb, places, strict=True):
            window_rgb_into(nv12, place, out, averaged=True)
        return Taken(rgb, len(windows))

    def pixels(self, taken: Sequence[Taken]) -> NDArray[np.float32]:
        """The pictures as the net takes them."""
        rgb = [picture for each in taken for picture in each.rgb]
        pixels = np.empty((len(rgb), 3, self.side, self.side), np.float32)
        for picture, planes in zip(rgb, pixels, strict=True):
            colours_into(picture, IMAGENET, planes)
        return pixels

    def encode(self, taken: Sequence[Taken]) -> Seen:
        """Features of all objects of all these pictures, in their order."""
        pixels = self.pixels(taken)
        objects = [each.objects if self.whole else 1 for each in taken for _ in each.rgb]
        pictures = np.repeat(np.arange(len(pixels)), objects)
        if not len(pixels):
            return Seen({}, pictures)
        batch = 1 if self.whole else "objects"
        return Seen(run_batch(self._nets["encode"], {"pixels": pixels}, batch), pictures)

    def _calls(self, seen: Seen, rows: Whole, *names: str) -> Iterator[tuple[Whole, Arrays]]:
        """Which of the rows can be asked about together, and their features: those of one picture if it is for all."""
        pictures = seen.pictures[rows]
        if not self.whole and len(rows):
            yield np.arange(len(rows)), {name: seen.features[name][pictures] for name in names}
            return
        for picture in np.unique(pictures).tolist():
            alone = slice(picture, picture + 1)
            yield np.flatnonzero(pictures == picture), {name: seen.features[name][alone] for name in names}

    # --- objects ----------------------------------------------------------------------------------

    def prompt(self, features: Seen, rows: Whole, prompts: Prompts, hints: Hints) -> Answers:
        """The one candidate that SAM 2 takes; rows of one kind together, for a row filled up is answered otherwise."""
        answers = self._blank(len(rows), 1)
        kinds = np.where(prompts.mask_given, BY_MASK, (prompts.labels >= 0).sum(axis=1))
        for kind in np.unique(kinds).tolist():
            alike = np.flatnonzero(kinds == kind)
            for which, seen in self._calls(features, rows[alike], "s0", "s1", "feat"):
                places = alike[which]
                told = self._nets["prompt_head"].run(seen | _asked(prompts, places, kind))
                _put(answers, places, _given(prompts.masks[places], told) if kind == BY_MASK else _chosen(told, kind))
        return answers

    def track(self, features: Seen, rows: Whole, memories: Gathered, hints: Hints) -> Answers:
        """Three candidates each."""
        answers = self._blank(len(rows), CANDIDATES - 1)
        for which, seen in self._calls(features, rows, "s0", "s1", "feat"):
            told = self._nets["track_head"].run(seen | _remembered(memories, which))
            several = {name: told[name][:, 1:] for name in ("masks", "iou", "pointers")}
            _put(answers, which, Answers(**several, object_logit=told["object_logit"][:, 0]))
        return answers

    def memorise(self, features: Seen, rows: Whole, masks: Floats, object_logit: Floats, prompted: Flags) -> Floats:
        """What is to be remembered of these rows."""
        memories = np.empty((len(rows), *self.spec.features), np.float32)
        for which, seen in self._calls(features, rows, "feat"):
            chosen = {
                "mask": masks[which, None].astype(np.float32),
                "object_logit": object_logit[which, None].astype(np.float32),
                "binarize": prompted[which, None],
            }
            memories[which] = self._nets["memorize"].run(seen | chosen)["mem"]
        return memories

    def _blank(self, count: int, candidates: int) -> Answers:
        each = (count, candidates)
        return Answers(
            np.empty((*each, self.mask_side, self.mask_side), np.float32), np.empty(each, np.float32),
            np.empty(count, np.float32), np.empty((*each, self.spec.pointer_width), np.float32),
        )  # fmt: skip


def _put(answers: Answers, which: Whole, found: Answers) -> None:
    answers.masks[which], answers.iou[which] = found.masks, found.iou
    answers.object_logit[which], answers.pointers[which] = found.object_logit, found.pointers


def _remembered(memories: Gathered, which: Whole) -> Arrays:
    return {
        "bank": memories.features[which],
        "slot_valid": memories.slot_valid[which],
        "slot_tpos": memories.slot_tpos[which],
        "ptr": memories.pointers[which],
        "ptr_valid": memories.pointer_valid[which],
        "ptr_dist": memories.pointer_dist[which],
    }


def _asked(prompts: Prompts, which: Whole, kind: int) -> Arrays:
    """Those of one kind as the net takes them: points without what fills up, or one that says nothing."""
    points, labels, masks = prompts.points[which], prompts.labels[which], prompts.masks[which, None]
    if kind > 0:
        order = np.argsort(labels < 0, axis=1, kind="stable")[:, :kind]
        labels, points = np.take_along_axis(labels, order, 1), np.take_along_axis(points, order[..., None], 1)
    else:
        labels, points = np.full((len(which), 1), NO_POINT), np.zeros((len(which), 1, 2))
    return {
        "points": points.astype(np.float32),
        "labels": labels.astype(np.int32),
        "mask": masks.astype(np.float32),  # changes nothing where it is not given
        "mask_given": np.full((len(which), 1), kind == BY_MASK),
    }


def _chosen(told: Arrays, points: int) -> Answers:
    """What SAM 2 takes after so many points: a single one may mean several things, a box does not."""
    masks, iou, pointers = told["masks"], told["iou"], told["pointers"]
    each, best = np.arange(len(masks)), _best(told)
    if points <= 1:
        at, pointed = best, pointers[each, best]
    else:
        at, pointed = np.where(_stable(masks[:, 0]), 0, best), pointers[:, 0]
    return Answers(masks[each, at][:, None], iou[each, at][:, None], told["object_logit"][:, 0], pointed[:, None])


def _given(masks: Floats, told: Arrays) -> Answers:
    """A mask as a prompt is the answer itself, and sure; only the pointer is of the net."""
    count = len(masks)
    covered = np.where((masks > 0).any(axis=(1, 2)), SURE, -SURE)
    pointed = told["pointers"][np.arange(count), _best(told)]
    return Answers((masks * 2 - 1)[:, None] * SURE, np.ones((count, 1)), covered, pointed[:, None])


def _best(told: Arrays) -> Whole:
    """Of the candidates for what may mean several things, which are all but the first."""
    return np.asarray(1 + told["iou"][:, 1:].argmax(axis=1), np.int64)


def _stable(masks: Floats) -> Flags:
    """Whether masks hardly depend on where their edge is drawn; an empty one does not."""
    outer, inner = (masks > -BAND).sum(axis=(1, 2)), (masks > BAND).sum(axis=(1, 2))
    return np.asarray(inner >= STABLE * outer, np.bool_)
