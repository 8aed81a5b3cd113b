"""Other trackers on the same boxes, each as its makers publish it, without pictures."""

import warnings
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from stream_engine.boxes import Floats
from stream_engine.mot.clips import Clip, Found
from stream_engine.mot.trying import Follow, Maker, Named

HOW = "pip install --target DIR 'trackers>=2.6,<3' 'arcsort>=0.1,<0.2', then PYTHONPATH=DIR (not into this environment)"
ROBOFLOW = {  # name: class in trackers
    "ByteTrack": "ByteTrackTracker",
    "OC-SORT": "OCSORTTracker",
    "BoT-SORT": "BoTSORTTracker",
    "C-BIoU": "CBIoUTracker",
    "SORT": "SORTTracker",
}
ARC_SORT, BOT_SORT = "ARC-SORT", "BoT-SORT"
PICTURE = np.zeros((1, 1, 3), np.uint8)  # nobody looks at it


def installed() -> dict[str, Maker]:
    """The peers that can be imported, by name."""
    makers: dict[str, Maker] = {}
    if has("arcsort"):
        makers[ARC_SORT] = _arc_sort
    if has("trackers"):
        makers |= {name: _roboflow(kind) for name, kind in ROBOFLOW.items()} | {BOT_SORT: _bot_sort}
    return makers


def lacking() -> list[str]:
    """The packages of those who cannot."""
    return [name for name in ("arcsort", "trackers") if not has(name)]


def has(name: str) -> bool:
    """Whether a package is installed; a folder of that name in the way is not one."""
    spec = find_spec(name)
    return spec is not None and spec.origin is not None


def _arc_sort(clip: Clip) -> Follow:
    from arcsort import ARCTracker
    from loguru import logger

    logger.disable("arcsort")
    tracker: Any = ARCTracker.from_preset("sportsmot", use_cmc=bool(clip.moves))

    def follow(number: int, found: Found) -> Named:
        rest = np.stack([found.scores, np.zeros(len(found.scores))], 1)
        rows = np.asarray(tracker.update(np.hstack([found.boxes, rest]), cmc_affine=clip.move(number))).reshape(-1, 5)
        return Named(rows[:, :4], rows[:, 4].astype(np.int64), np.ones(len(rows)))

    return follow


def _roboflow(kind: str) -> Maker:
    def make(clip: Clip) -> Follow:
        trackers, supervision = _packages()
        tracker = getattr(trackers, kind)(frame_rate=clip.fps)
        return lambda _, found: _named(tracker.update(_detections(supervision, found)))

    return make


def _bot_sort(clip: Clip) -> Follow:
    """It follows the camera if the sequence says how that moves."""
    trackers, supervision = _packages()
    tracker = getattr(trackers, ROBOFLOW[BOT_SORT])(frame_rate=clip.fps, enable_cmc=bool(clip.moves))

    def follow(number: int, found: Found) -> Named:
        if not clip.moves:
            return _named(tracker.update(_detections(supervision, found)))
        tracker.cmc = _Camera(clip.move(number))
        return _named(tracker.update(_detections(supervision, found), PICTURE))

    return follow


class _Camera(NamedTuple):
    """In place of what BoT-SORT sees in pictures."""

    move: Floats | None

    def estimate(self, *_: object) -> Floats | None:
        return self.move


def _packages() -> tuple[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import supervision
        import trackers
    return trackers, supervision


def _detections(supervision: Any, found: Found) -> Any:
    return supervision.Detections(xyxy=found.boxes, confidence=found.scores)


def _named(told: Any) -> Named:
    scores = np.ones(len(told.xyxy)) if told.confidence is None else np.asarray(told.confidence, np.float64)
    return Named(np.asarray(told.xyxy, np.float64), np.asarray(told.tracker_id, np.int64), scores)
