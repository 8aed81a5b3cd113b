"""From a configuration to a network that runs; `python -m stream_engine.engines.nets` tries that once, and ends."""

import subprocess
import sys

import msgspec
import numpy as np

from stream_engine.backends import NETS, Net, load
from stream_engine.config import Config, DetectConfig, StagesConfig
from stream_engine.engines import EngineError, Model, model
from stream_engine.models.detectors import FAMILIES, Detector

TIMEOUT_S = 120.0
GREY_PICTURE = (270, 320)  # rows of NV12, columns


def check_models(config: Config) -> None:
    """Every model loads here; a runtime that was loaded for it leaves nothing behind in this process."""
    if config.stages.detect.net != "none":
        check_stages(config.stages)


def check_stages(stages: StagesConfig) -> None:
    """The models that the stages name load on the backends that they name."""
    command = [sys.executable, "-m", "stream_engine.engines.nets"]
    given = msgspec.msgpack.encode(stages)
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise EngineError(f"the models did not load within {TIMEOUT_S:g} s") from None
    if done.returncode:
        raise EngineError(done.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "the models do not load")


def open_net(settings: DetectConfig) -> tuple[Model, Net]:
    """The model that a stage is told to use, and the network on the backend that it is told to use."""
    row = model(settings.net, "detect")
    backend = "ort" if settings.backend == "auto" else settings.backend
    return row, load(NETS, backend)(row, settings.threads)


def open_detector(settings: DetectConfig) -> tuple[Model, Detector]:
    """The detector that a stage is told to use; it has looked once, at a grey picture, so whatever does not fit shows."""
    row, net = open_net(settings)
    family = load(FAMILIES, row.family)
    detector: Detector = family(net, row, row.thresholds | settings.thresholds, settings.max_detections)
    detector.answer([detector.take(np.full(GREY_PICTURE, 128, np.uint8))])
    return row, detector


def main() -> None:
    """Load them, or say in one line why not."""
    stages = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=StagesConfig)
    try:
        open_detector(stages.detect)
    except EngineError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
