"""What the four parts of SAM 2.1 take and give, and of which sizes; as exporting/sam2/parts.py makes them."""

from collections.abc import Mapping
from typing import NamedTuple

from stream_engine.engines import Model, TensorSpec
from stream_engine.models.propagators.fitting import Tensors, fixed_side

PATCH = 16  # pixels of one cell of the features
MASKS_TO_CELL = 4  # cells of a mask to one of the features
CANDIDATES = 4
OBJECTS, POINTS = "objects", "points"


class Sizes(NamedTuple):
    """What the rows are made for."""

    whole: bool  # one picture for all objects
    side: int
    finest: int  # channels of s0
    finer: int  # channels of s1
    hidden: int
    slots: int
    memory: int  # channels of a memory
    pointers: int

    @property
    def cells(self) -> int:
        return self.side // PATCH


def sizes_of(rows: Mapping[str, Model]) -> Sizes:
    """As two of the rows say; whether all of them say so is for the caller to check."""
    encode, track = rows["encode"], rows["track_head"]
    side = fixed_side(encode, "pixels", 2)
    return Sizes(
        whole=isinstance(encode.inputs["pixels"].shape[0], int),
        side=side,
        finest=fixed_side(encode, "s0", 1),
        finer=fixed_side(encode, "s1", 1),
        hidden=fixed_side(encode, "feat", 1),
        slots=fixed_side(track, "bank", 1),
        memory=fixed_side(track, "bank", 2),
        pointers=fixed_side(track, "ptr", 1),
    )


def tensors_of(sizes: Sizes) -> dict[str, Tensors]:
    """Of each part."""
    pictures, cells = 1 if sizes.whole else OBJECTS, sizes.cells
    feat = {"feat": _floats(pictures, sizes.hidden, cells, cells)}
    features = {
        "s0": _floats(pictures, sizes.finest, 4 * cells, 4 * cells),
        "s1": _floats(pictures, sizes.finer, 2 * cells, 2 * cells),
    } | feat
    fine = MASKS_TO_CELL * cells
    mask, logit, flag = _floats(OBJECTS, 1, fine, fine), _floats(OBJECTS, 1), TensorSpec("bool", (OBJECTS, 1))
    points = {"points": _floats(OBJECTS, POINTS, 2), "labels": TensorSpec("int32", (OBJECTS, POINTS))}
    candidates = {
        "masks": _floats(OBJECTS, CANDIDATES, fine, fine),
        "iou": _floats(OBJECTS, CANDIDATES),
        "object_logit": logit,
        "pointers": _floats(OBJECTS, CANDIDATES, sizes.hidden),
    }
    chosen = {"mask": mask, "object_logit": logit, "binarize": flag}
    return {
        "encode": Tensors({"pixels": _floats(pictures, 3, sizes.side, sizes.side)}, features),
        "prompt_head": Tensors(features | points | {"mask": mask, "mask_given": flag}, candidates),
        "track_head": Tensors(features | _memory(sizes), candidates),
        "memorize": Tensors(feat | chosen, {"mem": _floats(OBJECTS, sizes.memory, cells, cells)}),
    }


def _memory(sizes: Sizes) -> dict[str, TensorSpec]:
    slots, pointers = (OBJECTS, sizes.slots), (OBJECTS, sizes.pointers)
    return {
        "bank": _floats(*slots, sizes.memory, sizes.cells, sizes.cells),
        "slot_valid": TensorSpec("bool", slots),
        "slot_tpos": TensorSpec("int32", slots),
        "ptr": _floats(*pointers, sizes.hidden),
        "ptr_valid": TensorSpec("bool", pointers),
        "ptr_dist": _floats(*pointers),
    }


def _floats(*sides: int | str) -> TensorSpec:
    return TensorSpec("float32", sides)
