"""Batches that memory does not do for: they are halved, and what was too much is not tried again."""

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream_engine.backends import Arrays, Net

logger = logging.getLogger("stream_engine.models")

# What runtimes say, whose exceptions tell by nothing else; all were seen in their messages.
SAID = (
    "failed to allocate memory",  # ONNX Runtime's arena, as Fail on a CPU and as RuntimeException on CUDA
    "bad_alloc",  # ONNX Runtime without an arena, as RuntimeException
    "out of memory",  # CUDA through ONNX Runtime ("CUDA failure 2") and PyTorch
    "alloc_failed",  # CUBLAS_STATUS_ALLOC_FAILED, CUDNN_STATUS_ALLOC_FAILED
    "can't allocate memory",  # PyTorch on a CPU, as RuntimeError
)
RUNTIMES = ("onnxruntime", "torch", "builtins")  # whose exceptions say it; PyTorch's on a CPU is Python's RuntimeError


class NoMemory(Exception):
    """There is no memory for a single one."""


class Sparing:
    """A net that takes as many at once as there is memory for."""

    def __init__(self, net: Net, halves: bool = True) -> None:
        self._net, self._halves = net, halves  # a net whose batch has a fixed side cannot be given half of it
        self._most: int | None = None  # at once; None: memory has always done
        self.counts: Counter[str] = Counter()

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        """The outputs for all of them; NoMemory if there is none for one."""
        count = len(next(iter(arrays.values())))
        parts: list[Arrays] = []
        done = 0
        while done < count or not parts:
            size = min(count - done, self._most or count)
            some = arrays if size == count else {name: array[done : done + size] for name, array in arrays.items()}
            try:
                parts.append(self._net.run(some))
            except Exception as error:  # ONNX Runtime's have nothing else in common
                if not out_of_memory(error):
                    raise
                self._spare(size, error)
            else:
                done += size
        return (
            parts[0] if len(parts) == 1 else {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        )

    def _spare(self, size: int, error: Exception) -> None:
        """Be content with half of it from now on."""
        why = str(error).strip().partition("\n")[0]
        if size <= 1 or not self._halves:
            self.counts["given up"] += size
            raise NoMemory(why) from error
        self._most = size // 2
        self.counts["halved"] += 1
        logger.warning("there is no memory for %d at once; from now on there are %d: %s", size, self._most, why)


def out_of_memory(error: BaseException) -> bool:
    """Whether this is what a runtime raises when it gets no memory."""
    if isinstance(error, MemoryError):
        return True
    said = str(error).lower()
    return type(error).__module__.partition(".")[0] in RUNTIMES and any(words in said for words in SAID)
