"""A SAM 2 that says the same of everything, as files and rows of an engines folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from stream_engine.engines import Model, TensorSpec, digest
from stream_engine.engines.rows import add_row
from stream_engine.models.propagators.fitting import Tensors
from stream_engine.models.propagators.sam2_tensors import tensors_of
from tests.models.nets import saved
from tests.models.propagators.nets import SIZES, rows_of

KINDS = {"float32": TensorProto.FLOAT, "int32": TensorProto.INT32, "bool": TensorProto.BOOL}


def placed(folder: Path, name: str = "small", unknown: str = "") -> dict[str, Path]:
    """Four parts NAME.PART, each of which says 1 of everything, or what is no number if it is this one."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, files = rows_of(SIZES), {}
    for part, tensors in tensors_of(SIZES).items():
        files[part] = _plain(folder / f"{name}.{part}.onnx", tensors, np.nan if part == unknown else 1.0)
        put(folder, rows[part], name=f"{name}.{part}", file=files[part].name, sha256=digest(files[part]))
    return files


def put(folder: Path, row: Model, **changes: Any) -> None:
    said = msgspec.to_builtins(msgspec.structs.replace(row, **changes), enc_hook=str)
    add_row({key: value for key, value in said.items() if key != "folder" and value is not None}, folder)


def _plain(path: Path, tensors: Tensors, number: float) -> Path:
    free = next(name for name, spec in tensors.inputs.items() if isinstance(spec.shape[0], str))
    kept = [numpy_helper.from_array(np.array(number, np.float32), "number")]
    nodes = [helper.make_node("Shape", [free], ["count"], start=0, end=1)]
    for name, spec in tensors.outputs.items():
        kept.append(numpy_helper.from_array(np.array(spec.shape[1:], np.int64), f"{name} rest"))
        nodes.append(helper.make_node("Concat", ["count", f"{name} rest"], [f"{name} sides"], axis=0))
        nodes.append(helper.make_node("Expand", ["number", f"{name} sides"], [name]))
    return saved(path, helper.make_graph(nodes, "plain", _ends(tensors.inputs), _ends(tensors.outputs), kept))


def _ends(specs: Mapping[str, TensorSpec]) -> list[Any]:
    return [helper.make_tensor_value_info(name, KINDS[spec.dtype], list(spec.shape)) for name, spec in specs.items()]
