"""ONNX Runtime on the CPU."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime as ort

from stream_engine.backends import Arrays
from stream_engine.engines import EngineError, Model, TensorSpec

DTYPES = {
    "tensor(uint8)": "uint8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(float)": "float32",
    "tensor(bool)": "bool",
}
ERRORS_ONLY = 3
AT_ONCE = 1 << 20  # bytes of input; more at once takes longer than one part after the other


class OrtNet:
    """One session; `threads` of its own."""

    def __init__(self, model: Model, threads: int) -> None:
        self._outputs = list(model.outputs)
        self._batched = is_batched(model)
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
        """The outputs; of a large batch a part at a time, because what is made of it has to stay in the cache."""
        if not self._batched:
            return self._run(arrays)
        count = len(next(iter(arrays.values())))
        each = sum(array.nbytes for array in arrays.values()) // max(count, 1)
        step = max(1, AT_ONCE // max(each, 1))
        if count <= step:
            return self._run(arrays)
        parts = [
            self._run({name: array[start : start + step] for name, array in arrays.items()})
            for start in range(0, count, step)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in self._outputs}

    def _run(self, arrays: Mapping[str, Any]) -> Arrays:
        return dict(zip(self._outputs, self._session.run(self._outputs, dict(arrays)), strict=True))


def is_batched(model: Model) -> bool:
    """Whether every tensor's first side is one and the same that may vary."""
    firsts = {spec.shape[0] if spec.shape else None for spec in (*model.inputs.values(), *model.outputs.values())}
    return len(firsts) == 1 and isinstance(firsts.pop(), str)


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
