"""RF-DETR: outputs `dets` and `labels`, as its own export names them."""

from collections.abc import Mapping

from stream_engine.backends import Net
from stream_engine.backends.arrays import IMAGENET
from stream_engine.engines import Model
from stream_engine.models.detectors.common import Floats, Found, Intake, PixelDetector, Reading
from stream_engine.models.detectors.queries import best_pairs, classes_of, one_each

# As it is trained and run by its maker: ImageNet's means and spreads, stretched without averaging.
INTAKE = Intake(IMAGENET)


def detector(net: Net, model: Model, thresholds: Mapping[str, float], most: int) -> PixelDetector:
    """The row's net as a detector."""
    classes = classes_of(model, "dets", "labels")

    def read(outputs: Mapping[str, Floats], size: tuple[int, int]) -> Found:
        return best_pairs(outputs["dets"], outputs["labels"], size, model.background)

    return PixelDetector(Reading(INTAKE, classes, read, one_each), net, model, thresholds, most)
