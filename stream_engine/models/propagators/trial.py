"""A propagator's first step: what does not fit together shows before anybody depends on it."""

import numpy as np

from stream_engine.engines import EngineError
from stream_engine.models.memory.bank import Bank
from stream_engine.models.memory.rules import Decisions, Reason
from stream_engine.models.memory.settings import MemoryConfig
from stream_engine.models.memory.shelf import Place
from stream_engine.models.propagators import Answers, Floats, Hints, Prompts, Propagator

GREY_PICTURE = (270, 320)  # rows of NV12, columns
OBJECTS = 2  # one in each of two pictures
BOX = ((0.25, 0.25), (0.75, 0.75))  # corners, in shares of the window
CORNERS = (2, 3)


def follow(name: str, propagator: Propagator) -> None:
    """Point at the middle of a picture, remember it, and find it again; what is wrong with the answers is raised."""
    rows, nv12 = np.arange(OBJECTS), np.full(GREY_PICTURE, 128, np.uint8)
    nothing, hint = (
        np.zeros((OBJECTS, side, side), np.float32) for side in (propagator.mask_side, propagator.hint_side)
    )
    hints = Hints(hint, hint)
    window = (0, 0, nv12.shape[1], nv12.shape[0] * 2 // 3)
    features = propagator.encode([propagator.take(nv12, np.array([window]))] * OBJECTS)
    answers = propagator.prompt(features, rows, _boxes(propagator.side, nothing), hints)
    _check(name, propagator, answers)
    prompted = np.ones(OBJECTS, np.bool_)
    memories = propagator.memorise(features, rows, answers.masks[:, 0], answers.object_logit, prompted)
    if not np.isfinite(memories).all():
        raise EngineError(f"{name}: what it remembers of a grey picture are no numbers")
    handles, bank = _remembering(propagator, memories, answers)
    _check(name, propagator, propagator.track(features, rows, bank.gather(handles, 1), hints))


def _boxes(side: int, nothing: Floats) -> Prompts:
    points = np.tile(np.array(BOX, np.float32) * side, (OBJECTS, 1, 1))
    return Prompts(points, np.tile(np.array(CORNERS, np.int32), (OBJECTS, 1)), nothing, np.zeros(OBJECTS, np.bool_))


def _remembering(propagator: Propagator, memories: Floats, answers: Answers) -> tuple[list[int], Bank]:
    """A bank that has these as anchors, and their handles."""
    spec = propagator.spec
    bank = Bank(spec, OBJECTS, MemoryConfig(mode="recall"))
    handles = [handle for _ in range(OBJECTS) if (handle := bank.open()) is not None]
    places, reasons = np.full(OBJECTS, Place.ANCHOR, np.int8), np.full(OBJECTS, Reason.PROMPTED, np.int8)
    decisions = Decisions(places, reasons, np.zeros(OBJECTS, np.int64), np.ones(OBJECTS))
    bank.write(handles, decisions, memories, answers.pointers[:, 0] if spec.pointers else None)
    return handles, bank


def _check(name: str, propagator: Propagator, answers: Answers) -> None:
    """The answers are numbers, and of the sides that the seam names."""
    side, candidates = propagator.mask_side, answers.iou.shape[1]
    wanted: dict[str, tuple[int, ...]] = {
        "masks": (OBJECTS, candidates, side, side),
        "iou": (OBJECTS, candidates),
        "object_logit": (OBJECTS,),
    }
    if propagator.spec.pointers:
        wanted["pointers"] = (OBJECTS, candidates, propagator.spec.pointer_width)
    for field, shape in wanted.items():
        array = getattr(answers, field)
        if array.shape != shape:
            raise EngineError(f"{name}: its {field} of a grey picture are {list(array.shape)}, not {list(shape)}")
        if not np.isfinite(array).all():
            raise EngineError(f"{name}: its {field} of a grey picture are no numbers")
