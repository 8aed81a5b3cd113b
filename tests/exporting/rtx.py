"""TensorRT-RTX's builder, which needs no GPU; tests that need it are skipped where it is not installed."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stream_engine.engines import TensorSpec

LEAST, USUAL, MOST = ({"objects": objects, "points": points} for objects, points in ((1, 1), (22, 2), (64, 8)))


def plan_bytes(path: Path, inputs: Mapping[str, TensorSpec]) -> int:
    """How long the plan is that it builds of an ONNX file."""
    pytest.importorskip("tensorrt_rtx", reason="tensorrt-rtx is not installed")
    rtx: Any = importlib.import_module("tensorrt_rtx")
    logger = rtx.Logger(rtx.Logger.ERROR)
    builder = rtx.Builder(logger)
    network = builder.create_network(0)
    parser = rtx.OnnxParser(network, logger)
    assert parser.parse(path.read_bytes()), [parser.get_error(at).desc() for at in range(parser.num_errors)]
    profile, config = builder.create_optimization_profile(), builder.create_builder_config()
    for name, spec in inputs.items():
        sides = ([counts.get(str(side), side) for side in spec.shape] for counts in (LEAST, USUAL, MOST))
        profile.set_shape(name, *sides)
    config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    assert plan is not None, path
    return int(plan.nbytes)
