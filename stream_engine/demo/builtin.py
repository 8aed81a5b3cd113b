"""The built-in match: a rendered clip of 20 seconds in a loop, and the truth of each of its frames."""

from pathlib import Path

MATCH = Path(__file__).with_name("match")  # made by `tools/match demo-clip`
VIDEO = MATCH / "video.mp4"
