"""`python -m stream_engine.bench.detect_naive CLIP NET`: the loop that one writes first, with the same network.

OpenCV reads BGR pictures, OpenCV makes the network's input of them, a session with its defaults runs it.
"""

import resource
import sys
import time
from typing import Any

import cv2
import msgspec
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from stream_engine.engines import Model, model
from stream_engine.models.detectors.nano import CLASSES, found


def main() -> None:
    """Look at every frame, and print frames, seconds and CPU seconds of the loop."""
    row = model(sys.argv[2], "detect")
    session = ort.InferenceSession(str(row.path))
    thresholds = np.array([row.thresholds[name] for name in CLASSES], np.float32)
    capture = cv2.VideoCapture(sys.argv[1])
    frames, start, spent = 0, time.perf_counter(), _cpu_s()
    while True:
        there, bgr = capture.read()
        if not there:
            break
        (maps,) = session.run(None, _input(np.asarray(bgr, np.uint8), row))
        found(np.asarray(maps, np.float32)[0], thresholds)
        frames += 1
    figures = {"frames": frames, "seconds": time.perf_counter() - start, "cpu_s": _cpu_s() - spent}
    print(msgspec.json.encode(figures).decode())


def _input(bgr: NDArray[np.uint8], row: Model) -> dict[str, NDArray[Any]]:
    """Shrink, convert, letterbox, and separate into the planes that the network takes."""
    rows, columns = (int(side) for side in row.inputs["luma"].shape[2:])
    scale = min(columns / bgr.shape[1], rows / bgr.shape[0])
    width, height = (int(side * scale) // 2 * 2 for side in (bgr.shape[1], bgr.shape[0]))
    yuv = cv2.cvtColor(cv2.resize(bgr, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2YUV)
    luma = np.full((1, 1, rows, columns), 16, np.uint8)
    luma[0, 0, :height, :width] = yuv[..., 0]
    chroma = np.full((1, rows // 2, columns // 2, 2), 128, np.uint8)
    chroma[0, : height // 2, : width // 2] = cv2.resize(yuv[..., 1:], (width // 2, height // 2))
    return {"luma": luma, "chroma": chroma}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
