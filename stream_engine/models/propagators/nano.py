"""The built-in propagator: small squares of luma and chroma, hints as pictures, memories as a few tokens."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Net
from stream_engine.backends.arrays import BLACK, GREY, planes_of, shares_in, shrunk_into, window
from stream_engine.engines import EngineError, Model, TensorSpec
from stream_engine.models.memory.bank import Gathered
from stream_engine.models.memory.spec import MemorySpec
from stream_engine.models.propagators import Answers, Bytes, Flags, Floats, Hints, Prompts, Whole

OBJECTS = "objects"
POINT_CELLS = 1.5  # how wide the hill is that stands for a point


class Planes(NamedTuple):
    """Squares of a picture as the net takes them."""

    luma: Bytes  # N, side, side
    chroma: Bytes  # N, side / 2, side / 2, 2


class NanoPropagator:
    """Three graphs: pixels, a head that answers prompts and memories alike, and what is remembered."""

    whole = False

    def __init__(self, nets: Mapping[str, Net], rows: Mapping[str, Model]) -> None:
        self._nets = nets
        self.side, self.hint_side, self.spec = _sides_of(rows)
        self.mask_side = self.side

    def take(self, nv12: Bytes, windows: Whole) -> Planes:
        """The squares, shrunk."""
        side, half = self.side, self.side // 2
        light, colours = planes_of(nv12)
        luma = np.empty((len(windows), side, side), np.uint8)
        chroma = np.empty((len(windows), half, half, 2), np.uint8)
        for row, (left, top, width, height) in enumerate(windows.tolist()):
            shrunk_into(window(light, (left, top, width, height), BLACK), luma[row])
            shrunk_into(window(colours, (left // 2, top // 2, width // 2, height // 2), GREY), chroma[row])
        return Planes(luma, chroma)

    def encode(self, taken: Sequence[Planes]) -> dict[str, NDArray[Any]]:
        """One batch of all squares."""
        luma, chroma = (np.concatenate(parts) for parts in zip(*taken, strict=True))
        return self._nets["encode"].run({"luma": luma, "chroma": chroma})

    def prompt(self, features: Any, rows: Whole, prompts: Prompts, hints: Hints) -> Answers:
        """Prompts are drawn where the mask of the frame before would be."""
        drawn = np.stack([self._drawn(prompts, row) for row in range(len(rows))])
        pictures = np.stack((drawn, hints.others, np.ones_like(drawn)), 1)
        count, spec = len(rows), self.spec
        nothing = np.zeros((count, spec.slots, *spec.features), np.float32)
        none = np.zeros((count, spec.slots))
        memory = {"bank": nothing, "valid": none.astype(np.bool_), "times": none.astype(np.int32)}
        return self._answers(features, rows, pictures, memory)

    def track(self, features: Any, rows: Whole, memories: Gathered, hints: Hints) -> Answers:
        """By what is remembered, and the mask of the frame before."""
        pictures = np.stack((hints.own, hints.others, np.zeros_like(hints.own)), 1)
        memory = {"bank": memories.features, "valid": memories.slot_valid, "times": memories.slot_tpos}
        return self._answers(features, rows, pictures, memory)

    def memorise(self, features: Any, rows: Whole, masks: Floats, object_logit: Floats, prompted: Flags) -> Floats:
        """Whoever is not seen has an empty mask, and that says it."""
        given = {"coarse": features["coarse"][rows], "mask": masks.astype(np.float32)}
        return self._nets["memorize"].run(given)["memory"]

    def _answers(self, features: Any, rows: Whole, hints: Floats, memory: Mapping[str, NDArray[Any]]) -> Answers:
        given = {name: array[rows] for name, array in features.items()}
        told = self._nets["head"].run({**given, "hints": hints.astype(np.float32), **memory})
        middle, half = told["body"][:, :2], told["body"][:, 2:] / 2
        return Answers(
            masks=told["mask"][:, None],
            iou=told["iou"][:, None],
            object_logit=told["object_logit"],
            pointers=np.zeros((len(rows), 1, self.spec.pointer_width), np.float32),
            bodies=np.hstack((middle - half, middle + half))[:, None].astype(np.float64),
        )

    def _drawn(self, prompts: Prompts, row: int) -> Floats:
        """A prompt as a picture of hints."""
        side = self.hint_side
        if prompts.mask_given[row]:
            return shares_in(prompts.masks[row], side)
        points, labels = prompts.points[row] * (side / self.side), prompts.labels[row]
        drawn = np.zeros((side, side), np.float32)
        corners = points[(labels == 2) | (labels == 3)]
        if len(corners) == 2:
            drawn = drawn_box(corners.ravel(), side)
        for x, y in points[labels == 1].tolist():
            drawn = np.maximum(drawn, drawn_point(x, y, side))
        for x, y in points[labels == 0].tolist():
            drawn = drawn * (1 - drawn_point(x, y, side))
        return drawn


def memory_spec(features: tuple[int, ...], slots: int) -> MemorySpec:
    """How its memories are kept: one is the anchor's, all others may be recent ones."""
    last = slots - 1
    return MemorySpec(
        features=features, slots=slots, recents=last, anchor_index=last, distractor_index=slots, pointers=0
    )


