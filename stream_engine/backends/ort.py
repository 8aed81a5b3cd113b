"""ONNX Runtime on the CPU."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime as ort

from stream_engine.backends import Arrays
from stream_engine.engines import EngineError, Model, TensorSpec

DTYPES = {"tensor(uint8)": "uint8", "tensor(float)": "float32", "tensor(int64)": "int64"}
ERRORS_ONLY = 3


class OrtNet:
    """One session; `threads` of its own."""

    def __init__(self, model: Model, threads: int) -> None:
        self._outputs = list(model.outputs)
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = ERRORS_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other workers need the cores
        try:
            self._session = ort.InferenceSession(str(model.path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime has an exception of its own for each way to fail
            why = str(error).strip().partition("\n")[0]
            raise EngineError(f"{model.name}: {model.path} cannot be loaded: {why}") from None
        _compare(model, "inputs", self._session.get_inputs())
        _compare(model, "outputs", self._session.get_outputs())
        self._warm_up(model)

    def _warm_up(self, model: Model) -> None:
        self.run(
            {
                name: np.zeros([side if isinstance(side, int) else 1 for side in spec.shape], spec.dtype)
                for name, spec in model.inputs.items()
            }
        )

    def run(self, arrays: Mapping[str, Any]) -> Arrays:
        return dict(zip(self._outputs, self._session.run(self._outputs, dict(arrays)), strict=True))


def _compare(model: Model, side: str, found: list[Any]) -> None:
    """The file's tensors are those of the manifest."""
    wanted: dict[str, TensorSpec] = getattr(model, side)
    names = {tensor.name for tensor in found}
    if names != set(wanted):
        raise EngineError(
            f"{model.name}: {side} are {', '.join(sorted(wanted))} in the manifest, "
            f"{', '.join(sorted(names))} in the file"
        )
    for tensor in found:
        spec = wanted[tensor.name]
        fixed = [side if isinstance(side, int) else None for side in spec.shape]
        sides = [side if isinstance(side, int) else None for side in tensor.shape]
        if DTYPES.get(tensor.type) != spec.dtype or len(fixed) != len(sides) or fixed != sides:
            raise EngineError(
                f"{model.name}: the manifest says {tensor.name} is {spec.dtype} {list(spec.shape)}; "
                f"in the file it is {tensor.type} {tensor.shape}"
            )
