"""A model of the user's own: its file and its row."""

from pathlib import Path
from typing import Any

import numpy as np

from stream_engine.engines import digest
from stream_engine.engines.rows import add_row
from tests.models.nets import SIDE, constant_yolo, slow_yolo

ROW: dict[str, Any] = {
    "name": "mine",
    "task": "detect",
    "family": "yolo",
    "file": "mine.onnx",
    "source": "here",
    "licence": "none",
    "precision": "fp32",
    "inputs": {"images": {"dtype": "float32", "shape": ["batch", 3, SIDE, SIDE]}},
    "outputs": {"output0": {"dtype": "float32", "shape": ["batch", 6, 1]}},
    "thresholds": {"player": 0.5, "ball": 0.5},
    "classes": ["person", "ball"],
    "roles": {"person": "player", "ball": "ball"},
}


def placed(folder: Path, **row: Any) -> Path:
    """A YOLO that sees one person everywhere, with its row."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = np.array([(64, 64, 20, 40, 0.9, 0.1)], np.float32)
    path = constant_yolo(folder / "mine.onnx", cells, row.pop("opset", 17))
    add_row(ROW | {"sha256": digest(path)} | row, folder)
    return path


def placed_slow(folder: Path, seconds: float) -> Path:
    """A YOLO that takes about so long for each picture, with its row."""
    folder.mkdir(parents=True, exist_ok=True)
    path = slow_yolo(folder / "mine.onnx", seconds)
    add_row(ROW | {"sha256": digest(path)}, folder)
    return path
