"""The curve of a training, drawn from its log."""

import json
from pathlib import Path

import numpy as np

from stream_engine.scoring.plots import BLUE, ORANGE, Line, plot, smoothed, write_picture

OVER = 15  # lines of the log that a point is the mean of


def draw_curve(log: Path, picture: Path, parts: tuple[str, str]) -> None:
    """Two parts of the loss over the steps; nothing is drawn of a log without steps."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    steps = {line["step"]: line for line in lines if "step" in line}  # of what was done twice, the last
    if not steps:
        return
    told = [steps[step] for step in sorted(steps)]
    colours = dict(zip(parts, (BLUE, ORANGE), strict=True))
    drawn = [
        Line(name, smoothed(np.array([line[name] for line in told], float), OVER), colour)
        for name, colour in colours.items()
    ]
    write_picture(picture, plot("loss", np.array(sorted(steps), float), drawn, unit=""))
