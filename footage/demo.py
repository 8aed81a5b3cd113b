"""The match that `stream-engine demo` plays: how it is filmed, and how it is packed."""

import gzip
import shutil
from pathlib import Path

from footage.encode import Quality
from footage.film import Order
from footage.presets import Preset

# main camera, a close-up, a replay with its wipes, and the main camera again, so that the loop ends as it begins
DEMO = Order(Preset("demo", "what the demonstration plays", rain=0.0, shot_s=6.0), seed=103, seconds=20.0)
DEMO_QUALITY = Quality(bitrate_k=2500, preset="slow")
DEMO_MATCH = Path(__file__).resolve().parent.parent / "stream_engine/demo/match"


def pack(match: Path, out: Path) -> None:
    """Copy what the package needs; the same match gives the same bytes of truth."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ("video.mp4", "match.json"):
        shutil.copyfile(match / name, out / name)
    text = (match / "truth.jsonl").read_bytes()
    (out / "truth.jsonl.gz").write_bytes(gzip.compress(text, compresslevel=9, mtime=0))
