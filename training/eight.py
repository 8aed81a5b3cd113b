"""Exported files with convolutions of eight bits."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

Feed = dict[str, NDArray[Any]]


class Shown(CalibrationDataReader):  # type: ignore[misc]
    """What a file is given, for the quantiser to look at."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._feeds: Iterator[Feed] = iter(feeds)

    def get_next(self) -> Feed | None:
        return next(self._feeds, None)


def quantised(
    exported: Path, out: Path, feeds: Iterable[Feed], kinds: Sequence[str], kept: Callable[[Sequence[Any]], list[str]]
) -> Path:
    """These kinds of nodes in eight bits; `kept` names those of a file's nodes that need more."""
    ready = out.with_suffix(".ready.onnx")
    quant_pre_process(str(exported), str(ready), skip_symbolic_shape=True)  # the sides are known
    quantize_static(
        str(ready), str(out), Shown(feeds), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, op_types_to_quantize=list(kinds),
        nodes_to_exclude=kept(list(onnx.load(str(ready)).graph.node)),
        reduce_range=True,  # processors without VNNI add two products in 16 bits, which eight-bit weights overflow
    )  # fmt: skip
    ready.unlink()
    return out
