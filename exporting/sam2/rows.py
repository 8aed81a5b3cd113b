"""From the four files to their rows of the manifest."""

from typing import Any

import msgspec

from exporting.rows import Told
from exporting.sam2.files import Written
from stream_engine.engines import digest


def row_of(told: Told, written: Written) -> dict[str, Any]:
    """The row of one part, named NAME.PART."""
    return {
        "name": f"{told.name}.{written.part}",
        "task": "propagate",
        "family": "sam2",
        "file": written.path.name,
        "source": told.source,
        "licence": told.licence,
        "sha256": digest(written.path),
        "bytes": written.path.stat().st_size,
        "precision": "fp32",
        "inputs": msgspec.to_builtins(written.signature.inputs),
        "outputs": msgspec.to_builtins(written.signature.outputs),
        "thresholds": {},
    }
