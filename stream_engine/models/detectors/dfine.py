"""D-FINE and RT-DETR: outputs `logits` and `boxes`."""

from collections.abc import Mapping

from stream_engine.backends import Net
from stream_engine.engines import Model
from stream_engine.models.detectors.common import Floats, Found, Intake, PixelDetector, Reading
from stream_engine.models.detectors.queries import best_pairs, classes_of, one_each

INTAKE = Intake(averaged=True)  # their makers shrink with a filter; averaging is the nearest that is as fast


def detector(net: Net, model: Model, thresholds: Mapping[str, float], most: int) -> PixelDetector:
    """The row's net as a detector."""
    classes = classes_of(model, "boxes", "logits")

    def read(outputs: Mapping[str, Floats], size: tuple[int, int]) -> Found:
        return best_pairs(outputs["boxes"], outputs["logits"], size, model.background)

    return PixelDetector(Reading(INTAKE, classes, read, one_each), net, model, thresholds, most)
