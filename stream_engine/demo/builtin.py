"""The built-in match: a rendered clip of 20 seconds in a loop, and the truth of each of its frames."""

from pathlib import Path

from stream_engine.config import KitConfig, KitsConfig

MATCH = Path(__file__).with_name("match")  # made by `tools/match demo-clip`
VIDEO = MATCH / "video.mp4"
KITS = KitsConfig(  # as match.json says: purple with green sleeves, red and lime hoops
    home=KitConfig(shirt=("#5c1f80", "#0d7333"), keeper=("#f27398",)),
    away=KitConfig(shirt=("#c71217", "#9ee626"), keeper=("#80858c",)),
)
