"""From a configuration to a network that runs; `python -m stream_engine.engines.nets` tries that once, and ends."""

import subprocess
import sys
from collections.abc import Sequence

import msgspec

from stream_engine.backends import NETS, Net, load
from stream_engine.config import Config, DetectConfig, StagesConfig
from stream_engine.engines import EngineError, Model, model
from stream_engine.engines.trial import tried
from stream_engine.models.detectors import FAMILIES, Detector

TIMEOUT_S = 120.0


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


def open_detector(settings: DetectConfig, models: Sequence[Model] | None = None) -> tuple[Model, Detector]:
    """The detector that a stage is told to use; it has looked at pictures, so what does not fit shows."""
    row = model(settings.net, "detect", models)
    if row.family not in FAMILIES:
        raise EngineError(f"{row.name}: no family of detectors is {row.family!r}; there are: {', '.join(FAMILIES)}")
    try:
        return row, _looked(row, settings)
    except EngineError:
        raise
    except Exception as error:  # what a net and a row that do not fit each other lead to is anybody's guess
        why = str(error).strip().partition("\n")[0]
        raise EngineError(
            f"{row.name}: its net and its row do not go together as {row.family}: {type(error).__name__}: {why}"
        ) from error


def _looked(row: Model, settings: DetectConfig) -> Detector:
    net: Net = load(NETS, "ort" if settings.backend == "auto" else settings.backend)(row, settings.threads)
    family = load(FAMILIES, row.family)
    thresholds = row.thresholds | settings.thresholds
    return tried(row.name, net, lambda net: family(net, row, thresholds, settings.max_detections))


def main() -> None:
    """Load them, or say in one line why not."""
    stages = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=StagesConfig)
    try:
        open_detector(stages.detect)
    except EngineError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
