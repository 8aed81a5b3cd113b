"""From the four files to their rows of the manifest."""

from typing import Any

import msgspec

from exporting.rows import Told, file_row
from exporting.sam2.files import Written


def row_of(told: Told, written: Written) -> dict[str, Any]:
    """The row of one part, named NAME.PART."""
    return file_row(told, written.path) | {
        "task": "propagate",
        "family": "sam2",
        "inputs": msgspec.to_builtins(written.signature.inputs),
        "outputs": msgspec.to_builtins(written.signature.outputs),
        "thresholds": {},
    }
