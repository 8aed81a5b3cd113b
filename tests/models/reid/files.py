"""Small networks that tell people apart by how light they are, with their rows."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from stream_engine.engines import Model, TensorSpec, digest
from stream_engine.engines.rows import add_row
from tests.models.nets import saved

KINDS = {"float32": TensorProto.FLOAT, "uint8": TensorProto.UINT8, "bool": TensorProto.BOOL}
Specs = Mapping[str, TensorSpec]


def floats(*sides: int | str) -> TensorSpec:
    return TensorSpec("float32", sides)


def crops(*sides: int) -> TensorSpec:
    return TensorSpec("uint8", ("crops", *sides))


PICTURE = floats("batch", 3, 32, 16)
ROLES = {"roles": floats("batch", 5)}
SPECS: dict[str, tuple[dict[str, TensorSpec], dict[str, TensorSpec]]] = {
    "nano": (
        {"luma": crops(32, 16), "chroma": crops(16, 8, 2), "mask": crops(32, 16)},
        {"embeddings": floats("crops", 3, 8), "visibility": floats("crops", 3), "roles": floats("crops", 5)},
    ),
    "global": ({"images": PICTURE}, {"features": floats("batch", 8)}),
    "parts": ({"images": PICTURE}, {"embeddings": floats("batch", 3, 8), "visibility": floats("batch", 3)}),
    "parts-solider": (
        {"images": PICTURE, "prompts": floats("batch", 4, 32, 16)},
        {"embeddings": floats("batch", 3, 8), "visibility": TensorSpec("bool", ("batch", 3))} | ROLES,
    ),
}


def row_of(family: str, inputs: Specs | None = None, outputs: Specs | None = None, **changes: Any) -> Model:
    ours, theirs = SPECS[family]
    told: dict[str, Any] = {
        "name": "small", "task": "associate", "family": family, "file": "small.onnx", "source": "here",
        "licence": "none", "sha256": "0" * 64, "precision": "fp32", "thresholds": {},
        "inputs": dict(ours if inputs is None else inputs), "outputs": dict(theirs if outputs is None else outputs),
    }  # fmt: skip
    return Model(**told | changes)


def placed(folder: Path, row: Model, number: float | None = None) -> Path:
    """A file that has what its row says, and that row; it says this number of everybody if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _looking(folder / row.file, row.inputs, row.outputs, number)
    said = {name: getattr(row, name) for name in ("name", "task", "family", "file", "source", "licence", "precision")}
    specs = {"inputs": _told(row.inputs), "outputs": _told(row.outputs), "thresholds": {}}
    add_row(said | specs | {"sha256": digest(path)}, folder)
    return path


def _told(specs: Specs) -> dict[str, Any]:
    return {name: {"dtype": spec.dtype, "shape": list(spec.shape)} for name, spec in specs.items()}


def _looking(path: Path, inputs: Specs, outputs: Specs, number: float | None) -> Path:
    """Every output is a matrix times the means of the inputs' channels."""
    chance = np.random.default_rng(1)
    kept: list[Any] = []
    nodes, seen = [], []
    for name, spec in inputs.items():
        axes = [2, 3] if len(spec.shape) == 4 and spec.dtype == "float32" else list(range(1, len(spec.shape)))
        nodes += [
            helper.make_node("Cast", [name], [f"{name} real"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", [f"{name} real"], [f"{name} means"], axes=axes, keepdims=0),
            _reshaped(
                kept, f"{name} means", f"{name} row", [0 if len(axes) == 2 and axes[0] == 2 else -1, _wide(spec)]
            ),
        ]
        seen.append(f"{name} row")
    nodes.append(helper.make_node("Concat", seen, ["seen"], axis=1))
    width = sum(_wide(spec) for spec in inputs.values())
    for name, spec in outputs.items():
        sides = [side for side in spec.shape[1:] if isinstance(side, int)]
        weights = chance.normal(size=(width, math.prod(sides))).astype(np.float32) / 50
        offset = chance.normal(size=math.prod(sides)).astype(np.float32)
        if number is not None:
            weights, offset = weights * 0, offset * 0 + np.float32(number)
        kept += [numpy_helper.from_array(weights, f"{name} w"), numpy_helper.from_array(offset, f"{name} b")]
        nodes += [
            helper.make_node("Gemm", ["seen", f"{name} w", f"{name} b"], [f"{name} flat"]),
            _reshaped(kept, f"{name} flat", f"{name} shaped", [-1, *sides]),
            *_ending(kept, name, spec, number),
        ]
    return saved(path, helper.make_graph(nodes, "looking", _ends(inputs), _ends(outputs), kept))


def _wide(spec: TensorSpec) -> int:
    return int(spec.shape[1]) if len(spec.shape) == 4 and spec.dtype == "float32" else 1


def _reshaped(kept: list[Any], name: str, to: str, sides: list[int]) -> Any:
    kept.append(numpy_helper.from_array(np.array(sides, np.int64), f"{to} sides"))
    return helper.make_node("Reshape", [name, f"{to} sides"], [to])


def _ending(kept: list[Any], name: str, spec: TensorSpec, number: float | None) -> list[Any]:
    if name != "visibility" or number is not None:
        return [helper.make_node("Identity", [f"{name} shaped"], [name])]
    if spec.dtype == "float32":
        return [helper.make_node("Sigmoid", [f"{name} shaped"], [name])]
    kept.append(numpy_helper.from_array(np.array(-100, np.float32), "least"))
    return [helper.make_node("Greater", [f"{name} shaped", "least"], [name])]


def _ends(specs: Specs) -> list[Any]:
    return [helper.make_tensor_value_info(name, KINDS[spec.dtype], list(spec.shape)) for name, spec in specs.items()]


class Means:
    """A net that says the same without a file: light and the rest of each crop, and what it was given."""

    def __init__(self, row: Model) -> None:
        self._row = row
        self.given: list[dict[str, NDArray[Any]]] = []

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        self.given.append(dict(arrays))
        first = next(iter(arrays.values()))
        means = first.reshape(len(first), -1).mean(1).astype(np.float32)
        told = {}
        for name, spec in self._row.outputs.items():
            sides = [int(side) for side in spec.shape[1:]]
            rising = np.arange(math.prod(sides), dtype=np.float32).reshape(sides) / 10
            told[name] = np.stack([np.cos(rising + mean / 50) for mean in means])
        if "visibility" in told:
            told["visibility"] = np.ones_like(told["visibility"]).astype(self._row.outputs["visibility"].dtype)
        return told