def drawn_box(box: NDArray[np.floating[Any]], side: int) -> NDArray[np.float32]:
    """A box in cells, soft at its edges."""
    cells = np.arange(side) + 0.5
    across = np.clip(np.minimum(cells - box[0], box[2] - cells) + 0.5, 0, 1)
    down = np.clip(np.minimum(cells - box[1], box[3] - cells) + 0.5, 0, 1)
    return np.asarray(down[:, None] * across[None], np.float32)


def drawn_point(x: float, y: float, side: int) -> NDArray[np.float32]:
    """A point in cells as a small round hill."""
    cells = np.arange(side) + 0.5
    far = (cells[None] - x) ** 2 + (cells[:, None] - y) ** 2
    return np.asarray(np.exp(-far / (2 * POINT_CELLS**2)), np.float32)


def _sides_of(rows: Mapping[str, Model]) -> tuple[int, int, MemorySpec]:
    """Side of the squares and of the hints, and what a memory is; every other side follows from these."""
    encode, head = rows["encode"], rows["head"]
    luma, hints, bank = encode.inputs.get("luma"), head.inputs.get("hints"), head.inputs.get("bank")
    side = luma.shape[-1] if luma and len(luma.shape) == 3 else 0
    hint_side = hints.shape[-1] if hints and len(hints.shape) == 4 else 0
    _, slots, tokens, width = bank.shape if bank and len(bank.shape) == 4 else (0, 0, 0, 0)
    sides = (side, hint_side, slots, tokens, width)
    if (
        "coarse" in encode.outputs
        and all(isinstance(each, int) and each > 0 for each in sides)
        and isinstance(slots, int)
        and slots > 1
    ):
        side, hint_side, slots, tokens, width = (int(each) for each in sides)
        spec = memory_spec((tokens, width), slots)
        wanted = _signatures(side, hint_side, spec, encode)
        if all((rows[part].inputs, rows[part].outputs) == wanted[part] for part in wanted):
            return side, hint_side, spec
    raise EngineError(
        f"{encode.name}: its rows are not those of a nano propagator as tools/train propagate writes them: sides of"
        " luma, chroma, hints, bank and masks have to go together"
    )


def _signatures(
    side: int, hint_side: int, spec: MemorySpec, encode: Model
) -> dict[str, tuple[dict[str, TensorSpec], dict[str, TensorSpec]]]:
    """Inputs and outputs of the parts."""

    def floats(*sides: int) -> TensorSpec:
        return TensorSpec("float32", (OBJECTS, *sides))

    features: dict[str, TensorSpec] = {
        name: encode.outputs[name] for name in ("fine", "middle", "coarse") if name in encode.outputs
    }
    pixels = {
        "luma": TensorSpec("uint8", (OBJECTS, side, side)),
        "chroma": TensorSpec("uint8", (OBJECTS, side // 2, side // 2, 2)),
    }
    slots, logits = (OBJECTS, spec.slots), floats(side, side)
    asked = features | {
        "hints": floats(3, hint_side, hint_side),
        "bank": floats(spec.slots, *spec.features),
        "valid": TensorSpec("bool", slots),
        "times": TensorSpec("int32", slots),
    }
    told = {"mask": logits, "iou": floats(), "object_logit": floats(), "body": floats(4)}
    return {
        "encode": (pixels, features),
        "head": (asked, told),
        "memorize": ({"coarse": features["coarse"], "mask": logits}, {"memory": floats(*spec.features)}),
    }
