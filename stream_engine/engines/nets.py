"""From a configuration to a network that runs; `python -m stream_engine.engines.nets` tries that once, and ends."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from stream_engine.backends import NETS, Net, load
from stream_engine.config import (
    AssociateConfig,
    Config,
    DetectConfig,
    NetConfig,
    PropagateConfig,
    StagesConfig,
    TagConfig,
)
from stream_engine.engines import BOXES, COLOURS, MOTION, OFF, EngineError, Model, model, parts
from stream_engine.engines.trial import tried
from stream_engine.models import detectors, embeddings, propagators, reid
from stream_engine.models.detectors import Detector
from stream_engine.models.embeddings import Embedder
from stream_engine.models.embeddings.colours import Colours
from stream_engine.models.embeddings.together import Together as ShirtsTogether
from stream_engine.models.embeddings.trial import shown as shown_shirts
from stream_engine.models.propagators import Propagator
from stream_engine.models.propagators.boxes import Boxes
from stream_engine.models.propagators.trial import follow
from stream_engine.models.reid import Reid
from stream_engine.models.reid.together import Together
from stream_engine.models.reid.trial import shown

TIMEOUT_S = 120.0


def check_models(config: Config) -> None:
    """Every model loads here; a runtime that was loaded for it leaves nothing behind in this process."""
    if nets_of(config.stages):
        check_stages(config.stages)


def nets_of(stages: StagesConfig) -> list[str]:
    """The models that the stages name, in flow order."""
    told = (stages.detect.net, stages.propagate.net, stages.associate.net, stages.tag.net)
    return [net for net in told if net not in (OFF, BOXES, MOTION, COLOURS)]


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
    _check_family(row, "detectors", detectors.FAMILIES)
    with _said_in_one_line(f"{row.name}: its net and its row do not go together as {row.family}"):
        return row, _looked(row, settings)


def open_propagator(settings: PropagateConfig, models: Sequence[Model] | None = None) -> tuple[str, Propagator]:
    """The propagator that a stage is told to use, and its name; it has followed something grey, so what fails shows."""
    if settings.net == BOXES:
        return BOXES, Boxes()
    rows = parts(settings.net, models)
    family = _family_of(settings.net, rows)
    with _said_in_one_line(f"{settings.net}: its nets and their rows do not go together as {family}"):
        nets = {part: _net(row, settings) for part, row in rows.items()}
        propagator: Propagator = load(propagators.FAMILIES, family)(nets, rows)
        follow(settings.net, propagator)
    return settings.net, propagator


def open_reid(settings: AssociateConfig, models: Sequence[Model] | None = None) -> tuple[str, Reid]:
    """The network that tells people apart, and its name; it has seen people, so what does not fit shows."""
    row = model(settings.net, "associate", models)
    _check_family(row, "networks that tell people apart", reid.FAMILIES)
    with _said_in_one_line(f"{row.name}: its net and its row do not go together as {row.family}"):
        family = load(reid.FAMILIES, row.family)
        return row.name, shown(row.name, _net(row, settings), lambda net: Together(family, net, row))


def open_embedder(settings: TagConfig, models: Sequence[Model] | None = None) -> tuple[str, Embedder]:
    """What tells kits apart, and its name; a network has seen shirts, so what does not fit shows."""
    if settings.net == COLOURS:
        return COLOURS, Colours()
    row = model(settings.net, "tag", models)
    _check_family(row, "networks that tell kits apart", embeddings.FAMILIES)
    with _said_in_one_line(f"{row.name}: its net and its row do not go together as {row.family}"):
        family = load(embeddings.FAMILIES, row.family)
        return row.name, shown_shirts(row.name, _net(row, settings), lambda net: ShirtsTogether(family, net, row))


@contextmanager
def _said_in_one_line(what: str) -> Iterator[None]:
    """What a net and a row that do not fit each other lead to is anybody's guess."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        why = str(error).strip().partition("\n")[0]
        raise EngineError(f"{what}: {type(error).__name__}: {why}") from error


def _check_family(row: Model, kind: str, families: Mapping[str, str]) -> None:
    if row.family not in families:
        raise EngineError(f"{row.name}: no family of {kind} is {row.family!r}; there are: {', '.join(families)}")


def _family_of(name: str, rows: Mapping[str, Model]) -> str:
    """What all parts belong to, and none is missing."""
    for row in rows.values():
        _check_family(row, "propagators", propagators.FAMILIES)
    families = {row.family for row in rows.values()}
    if len(families) > 1:
        said = ", ".join(f"{row.name} of {row.family}" for row in rows.values())
        raise EngineError(f"{name}: its parts are of several families: {said}")
    wanted = propagators.PARTS[family := families.pop()]
    if set(wanted) != set(rows):
        raise EngineError(
            f"{name}: the parts of {family} are {', '.join(wanted)}; the manifest has {', '.join(rows)} of it"
        )
    return family


def _net(row: Model, settings: NetConfig) -> Net:
    net: Net = load(NETS, "ort" if settings.backend == "auto" else settings.backend)(row, settings.threads)
    return net


def _looked(row: Model, settings: DetectConfig) -> Detector:
    family = load(detectors.FAMILIES, row.family)
    thresholds = row.thresholds | settings.thresholds
    detector: Detector = tried(
        row.name, _net(row, settings), lambda net: family(net, row, thresholds, settings.max_detections)
    )
    return detector


def main() -> None:
    """Load them, or say in one line why not."""
    stages = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=StagesConfig)
    try:
        if stages.detect.net != OFF:
            open_detector(stages.detect)
        if stages.propagate.net != OFF:
            open_propagator(stages.propagate)
        if stages.associate.net not in (OFF, MOTION):
            open_reid(stages.associate)
        if stages.tag.net not in (OFF, COLOURS):
            open_embedder(stages.tag)
    except EngineError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
