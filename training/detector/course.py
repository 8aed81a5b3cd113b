"""One course of training: its frames, its log, and how good the network is before and after."""

from pathlib import Path
from typing import NamedTuple

from training.detector import score as detector_score
from training.detector.frames import FrameSet
from training.detector.learn import Recipe, train
from training.detector.net import NanoDetector
from training.log import Show, line_of, log_of


class Course(NamedTuple):
    """Frames, of which the first are learned from, and those of the others that are judged by."""

    frames: FrameSet
    kept: int  # from there on nothing is learned from
    probes: range

    @property
    def learned(self) -> FrameSet:
        frames, kept = self.frames, self.kept
        return FrameSet(frames.luma[:kept], frames.chroma[:kept], frames.labels[:kept])


def run(course: Course, recipe: Recipe, out: Path, show: Show, begun: NanoDetector | None = None) -> NanoDetector:
    """Train to the end of the recipe and judge; a network that knows something is judged before, too."""
    with log_of(out, show) as say:

        def tell(figures: dict[str, float | None]) -> None:
            say(line_of(figures))

        if begun:
            tell(_judged(course, begun, " before"))
        net = train(course.learned, recipe, out, tell, begun)
        tell(_judged(course, net, ""))
    return net


def _judged(course: Course, net: NanoDetector, when: str) -> dict[str, float | None]:
    """AP50 of each class that there is among what was not learned from."""
    told = detector_score.answers(net, course.frames, course.probes)
    return {f"ap50 {name}{when}": value for name, value in detector_score.score(course.frames, told).items()}
