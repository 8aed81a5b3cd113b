"""Loads the models that a configuration names, in a process of its own: `python -m stream_engine.engines.check`."""

import subprocess
import sys

import msgspec

from stream_engine.backends import NETS, load
from stream_engine.config import Config, StagesConfig
from stream_engine.engines import EngineError, model

TIMEOUT_S = 120.0


def check_models(config: Config) -> None:
    """Every model loads here; a runtime that was loaded for it leaves nothing behind in this process."""
    if config.stages.detect.net == "none":
        return
    command = [sys.executable, "-m", "stream_engine.engines.check"]
    stages = msgspec.msgpack.encode(config.stages)
    try:
        done = subprocess.run(command, input=stages, capture_output=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise EngineError(f"the models did not load within {TIMEOUT_S:g} s") from None
    if done.returncode:
        raise EngineError(done.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "the models do not load")


def main() -> None:
    """Load them, or say in one line why not."""
    stages = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=StagesConfig)
    try:
        row = model(stages.detect.net, "detect")
        backend = "ort" if stages.detect.backend == "auto" else stages.detect.backend
        load(NETS, backend)(row, stages.detect.threads)
    except EngineError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
